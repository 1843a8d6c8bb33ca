import Testing
import VigilModel

@testable import VigilCore

/// What an earlier run left behind.
@Suite struct StrayOrderTests {
    private let start = Sample.now

    private func record(_ id: String, _ side: Side, _ state: OrderState) throws -> OrderRecord {
        let request = OrderRequest(
            clientOrderID: ClientOrderID(id),
            product: Sample.btc,
            side: side,
            terms: .limit(
                price: try Price("100", .usd),
                quantity: try Quantity("1"),
                timeInForce: .goodTillTime(start + .seconds(120)),
                postOnly: true
            )
        )
        let intent = Intent(
            request: request,
            purpose: side == .buy ? .entry(try Sample.plan()) : .exit(.takeProfit),
            parent: nil,
            cycle: nil,
            createdAt: start
        )
        var record = OrderRecord(intent: intent, state: state, filled: .zero)
        record.venueOrderID = VenueOrderID("v-\(id)")
        return record
    }

    private func core(_ records: [OrderRecord]) throws -> (ExecutionCore, [ExecutionCore.Effect]) {
        var core = try Sample.executionCore(run: "running2")
        let effects = try core.handle(.restored(records), at: start)
        return (core, effects)
    }

    private func canceled(_ record: OrderRecord) throws -> ExecutionCore.Event {
        .venueReported(
            .orderUpdated(
                VenueOrder(
                    venueOrderID: record.venueOrderID ?? VenueOrderID(""),
                    request: record.intent.request,
                    status: .canceled,
                    filledQuantity: .zero,
                    createdAt: start
                )
            )
        )
    }

    @Test func `a sale that outlived the stop rests to its age, and gives way to a stop-loss`()
        throws
    {
        var policy = Sample.execution { $0.exitsOutliveStop = true }
        policy.cancelAfter = .seconds(60)
        let left = try [record("sale", .sell, .open), record("entry", .buy, .open)]
        let aged = start + .seconds(20)
        func restored() throws -> (ExecutionCore, [ExecutionCore.Effect]) {
            var core = try Sample.executionCore(policy, run: "running2")
            let effects = try core.handle(.restored(left), at: aged)
            return (core, effects)
        }
        var (core, effects) = try restored()
        #expect(effects == [.cancel(left[1].id), .wake(at: aged + .seconds(5))])
        _ = try core.handle(canceled(left[1]), at: aged)
        let early = try core.handle(.timerFired, at: aged + .seconds(5))
        #expect(early == [.wake(at: start + .seconds(60))])
        let target = ExitRequest(
            product: Sample.btc,
            quantity: try Quantity("1"),
            reason: .takeProfit
        )
        let again = try core.handle(.exitRequested(target), at: aged + .seconds(6))
        #expect(!again.contains(.cancel(left[0].id)), "it is what the target asks for")
        let due = try core.handle(.timerFired, at: start + .seconds(60))
        #expect(due.first == .cancel(left[0].id))

        (core, _) = try restored()
        let stop = ExitRequest(product: Sample.btc, quantity: try Quantity("1"), reason: .stopLoss)
        let gives = try core.handle(.exitRequested(stop), at: aged + .seconds(6))
        #expect(gives.contains(.cancel(left[0].id)))
        let ended = try core.handle(canceled(left[0]), at: aged + .seconds(7))
        #expect(ended.contains(.recordExitEnded(Sample.btc)))
    }

    @Test
    func `what the venue tells once more of an order that ended in an earlier run is no news`()
        throws
    {
        var filled = try record("filled", .buy, .filled)
        filled.filled = try Quantity("1")
        let row = try Sample.fill(.buy, "1", "100", order: "filled", entry: "row")
        filled.rows = [row.entryID]
        let gone = try record("gone", .sell, .canceled)
        let failed = try record("failed", .buy, .rejected)
        let expired = try record("expired", .buy, .expired)
        var (core, effects) = try core([filled, gone, failed, expired])
        #expect(effects.isEmpty)
        func report(_ record: OrderRecord, _ status: VenueOrderStatus) throws -> VenueOrder {
            VenueOrder(
                venueOrderID: try #require(record.venueOrderID),
                request: record.intent.request,
                status: status,
                filledQuantity: record.filled,
                createdAt: start
            )
        }
        let statuses: [VenueOrderStatus] = [.filled, .canceled, .failed, .expired]
        for (record, status) in zip([filled, gone, failed, expired], statuses) {
            let accepted = ExecutionCore.Event.venueReported(
                .orderAccepted(try report(record, .open))
            )
            #expect(try core.handle(accepted, at: start).isEmpty)
            let ended = ExecutionCore.Event.venueReported(
                .orderUpdated(try report(record, status))
            )
            #expect(try core.handle(ended, at: start).isEmpty)
        }
        let again = try core.handle(.venueReported(.fillReported(row)), at: start)
        #expect(again == [.recordFill(row)], "the ledger knows its rows")
    }

    @Test func `what was taken for absent and stands is asked to end until it does`() throws {
        var absent = try record("absent", .buy, .canceled)
        absent.venueOrderID = nil
        var (core, _) = try core([absent])
        let standing = VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: absent.intent.request,
            status: .open,
            filledQuantity: .zero,
            createdAt: start
        )
        for _ in 0..<3 {
            let effects = try core.handle(.strangerFound(standing), at: start)
            #expect(effects.first == .cancel(absent.id))
        }
    }

    @Test
    func `defect 32: what rests from an earlier run is canceled until the venue says it has ended`()
        throws
    {
        let left = try record("old", .buy, .open)
        var (core, effects) = try core([left])
        #expect(effects == [.cancel(left.id), .wake(at: start + .seconds(5))])
        let again = try core.handle(.timerFired, at: start + .seconds(5))
        #expect(again.first == .cancel(left.id), "canceled means that the venue said so")
        let order = try RiskTests().approved("0.02")
        let blocked = try core.handle(.entriesApproved(cycle: 1, [order]), at: start)
        #expect(blocked == [.replyPlaced(cycle: 1, count: 0)])
        _ = try core.handle(canceled(left), at: start + .seconds(6))
        #expect(try core.handle(.timerFired, at: start + .seconds(10)).isEmpty)
        let entered = try core.handle(.entriesApproved(cycle: 2, [order]), at: start + .seconds(7))
        #expect(entered.last == .replyPlaced(cycle: 2, count: 1))
    }

    @Test func `an order of an earlier run is ended once it is found, whoever finds it`() throws {
        let left = try record("old", .buy, .unknown)
        var (core, _) = try core([left])
        let open = VenueOrder(
            venueOrderID: try #require(left.venueOrderID),
            request: left.intent.request,
            status: .open,
            filledQuantity: .zero,
            createdAt: start
        )
        let told = try core.handle(.venueReported(.orderUpdated(open)), at: start)
        #expect(told.contains(.cancel(left.id)))
    }

    @Test func `a sale waits for an older one that may have sold the same coins`() throws {
        let left = try record("old", .sell, .unknown)
        var (core, effects) = try core([left])
        #expect(effects == [.wake(at: start + .seconds(1))])
        let request = ExitRequest(
            product: Sample.btc,
            quantity: try Quantity("1"),
            reason: .stopLoss
        )
        #expect(try core.handle(.exitRequested(request), at: start).isEmpty)
        let ended = try core.handle(canceled(left), at: start + .seconds(3))
        #expect(ended.last == .recordExitEnded(Sample.btc), "the portfolio asks again at once")
    }

    @Test func `an order of ours that we have no record of is taken over and ended`() throws {
        var (core, _) = try core([])
        let stranger = try record("v-instance-running0-1", .buy, .open)
        let order = VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: stranger.intent.request,
            status: .open,
            filledQuantity: .zero,
            createdAt: start
        )
        let effects = try core.handle(.strangerFound(order), at: start)
        #expect(effects.contains(.cancel(stranger.id)))
        #expect(
            effects.contains(.recordIntents([Intent(adopting: order, plan: try Sample.plan())]))
        )
        #expect(try core.handle(.strangerFound(order), at: start).isEmpty)
    }

    @Test func `whose order it is stands in its id`() {
        func owner(_ id: String) -> OrderOwner {
            OrderOwner(of: ClientOrderID(id), instance: "abcdefgh")
        }
        #expect(owner("v-abcdefgh-12345678-1z") == .us)
        #expect(owner("v-zzzzzzzz-12345678-1") == .anotherInstance("zzzzzzzz"))
        for id in ["", "my order", "9f8b-1", "v-abcdefgh-1", "x-abcdefgh-12345678-1"] {
            #expect(owner(id) == .foreign)
        }
    }

    @Test func `defect 35: a start takes an order for absent only where nothing can be on its way`()
        throws
    {
        let sent = try record("sent", .buy, .submitting)
        for isExhaustive in [true, false] {
            let recovery = try Recovery(
                unfinished: [sent],
                reports: [:],
                rows: [:],
                isExhaustive: isExhaustive,
                at: start
            )
            #expect(recovery.transitions.map(\.to) == [isExhaustive ? .canceled : .unknown])
            #expect(recovery.open.map(\.id) == (isExhaustive ? [] : [sent.id]))
        }
    }

    @Test func `a start does not end an order before all its rows are there`() throws {
        let left = try record("old", .buy, .open)
        let ended = VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: left.intent.request,
            status: .filled,
            filledQuantity: try Quantity("1"),
            createdAt: start
        )
        func open(_ rows: [EntryID: Quantity]) throws -> [OrderState] {
            try Recovery(
                unfinished: [left],
                reports: [left.id: ended],
                rows: [left.id: rows],
                isExhaustive: false,
                at: start
            ).open.map(\.state)
        }
        #expect(try open([EntryID("1"): Quantity("0.4")]) == [.open])
        #expect(try open([EntryID("1"): Quantity("0.4"), EntryID("2"): Quantity("0.6")]).isEmpty)
    }
}
