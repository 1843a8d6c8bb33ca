import Testing
import VigilModel

@testable import VigilCore

/// Exits that the venue refuses: they come again, ever more slowly, for what there is to sell.
@Suite struct RefusedExitTests {
    private static let ended = ExecutionCore.Effect.recordExitEnded(Sample.btc)

    /// Sends an exit and has it refused; what that leads to.
    private func refuse(
        _ desk: inout OrderDesk,
        _ reason: RejectionReason,
        at seconds: Double
    ) throws -> [ExecutionCore.Effect] {
        let sent = try desk.send(desk.exit(.stopLoss, at: seconds), at: seconds)
        return try desk.tell(
            .venueReported(.orderRejected(sent.request.clientOrderID, reason)),
            at: seconds
        )
    }

    @Test
    func `a refused exit is asked for again after one second, two, four, and at last each thirty`()
        throws
    {
        var desk = try OrderDesk()
        var seconds = 0.0
        for wait in [1.0, 2, 4, 8, 16, 30, 30] {
            let effects = try refuse(&desk, .pricePrecision, at: seconds)
            #expect(!effects.contains(Self.ended))
            #expect(effects.contains(.wake(at: OrderDesk.at(seconds + wait))))
            #expect(try !desk.tell(.timerFired, at: seconds + wait - 0.1).contains(Self.ended))
            seconds += wait
            #expect(try desk.tell(.timerFired, at: seconds) == [Self.ended])
            // Once.
            #expect(try desk.tell(.timerFired, at: seconds).isEmpty)
        }
    }

    @Test func `once something of it is sold, the rests begin anew`() throws {
        var desk = try OrderDesk()
        _ = try refuse(&desk, .pricePrecision, at: 0)
        _ = try desk.tell(.timerFired, at: 1)
        _ = try refuse(&desk, .pricePrecision, at: 1)
        _ = try desk.tell(.timerFired, at: 3)
        let sale = try desk.send(desk.exit(.stopLoss, at: 3), at: 3)
        try desk.fill(sale, "0.5", at: 3)
        #expect(try desk.update(sale, .canceled, filled: "0.5", at: 4).contains(Self.ended))
        #expect(try refuse(&desk, .pricePrecision, at: 5).contains(.wake(at: OrderDesk.at(6))))
    }

    private static func price(_ effects: [ExecutionCore.Effect]) throws -> Price {
        guard case .limit(let price, _, _, _)? = Sample.intents(effects).first?.request.terms
        else { throw MoneyError.overflow }
        return price
    }

    @Test func `rules that change meanwhile end the rest, and the next exit goes by them`() throws {
        var desk = try OrderDesk()
        _ = try refuse(&desk, .pricePrecision, at: 0)
        // The same rules once more are no reason.
        #expect(try desk.tell(.productChanged(Sample.product()), at: 0.4).isEmpty)
        let changed = try desk.tell(.productChanged(Sample.product(tick: "0.5")), at: 0.5)
        #expect(changed == [Self.ended])
        #expect(try desk.tell(.timerFired, at: 1).isEmpty)
        let price = try Self.price(desk.exit(.stopLoss, at: 1))
        #expect(price.raw % (FixedPoint.one / 2) == 0)
    }

    @Test func `a book that still shows the finer steps of before is not asked for in them`() throws
    {
        var desk = try OrderDesk()
        try desk.tell(.productChanged(Sample.product(tick: "0.5")))
        try desk.tell(.quoteChanged(Sample.quote("100.13", "100.88")))
        // To its own side's safety: a purchase no higher than the bid, a sell no lower than the ask.
        #expect(try Self.price(desk.enter(cycle: 1, at: 0)).description == "100")
        var other = try OrderDesk()
        try other.tell(.productChanged(Sample.product(tick: "0.5")))
        try other.tell(.quoteChanged(Sample.quote("100.13", "100.88")))
        #expect(try Self.price(other.exit(.takeProfit, at: 0)).description == "101")
    }

    @Test
    func
        `while an exit rests its product is not bought, and a late purchase does not end the rest`()
        throws
    {
        var desk = try OrderDesk()
        _ = try refuse(&desk, .insufficientFunds, at: 3)
        #expect(try desk.enter(cycle: 2, at: 3.2) == [.replyPlaced(cycle: 2, count: 0)])
        desk.core.refused.traded(Sample.btc, .buy)
        #expect(try desk.tell(.timerFired, at: 4) == [Self.ended])
        #expect(try !Sample.intents(desk.enter(cycle: 3, at: 4)).isEmpty)
    }

    /// Refused for funds while so much is there; the next exit.
    private func short(
        _ desk: inout OrderDesk,
        _ there: String,
        at seconds: Double,
        rest: Double
    ) throws -> [ExecutionCore.Effect] {
        let refused = try refuse(&desk, .insufficientFunds, at: seconds)
        #expect(refused.contains(.readAvailable(Sample.btc)))
        try desk.tell(.availableRead(Sample.btc, Quantity(there)), at: seconds + 0.2)
        #expect(try desk.tell(.timerFired, at: seconds + rest) == [Self.ended])
        return try desk.exit(.stopLoss, at: seconds + rest)
    }

    @Test func `after a refusal for funds the next exit sells what is there`() throws {
        var desk = try OrderDesk()
        let effects = try short(&desk, "0.7", at: 0, rest: 1)
        #expect(OrderDesk.terms(Sample.intents(effects).first).hasPrefix("0.7 at "))
        // After a cancel coins may be late: it is no news yet.
        #expect(!effects.contains { if case .reportShort = $0 { true } else { false } })
    }

    @Test
    func
        `coins that stay away are told from the third refusal on, and once as long as as many are there`()
        throws
    {
        var desk = try OrderDesk()
        _ = try refuse(&desk, .insufficientFunds, at: 0)
        _ = try desk.tell(.timerFired, at: 1)
        _ = try refuse(&desk, .insufficientFunds, at: 1)
        _ = try desk.tell(.timerFired, at: 3)
        let told = try short(&desk, "0.7", at: 3, rest: 4)
        #expect(
            told.first
                == .reportShort(
                    Sample.btc,
                    wanted: try Quantity("1"),
                    available: try Quantity("0.7")
                )
        )
        let sale = try desk.send(told, at: 7)
        _ = try desk.tell(
            .venueReported(.orderRejected(sale.request.clientOrderID, .insufficientFunds)),
            at: 7
        )
        try desk.tell(.availableRead(Sample.btc, Quantity("0.7")), at: 7.2)
        _ = try desk.tell(.timerFired, at: 15)
        let again = try desk.exit(.stopLoss, at: 15)
        #expect(!again.contains { if case .reportShort = $0 { true } else { false } })
    }

    @Test func `what was said of funds long before, or behind the rest, limits no exit`() throws {
        var desk = try OrderDesk()
        _ = try refuse(&desk, .insufficientFunds, at: 0)
        try desk.tell(.availableRead(Sample.btc, .zero), at: 0.5)
        _ = try desk.tell(.timerFired, at: 1)
        // The bid has risen meanwhile; the stop fires minutes later.
        let late = try desk.exit(.stopLoss, at: 500)
        #expect(OrderDesk.terms(Sample.intents(late).first).hasPrefix("1 at "))
        var other = try OrderDesk()
        _ = try refuse(&other, .insufficientFunds, at: 0)
        _ = try other.tell(.timerFired, at: 1)
        try other.tell(.availableRead(Sample.btc, .zero), at: 1.5)
        let whole = try other.exit(.stopLoss, at: 2)
        #expect(OrderDesk.terms(Sample.intents(whole).first).hasPrefix("1 at "))
    }

    @Test func `refusals of minutes ago make no rest longer now`() throws {
        var desk = try OrderDesk()
        for seconds in [0.0, 1, 3] {
            _ = try refuse(&desk, .other, at: seconds)
            _ = try desk.tell(.timerFired, at: seconds + 4)
        }
        #expect(try refuse(&desk, .other, at: 400).contains(.wake(at: OrderDesk.at(401))))
    }

    @Test
    func
        `a stop waits for no other exit's rest, and a refusal of what it took over is not its own`()
        throws
    {
        var desk = try OrderDesk()
        let hold = try desk.send(desk.exit(.maxHold))
        // The stop takes over while the first order's answer is still under way.
        _ = try desk.exit(.stopLoss, at: 0.1)
        let effects = try desk.tell(
            .venueReported(.orderRejected(hold.request.clientOrderID, .other)),
            at: 0.2
        )
        #expect(Sample.intents(effects).first?.purpose == .exit(.stopLoss), "\(effects)")
        var resting = try OrderDesk()
        let first = try resting.send(resting.exit(.maxHold))
        _ = try resting.tell(
            .venueReported(.orderRejected(first.request.clientOrderID, .other)),
            at: 0.1
        )
        let stop = try resting.send(resting.exit(.stopLoss, at: 0.2), at: 0.2)
        // It ends unfilled, and is asked for again at once.
        #expect(try resting.update(stop, .canceled, at: 0.3).contains(Self.ended))
    }

    @Test func `coins that come a moment late are sold whole`() throws {
        var desk = try OrderDesk()
        _ = try refuse(&desk, .insufficientFunds, at: 0)
        try desk.tell(.availableRead(Sample.btc, Quantity("1")), at: 0.5)
        _ = try desk.tell(.timerFired, at: 1)
        let effects = try desk.exit(.stopLoss, at: 1)
        #expect(OrderDesk.terms(Sample.intents(effects).first).hasPrefix("1 at "))
    }

    @Test func `where nothing is there nothing is sent, and it is asked for again`() throws {
        var desk = try OrderDesk()
        _ = try refuse(&desk, .insufficientFunds, at: 0)
        try desk.tell(.availableRead(Sample.btc, .zero), at: 0.5)
        _ = try desk.tell(.timerFired, at: 1)
        let effects = try desk.exit(.stopLoss, at: 1)
        #expect(Sample.intents(effects).isEmpty)
        #expect(effects.contains(.readAvailable(Sample.btc)))
        #expect(!effects.contains(Self.ended))
        #expect(try desk.tell(.timerFired, at: 3) == [Self.ended])
    }

    @Test func `a crossing post-only and a closed gate are no refusals to rest after`() throws {
        for reason in [RejectionReason.postOnlyWouldCross, .gateClosed] {
            var desk = try OrderDesk()
            let effects = try refuse(&desk, reason, at: 0)
            #expect(effects.contains(Self.ended), "\(reason)")
        }
    }
}
