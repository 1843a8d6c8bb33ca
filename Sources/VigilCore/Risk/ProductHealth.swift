import VigilModel

/// What is wrong with a product's market at one look, besides what its feed says of itself.
struct ProductHealth {
    let policy: BreakerPolicy
    let view: ProductView
    let now: Instant
    /// True where the product is known to be too wild: it must calm down by a tenth to be no more.
    let isWild: Bool

    /// Every reason to stop the product's entries, with its numbers.
    var faults: [(reason: HaltReason, detail: String)] {
        [status, quote, candle, outlier, volatility, spread].compactMap(\.self)
    }

    private typealias Fault = (reason: HaltReason, detail: String)

    private var status: Fault? {
        guard view.product.status != .online else { return nil }
        return (.productStatus, "\(view.product.id) is \(view.product.status.rawValue)")
    }

    private var quote: Fault? {
        guard let quote = view.quote else {
            return (.quoteStale, "\(view.product.id) has no quote")
        }
        let age = now - quote.occurredAt
        guard age > policy.quoteAgeMax else { return nil }
        return (
            .quoteStale,
            "\(view.product.id): \(Self.seconds(age)), limit \(Self.seconds(policy.quoteAgeMax))"
        )
    }

    private var candle: Fault? {
        guard let last = view.candles.last else {
            return (.candleStale, "\(view.product.id) has no candle")
        }
        let age = now - (last.start + .seconds(60))
        guard age > policy.candleAgeMax else { return nil }
        return (
            .candleStale,
            "\(view.product.id): \(Self.seconds(age)), limit \(Self.seconds(policy.candleAgeMax))"
        )
    }

    private var outlier: Fault? { Self.leap(view, now) ?? deviation }

    /// Six standard deviations within 60 seconds: of the last minute's ends, or since its close.
    private static func leap(_ view: ProductView, _ now: Instant) -> Fault? {
        let candles = view.candles.suffix(62)
        guard candles.count == 62, let last = candles.last, let before = candles.dropLast().last,
            before.close > 0
        else { return nil }
        let usual = Indicators.deviation(Indicators.returns(candles.dropLast().map(\.close)))
        let limit = BreakerPolicy.outlierSigmas * max(usual, BreakerPolicy.sigmaMin)
        var moves = [last.high / before.close - 1, last.low / before.close - 1]
        if let quote = view.quote, last.close > 0 {
            moves.append((quote.bid.indicator + quote.ask.indicator) / 2 / last.close - 1)
        }
        guard let move = moves.max(by: { abs($0) < abs($1) }), abs(move) > limit else { return nil }
        return (
            .priceOutlier,
            "\(view.product.id) moved \(percent(move)) within a minute, limit \(percent(limit))"
        )
    }

    /// Far from the mean, and hardly anyone traded there.
    private var deviation: Fault? {
        let recent = view.candles.suffix(policy.outlierLookback)
        guard recent.count == policy.outlierLookback, let last = recent.last else { return nil }
        let count = Double(recent.count)
        let mean = recent.reduce(0) { $0 + $1.close } / count
        let volume = recent.reduce(0) { $0 + $1.volume } / count
        guard mean > 0 else { return nil }
        let off = (last.close / mean - 1) * 100
        guard abs(off) > policy.deviationMaxPct, last.volume < policy.volumeRatioMin * volume else {
            return nil
        }
        return (
            .priceOutlier,
            "\(view.product.id) is \(Self.percent(off / 100)) off its mean, without volume"
        )
    }

    /// Why a product that had a fault has it no more; nil where nothing is known that says so.
    func clearing(_ reason: HaltReason) -> String? {
        switch reason {
        case .volatility:
            realised.map { "\(reason.clearing): \(Self.percent($0 / 100)) a year" }
        case .spread: view.quote.map { _ in reason.clearing }
        case .kill, .overload, .arithmetic, .ledger, .audit, .metrics, .diskLow, .memory, .permit,
            .mismatch, .recovering, .connectivity, .apiErrors, .rateLimited, .clockSkew,
            .rejectionBurst, .exceptionBurst, .depeg, .universe, .dailyStop, .weeklyStop, .drawdown,
            .lossStreak, .productStatus, .feedGap, .quoteStale, .candleStale, .priceOutlier,
            .oddFill:
            reason.clearing
        }
    }

    private var realised: Double? { Indicators.realised(view, hours: policy.volatilityHours) }

    private var volatility: Fault? {
        let limit = policy.volatilityMaxPct * (isWild ? 0.9 : 1)
        guard let measured = realised, measured > limit else { return nil }
        return (
            .volatility,
            "\(view.product.id): \(Self.percent(measured / 100)) a year, "
                + "limit \(Self.percent(limit / 100))"
        )
    }

    private var spread: Fault? {
        guard let quote = view.quote, quote.spreadBPS > policy.spreadMaxBPS else { return nil }
        let (measured, most) = (
            Rate(indicator: quote.spreadBPS), Rate(indicator: policy.spreadMaxBPS)
        )
        return (.spread, "\(view.product.id): \(measured) bps, limit \(most) bps")
    }

    private static func seconds(_ span: Duration) -> String {
        "\(span.nanoseconds / 1_000_000_000) s"
    }

    private static func percent(_ ratio: Double) -> String { "\(Rate(indicator: ratio * 100)) %" }
}
