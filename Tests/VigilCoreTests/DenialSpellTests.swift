import Testing
import VigilModel

@testable import VigilCore

/// An engine whose every wish is refused for hours says so, once.
@Suite struct DenialSpellTests {
    private let desk = RiskTests()

    private func propose(
        _ core: inout RiskCore,
        cash: String,
        after hours: Double
    ) throws -> [Notice] {
        let now = Sample.now + .seconds(Int64(hours * 3_600))
        let usual = try desk.input(desk.snapshot(cash: cash))
        let input = RiskInput(
            portfolio: usual.portfolio,
            working: [],
            quotes: [Sample.btc: try Self.quote(at: now)],
            products: usual.products,
            regime: .chop
        )
        let event = RiskCore.Event.proposed(cycle: 1, [try desk.proposal("0.02")], input)
        return Self.notices(try core.handle(event, at: now))
    }

    private static func quote(at now: Instant) throws -> Quote {
        func level(_ price: String) throws -> BookLevel {
            BookLevel(price: try Price(price, .usd), quantity: try Quantity("100"))
        }
        return Quote(
            product: Sample.btc,
            bid: try level("99"),
            ask: try level("100"),
            occurredAt: now
        )
    }

    private func look(_ core: inout RiskCore, after hours: Double) throws -> [Notice] {
        let event = RiskCore.Event.breakersRequested(
            cycle: 1,
            try desk.snapshot(),
            MarketSnapshot(at: Sample.now, products: [:])
        )
        return Self.notices(
            try core.handle(event, at: Sample.now + .seconds(Int64(hours * 3_600)))
        )
    }

    private static func notices(_ effects: [RiskCore.Effect]) -> [Notice] {
        effects.compactMap { if case .report(let notice) = $0 { notice } else { nil } }
    }

    @Test func `three refusals and six hours without one that was allowed are told once`() throws {
        var core = try desk.core()
        for hour in [0.0, 1, 5.5] {
            #expect(try propose(&core, cash: "0", after: hour) == [])
        }
        #expect(try look(&core, after: 5.9) == [])
        let told = try look(&core, after: 6)
        #expect(told == [.entriesDenied(since: Sample.now, [.cash: 3])])
        #expect(told.first?.text.contains("refused were CASH 3") == true)
        #expect(try look(&core, after: 7) == [])
        // One that is allowed ends it, and another spell is another.
        #expect(try propose(&core, cash: "10000", after: 8) == [.entriesAllowed])
        #expect(try propose(&core, cash: "10000", after: 8) == [])
        #expect(try look(&core, after: 24) == [])
    }

    @Test func `two refusals are chance, and one that is allowed begins the hours anew`() throws {
        var core = try desk.core()
        for hour in [0.0, 6] { _ = try propose(&core, cash: "0", after: hour) }
        #expect(try look(&core, after: 6) == [])
        _ = try propose(&core, cash: "10000", after: 13)
        for hour in [14.0, 15, 19.5] { _ = try propose(&core, cash: "0", after: hour) }
        #expect(try look(&core, after: 19.9) == [])
        #expect(try look(&core, after: 20).count == 1)
    }

    @Test func `hours in which nothing was proposed are no hours of refusals`() throws {
        var core = try desk.core()
        for hour in [0.0, 0.1, 0.2] { _ = try propose(&core, cash: "0", after: hour) }
        for hour in [6.0, 9, 12] { #expect(try look(&core, after: hour) == []) }
        // Another one says that it is so still.
        _ = try propose(&core, cash: "0", after: 12)
        #expect(try look(&core, after: 12).count == 1)
    }
}
