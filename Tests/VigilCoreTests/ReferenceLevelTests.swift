import Testing
import VigilModel

@testable import VigilCore

/// The levels that losses are measured from: when they move, and how a flow moves them.
@Suite struct ReferenceLevelTests {
    /// A Monday, 00:00 UTC.
    private let monday = Sample.now

    private func usd(_ text: String) throws -> Money { try Money(text, .usd) }

    private func text(_ levels: PortfolioReferences) -> [String?] {
        [levels.peak?.amount, levels.dayStart?.amount, levels.weekStart?.amount]
    }

    @Test func `a peak only rises, a day and a week begin with their first look`() throws {
        var levels = PortfolioReferences()
        #expect(text(levels) == [nil, nil, nil])
        let looks: [(hours: Int, nlv: String, levels: [String?])] = [
            (1, "100", ["100", "100", "100"]), (2, "90", ["100", "100", "100"]),
            (3, "101", ["101", "100", "100"]), (23, "101", ["101", "100", "100"]),
            (24, "95", ["101", "95", "100"]), (47, "99", ["101", "95", "100"]),
            (167, "98", ["101", "98", "100"]), (168, "97", ["101", "97", "97"]),
        ]
        for look in looks {
            let now = monday + .seconds(3_600 * look.hours)
            levels = try levels.advanced(to: usd(look.nlv), at: now)
            #expect(text(levels) == look.levels, "after \(look.hours) hours")
        }
        #expect(text(levels.withoutPeak) == [nil, "97", "97"])
    }

    private func levels() throws -> PortfolioReferences {
        let first = try PortfolioReferences().advanced(to: usd("20"), at: monday - .seconds(1))
        let second = try first.advanced(to: usd("10"), at: monday)
        return try second.advanced(to: usd("7"), at: monday + .seconds(86_400))
    }

    @Test(
        arguments: [
            ("3", "1", ["6.666666666666666666", "2.333333333333333333", "3.333333333333333333"]),
            ("7", "14", ["40", "14", "20"]), ("7", "7", ["20", "7", "10"]),
            ("0.000000000000000001", "0.000000000000000001", ["20", "7", "10"]),
            ("0", "5", [nil, nil, nil]), ("-1", "5", [nil, nil, nil]), ("5", "0", [nil, nil, nil]),
            ("5", "-1", [nil, nil, nil]),
        ] as [(String, String, [String?])]
    )
    func `a flow moves all levels as it moves the net value, rounded down`(
        before: String,
        after: String,
        expected: [String?]
    ) throws {
        let moved = try levels().scaled(from: usd(before), to: usd(after))
        #expect(text(moved) == expected)
    }

    @Test func `after an account was empty the next look makes new levels, on the same day too`()
        throws
    {
        let now = monday + .seconds(86_400)
        let empty = try levels().scaled(from: usd("7"), to: usd("0"))
        let again = try empty.advanced(to: usd("50"), at: now)
        #expect(text(again) == ["50", "50", "50"])
        let less = try again.advanced(to: usd("40"), at: now)
        #expect(text(less) == ["50", "50", "50"])
    }

    @Test func `an account that was emptied and filled again measures its losses anew`() throws {
        var core = PortfolioCore(takerFee: .zero)
        func flow(_ amount: String) throws -> PortfolioReferences? {
            let effects = try core.handle(.flowRecorded(usd(amount)), at: monday)
            guard case .recordReferences(let levels)? = effects.first else { return nil }
            return levels
        }
        func look() throws -> [String] {
            let effects = try core.handle(.markRequested(cycle: 1), at: monday)
            guard case .reply(_, let seen)? = effects.last else { return [] }
            return [seen.nlv.amount, seen.dayChange.description, seen.drawdown.description]
        }
        #expect(try text(#require(try flow("100"))) == [nil, nil, nil])
        #expect(try look() == ["100", "0", "0"])
        #expect(try text(#require(try flow("-50"))) == ["50", "50", "50"])
        #expect(try text(#require(try flow("-50"))) == [nil, nil, nil])
        #expect(try look() == ["0", "0", "0"])
        #expect(try text(#require(try flow("80"))) == [nil, nil, nil])
        #expect(try look() == ["80", "0", "0"])
        _ = try core.handle(
            .fillRecorded(Sample.fill(.buy, "1", "40", entry: "1"), Sample.origin()),
            at: monday
        )
        _ = try core.handle(.quoteChanged(Sample.quote("20", "21")), at: monday)
        #expect(try look() == ["60", "-0.25", "0.25"])
    }
}
