import Foundation
import Testing
import VigilCore
import VigilModel

@testable import VigilConfig

/// The predecessor's own files are read as they are, and each of its 17 checks can fail.
@Suite struct PredecessorTests {
    private static let rows: [(name: String, value: String?)] = {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Oracles/predecessor-keys.tsv").path
        let text = String(
            decoding: FileManager.default.contents(atPath: path) ?? Data(),
            as: UTF8.self
        )
        return text.split(separator: "\n").filter { $0.first != "#" }.map { line in
            let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
            return (parts[0], parts.count > 1 ? parts[1] : nil)
        }
    }()

    /// YAML with these keys, nested.
    private static func yaml(_ file: String) -> String {
        var (text, open): (String, [String]) = ("", [])
        for row in rows where row.name.hasPrefix(file + ":") {
            guard let value = row.value else { continue }
            let path = row.name.dropFirst(file.count + 1).split(separator: ".").map(String.init)
            let common = zip(path, open).prefix { $0 == $1 }.count
            for depth in common..<path.count {
                text += String(repeating: "  ", count: depth) + path[depth] + ":"
                text += depth == path.count - 1 ? " \(value)\n" : "\n"
            }
            open = Array(path.dropLast())
        }
        return text
    }

    static let files = Dictionary(ConfigSchema.files.map { ($0, Array(yaml($0).utf8)) }) { $1 }

    @Test func `its files of 2025-11-15 have no error in PAPER, and more than a hundred warnings`()
        throws
    {
        #expect(Self.rows.count > 340)
        let configuration = try Configuration.load(files: Self.files)
        #expect(configuration.mode == .paper)
        #expect(configuration.warnings.count > 100)
        // The active profile is the one that its runtime never read.
        #expect(configuration.policy.strategy.convictionMin == 0.4)
    }

    @Test func `its files, where they are at hand, have its hash and no error`() throws {
        guard let folder = ProcessInfo.processInfo.environment["VIGIL_PREDECESSOR_CONFIG"] else {
            return
        }
        let configuration = try Configuration.load(directory: folder)
        #expect(configuration.configHash == "d5f70d631a57af91")
    }

    @Test func `every key it ever had is alive, renamed or retired`() {
        for row in Self.rows {
            var tree: KeyTree? = KeyTree.all
            var known = false
            for part in KeyTree.parts(row.name) {
                tree = tree?.child(part)
                if case .retired = tree?.leaf { known = true }
            }
            #expect(known || tree?.leaf != nil, "\(row.name)")
        }
    }

    @Test func `in LIVE its files are refused`() {
        let refusal = #expect(throws: Configuration.Refusal.self) {
            try Configuration.load(files: Self.files, mode: .live)
        }
        let codes = Set(refusal?.diagnostics.filter { $0.severity == .error }.map(\.code) ?? [])
        #expect(codes.isSuperset(of: ["V0150", "V0009", "V0011", "V0010"]))
    }

    @Test func `migrated, its files mean the same and carry no old name`() throws {
        let migration = try ConfigMigration(files: Self.files)
        #expect(migration.remaining.isEmpty)
        let migrated = Dictionary(
            ConfigSchema.files.map { ($0, Array(migration.text($0).utf8)) }
        ) { $1 }
        let (old, new) = (
            try Configuration.load(files: Self.files), try Configuration.load(files: migrated)
        )
        #expect(old.effective.changes(to: new.effective) == [])
        #expect(old.decisionHash == new.decisionHash)
        let names = Set(["V0007", "V0008", "V0009", "V0011"])
        #expect(new.warnings.filter { names.contains($0.code) } == [])
        #expect(new.warnings.count < 30)
    }

    @Test(arguments: [
        ("1 C1", "risk: {allow_pyramiding: true, max_adds_per_asset_per_day: 0}", "V0101"),
        ("2 C2", "position_sizing: {allow_pyramiding: true}", "V0102"),
        ("3 C3", "position_sizing: {max_pyramid_positions: 1}", "V0103"),
        ("4 U1", "risk: {stop_loss_pct: 12, take_profit_pct: 12}", "V0104"),
        ("5 U2 stop", "risk: {stop_loss_pct: -10}", "V0105"),
        ("5 U2 target", "risk: {take_profit_pct: -12}", "V0105"),
        ("6 U3", "risk: {max_position_size_pct: 26}", "V0106"),
        ("7 U4", "risk: {max_open_positions: 9}", "V0107"),
        ("8 U5", "risk: {daily_stop_pnl_pct: -7}", "V0108"),
        ("9 U6", "execution: {min_notional_usd: 11}", "V0109"),
        ("10 U7", "position_sizing: {min_order_usd: 101, max_order_usd: 100}", "V0110"),
        ("11 U8", "liquidity: {max_spread_bps: 1001}", "V0111"),
        ("12 U9", "execution: {max_slippage_bps: 501}", "V0112"),
        ("13 D1", "risk: {max_exposure_pct: 25}", "V0113"),
        ("14 D2", "cache_ttl_seconds: 300", "V0114"),
        ("15 M1", "risk: {max_total_at_risk_pct: 51}", "V0115"),
        ("16 M2", "loop: {}", "V0116"),
        ("17 M3", "data: {max_age_s: 301}", "V0117"),
    ])
    func `its 17 checks are all reachable`(name: String, text: String, code: String) {
        let file = name == "14 D2" ? "universe" : "policy"
        let example = ConfigCheck.Example(file: file, text: text + "\n")
        // The one about high exposure is an error only where money is at stake.
        let mode: TradingMode = code == "V0115" ? .live : .paper
        let refusal = #expect(throws: Configuration.Refusal.self, "\(name)") {
            try Configuration.load(files: example.files, mode: mode)
        }
        let errors = refusal?.diagnostics.filter { $0.severity == .error }.map(\.code) ?? []
        #expect(errors.contains(code), "\(name): \(errors)")
    }

    @Test(arguments: [
        "risk: {max_position_size_pct: 5}", "risk: {max_open_positions: 8}",
        "risk: {daily_stop_pnl_pct: -6.99}", "execution: {min_notional_usd: 10}",
        "position_sizing: {min_order_usd: 100, max_order_usd: 100}",
        "liquidity: {max_spread_bps: 1000}", "execution: {max_slippage_bps: 500}",
        "data: {max_age_s: 300}", "risk: {stop_loss_pct: 5.99, take_profit_pct: 6}",
    ])
    func `a value on its boundary passes as it did there`(text: String) throws {
        let example = ConfigCheck.Example(file: "policy", text: text + "\n")
        #expect(throws: Never.self) { try Configuration.load(files: example.files) }
    }

    @Test func `high exposure is a warning in PAPER and DRY_RUN`() throws {
        let example = ConfigCheck.Example(
            file: "policy",
            text: "risk: {max_total_at_risk_pct: 51}\n"
        )
        for mode in [TradingMode.paper, .dryRun] {
            let passed = try Configuration.load(files: example.files, mode: mode)
            #expect(passed.warnings.map(\.code) == ["V0115"])
        }
    }
}
