import Foundation
import Testing
import VigilConfig
import VigilCore
import VigilEngine
import VigilExchange
import VigilLedger
import VigilModel
import VigilRehearsal

/// An account that held something before Vigil came.
@Suite struct ExternalHoldingsTests {
    private static let btc = Currency("BTC") ?? .usd
    private static let euro = Currency("EUR") ?? .usd

    @Test func `what was there before is never counted, never sold, and no mismatch`() throws {
        let fixture = try EngineFixture()
        let coins = try Money("1.5", Self.btc)
        let store = try PaperStore(path: fixture.paths.paper)
        var venue = MatchingEngine(
            products: [],
            fees: fixture.configuration.policy.execution.fees
        )
        try venue.deposit(coins)
        try venue.deposit(Money("700", Self.euro))
        try store.save(venue, venue.takeChanges())
        let first = try fixture.run(seed: 2, hours: 6)
        let later = EngineFixture.start + .seconds(6 * 3_600)
        let second = try fixture.run(seed: 3, hours: 6, start: later)
        let halt = try HaltEvidence(path: fixture.paths.ledger, halt: Halt(.mismatch))
        #expect(halt.rows.isEmpty)
        let state = try LedgerStore(
            path: fixture.paths.ledger,
            auditDirectory: fixture.paths.audit,
            freshInstance: "x"
        ).load()
        #expect(state.externals == [Self.btc: coins, Self.euro: try Money("700", Self.euro)])
        let ours = state.replay.books.holdings
        for balance in second.venue.list().balances {
            let total = try balance.total()
            let currency = total.currency
            let mine = ours[currency] ?? .zero(currency)
            let other = state.externals[currency] ?? .zero(currency)
            #expect(try total == mine + other)
        }
        // The books are those of the paper money alone.
        let most = try fixture.configuration.initialCash + Money("2000", .usd)
        #expect(try first.ending.view.portfolio?.nlv.isLess(than: most) == true)
    }

    @Test func `a capital fence bounds sizes and the sum of all positions`() throws {
        let fixture = try EngineFixture()
        var fenced = fixture.configuration
        fenced.policy.risk.capitalMax = try Money("1000", .usd)
        fenced.policy.risk.notionalMin = try Money("5", .usd)
        let result = try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: fenced,
                paths: fixture.paths,
                market: fixture.market(seed: 2),
                duration: .seconds(12 * 3_600),
                seed: 2
            )
        )
        let fills = try result.venue.fills(from: 0).filter { $0.side == .buy }
        #expect(!fills.isEmpty)
        // The usual position is 2.9 % of what may be used, which is 1,000 and not 10,000.
        for fill in fills {
            #expect(try fill.notional().isLess(than: Money("29", .usd)))
        }
    }
}
