import Testing
import VigilModel

@testable import VigilCore

/// How long a breaker holds, over which span its causes count, and what it tells of itself.
@Suite struct BreakerHoldTests {
    private let start = Sample.now

    private func core(_ change: (inout BreakerPolicy) -> Void = { _ in }) throws -> RiskCore {
        var policy = RiskTests.policy
        // Times of quotes and candles are the business of other tests.
        policy.breakers.quoteAgeMax = .seconds(90_000)
        policy.breakers.candleAgeMax = .seconds(90_000)
        change(&policy.breakers)
        var core = RiskCore(policy: policy, execution: RiskTests.execution)
        _ = try core.handle(.haltCleared(Halt(.recovering)), at: start)
        return core
    }

    private func at(_ seconds: Int) -> Instant { start + .seconds(seconds) }

    /// A look at a market in which one product is whole.
    private func look(_ core: inout RiskCore, _ seconds: Int) throws -> [RiskCore.Effect] {
        let view = ProductView(
            product: try Sample.product(),
            quote: try Sample.quote("99.95", "100.05"),
            depth20BPS: 0,
            candles: [Candle(start: start - .seconds(60), price: 100, volume: 1)]
        )
        let market = MarketSnapshot(at: at(seconds), products: [Sample.btc: view])
        let ask = RiskCore.Event.breakersRequested(cycle: 1, try RiskTests().snapshot(), market)
        return try core.handle(ask, at: at(seconds))
    }

    private func halts(_ effects: [RiskCore.Effect]) -> [Halt] {
        guard case .replyBreakers(_, let halts, _)? = effects.last else { return [] }
        return halts
    }

    /// What the operator is told of halts that began.
    private func details(_ effects: [RiskCore.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .reportHalt(let active) = effect else { return nil }
            return active.detail
        }
    }

    @Test(
        arguments: [
            (Halt(.overload), 60), (Halt(.rateLimited), 45), (Halt(.rejectionBurst), 600),
            (Halt(.exceptionBurst), 300), (Halt(.priceOutlier, Sample.btc), 300),
        ]
    )
    func `what time clears holds for its own span after its last cause`(
        halt: Halt,
        seconds: Int
    ) throws {
        var core = try core { $0.rateLimitCooldown = .seconds(45) }
        _ = try core.handle(.haltRaised(halt, detail: "first"), at: at(0))
        #expect(try core.handle(.haltRaised(halt, detail: "first"), at: at(10)).isEmpty)
        #expect(try halts(look(&core, 9 + seconds)) == [halt])
        let ended = try look(&core, 10 + seconds)
        #expect(halts(ended).isEmpty)
        #expect(ended.contains(.reportCleared(halt, reason: halt.reason.clearing)))
    }

    @Test(arguments: HaltReason.allCases.filter { $0.rule == .operator })
    func `what only the operator clears is not ended by time`(reason: HaltReason) throws {
        var core = try core()
        _ = try core.handle(.haltRaised(Halt(reason), detail: ""), at: at(0))
        #expect(try halts(look(&core, 80_000)) == [Halt(reason)])
        _ = try core.handle(.resumed(reason: "understood"), at: at(80_000))
        #expect(try halts(look(&core, 80_001)).isEmpty)
    }

    @Test(arguments: [(300, 1), (301, 0)])
    func `a failure counts to the end of its window, and not beyond`(
        seconds: Int,
        expected: Int
    ) throws {
        var core = try core { $0.apiErrorsMax = 2 }
        _ = try core.handle(.venueAnswered(.failed("first")), at: at(0))
        let effects = try core.handle(.venueAnswered(.failed("HTTP 503")), at: at(seconds))
        let text = "2 failed requests in a row, limit 2: HTTP 503"
        #expect(details(effects) == Array(repeating: text, count: expected))
    }

    @Test(arguments: [(600, 1), (601, 0)])
    func `a rejection counts for ten minutes to the second`(seconds: Int, expected: Int) throws {
        var core = try core()
        _ = try core.handle(.orderRejected(.tooSmall), at: at(0))
        #expect(try core.handle(.orderRejected(.tooSmall), at: at(1)).isEmpty)
        let third = try core.handle(.orderRejected(.insufficientFunds), at: at(seconds))
        let text = "3 rejected orders within ten minutes, the last for INSUFFICIENT_FUND"
        #expect(details(third) == Array(repeating: text, count: expected))
    }

    @Test(arguments: [(300, 1), (301, 0)])
    func `a broken cycle counts for five minutes to the second`(
        seconds: Int,
        expected: Int
    ) throws {
        var core = try core()
        #expect(try core.handle(.cycleBroken(.arithmetic), at: at(0)).isEmpty)
        let second = try core.handle(.cycleBroken(.stageTimeout), at: at(seconds))
        let text = "2 broken cycles within five minutes, the last: stage_timeout"
        #expect(details(second) == Array(repeating: text, count: expected))
    }

    @Test(arguments: [
        (151, "151 ms ahead of"), (-151, "151 ms behind"), (2_000, "2000 ms ahead of"),
    ])
    func `a clock that is off is told in milliseconds, ahead or behind`(
        skew: Int,
        expected: String
    ) throws {
        var core = try core()
        let event = RiskCore.Event.clockCompared(.milliseconds(skew), uncertainty: .zero)
        let effects = try core.handle(event, at: at(0))
        #expect(details(effects) == ["the venue's clock is \(expected) ours"])
    }

    @Test func `what the machine lacks is told in megabytes, with what it must have`() throws {
        var core = try core()
        let poor = HostFigures(diskFree: 255 << 20, resident: 513 << 20)
        let effects = try core.handle(.hostLooked(poor), at: at(0))
        #expect(
            details(effects) == ["255 MB free, 256 MB required", "513 MB held, 512 MB allowed"]
        )
    }

    @Test func `a disk that cannot be read has nothing free, however little is required`() throws {
        var core = try core { $0.diskFreeMin = 1 }
        let blind = HostFigures(diskFree: nil, resident: 0)
        #expect(try !core.handle(.hostLooked(blind), at: at(0)).isEmpty)
        #expect(try halts(look(&core, 1)) == [Halt(.diskLow)])
        let enough = HostFigures(diskFree: 1, resident: 0)
        _ = try core.handle(.hostLooked(enough), at: at(2))
        #expect(try halts(look(&core, 3)).isEmpty)
    }

    @Test func `a halt that begins is published with all others, in their fixed order`() throws {
        var core = try core()
        let first = ActiveHalt(Halt(.mismatch), detail: "2 differences", raisedAt: at(0))
        let second = ActiveHalt(Halt(.ledger), detail: "no space", raisedAt: at(5))
        let third = ActiveHalt(Halt(.feedGap, Sample.btc), detail: "gap", raisedAt: at(6))
        var effects: [[RiskCore.Effect]] = []
        for active in [first, second, third] {
            let event = RiskCore.Event.haltRaised(active.halt, detail: active.detail)
            effects.append(try core.handle(event, at: active.raisedAt))
        }
        #expect(
            effects == [
                [.publishHalts([first]), .reportHalt(first)],
                [.publishHalts([second, first]), .reportHalt(second)],
                [.publishHalts([second, first, third]), .reportHalt(third)],
            ]
        )
        // One that is there already, in the same words, is no news.
        #expect(try core.handle(.haltRaised(first.halt, detail: first.detail), at: at(9)).isEmpty)
        let cleared = try core.handle(.haltCleared(second.halt), at: at(10))
        #expect(
            cleared == [
                .publishHalts([first, third]),
                .reportCleared(second.halt, reason: "the next record that is written"),
            ]
        )
    }
}
