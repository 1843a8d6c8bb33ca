import Foundation
import Testing
import VigilConfig
import VigilCore
import VigilEngine
import VigilExchange
import VigilLedger
import VigilMarkets
import VigilModel
import VigilRehearsal
import VigilTestSupport

/// Runs of the whole engine in a folder of their own.
struct EngineFixture {
    private let scratch: ScratchFolder
    let configuration: Configuration

    init() throws {
        scratch = try ScratchFolder()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        configuration = try Configuration.load(
            directory: root.appendingPathComponent("config").path
        )
    }

    var folder: String { scratch.path }

    var paths: EnginePaths { EnginePaths(state: folder) }

    func market(seed: UInt64, start: Instant = start, warmup: Int = 1_500) throws -> MarketGenerator
    {
        let specs = try configuration.policy.universe.products.map {
            try ProductSpec($0.product, tier: $0.tier.rawValue)
        }
        let marks = try PaperStore(path: paths.paper).marks()
        return MarketGenerator(specs, seed: seed, start: start, marks: marks, warmup: warmup)
    }

    static let start = Instant(seconds: 1_767_571_200)

    func run(
        seed: UInt64 = 1,
        hours: Int = 6,
        start: Instant = start,
        shuffle: UInt64? = nil,
        bound: Int? = nil,
        interventions: [RehearsalRunner.Intervention] = [],
        _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> RehearsalRunner.Result {
        var configuration = configuration
        change(&configuration)
        return try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: configuration,
                paths: paths,
                market: market(seed: seed, start: start),
                duration: .seconds(hours * 3_600),
                seed: seed,
                shuffle: shuffle,
                bound: bound,
                interventions: interventions
            )
        )
    }

    /// What every simulation ends with: conserved cash, two equal books, a whole audit log.
    @discardableResult
    func checkInvariants(_ venue: PaperVenue) throws -> LedgerState {
        #expect(try venue.imbalances().isEmpty)
        let store = try LedgerStore(
            path: paths.ledger,
            auditDirectory: paths.audit,
            freshInstance: "x"
        )
        let state = try store.load()
        #expect(state.unfinished.isEmpty, "unfinished: \(state.unfinished.map(\.id))")
        #expect(
            Set(try store.fills()) == Set(try venue.fills(from: 0)),
            "a fill was lost or doubled"
        )
        var holdings = state.replay.books.cash
        for position in state.replay.books.positions.values {
            let base = position.product.base
            holdings[base] = Money(raw: position.quantity.raw, currency: base)
        }
        for balance in venue.list().balances {
            let total = try balance.total()
            #expect(total == holdings[total.currency] ?? .zero(total.currency))
        }
        let verdict = try AuditVerifier.verify(directory: paths.audit, head: store.auditHead())
        guard case .intact = verdict else {
            Issue.record("\(verdict)")
            return state
        }
        let told = try AuditEvidence(ledger: paths.ledger).differences(from: paths.audit)
        #expect(told == [], "the ledger and its log differ")
        return state
    }

    func summary(_ result: RehearsalRunner.Result) throws -> RunSummary {
        try LedgerStore(path: paths.ledger, auditDirectory: paths.audit, freshInstance: "x")
            .summary(of: result.run)
    }
}
