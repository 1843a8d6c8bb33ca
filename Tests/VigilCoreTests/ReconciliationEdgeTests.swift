import Testing
import VigilCore
import VigilModel

/// What counts as a difference between the venue's books and ours, to the last digit.
@Suite struct ReconciliationEdgeTests {
    private typealias Effect = ReconciliationCore.Effect

    private static let btc = Sample.btc.base

    private func balance(_ text: String, _ currency: Currency = .usd) throws -> Balance {
        Balance(available: try Money(text, currency), onHold: .zero(currency))
    }

    /// One comparison of holdings.
    private func compare(
        _ core: inout ReconciliationCore,
        _ cycle: Int = 1,
        venue: [Balance],
        ours: [Currency: Money],
        prices: [Currency: Rate] = [:],
        at seconds: Double = 0
    ) throws -> [Effect] {
        let now = OrderDesk.at(seconds)
        _ = try core.handle(.requested(cycle: cycle), at: now)
        _ = try core.handle(.holdingsAnswered(cycle: cycle, ours, prices: prices), at: now)
        _ = try core.handle(.ordersAnswered(cycle: cycle, []), at: now)
        let listing = VenueListing(balances: venue, openOrders: [])
        return try core.handle(.venueListed(cycle: cycle, listing), at: now)
    }

    private func count(_ effects: [Effect]) -> Int? {
        guard case .reply(_, let count)? = effects.last else { return nil }
        return count
    }

    /// How many differences the first comparison of a core finds.
    private func count(
        dust: String = "0",
        externals: [Currency: Money] = [:],
        venue: [Balance],
        ours: [Currency: Money],
        prices: [Currency: Rate] = [:]
    ) throws -> Int? {
        var core = ReconciliationCore(externals: externals, dust: try Money(dust, .usd))
        return count(try compare(&core, venue: venue, ours: ours, prices: prices))
    }

    @Test func `a comparison asks the three who know, and waits for all of them`() throws {
        var core = ReconciliationCore()
        #expect(
            try core.handle(.requested(cycle: 4), at: Sample.now)
                == [.askVenue(cycle: 4), .askPortfolio(cycle: 4), .askExecution(cycle: 4)]
        )
        let listing = VenueListing(balances: [], openOrders: [])
        let answers: [ReconciliationCore.Event] = [
            .venueListed(cycle: 4, listing), .holdingsAnswered(cycle: 4, [:]),
            .ordersAnswered(cycle: 4, []),
        ]
        for first in 0..<3 {
            _ = try core.handle(.requested(cycle: 4), at: Sample.now)
            #expect(try core.handle(answers[first], at: Sample.now).isEmpty)
            #expect(try core.handle(answers[(first + 1) % 3], at: Sample.now).isEmpty)
            let last = try core.handle(answers[(first + 2) % 3], at: Sample.now)
            #expect(last.last == .reply(cycle: 4, differences: 0))
        }
    }

    @Test func `before the first request nothing is compared or answered`() throws {
        for cycle in [0, 1] {
            var core = ReconciliationCore()
            #expect(try core.handle(.venueUnreadable(cycle: cycle), at: Sample.now).isEmpty)
            #expect(try core.handle(.ordersAnswered(cycle: cycle, []), at: Sample.now).isEmpty)
        }
    }

    @Test func `that all is well is told once, until it was not`() throws {
        var core = ReconciliationCore()
        func clean(_ cycle: Int) throws -> [Effect] {
            try compare(&core, cycle, venue: [balance("1")], ours: [.usd: Money("1", .usd)])
        }
        #expect(try clean(1) == [.clearMismatch, .reply(cycle: 1, differences: 0)])
        #expect(try clean(2) == [.reply(cycle: 2, differences: 0)])
        for cycle in 3...5 {
            let effects = try compare(&core, cycle, venue: [balance("2")], ours: [:])
            let raised = Effect.raiseMismatch("USD: venue 2, ledger 0, difference 2")
            #expect(effects.contains(raised) == (cycle > 3))
        }
        #expect(try clean(6) == [.clearMismatch, .reply(cycle: 6, differences: 0)])
        #expect(try clean(7) == [.reply(cycle: 7, differences: 0)])
    }

    @Test func `what the account held before us is added to what we hold`() throws {
        let (five, ten) = (try Money("5", .usd), try Money("10", .usd))
        let coin = try Money("0.5", Self.btc)
        #expect(
            try count(externals: [.usd: five], venue: [balance("15")], ours: [.usd: ten]) == 0
        )
        #expect(try count(externals: [.usd: five], venue: [balance("5")], ours: [.usd: ten]) == 1)
        #expect(
            try count(externals: [Self.btc: coin], venue: [balance("0.5", Self.btc)], ours: [:])
                == 0
        )
        #expect(try count(externals: [Self.btc: coin], venue: [], ours: [:]) == 1)
    }

    @Test(arguments: [
        ("11", 1), ("10.999999999999999999", 0), ("9", 1), ("9.000000000000000001", 0),
    ])
    func `a difference of a dollar counts either way, and a smaller one does not`(
        venue: String,
        expected: Int
    ) throws {
        let ten = try Money("10", .usd)
        #expect(
            try count(dust: "1", venue: [balance(venue)], ours: [.usd: ten]) == expected
        )
        #expect(try count(venue: [balance(venue)], ours: [.usd: ten]) == 1, "without any dust")
    }

    @Test func `what a difference is worth is rounded up, and what has no price always counts`()
        throws
    {
        let smallest = "0.000000000000000001"
        let venue = [try balance(smallest, Self.btc)]
        let half = [Self.btc: try Rate("0.5")]
        #expect(try count(dust: smallest, venue: venue, ours: [:], prices: half) == 1)
        let two = "0.000000000000000002"
        #expect(try count(dust: two, venue: venue, ours: [:], prices: half) == 0)
        #expect(try count(dust: "1000", venue: venue, ours: [:]) == 1)
        let ours = [Self.btc: try Money(smallest, Self.btc)]
        #expect(try count(dust: two, venue: [], ours: ours, prices: half) == 0)
        #expect(try count(dust: smallest, venue: [], ours: ours, prices: half) == 1)
        #expect(try count(dust: "1000", venue: [], ours: ours) == 1)
    }

    @Test func `each difference that lasts is told with both totals, in the order of their names`()
        throws
    {
        var core = ReconciliationCore()
        var told: [Effect] = []
        for cycle in 1...2 {
            told = try compare(
                &core,
                cycle,
                venue: [balance("7"), balance("2", .usdc)],
                ours: [
                    .usd: Money("9", .usd), Self.btc: Money("0.5", Self.btc),
                    .usdc: Money("2", .usdc),
                ]
            )
        }
        #expect(
            told == [
                .raiseMismatch(
                    "BTC: venue 0, ledger 0.5, difference -0.5; USD: venue 7, ledger 9, difference -2"
                ),
                .reply(cycle: 2, differences: 2),
            ]
        )
    }

    @Test func `an answer of before a new request is not compared with what comes after it`() throws
    {
        var core = ReconciliationCore()
        let ours = try Money("9", .usd)
        _ = try core.handle(.requested(cycle: 1), at: Sample.now)
        _ = try core.handle(.holdingsAnswered(cycle: 1, [.usd: ours]), at: Sample.now)
        _ = try core.handle(.ordersAnswered(cycle: 1, []), at: Sample.now)
        _ = try core.handle(.requested(cycle: 2), at: Sample.now)
        let listing = VenueListing(balances: [], openOrders: [])
        #expect(try core.handle(.venueListed(cycle: 2, listing), at: Sample.now).isEmpty)
        #expect(try core.handle(.holdingsAnswered(cycle: 2, [:]), at: Sample.now).isEmpty)
        #expect(
            try core.handle(.ordersAnswered(cycle: 2, []), at: Sample.now).last
                == .reply(cycle: 2, differences: 0)
        )
    }

    @Test(arguments: [(599.999_999, true), (600, false)])
    func `another Vigil is remembered for ten minutes after it was seen last`(
        seconds: Double,
        isKnown: Bool
    ) throws {
        var core = ReconciliationCore(instance: "ourselve")
        let text =
            "another Vigil, `stranger`, trades with this key; give each its own key and portfolio"
        #expect(
            try core.handle(.otherSeen(instance: "stranger"), at: OrderDesk.at(-100))
                == [.raiseMismatch(text)]
        )
        #expect(try core.handle(.otherSeen(instance: "stranger"), at: Sample.now).isEmpty)
        let effects = try compare(&core, venue: [], ours: [:], at: seconds)
        #expect(
            effects
                == (isKnown
                    ? [.raiseMismatch(text), .reply(cycle: 1, differences: 1)]
                    : [.clearMismatch, .reply(cycle: 1, differences: 0)])
        )
        // One that comes back is news again.
        let again = try core.handle(
            .otherSeen(instance: "stranger"),
            at: OrderDesk.at(seconds)
        )
        #expect(again.isEmpty == isKnown)
    }

    @Test func `a second stranger is told beside the first`() throws {
        var core = ReconciliationCore()
        _ = try core.handle(.otherSeen(instance: "one"), at: Sample.now)
        #expect(try core.handle(.otherSeen(instance: "two"), at: Sample.now).count == 1)
        #expect(count(try compare(&core, venue: [balance("3")], ours: [:])) == 3)
    }
}
