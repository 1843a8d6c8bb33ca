import VigilCore
import VigilModel

/// A book, a position on it and the orders that leave it: what frames of a venue can do to those who decide.
struct Deciders {
    private var market = MarketDataCore()
    private var portfolio = PortfolioCore(takerFee: .zero)
    private var execution: ExecutionCore

    /// Holds one unit of a product, bought at a price of one.
    init(holding product: ProductID) throws {
        execution = ExecutionCore(
            policy: ExecutionPolicy(
                postOnlyTTL: .seconds(60),
                repricesMax: 1,
                repriceDecay: .one,
                takerFallback: true,
                slippageBudget: [:],
                exitSlippageTolerance: .zero,
                exitsRestFirst: true,
                restingOrderLifetime: .seconds(60),
                fees: FeeSchedule(maker: .zero, taker: .zero),
                quoteAgeMax: .seconds(1_000_000_000)
            ),
            ids: OrderIDSource(instance: "fuzz", run: RunID("fuzz"))
        )
        let smallest = try Quantity(raw: 1)
        let one = try Quantity(raw: FixedPoint.one)
        let price = try Price(raw: FixedPoint.one, currency: product.quote)
        let rules = try Product(
            id: product,
            baseIncrement: smallest,
            priceIncrement: Price(raw: 1, currency: product.quote),
            baseMin: smallest,
            quoteMin: .zero(product.quote),
            status: .online
        )
        _ = try market.handle(.productsListed([rules], history: [:]), at: .epoch)
        _ = try portfolio.handle(.productChanged(rules), at: .epoch)
        take(.productChanged(rules))
        let fill = Fill(
            entryID: EntryID("1"),
            tradeID: TradeID("1"),
            clientOrderID: ClientOrderID("fuzz-1"),
            product: product,
            side: .buy,
            price: price,
            quantity: one,
            fee: .zero(product.quote),
            role: .taker,
            kind: .fill,
            occurredAt: .epoch
        )
        let plan = ExitPlan(
            stopLoss: Rate(basisPoints: 100),
            takeProfit: Rate(basisPoints: 100),
            holdMax: .seconds(1_000_000_000)
        )
        _ = try portfolio.handle(.fillRecorded(fill, FillOrigin(.entry(plan))), at: .epoch)
    }

    /// Takes in what a feed reports, and lets everybody go on with it.
    mutating func take(_ report: FeedReport) {
        let event = MarketDataCore.Event.feedReported(report)
        guard let effects = try? market.handle(event, at: .epoch) else {
            preconditionFailure("market data never throws")
        }
        hold(market.violations(after: event, effects))
        for case .publishQuote(let quote) in effects {
            take(quote)
        }
    }

    private mutating func take(_ quote: Quote) {
        take(.quoteChanged(quote))
        for event in [PortfolioCore.Event.quoteChanged(quote), .markRequested(cycle: 1)] {
            guard let effects = try? portfolio.handle(event, at: .epoch) else {
                preconditionFailure("a quote always fires the exits it must")
            }
            hold(portfolio.violations(after: event, effects))
            for case .requestExit(let request) in effects {
                take(.exitRequested(request))
            }
        }
    }

    private mutating func take(_ event: ExecutionCore.Event) {
        guard let effects = try? execution.handle(event, at: .epoch) else {
            preconditionFailure("execution never throws")
        }
        hold(execution.violations(after: event, effects))
        for effect in effects {
            switch effect {
            case .recordIntents(let intents):
                take(.intentsRecorded(intents.map(\.request.clientOrderID)))
            case .submit(let request, _):
                take(.venueReported(.orderRejected(request.clientOrderID, .postOnlyWouldCross)))
            default: break
            }
        }
    }

    private func hold(_ violations: [String]) {
        precondition(violations.isEmpty, "\(violations)")
    }
}
