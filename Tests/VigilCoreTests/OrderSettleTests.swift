import Testing
import VigilModel

@testable import VigilCore

/// What a report of the venue does to an order, and what is written of it.
@Suite struct OrderSettleTests {
    private func step(
        _ intent: Intent,
        _ from: OrderState,
        _ to: OrderState,
        _ fact: OrderFact,
        at seconds: Double = 0,
        name: String? = "v"
    ) -> ExecutionCore.Effect {
        .recordTransition(
            Transition(
                intent.request,
                from: from,
                to: to,
                fact: fact,
                at: OrderDesk.at(seconds)
            ),
            name.map { VenueOrderID($0) }
        )
    }

    @Test func `each step of an order is written with what was learned, when, and its name`() throws
    {
        var desk = try OrderDesk()
        let stop = try desk.send(desk.exit(.stopLoss))
        let accepted = VenueEvent.orderAccepted(try OrderDesk.report(stop, .open))
        #expect(
            try desk.tell(.venueReported(accepted), at: 1)
                == [step(stop, .submitting, .open, .accepted, at: 1)]
        )
        #expect(try desk.tell(.venueReported(accepted), at: 2).isEmpty)
        let part = try desk.fill(stop, "0.5", at: 3)
        #expect(part.count == 2)
        #expect(
            part.last == step(stop, .open, .partiallyFilled, .partiallyFilled, at: 3, name: nil)
        )
        let more = try desk.fill(stop, "0.2", entry: "2", at: 4)
        #expect(
            more.last
                == step(
                    stop,
                    .partiallyFilled,
                    .partiallyFilled,
                    .partiallyFilled,
                    at: 4,
                    name: nil
                )
        )
        let ended = try desk.update(stop, .canceled, filled: "0.7", at: 5)
        #expect(ended.first == step(stop, .partiallyFilled, .canceled, .canceled, at: 5))
    }

    @Test func `an order that was sent stands once the venue shows it, pending or open`() throws {
        for status in [VenueOrderStatus.pending, .open] {
            var desk = try OrderDesk()
            let effects = try desk.exit(.stopLoss)
            let intent = try #require(Sample.intents(effects).first)
            #expect(try desk.update(intent, status).isEmpty, "it was not sent yet")
            _ = try desk.send(effects)
            #expect(
                try desk.update(intent, status) == [step(intent, .submitting, .open, .accepted)]
            )
            #expect(try desk.update(intent, status).isEmpty)
        }
    }

    @Test func `what was denied and is seen to stand is asked to end, each time it is seen`() throws
    {
        for status in [VenueOrderStatus.pending, .open] {
            var desk = try OrderDesk()
            let intent = try desk.send(desk.exit(.stopLoss))
            let id = intent.request.clientOrderID
            try desk.tell(.venueReported(.orderRejected(id, .gateClosed)))
            for _ in 0..<2 {
                #expect(
                    try desk.update(intent, status)
                        == [.cancel(id), .reportAnomaly(id, state: .denied, fact: .accepted)]
                )
            }
        }
    }

    @Test(arguments: [
        (VenueOrderStatus.filled, OrderState.filled, OrderFact.filled),
        (.canceled, .canceled, .canceled), (.expired, .expired, .expired),
        (.failed, .rejected, .rejected),
    ])
    func `each end of the venue's is an end of ours`(
        status: VenueOrderStatus,
        state: OrderState,
        fact: OrderFact
    ) throws {
        var desk = try OrderDesk()
        let stop = try desk.rest(desk.exit(.stopLoss))
        #expect(
            try desk.update(stop, status) == [
                step(stop, .open, state, fact), .recordExitEnded(Sample.btc),
            ]
        )
    }

    /// A millionth of a millionth is what a total may be rounded by.
    @Test(arguments: [("0.000000000001", true), ("0.000000000001000001", false)])
    func `an end waits for rows that are more than a rounding, and not for less`(
        filled: String,
        ends: Bool
    ) throws {
        var desk = try OrderDesk()
        let stop = try desk.rest(desk.exit(.stopLoss))
        let effects = try desk.update(stop, .canceled, filled: filled)
        #expect(effects.isEmpty != ends)
        #expect(desk.core.orders[stop.request.clientOrderID]?.state == (ends ? .canceled : .open))
    }

    @Test(arguments: [("0.499999999999", true), ("0.499999999998999999", false)])
    func `an end that waited comes with the row that completes it, and under its name`(
        part: String,
        ends: Bool
    ) throws {
        var desk = try OrderDesk()
        let stop = try desk.send(desk.exit(.stopLoss))
        #expect(try desk.update(stop, .expired, filled: "0.5", at: 1).isEmpty)
        let effects = try desk.fill(stop, part, at: 2)
        #expect(effects.count == (ends ? 5 : 2))
        let end = step(stop, .partiallyFilled, .expired, .expired, at: 2)
        #expect(effects.contains(end) == ends)
        #expect(effects.last == .recordExitEnded(Sample.btc) || !ends)
    }

    @Test func `a report of no order of ours is an anomaly`() throws {
        var desk = try OrderDesk()
        let stop = try desk.send(desk.exit(.stopLoss))
        var other = try OrderDesk()
        let id = stop.request.clientOrderID
        #expect(
            try other.update(stop, .canceled)
                == [.reportAnomaly(id, state: .unknown, fact: .canceled)]
        )
        #expect(try other.update(stop, .open).isEmpty)
        // What was filled stays so, and a refusal of it cannot be.
        try desk.fill(stop, "1")
        #expect(
            try desk.tell(.venueReported(.orderRejected(id, .other)))
                == [.reportAnomaly(id, state: .filled, fact: .rejected)]
        )
    }

    @Test func `a late row of an order that has ended is booked once, and ends nothing again`()
        throws
    {
        var desk = try OrderDesk()
        let stop = try desk.rest(desk.exit(.stopLoss))
        try desk.update(stop, .canceled)
        let late = try desk.fill(stop, "0.4", at: 1)
        #expect(
            late.last == step(stop, .canceled, .canceled, .partiallyFilled, at: 1, name: nil)
        )
        #expect(try desk.fill(stop, "0.4", at: 2).count == 1, "it was told before")
        let whole = try desk.fill(stop, "0.6", entry: "2", at: 3)
        #expect(whole.last == step(stop, .canceled, .filled, .filled, at: 3, name: nil))
    }

    @Test func `of orders that have ended the last two thousand are remembered`() throws {
        var desk = try OrderDesk()
        let plain = try #require(Sample.intents(try desk.exit(.stopLoss)).first)
        let records = try (0...2_000).map { number in
            let request = OrderRequest(
                clientOrderID: ClientOrderID("old-\(number)"),
                product: Sample.btc,
                side: .sell,
                terms: .marketBase(try Quantity("1"))
            )
            let intent = Intent(
                request: request,
                purpose: plain.purpose,
                parent: nil,
                cycle: nil,
                createdAt: Sample.now
            )
            return OrderRecord(intent: intent, state: .canceled, filled: .zero)
        }
        var full = try OrderDesk()
        try full.tell(.restored(Array(records.dropLast())))
        #expect(full.core.orders.count == 2_000)
        try full.tell(.restored([records[2_000]]))
        #expect(full.core.orders.count == 2_000)
        #expect(full.core.orders[ClientOrderID("old-0")] == nil, "the oldest one is forgotten")
        #expect(full.core.orders[ClientOrderID("old-1")] != nil)
        #expect(full.core.orders[ClientOrderID("old-2000")] != nil)
    }

    // MARK: Ids

    @Test func `an id is made of the installation, the run and a count in base 36`() {
        var source = OrderIDSource(instance: "abcdefghij", run: RunID("1234567890"))
        let ids = (1...36).map { _ in source.next().text }
        #expect(ids[0] == "v-abcdefgh-12345678-1")
        #expect(ids[1] == "v-abcdefgh-12345678-2")
        #expect(ids[34] == "v-abcdefgh-12345678-z")
        #expect(ids[35] == "v-abcdefgh-12345678-10")
    }

    @Test(
        arguments: [
            ("v-abcdefgh-12345678-1", .us), ("v-abcdefgX-12345678-1", .anotherInstance("abcdefgX")),
            ("w-abcdefgh-12345678-1", .foreign), ("v-abcdefg-12345678-1", .foreign),
            ("v-abcdefghi-12345678-1", .foreign), ("v-abcdefgh-1234567-1", .foreign),
            ("v-abcdefgh-123456789-1", .foreign), ("v-abcdefgh-12345678", .foreign),
            ("v-abcdefgh-12345678-1-1", .foreign), ("v-abcdefgh-12345678--1", .foreign),
            ("v--abcdefgh-12345678-1", .foreign),
        ] as [(String, OrderOwner)]
    )
    func `an order is ours by the first eight letters of our name, and by the shape of its id`(
        id: String,
        owner: OrderOwner
    ) {
        #expect(OrderOwner(of: ClientOrderID(id), instance: "abcdefghij") == owner)
        #expect(OrderOwner(of: ClientOrderID(id), instance: "abcdefgh") == owner)
    }

    @Test func `the table of an order's life is shown whole`() {
        let lines = OrderLifecycle.markdown.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 13 && lines.last == "")
        #expect(
            lines[0] == "| state | submitted | denied | accepted | rejected | partially_filled "
                + "| filled | canceled | expired | outcome_lost | proven_absent |"
        )
        #expect(lines[1] == "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        #expect(
            lines[2] == "| **intended** | submitting | denied | · | · | · | · | · | · | unknown "
                + "| canceled |"
        )
    }

    @Test func `an order is at its end where it was filled, ended, refused or denied`() {
        let ends: [OrderState] = [.filled, .canceled, .expired, .rejected, .denied]
        #expect(OrderState.allCases.filter(\.isFinal) == ends)
    }
}
