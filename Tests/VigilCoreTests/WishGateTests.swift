import Testing
import VigilModel

@testable import VigilCore

/// A proposal is an event: what lasts is proposed when it begins, and again after its product was closed to it.
@Suite struct WishGateTests {
    private let tests = RiskTests()

    private func wish(
        _ kind: TriggerKind = .breakout,
        _ product: ProductID = Sample.btc
    ) throws -> Proposal {
        let wish = try tests.proposal("0.02", product)
        let trigger = Trigger(
            product: product,
            tier: .core,
            kind: kind,
            strength: 0.7,
            confidence: 0.8,
            changePct: 2,
            volatility: 60
        )
        return Proposal(
            product: product,
            tier: .core,
            size: wish.size,
            conviction: wish.conviction,
            trigger: trigger,
            exits: wish.exits,
            strategy: wish.strategy
        )
    }

    private func denial(_ code: RiskCode) throws -> RiskVerdict {
        .denied(
            try wish(),
            checks: [RiskCheck(code, .denied, .count, limit: 0, current: 0, requested: 0)]
        )
    }

    private func stand(
        closedFor seconds: Int? = nil,
        _ closed: [ProductID: RiskCode] = [:]
    ) -> Openings {
        var openings = Openings()
        openings.closedSince = seconds.map { Sample.now - .seconds($0) }
        openings.closed = closed
        return openings
    }

    private func isHeard(
        _ gate: inout WishGate,
        _ minute: Int,
        _ openings: Openings = Openings()
    ) throws -> Bool {
        try !gate.fresh([wish()], openings, at: Sample.now + .seconds(60 * minute)).isEmpty
    }

    @Test func `what lasts is proposed when it begins, and what comes and goes is one event`()
        throws
    {
        var gate = WishGate(repeatAfter: .seconds(86_400))
        #expect(try isHeard(&gate, 0))
        for minute in 1...300 { #expect(try !isHeard(&gate, minute)) }
        // Gone for a quarter of an hour it has not gone, and for a minute more it has.
        _ = gate.fresh([], Openings(), at: Sample.now + .seconds(60 * 301))
        #expect(try !isHeard(&gate, 315))
        #expect(try isHeard(&gate, 331))
    }

    @Test func `what goes on is news again after its time, and in every cycle where that is none`()
        throws
    {
        var hourly = WishGate(repeatAfter: .seconds(3_600))
        let heard = try (0..<200).filter { try isHeard(&hourly, $0) }
        #expect(heard == [0, 60, 120, 180])
        var always = WishGate(repeatAfter: .zero)
        for minute in 0..<20 { #expect(try isHeard(&always, minute)) }
        #expect(try !isHeard(&always, 20, stand([Sample.btc: .alreadyHeld])))
    }

    @Test func `another kind, another product and another strategy are other events`() throws {
        var gate = WishGate(repeatAfter: .seconds(86_400))
        let eth = CycleScene.eth
        let wishes = try [wish(), wish(.momentum), wish(.breakout, eth)]
        #expect(gate.fresh(wishes, Openings(), at: Sample.now) == wishes)
        #expect(gate.fresh(wishes, Openings(), at: Sample.now).isEmpty)
    }

    @Test func `a product that was closed to it is proposed again when it is open`() throws {
        var gate = WishGate(repeatAfter: .seconds(86_400))
        #expect(try isHeard(&gate, 0))
        #expect(try !isHeard(&gate, 1, stand([Sample.btc: .alreadyHeld])))
        #expect(try isHeard(&gate, 2))
        #expect(try !isHeard(&gate, 3, stand([CycleScene.eth: .alreadyHeld])))
    }

    @Test
    func `what begins while nothing may be entered waits, and what stood before is no news then`()
        throws
    {
        var gate = WishGate(repeatAfter: .seconds(86_400))
        let (old, new) = (try wish(), try wish(.momentum))
        #expect(gate.fresh([old], Openings(), at: Sample.now) == [old])
        let closed = stand(closedFor: 0)
        #expect(gate.fresh([old, new], closed, at: Sample.now + .seconds(60)).isEmpty)
        #expect(gate.fresh([old, new], Openings(), at: Sample.now + .seconds(120)) == [new])
    }

    @Test(arguments: RiskCode.allCases)
    func `what time may change is asked again, and what was refused for its size is not`(
        code: RiskCode
    ) throws {
        var gate = WishGate(repeatAfter: .seconds(86_400))
        #expect(try isHeard(&gate, 0))
        gate.note([try denial(code)], submitted: true)
        let sized: Set<RiskCode> = [
            .alreadyHeld, .pyramidCount, .pyramidPositions, .orderSize, .strategyBudget, .theme,
            .assetSize,
            .positionSize, .totalAtRisk, .capitalFence, .cash, .belowMinimum,
        ]
        #expect(try isHeard(&gate, 1) == !sized.contains(code))
    }

    @Test func `an entry that was allowed and did not fill may be wished again`() throws {
        var gate = WishGate(repeatAfter: .seconds(86_400))
        let allowed = try tests.approved("0.02")
        #expect(!gate.fresh([allowed.subject.proposal], Openings(), at: Sample.now).isEmpty)
        gate.note([.approved(allowed, checks: [])], submitted: true)
        #expect(
            !gate.fresh([allowed.subject.proposal], Openings(), at: Sample.now + .seconds(60))
                .isEmpty
        )
    }

    @Test func `where nothing is sent, what was allowed is told once`() throws {
        var gate = WishGate(repeatAfter: .seconds(86_400))
        let allowed = try tests.approved("0.02")
        let wish = allowed.subject.proposal
        #expect(!gate.fresh([wish], Openings(), at: Sample.now).isEmpty)
        gate.note([.approved(allowed, checks: [])], submitted: false)
        #expect(gate.fresh([wish], Openings(), at: Sample.now + .seconds(60)).isEmpty)
    }

    // MARK: What is open

    private func openings(
        at seconds: Int = 0,
        halts: [ActiveHalt] = [],
        held: [ProductID] = [],
        _ change: (inout RiskPolicy, inout RiskCounters) -> Void = { _, _ in }
    ) throws -> Openings {
        var policy = RiskTests.policy
        var counters = RiskCounters()
        change(&policy, &counters)
        let books = try tests.snapshot(exposure: "100", held: held)
        return Openings(policy, counters, halts, books, at: Sample.now + .seconds(seconds))
    }

    @Test func `halts, positions and times close products, and everything`() throws {
        let eth = CycleScene.eth
        #expect(try openings() == Openings())
        let all = ActiveHalt(Halt(.kill), detail: "", raisedAt: Sample.now - .seconds(5))
        let one = ActiveHalt(Halt(.spread, eth), detail: "", raisedAt: Sample.now)
        #expect(try openings(halts: [one]).closed == [eth: .breaker])
        #expect(try openings(halts: [one]).closedSince == nil)
        #expect(try openings(halts: [all, one]).closedSince == Sample.now - .seconds(5))
        #expect(try openings(held: [eth]).closed == [eth: .alreadyHeld])
        #expect(try openings(held: [eth]).fullSince == nil)
        #expect(
            try openings(held: [eth]) { policy, _ in policy.openPositionsMax = 1 }.fullSince
                == Sample.now
        )
        let adding = try openings(held: [eth]) { policy, _ in
            policy.openPositionsMax = 1
            policy.pyramid = .init(spacing: .zero, additionsPerDayMax: 1, positionsMax: 1)
        }
        #expect(adding == Openings())
    }

    @Test func `an entry closes its product for a while, everything for less, and counts`() throws {
        func after(
            _ seconds: Int,
            _ change: (inout RiskPolicy) -> Void = { _ in }
        ) throws -> Openings {
            try openings(at: seconds) { policy, counters in
                counters.recordEntry(Sample.btc, nil, at: Sample.now)
                change(&policy)
            }
        }
        #expect(try after(179).closedSince == Sample.now)
        #expect(try after(180).closedSince == nil)
        #expect(try after(899).closed == [Sample.btc: .productSpacing])
        #expect(try after(900) == Openings())
        #expect(try after(900) { $0.tradesPerHourMax = 1 }.closedSince == Sample.now)
        #expect(try after(900) { $0.tradesAndExitsPerHourMax = 1 }.closedSince == Sample.now)
        #expect(try after(900) { $0.tradesPerDayMax = 1 }.closedSince == Sample.now)
        #expect(try after(3_600) { $0.tradesPerHourMax = 1 }.closedSince == nil)
        #expect(try after(3_600) { $0.tradesPerDayMax = 1 }.closedSince == Sample.now)
        #expect(try after(86_400) { $0.tradesPerDayMax = 1 }.closedSince == nil)
    }

    @Test func `a product that was left is closed for its cooldown`() throws {
        func after(_ seconds: Int, _ reason: ExitReason) throws -> Openings {
            try openings(at: seconds) { _, counters in
                counters.recordExit(Sample.btc, reason, at: Sample.now)
            }
        }
        #expect(try after(1_799, .takeProfit).closed == [Sample.btc: .productCooldown])
        #expect(try after(1_800, .takeProfit) == Openings())
        #expect(try after(7_199, .stopLoss).closed == [Sample.btc: .productCooldown])
        #expect(try after(7_200, .stopLoss) == Openings())
    }

    @Test func `what is being worked closes its product, and everything where entries are spaced`()
        throws
    {
        let entry = WorkingEntry(product: Sample.btc, worst: .zero(.usd), strategy: "test")
        for isSpaced in [true, false] {
            var openings = Openings()
            openings.close(working: [entry], isSpaced: isSpaced, at: Sample.now)
            #expect(openings.closed == [Sample.btc: .workingEntry])
            #expect(openings.closedSince == (isSpaced ? Sample.now : nil))
            var none = Openings()
            none.close(working: [WorkingEntry](), isSpaced: isSpaced, at: Sample.now)
            #expect(none == Openings())
        }
    }
}
