import Testing
import VigilCore
import VigilModel

@Suite struct ReconciliationTests {
    /// One comparison: the venue's and our dollars, and what came of it.
    private func compare(
        _ core: inout ReconciliationCore,
        _ cycle: Int,
        venue: String,
        ours: String
    ) throws -> [ReconciliationCore.Effect] {
        let zero = Money.zero(.usd)
        let balance = Balance(available: try Money(venue, .usd), onHold: zero)
        _ = try core.handle(.requested(cycle: cycle), at: Sample.now)
        _ = try core.handle(
            .holdingsAnswered(cycle: cycle, [.usd: try Money(ours, .usd)]),
            at: Sample.now
        )
        _ = try core.handle(.ordersAnswered(cycle: cycle, []), at: Sample.now)
        return try core.handle(
            .venueListed(cycle: cycle, VenueListing(balances: [balance], openOrders: [])),
            at: Sample.now
        )
    }

    @Test func `a difference that lasts is raised while both totals move, and cleared`() throws {
        var core = ReconciliationCore()
        #expect(
            try compare(&core, 1, venue: "90", ours: "100") == [.reply(cycle: 1, differences: 1)]
        )
        let second = try compare(&core, 2, venue: "70", ours: "80")
        #expect(second.first == .raiseMismatch("USD: venue 70, ledger 80, difference -10"))
        let third = try compare(&core, 3, venue: "80", ours: "80")
        #expect(third == [.clearMismatch, .reply(cycle: 3, differences: 0)])
    }

    @Test func `defect 36: a report that is under way is no mismatch`() throws {
        var core = ReconciliationCore()
        _ = try compare(&core, 1, venue: "90", ours: "100")
        let second = try compare(&core, 2, venue: "100", ours: "120")
        #expect(second == [.reply(cycle: 2, differences: 1)])
    }

    @Test func `a difference that is worth less than dust is none, and one without a price is`()
        throws
    {
        let coin = Currency("BTC") ?? .usd
        func differences(_ price: Rate?) throws -> ReconciliationCore.Effect? {
            var core = ReconciliationCore(dust: try Money("1", .usd))
            let zero = Money.zero(.usd)
            let balance = Balance(available: try Money("0.00001", coin), onHold: .zero(coin))
            _ = try core.handle(.requested(cycle: 1), at: Sample.now)
            let prices = price.map { [coin: $0] } ?? [:]
            let answer = ReconciliationCore.Event.holdingsAnswered(
                cycle: 1,
                [.usd: zero],
                prices: prices
            )
            _ = try core.handle(answer, at: Sample.now)
            _ = try core.handle(.ordersAnswered(cycle: 1, []), at: Sample.now)
            let listing = VenueListing(balances: [balance], openOrders: [])
            return try core.handle(.venueListed(cycle: 1, listing), at: Sample.now).last
        }
        #expect(try differences(Rate("90000")) == .reply(cycle: 1, differences: 0))
        #expect(try differences(Rate("100000")) == .reply(cycle: 1, differences: 1))
        #expect(try differences(nil) == .reply(cycle: 1, differences: 1))
    }

    @Test func `another Vigil on our key is named at first sight, and forgotten after ten minutes`()
        throws
    {
        var core = ReconciliationCore(instance: "ourselve")
        let seen = try core.handle(.otherSeen(instance: "stranger"), at: Sample.now)
        guard case .raiseMismatch(let detail)? = seen.first else {
            Issue.record("nothing was raised")
            return
        }
        #expect(detail.contains("`stranger`"))
        #expect(try core.handle(.otherSeen(instance: "stranger"), at: Sample.now).isEmpty)
        #expect(
            try compare(&core, 1, venue: "1", ours: "1").last == .reply(cycle: 1, differences: 1)
        )
        let later = Sample.now + .seconds(601)
        _ = try core.handle(.requested(cycle: 2), at: later)
        _ = try core.handle(.holdingsAnswered(cycle: 2, [:]), at: later)
        _ = try core.handle(.ordersAnswered(cycle: 2, []), at: later)
        let listing = VenueListing(balances: [], openOrders: [])
        let clean = try core.handle(.venueListed(cycle: 2, listing), at: later)
        #expect(clean == [.clearMismatch, .reply(cycle: 2, differences: 0)])
    }

    @Test func `an unreadable venue is not an empty one`() throws {
        var core = ReconciliationCore()
        _ = try core.handle(.requested(cycle: 1), at: Sample.now)
        let effects = try core.handle(.venueUnreadable(cycle: 1), at: Sample.now)
        #expect(effects == [.reply(cycle: 1, differences: nil)])
    }

    // MARK: Orders

    private func id(_ text: String) -> ClientOrderID { ClientOrderID(text) }

    private func standing(_ id: ClientOrderID) throws -> VenueOrder {
        VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: OrderRequest(
                clientOrderID: id,
                product: Sample.btc,
                side: .buy,
                terms: .marketBase(try Quantity("1"))
            ),
            status: .open,
            filledQuantity: .zero,
            createdAt: Sample.now
        )
    }

    /// One comparison of orders alone.
    private func compare(
        _ core: inout ReconciliationCore,
        _ cycle: Int,
        venue: [ClientOrderID],
        ours: [ClientOrderID]
    ) throws -> [ReconciliationCore.Effect] {
        _ = try core.handle(.requested(cycle: cycle), at: Sample.now)
        _ = try core.handle(.holdingsAnswered(cycle: cycle, [:]), at: Sample.now)
        _ = try core.handle(.ordersAnswered(cycle: cycle, ours), at: Sample.now)
        var orders: [ClientOrderID: VenueOrder] = [:]
        for id in venue {
            orders[id] = try standing(id)
        }
        let listing = VenueListing(balances: [], openOrders: venue, orders: orders)
        return try core.handle(.venueListed(cycle: cycle, listing), at: Sample.now)
    }

    private func adopted(_ effects: [ReconciliationCore.Effect]) -> [ClientOrderID] {
        effects.compactMap { effect in
            guard case .adopt(let order) = effect else { return nil }
            return order.request.clientOrderID
        }
    }

    @Test func `an order of ours that stands unknown at two comparisons is taken over`() throws {
        var core = ReconciliationCore(instance: "ourselve")
        let lost = id("v-ourselve-running0-1")
        let first = try compare(&core, 1, venue: [lost], ours: [])
        #expect(first == [.reply(cycle: 1, differences: 1)], "its report may be under way")
        let second = try compare(&core, 2, venue: [lost], ours: [])
        #expect(adopted(second) == [lost])
        #expect(try adopted(compare(&core, 3, venue: [lost], ours: [lost])).isEmpty)
    }

    @Test(arguments: [
        "v-stranger-running0-1", "my own", "v-ourselve-1", "", "x-ourselve-12345678-1",
    ])
    func `a stranger's order is never taken over, however long it stands`(name: String) throws {
        var core = ReconciliationCore(instance: "ourselve")
        for cycle in 1...5 {
            let effects = try compare(&core, cycle, venue: [id(name)], ours: [])
            #expect(adopted(effects).isEmpty)
            #expect(effects.last == .reply(cycle: cycle, differences: 1))
        }
    }

    @Test func `an order that only we know of, or only the venue, is a difference that lasts`()
        throws
    {
        var core = ReconciliationCore(instance: "ourselve")
        let (here, there) = (id("v-ourselve-running0-1"), id("v-ourselve-running0-2"))
        #expect(
            try compare(&core, 1, venue: [there], ours: [here])
                == [.reply(cycle: 1, differences: 2)]
        )
        let second = try compare(&core, 2, venue: [there], ours: [here])
        #expect(
            second.contains(
                .raiseMismatch(
                    "order \(here): not at the venue; order \(there): not in the ledger"
                )
            )
        )
        #expect(
            try compare(&core, 3, venue: [there], ours: [there])
                == [.clearMismatch, .reply(cycle: 3, differences: 0)]
        )
    }

    @Test func `a comparison is clean only without any difference, and clears only then`() throws {
        var core = ReconciliationCore()
        #expect(
            try compare(&core, 1, venue: "1", ours: "1")
                == [.clearMismatch, .reply(cycle: 1, differences: 0)]
        )
        // A new difference clears nothing and raises nothing; the same one twice raises.
        #expect(
            try compare(&core, 2, venue: "1", ours: "2") == [.reply(cycle: 2, differences: 1)]
        )
        #expect(
            try compare(&core, 3, venue: "1", ours: "2")
                == [
                    .raiseMismatch("USD: venue 1, ledger 2, difference -1"),
                    .reply(cycle: 3, differences: 1),
                ]
        )
        // Another one in its place is no proof that all is well.
        #expect(
            try compare(&core, 4, venue: "1", ours: "3") == [.reply(cycle: 4, differences: 1)]
        )
    }

    @Test func `what the venue does not list, and what it holds on orders, counts`() throws {
        var core = ReconciliationCore()
        func differences(_ balances: [Balance], _ ours: [Currency: Money]) throws -> Int? {
            _ = try core.handle(.requested(cycle: 1), at: Sample.now)
            _ = try core.handle(.holdingsAnswered(cycle: 1, ours), at: Sample.now)
            _ = try core.handle(.ordersAnswered(cycle: 1, []), at: Sample.now)
            let listing = VenueListing(balances: balances, openOrders: [])
            guard
                case .reply(_, let count)? = try core.handle(
                    .venueListed(cycle: 1, listing),
                    at: Sample.now
                ).last
            else { return nil }
            return count
        }
        let (ten, four, six) = try (Money("10", .usd), Money("4", .usd), Money("6", .usd))
        #expect(try differences([], [.usd: ten]) == 1)
        #expect(try differences([], [.usd: .zero(.usd)]) == 0)
        #expect(try differences([Balance(available: four, onHold: six)], [.usd: ten]) == 0)
        #expect(try differences([Balance(available: four, onHold: six)], [.usd: four]) == 1)
        #expect(try differences([Balance(available: ten, onHold: six)], [:]) == 1)
    }

    @Test func `an answer to an earlier comparison is not compared`() throws {
        var core = ReconciliationCore()
        _ = try core.handle(.requested(cycle: 2), at: Sample.now)
        let listing = VenueListing(balances: [], openOrders: [id("v-a")])
        #expect(try core.handle(.venueListed(cycle: 1, listing), at: Sample.now).isEmpty)
        #expect(try core.handle(.venueUnreadable(cycle: 1), at: Sample.now).isEmpty)
        let ours = ReconciliationCore.Event.ordersAnswered(cycle: 1, [id("v-b")])
        #expect(try core.handle(ours, at: Sample.now).isEmpty)
        _ = try core.handle(.holdingsAnswered(cycle: 2, [:]), at: Sample.now)
        _ = try core.handle(.ordersAnswered(cycle: 2, []), at: Sample.now)
        let whole = VenueListing(balances: [], openOrders: [])
        #expect(
            try core.handle(.venueListed(cycle: 2, whole), at: Sample.now).last
                == .reply(cycle: 2, differences: 0)
        )
    }
}
