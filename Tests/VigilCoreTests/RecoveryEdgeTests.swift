import Testing
import VigilModel

@testable import VigilCore

/// What a start makes of each unfinished order and of what the venue says of it.
@Suite struct RecoveryEdgeTests {
    private let start = Sample.now

    private func record(
        _ state: OrderState,
        filled: String = "0",
        rows: Set<EntryID> = []
    ) throws -> OrderRecord {
        let request = OrderRequest(
            clientOrderID: ClientOrderID("o"),
            product: Sample.btc,
            side: .buy,
            terms: .marketBase(try Quantity("1"))
        )
        let intent = Intent(
            request: request,
            purpose: .exit(.stopLoss),
            parent: nil,
            cycle: nil,
            createdAt: start
        )
        var record = OrderRecord(intent: intent, state: state, filled: try Quantity(filled))
        record.rows = rows
        return record
    }

    /// What follows for an order, as `from>to by fact` and what stays open of it.
    private func recover(
        _ record: OrderRecord,
        _ status: VenueOrderStatus?,
        filled: String = "0",
        rows: [EntryID: Quantity] = [:],
        isExhaustive: Bool = false
    ) throws -> (steps: [String], open: [String]) {
        let report = try status.map { status in
            VenueOrder(
                venueOrderID: VenueOrderID("v"),
                request: record.intent.request,
                status: status,
                filledQuantity: try Quantity(filled),
                createdAt: start
            )
        }
        let recovery = try Recovery(
            unfinished: [record],
            reports: report.map { [record.id: $0] } ?? [:],
            rows: [record.id: rows],
            isExhaustive: isExhaustive,
            at: start
        )
        let steps = recovery.transitions.map { step in
            #expect(step.at == start && step.id == record.id && step.evidence.isEmpty)
            return "\(step.from.rawValue)>\(step.to.rawValue) by \(step.fact.rawValue)"
        }
        let open = recovery.open.map {
            "\($0.state.rawValue) \($0.filled) \($0.venueOrderID?.text ?? "-")"
        }
        return (steps, open)
    }

    @Test(arguments: [VenueOrderStatus.pending, .open])
    func `an order that stands at the venue was sent and taken`(status: VenueOrderStatus) throws {
        let intended = try recover(record(.intended), status)
        #expect(
            intended.steps == ["intended>submitting by submitted", "submitting>open by accepted"]
        )
        #expect(intended.open == ["open 0 v"])
        for state in [OrderState.submitting, .unknown] {
            let sent = try recover(record(state), status)
            #expect(sent.steps == ["\(state.rawValue)>open by accepted"])
            #expect(sent.open == ["open 0 v"])
        }
        let known = try recover(record(.open), status)
        #expect(known.steps.isEmpty && known.open == ["open 0 v"])
    }

    @Test func `rows that the ledger missed are counted, each once`() throws {
        let old = try record(.open, filled: "0.2", rows: [EntryID("1")])
        let rows = [
            EntryID("1"): try Quantity("0.2"), EntryID("2"): try Quantity("0.3"),
        ]
        let found = try recover(old, .open, filled: "0.5", rows: rows)
        #expect(found.steps == ["open>partially_filled by partially_filled"])
        #expect(found.open == ["partially_filled 0.5 v"])
    }

    @Test(arguments: [
        (VenueOrderStatus.filled, "filled"), (.canceled, "canceled"), (.expired, "expired"),
        (.failed, "rejected"),
    ])
    func `an order that ended while nobody watched has ended`(
        status: VenueOrderStatus,
        end: String
    ) throws {
        let rows = [EntryID("1"): try Quantity("0.5")]
        let sent = try recover(record(.submitting), status, filled: "0.5", rows: rows)
        #expect(
            sent.steps == ["submitting>open by accepted", "open>\(end) by \(end)"]
        )
        #expect(sent.open.isEmpty)
        let intended = try recover(record(.intended), status, filled: "0.5", rows: rows)
        #expect(intended.steps.count == 3 && intended.steps.last == "open>\(end) by \(end)")
    }

    @Test(arguments: [("0.500000000001", true), ("0.500000000001000001", false)])
    func `an end is believed once its rows are there, but for a rounding`(
        filled: String,
        ends: Bool
    ) throws {
        let rows = [EntryID("1"): try Quantity("0.5")]
        let found = try recover(record(.submitting), .canceled, filled: filled, rows: rows)
        #expect(found.steps.count == (ends ? 2 : 1))
        #expect(found.open == (ends ? [] : ["open 0.5 v"]))
    }

    @Test(arguments: [OrderState.intended, .submitting, .open, .partiallyFilled, .unknown])
    func `an order that the venue does not list is absent or lost`(state: OrderState) throws {
        let lost = try recover(record(state), nil)
        #expect(lost.open == ["unknown 0 -"])
        #expect(
            lost.steps
                == (state == .unknown ? [] : ["\(state.rawValue)>unknown by outcome_lost"])
        )
        let absent = try recover(record(state), nil, isExhaustive: true)
        // One that was seen to stand is not absent: it is asked to end.
        let stood = state == .open || state == .partiallyFilled
        #expect(
            absent.steps
                == (stood ? [] : ["\(state.rawValue)>canceled by proven_absent"])
        )
        #expect(absent.open == (stood ? ["\(state.rawValue) 0 -"] : []))
    }
}
