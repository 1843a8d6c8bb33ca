import Testing
import VigilModel

@testable import VigilCore

/// What has ended stays ended, and a row that takes back is no fill.
@Suite struct OrderEndTests {
    private let start = Sample.now

    private func exit(_ core: inout ExecutionCore, _ reason: ExitReason) throws -> Intent {
        let request = ExitRequest(
            product: Sample.btc,
            quantity: try Quantity("1"),
            reason: reason
        )
        let effects = try core.handle(.exitRequested(request), at: start)
        let intent = try #require(Sample.intents(effects).first)
        _ = try core.handle(.intentsRecorded([intent.request.clientOrderID]), at: start)
        return intent
    }

    private func report(
        _ intent: Intent,
        _ status: VenueOrderStatus,
        filled: String = "0"
    ) throws -> VenueOrder {
        VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: intent.request,
            status: status,
            filledQuantity: try Quantity(filled),
            createdAt: start
        )
    }

    @Test(
        arguments: [
            (.canceled, .canceled), (.expired, .expired), (.failed, .rejected),
        ] as [(VenueOrderStatus, OrderState)]
    )
    func `an end that the venue has reported is taken back by no later word of it`(
        status: VenueOrderStatus,
        state: OrderState
    ) throws {
        var core = try Sample.executionCore()
        let intent = try exit(&core, .stopLoss)
        let id = intent.request.clientOrderID
        _ = try core.handle(.venueReported(.orderAccepted(report(intent, .open))), at: start)
        let ended = try core.handle(
            .venueReported(.orderUpdated(report(intent, status))),
            at: start
        )
        #expect(ended.last == .recordExitEnded(Sample.btc))
        #expect(core.orders[id]?.state == state)
        for late in [
            VenueEvent.orderAccepted(try report(intent, .open)),
            .orderUpdated(try report(intent, .open)), .orderUpdated(try report(intent, .pending)),
        ] {
            #expect(try core.handle(.venueReported(late), at: start).isEmpty)
            #expect(core.orders[id]?.state == state)
        }
        let answer = try core.handle(.snapshotRequested(.reconciliation(cycle: 1)), at: start)
        guard case .reply(_, let snapshot)? = answer.last else { throw MoneyError.overflow }
        #expect(snapshot.open.isEmpty, "it works no more")
    }

    @Test func `another end than the first is an anomaly, and changes nothing`() throws {
        var core = try Sample.executionCore()
        let intent = try exit(&core, .stopLoss)
        let id = intent.request.clientOrderID
        _ = try core.handle(.venueReported(.orderUpdated(report(intent, .canceled))), at: start)
        let again = try core.handle(
            .venueReported(.orderUpdated(report(intent, .expired))),
            at: start
        )
        #expect(again == [.reportAnomaly(id, state: .canceled, fact: .expired)])
        #expect(core.orders[id]?.state == .canceled)
    }

    @Test(arguments: [FillKind.reversal, .correction])
    func `a row that takes back or corrects is written down and fills nothing`(
        kind: FillKind
    ) throws {
        var core = try Sample.executionCore()
        let intent = try exit(&core, .takeProfit)
        let id = intent.request.clientOrderID
        _ = try core.handle(.venueReported(.orderAccepted(report(intent, .open))), at: start)
        let part = try Sample.fill(.sell, "0.4", "101", order: id.text, entry: "1")
        _ = try core.handle(.venueReported(.fillReported(part)), at: start)
        let row = Fill(
            entryID: EntryID("2"),
            tradeID: part.tradeID,
            clientOrderID: id,
            product: part.product,
            side: part.side,
            price: part.price,
            quantity: try Quantity("0.6"),
            fee: part.fee,
            role: part.role,
            kind: kind,
            occurredAt: start
        )
        let effects = try core.handle(.venueReported(.fillReported(row)), at: start)
        #expect(effects == [.recordFill(row)])
        #expect(core.orders[id]?.filled == (try Quantity("0.4")))
        #expect(core.orders[id]?.state == .partiallyFilled)
        // What is left is worked on as before.
        let canceled = try report(intent, .canceled, filled: "0.4")
        let next = try core.handle(.venueReported(.orderUpdated(canceled)), at: start)
        guard case .limit(_, let rest, _, _)? = Sample.intents(next).first?.request.terms else {
            Issue.record("nothing goes on")
            return
        }
        #expect(try rest == Quantity("0.6"))
    }

    @Test func `the last part fills an order, and not before`() throws {
        var core = try Sample.executionCore()
        let intent = try exit(&core, .stopLoss)
        let id = intent.request.clientOrderID
        func take(_ quantity: String, _ entry: String) throws -> OrderState? {
            let fill = try Sample.fill(.sell, quantity, "99", order: id.text, entry: entry)
            _ = try core.handle(.venueReported(.fillReported(fill)), at: start)
            return core.orders[id]?.state
        }
        #expect(try take("0.5", "1") == .partiallyFilled)
        #expect(try take("0.499999999999999999", "2") == .partiallyFilled)
        #expect(try take("0.000000000000000001", "3") == .filled)
    }

    /// Every state and every fact: `·` is an anomaly.
    @Test func `the whole table of an order's life`() {
        let facts: [OrderFact] = [
            .submitted, .denied, .accepted, .rejected, .partiallyFilled, .filled, .canceled,
            .expired, .outcomeLost, .provenAbsent,
        ]
        let table: [(OrderState, String)] = [
            (.intended, "submitting denied · · · · · · unknown canceled"),
            (
                .submitting,
                "· denied open rejected partially_filled filled canceled expired unknown canceled"
            ),
            (.open, "· · open rejected partially_filled filled canceled expired unknown ·"),
            (
                .partiallyFilled,
                "· · partially_filled rejected partially_filled filled canceled expired unknown ·"
            ),
            (.filled, "· · filled · · filled · · · ·"),
            (.canceled, "· · · · canceled filled canceled · · ·"),
            (.expired, "· · · · expired filled · expired · ·"),
            (.rejected, "· · · rejected · · · · · ·"), (.denied, "· · · · · · · · · ·"),
            (
                .unknown,
                "· · open rejected partially_filled filled canceled expired unknown canceled"
            ),
        ]
        #expect(table.map(\.0) == OrderState.allCases)
        #expect(facts == OrderFact.allCases)
        for (state, row) in table {
            let answers = facts.map { OrderLifecycle.next(state, $0)?.rawValue ?? "·" }
            #expect(answers.joined(separator: " ") == row, "\(state)")
        }
    }
}
