import Testing
import VigilModel

@testable import VigilCore

/// Numbers that cannot be held: what has happened is booked, and one plan at most is given up.
///
/// The desk looks after every event for what must not be.
@Suite struct ExecutionOverflowTests {
    private typealias Effect = ExecutionCore.Effect

    /// A number that can be held, and that twice of cannot.
    private static let most = "99999999999999999999"
    private static let ended = Effect.recordExitEnded(Sample.btc)
    private static let unplanned = Effect.reportUnplanned(Sample.btc, .overflow)

    private func see(
        _ bid: String,
        _ ask: String,
        _ desk: inout OrderDesk,
        at seconds: Double
    ) throws {
        let quote = try Sample.quote(bid, ask, at: OrderDesk.at(seconds))
        try desk.tell(.quoteChanged(quote), at: seconds)
    }

    private func terms(_ effects: [Effect]) -> [String] {
        Sample.intents(effects).map { OrderDesk.terms($0) }
    }

    @Test(arguments: [(VenueOrderStatus.canceled, OrderState.canceled), (.expired, .expired)])
    func `an ask beyond all numbers holds up no exit: its end is booked, and the bid is taken`(
        _ status: VenueOrderStatus,
        _ state: OrderState
    ) throws {
        var desk = try OrderDesk()
        let target = try desk.rest(desk.exit(.takeProfit, "2"))
        try see("100", Self.most, &desk, at: 1)
        let effects = try desk.update(target, status, at: 2)
        guard case .recordTransition(let end, _)? = effects.first else {
            Issue.record("the end is not booked")
            return
        }
        #expect(end.id == target.request.clientOrderID && end.to == state)
        #expect(desk.core.orders[end.id]?.state == state)
        // The second step would rest at the ask; the last one takes at a hundredth below the bid.
        #expect(effects.dropFirst().first == Self.unplanned)
        #expect(effects.count == 3)
        #expect(terms(effects) == ["2 at 99 at once"])
        #expect(Sample.intents(effects).map(\.request.side) == [.sell])
        #expect(Sample.intents(effects).map(\.purpose) == [.exit(.takeProfit)])
        #expect(Sample.intents(effects).map(\.parent) == [end.id])
    }

    @Test func `an exit of which no step can be worked out ends, and works once the quote is sane`()
        throws
    {
        var desk = try OrderDesk()
        let target = try desk.rest(desk.exit(.takeProfit, "2"))
        try see(Self.most, Self.most, &desk, at: 1)
        // The stop takes over, at a price that no two coins can be sold for.
        let stop = try desk.exit(.stopLoss, "2", at: 2)
        #expect(stop == [.cancel(target.request.clientOrderID), .wake(at: OrderDesk.at(7))])
        let effects = try desk.update(target, .canceled, at: 3)
        #expect(effects.dropFirst() == [Self.unplanned, Self.ended])
        #expect(desk.core.orders[target.request.clientOrderID]?.state == .canceled)
        #expect(try desk.exit(.stopLoss, "2", at: 4) == [Self.unplanned, Self.ended])
        #expect(desk.core.desk.worked.isEmpty)
        try see("100", "101", &desk, at: 5)
        let again = try desk.exit(.stopLoss, "2", at: 6)
        #expect(terms(again) == ["2 at 99 at once"])
        let sent = try desk.rest(again, at: 7)
        #expect(sent.request.side == .sell && sent.purpose == .exit(.stopLoss))
    }

    @Test func `an exit whose worst price cannot be held is told as ended, and leaves nothing`()
        throws
    {
        var desk = try OrderDesk(Sample.execution { $0.exitSlippageTolerance = .zero })
        // The largest number there is; the next multiple of a cent is beyond it.
        let last = "170141183460469231731.687303715884105727"
        try see(last, last, &desk, at: 1)
        for reason in [ExitReason.stopLoss, .takeProfit] {
            #expect(try desk.exit(reason, at: 2) == [Self.ended, Self.unplanned])
            #expect(desk.core.desk.worked.isEmpty && (desk.core.orders.count == 0))
        }
        try see("100", "101", &desk, at: 3)
        #expect(terms(try desk.exit(.stopLoss, at: 4)) == ["1 at 100 at once"])
    }

    @Test func `a fill that cannot be held is kept apart, and the exit goes on`() throws {
        var desk = try OrderDesk()
        let stop = try desk.rest(desk.exit(.stopLoss))
        let effects = try desk.fill(stop, Self.most)
        guard case .quarantine(let doubted)? = effects.first else {
            Issue.record("it was booked")
            return
        }
        #expect(doubted.fill.quantity.description == Self.most && effects.count == 1)
        #expect(doubted.why.hasSuffix("at 100 is more than can be computed"), "\(doubted)")
        #expect(desk.core.orders[stop.request.clientOrderID]?.state == .open)
        #expect(desk.core.orders[stop.request.clientOrderID]?.filled == .zero)
    }

    // MARK: Entries

    /// Entries of two products, as one cycle brings them: two coins of each at 100.
    private func batch() throws -> [RiskApproved<NewOrder>] {
        var risk = try RiskTests().core()
        let ids = [Sample.btc, OrderDesk.eth]
        let wishes = try ids.map { try RiskTests().proposal("0.02", $0) }
        let input = try RiskTests().input(RiskTests().snapshot(), products: ids)
        let answer = try risk.handle(.proposed(cycle: 4, wishes, input), at: Sample.now)
        guard case .replyVerdicts(_, let verdicts, _)? = answer.first else { return [] }
        return verdicts.compactMap { verdict in
            guard case .approved(let approval, _) = verdict else { return nil }
            return approval
        }
    }

    @Test func `of entries that come together, the one that cannot be held stops no other`() throws
    {
        var desk = try OrderDesk()
        try desk.open(OrderDesk.eth)
        try see(Self.most, Self.most, &desk, at: 1)
        let effects = try desk.tell(.entriesApproved(cycle: 4, batch()), at: 1)
        // Its two resting steps; what takes is too dear at that ask.
        #expect(effects.prefix(2) == [Self.unplanned, Self.unplanned])
        #expect(Sample.intents(effects).map(\.request.product) == [OrderDesk.eth])
        #expect(terms(effects) == ["2 at 100 to 121 resting"])
        #expect(effects.last == .replyPlaced(cycle: 4, count: 1))
        #expect(desk.core.desk.worked == [OrderDesk.eth])
    }

    @Test func `an entry whose worst price cannot be worked out is told, and each of them is`()
        throws
    {
        var desk = try OrderDesk()
        try desk.open(OrderDesk.eth)
        // What a budget leaves beside such a fee is more than can be held.
        let fees = FeeSchedule(maker: .zero, taker: Rate(raw: .min))
        try desk.tell(.feesChanged(fees))
        let effects = try desk.tell(.entriesApproved(cycle: 4, batch()), at: 1)
        #expect(
            effects == [
                Self.unplanned, .reportUnplanned(OrderDesk.eth, .overflow),
                .replyPlaced(cycle: 4, count: 0),
            ]
        )
        #expect(desk.core.desk.worked.isEmpty)
    }

    // MARK: Looks

    @Test func `a worst case that cannot be held is no answer, and what is overdue is canceled`()
        throws
    {
        var desk = try OrderDesk()
        let target = try desk.rest(desk.exit(.takeProfit))
        let left = Intent(
            request: OrderRequest(
                clientOrderID: ClientOrderID("left"),
                product: OrderDesk.eth,
                side: .buy,
                terms: .limit(
                    price: try Price(Self.most, .usd),
                    quantity: try Quantity("2"),
                    timeInForce: .goodTillCanceled,
                    postOnly: false
                )
            ),
            purpose: .entry(try Sample.plan()),
            parent: nil,
            cycle: 1,
            createdAt: Sample.now
        )
        try desk.tell(.restored([OrderRecord(intent: left, state: .open, filled: .zero)]))
        let unplanned = Effect.reportUnplanned(nil, .overflow)
        for reader in [
            ExecutionCore.SnapshotReader.risk(cycle: 3), .reconciliation(cycle: 3),
        ] {
            #expect(try desk.tell(.snapshotRequested(reader), at: 1) == [unplanned])
        }
        let late = ExecutionCore.Event.snapshotRequested(.maintenance(cycle: 3))
        let effects = try desk.tell(late, at: 60)
        let again = Effect.wake(at: OrderDesk.at(65))
        #expect(
            effects == [
                .cancel(target.request.clientOrderID), again, .cancel(ClientOrderID("left")), again,
                unplanned,
            ]
        )
    }
}
