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

    @Test func `rules that change meanwhile are those that the next exit goes by`() throws {
        var desk = try OrderDesk()
        _ = try refuse(&desk, .pricePrecision, at: 0)
        try desk.tell(.productChanged(Sample.product(tick: "0.5")), at: 0.5)
        _ = try desk.tell(.timerFired, at: 1)
        let again = try #require(Sample.intents(desk.exit(.stopLoss, at: 1)).first)
        guard case .limit(let price, _, _, _) = again.request.terms else {
            throw MoneyError.overflow
        }
        #expect(price.raw % (FixedPoint.one / 2) == 0)
    }

    @Test func `a refusal for funds asks what is there, and the next exit sells that and says so`()
        throws
    {
        var desk = try OrderDesk()
        let refused = try refuse(&desk, .insufficientFunds, at: 0)
        #expect(refused.contains(.readAvailable(Sample.btc)))
        try desk.tell(.availableRead(Sample.btc, Quantity("0.7")), at: 0.2)
        _ = try desk.tell(.timerFired, at: 1)
        let effects = try desk.exit(.stopLoss, at: 1)
        let short = ExecutionCore.Effect.reportShort(
            Sample.btc,
            wanted: try Quantity("1"),
            available: try Quantity("0.7")
        )
        #expect(effects.first == short)
        #expect(OrderDesk.terms(Sample.intents(effects).first).hasPrefix("0.7 at "))
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
