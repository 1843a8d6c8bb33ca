import Foundation
import Testing
import VigilCoinbase
import VigilCore
import VigilModel
import VigilTransport

/// What becomes of orders when the venue is at its worst, against coinbase-sim; the numbers are those of
/// coinbase-traps.md.
@Suite(.serialized) struct OrderTrapTests {
    static func withVenue(
        _ options: String...,
        body: @escaping @Sendable (WireArm) async throws -> Void
    ) async throws {
        let arm = try WireArm(options)
        defer { arm.stop() }
        try await arm.whileFollowing { try await body(arm) }
    }

    static func resting(_ arm: WireArm) async throws -> OrderRequest {
        try await ConformanceTests.limit(
            .buy,
            ConformanceTests.moved(arm.quote().bid, "0.5"),
            "0.01"
        )
    }

    static func taking(_ arm: WireArm) async throws -> OrderRequest {
        try await ConformanceTests.limit(
            .buy,
            ConformanceTests.moved(arm.quote().ask, "1.01"),
            "0.01",
            .immediateOrCancel
        )
    }

    static func quantity(_ fills: [Fill]) -> Int128 { fills.reduce(0) { $0 + $1.quantity.raw } }

    @Test func `trap 45: an order that was accepted is not found for some time`() async throws {
        try await Self.withVenue("--visibility-lag", "8000") { arm in
            guard
                case .accepted(let id) = await arm.venue.submit(
                    try await Self.resting(arm),
                    isEntry: true
                )
            else {
                Issue.record("not accepted")
                return
            }
            guard case .refused(let refusal) = await arm.wire.client.order(id) else {
                Issue.record("found")
                return
            }
            #expect(refusal.kind == .notFound)
            #expect(try await arm.eventually { await arm.wire.client.order(id).value?.id == id })
        }
    }

    @Test(arguments: ["drop_after", "server_error"])
    func
        `trap 46: an order whose answer was lost is unknown, and found by reading the list to its end`(
            _ fault: String
        ) async throws
    {
        try await Self.withVenue { arm in
            let extra = fault == "server_error" ? #","status":502,"executed":true"# : ""
            await arm.wire.inject(
                #"{"kind":"\#(fault)","endpoint":"POST /orders","count":1\#(extra)}"#
            )
            let order = try await Self.resting(arm)
            guard case .unknown = await arm.venue.submit(order, isEntry: true) else {
                Issue.record("known")
                return
            }
            let id = order.clientOrderID
            #expect(try await arm.eventually { try await arm.order(id)?.request == order })
            let listed = try #require(await arm.wire.client.orders(since: .epoch).value)
            #expect(listed.count { $0.clientOrderID == id } == 1)
            // The feed names it as well, so that it can be canceled.
            #expect(try await arm.cancel(id))
        }
    }

    @Test
    func
        `trap 47: an order that never arrived is unknown too, and the whole list does not have it`()
        async throws
    {
        try await Self.withVenue { arm in
            await arm.wire.inject(#"{"kind":"drop_before","endpoint":"POST /orders","count":1}"#)
            let order = try await Self.resting(arm)
            guard case .unknown = await arm.venue.submit(order, isEntry: true),
                case .ok(nil) = await arm.venue.find(order.clientOrderID, since: .epoch)
            else {
                Issue.record("known, or found")
                return
            }
        }
    }

    @Test func `trap 48: a key that was used names the order that has it`() async throws {
        try await Self.withVenue { arm in
            let order = try await Self.resting(arm)
            let first = await arm.venue.submit(order, isEntry: true)
            #expect(await arm.venue.submit(order, isEntry: true) == first)
        }
        try await Self.withVenue("--refuse-duplicates") { arm in
            let order = try await Self.resting(arm)
            _ = await arm.venue.submit(order, isEntry: true)
            guard case .unknown = await arm.venue.submit(order, isEntry: true) else {
                Issue.record("known")
                return
            }
        }
    }

    @Test func `trap 49: a fill's row comes later than the feed's word of it`() async throws {
        try await Self.withVenue("--fill-lag", "3000") { arm in
            let order = try await Self.taking(arm)
            #expect(await arm.submit(order) == .accepted)
            let id = order.clientOrderID
            #expect(
                try await arm.eventually {
                    try await Self.quantity(arm.fills(of: id)) == Quantity("0.01").raw
                }
            )
            let fills = try await arm.fills(of: id)
            #expect(Set(fills.map(\.entryID)).count == fills.count)
        }
    }

    @Test func `a fill's row is not asked for before the wait is over`() async throws {
        let arm = try WireArm(rowWait: .seconds(3_600))
        defer { arm.stop() }
        try await arm.whileFollowing {
            // What the connection itself asks for at its beginning may still find the first order's rows.
            for round in 1...2 {
                let order = try await Self.taking(arm)
                #expect(await arm.submit(order) == .accepted)
                #expect(
                    try await arm.eventually {
                        await arm.wire.client.fills(since: .epoch).value?.count ?? 0 >= round
                    }
                )
                // What asks at once has been answered by the time that the venue has answered us again and
                // again.
                for _ in 0..<1_000 {
                    _ = await arm.wire.client.time()
                }
                if round == 2 { #expect(try await arm.fills(of: order.clientOrderID).isEmpty) }
            }
            // Whatever sleeps wakes up, or the end would wait for an hour.
            arm.wire.transport.abandon()
        }
    }

    @Test(arguments: ["ws_missing", "ws_close", "ws_gap", "ws_duplicate", "ws_reorder"])
    func `trap 50: after a gap of the feed of our orders nothing is lost or doubled`(
        _ fault: String
    ) async throws {
        try await Self.withVenue { arm in
            let options = fault == "ws_close" ? #""count":1"# : #""probability":0.5,"count":3"#
            var wanted: [ClientOrderID] = []
            for round in 0..<4 {
                if round == 1 { await arm.wire.inject(#"{"kind":"\#(fault)",\#(options)}"#) }
                let order = try await Self.taking(arm)
                #expect(await arm.submit(order) == .accepted)
                wanted.append(order.clientOrderID)
            }
            for id in wanted {
                #expect(
                    try await arm.eventually {
                        try await Self.quantity(arm.fills(of: id)) == Quantity("0.01").raw
                    },
                    "\(arm.feed)"
                )
            }
            if ["ws_missing", "ws_close", "ws_gap"].contains(fault) {
                // Or the test has shown nothing.
                #expect(try await arm.eventually { arm.feed.count { $0 == "regained" } > 1 })
            }
            let rows = arm.told.compactMap {
                if case .fillReported(let fill) = $0 { fill.entryID } else { nil }
            }
            #expect(Set(rows).count == rows.count)
        }
    }

    @Test func `trap 51: a cancel that was accepted may be beaten by a fill`() async throws {
        try await Self.withVenue { arm in
            await arm.wire.inject(#"{"kind":"cancel_fills","product":"BTC-USD","count":1}"#)
            let order = try await Self.resting(arm)
            #expect(await arm.submit(order) == .accepted)
            let id = order.clientOrderID
            #expect(try await ConformanceTests.isSettled(arm, id, .open))
            #expect(try await arm.cancel(id))
            #expect(try await ConformanceTests.isSettled(arm, id, .filled))
            #expect(
                try await arm.eventually {
                    try await Self.quantity(arm.fills(of: id)) == Quantity("0.01").raw
                }
            )
        }
    }

    @Test func `trap 52: an order that was accepted may fail afterwards`() async throws {
        try await Self.withVenue { arm in
            await arm.wire.inject(
                #"{"kind":"fail_after_accept","product":"BTC-USD","count":1,"ms":100}"#
            )
            let order = try await Self.resting(arm)
            #expect(await arm.submit(order) == .accepted)
            #expect(try await ConformanceTests.isSettled(arm, order.clientOrderID, .failed))
        }
    }

    @Test func `trap 53: a pending order is not among the open ones, and among the recent ones`()
        async throws
    {
        try await Self.withVenue("--pending", "4000", "--visibility-lag", "0") { arm in
            let order = try await Self.resting(arm)
            #expect(await arm.submit(order) == .accepted)
            let open = try #require(await arm.wire.client.openOrders().value)
            let recent = try #require(await arm.wire.client.orders(since: .epoch).value)
            #expect(open.allSatisfy { $0.clientOrderID != order.clientOrderID })
            #expect(
                recent.contains { $0.clientOrderID == order.clientOrderID && $0.status == .pending }
            )
        }
    }

    @Test func `trap 54: an account that was never used is missing, and is empty`() async throws {
        try await Self.withVenue { arm in
            let eur = try #require(Currency("EUR"))
            let rows = try #require(await arm.venue.wallets().value?.held)
            #expect(rows.contains { $0.available.currency == .usd })
            #expect(!rows.contains { $0.available.currency == eur })
        }
    }

    @Test(arguments: [
        ("key.json", nil), ("key-view.json", "may not trade"),
        ("key-transfer.json", "transfer money"),
    ])
    func `trap 55: what a key may do is read, and too much is as bad as too little`(
        _ file: String,
        _ objection: String?
    ) async throws {
        let wire = try Wire(Server.sim("--products", "1"), key: file)
        defer { wire.stop() }
        let permissions = try #require(await wire.client.permissions().value)
        if let objection {
            #expect(permissions.liveObjection?.contains(objection) == true)
        } else {
            #expect(permissions.liveObjection == nil)
        }
    }

    @Test
    func
        `trap 56: the account's own fees stand in one place, and without a key the worst are assumed`()
        async throws
    {
        let server = try Server.sim("--products", "1", "--maker", "0.001", "--taker", "0.002")
        let wire = try Wire(server)
        defer { wire.stop() }
        let fees = try #require(await wire.client.feeTier().value?.fees)
        #expect(fees == FeeSchedule(maker: Rate(basisPoints: 10), taker: Rate(basisPoints: 20)))
        let open = try Wire(server, key: nil)
        guard case .refused(let refusal) = await open.client.feeTier() else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.kind == .unauthorized)
        #expect(FeeTier.worstPublic.fees.taker == Rate(basisPoints: 120))
    }

    @Test func `trap 57: a venue's wrong clock shows in its time`() async throws {
        let wire = try Wire(Server.sim("--products", "1"))
        defer { wire.stop() }
        await wire.inject(#"{"kind":"clock_skew","ms":5000}"#)
        let before = Date().timeIntervalSince1970
        let venue = try #require(await wire.client.time().value)
        let after = Date().timeIntervalSince1970
        // Its clock ticks, and is a little behind.
        let seen = Double(venue.nanoseconds) / 1e9 - 5
        #expect(before - 0.5 <= seen && seen <= after, "\(before) \(seen) \(after)")
    }
}
