import Foundation
import Testing
import VigilCore
import VigilModel

@testable import VigilConfig

/// What stands between a file and a value: names, profiles, the environment, secrets, modes.
@Suite struct LoadingTests {
    private static func findings(
        _ file: String,
        _ text: String,
        mode: Configuration.Mode? = nil,
        environment: [String: String] = [:]
    ) -> [Diagnostic] {
        let example = ConfigCheck.Example(file: file, text: text)
        do throws(Configuration.Refusal) {
            return try Configuration.load(
                files: example.files,
                mode: mode,
                environment: environment
            ).warnings
        } catch {
            return error.diagnostics
        }
    }

    private static func loaded(_ file: String, _ text: String) throws -> Configuration {
        try Configuration.load(files: ConfigCheck.Example(file: file, text: text).files)
    }

    @Test func `an old name is honoured, in the unit of the new one`() throws {
        let old = try Self.loaded("policy", "strategy: {base_position_pct: {tier1: 0.02}}\n")
        let new = try Self.loaded("policy", "position_sizing: {base_position_pct: {tier1: 2}}\n")
        #expect(old.decisionHash == new.decisionHash)
        #expect(old.warnings.map(\.code) == ["V0007"])
    }

    @Test func `two names with one value are said, with two values both ends are shown`() {
        let same = "risk: {max_open_positions: 4}\nstrategy: {max_open_positions: 4}\n"
        #expect(Self.findings("policy", same).map(\.code) == ["V0007"])
        let other = "risk: {max_open_positions: 4}\nstrategy: {max_open_positions: 12}\n"
        let conflict = Self.findings("policy", other)
        #expect(conflict.map(\.code) == ["V0008"])
        #expect(conflict.first?.spans.map(\.label) == ["12, ignored", "4, what counts"])
    }

    @Test(arguments: [
        ("circuit_breaker: {api_error_threshold: 4}\ncircuit_breakers: {max_consecutive_api_errors: 3}\n"),
        ("liquidity: {max_spread_bps: 90}\n"), ("triggers: {min_score: 0.3}\n"),
    ])
    func `a concept under another name is one concept`(text: String) {
        let codes = Self.findings("policy", text).map(\.code)
        #expect(codes.contains { ["V0007", "V0008"].contains($0) })
        #expect(!codes.contains("V0003"))
    }

    @Test func `a theme's cap and its products meet, whatever the file calls the theme`() {
        let universe = "clusters: {definitions: {LAYER2: [OP-USD]}}\n"
        var files = ConfigCheck.Example(file: "universe", text: universe).files
        files["policy"] = Array(
            "circuit_breakers: {min_eligible_assets: 2}\nrisk: {max_per_theme_pct: {L2: 6}}\n".utf8
        )
        let codes = (try? Configuration.load(files: files))?.warnings.map(\.code) ?? []
        #expect(codes.contains("V0007"))
        #expect(!codes.contains("V0137"))
    }

    @Test func `the active profile applies, and wins over what is stated`() throws {
        let text = """
            profile: calm
            profiles:
              calm: {min_conviction: 0.5, tier_sizing: {T1: 0.01}, max_position_pct: {T1: 0.02}}
              wild: {min_conviction: 0.1}
            strategy: {min_conviction_to_propose: 0.2}
            """
        let configuration = try Self.loaded("policy", text)
        let strategy = configuration.policy.strategy
        #expect(strategy.convictionMin == 0.5)
        #expect(strategy.basePosition[.core]?.description == "0.01")
        #expect(configuration.policy.risk.tierPositionMax[.core]?.description == "0.02")
        #expect(configuration.warnings.map(\.code) == ["V0014"])
    }

    @Test func `a placeholder is expanded, and one that is unknown is said`() throws {
        let text = "risk: {max_open_positions: '${SLOTS}'}\n"
        let known = Self.findings("policy", text, environment: ["SLOTS": "4"])
        #expect(known == [])
        let unknown = Self.findings("policy", text)
        #expect(unknown.map(\.code) == ["V0011"])
        #expect(unknown.first?.severity == .warning)
        let live = "app: {mode: LIVE}\nacknowledged: [V0193]\npaper: {initial_cash_usd: '${X}'}\n"
        let errors = Self.findings("app", live).filter { $0.severity == .error }
        #expect(errors.map(\.code) == ["V0011"])
    }

    @Test(arguments: [
        "exchange: {api_key: organizations/1/apiKeys/2}", "exchange: {api_secret: abc123}",
        "exchange:\n  api_secret: |\n    -----BEGIN EC PRIVATE KEY-----\n    MHcCAQEEIAbcdef",
        "monitoring: {alerts: {escalation_webhook_url: 'https://hooks.example.com/T0/abc123'}}",
        "app: {name: 'https://hooks.example.com/services/abc123'}",
        "notes: {telegram_token: abc123}", "logging: {file: x, api_key: abc123}",
        "app: {mode: 'https://user:abc123@example.com'}",
    ])
    func `a secret is an error that names the key and never shows the value`(text: String) {
        let findings = Self.findings("app", text + "\n")
        #expect(findings.map(\.code).contains("V0013"))
        for finding in findings {
            let shown = finding.rendered(colour: true)
            for secret in ["abc123", "MHcCAQ", "apiKeys/2"] {
                #expect(!shown.contains(secret), "\(shown)")
            }
        }
    }

    @Test(arguments: ["state", "risk", "logging"])
    func `ordinary values are no secrets`(section: String) {
        let text = "logging: {redact_api_keys: true, redact_tokens: true, file: logs/x.log}\n"
        #expect(Self.findings("app", text).map(\.code) == ["V0009"])
    }

    @Test func `LIVE needs each warning acknowledged by its code`() {
        let text = "app: {mode: LIVE}\n"
        #expect(Self.findings("app", text).map(\.severity) == [.error])
        let read = Self.findings("app", text + "acknowledged: [V0193]\n")
        #expect(read.map(\.severity) == [.warning])
    }

    @Test func `a key that waits for its subsystem says so, unless it says what is so anyway`() {
        let waiting = Self.findings(
            "policy",
            "risk: {max_per_asset_pct: 2, dust_threshold_usd: 2}\n"
        )
        #expect(waiting.map(\.code) == ["V0010", "V0010"])
        #expect(Self.findings("policy", "risk: {allow_pyramiding: false}\n") == [])
    }

    @Test(arguments: [
        "exits: {enabled: false}", "governance: {kill_switch_enabled: false}",
        "exits: {check_stop_loss: false}", "risk: {count_external_positions: true}",
    ])
    func `a retired key that asks for the contrary is an error`(text: String) {
        #expect(Self.findings("policy", text + "\n").map(\.code) == ["V0012"])
    }

    @Test func `a byte order mark is nothing, and other encodings are not UTF-8`() throws {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        var files = ConfigCheck.Example(file: "signals", text: "").files
        files["signals"] = mark + Array("triggers: {only_upside: true}\n".utf8)
        #expect(try Configuration.load(files: files).policy.triggers.onlyUpside)
        files["signals"] = Array(
            "triggers: {only_upside: \u{e9}}\n".unicodeScalars.map { UInt8($0.value & 0xff) }
        )
        #expect(throws: Configuration.Refusal.self) { try Configuration.load(files: files) }
    }

    @Test(arguments: [
        "risk: &a {max_open_positions: 4}\nloop:\n  <<: *a\n", "<<: {risk: {}}\n", "? [a]\n: b\n",
        "risk: !!python/object:os.system {}\n", "!<tag:x> risk: 1\n",
    ])
    func `anchors, merges, odd keys and tags are refused`(text: String) {
        let codes = Self.findings("policy", text).filter { $0.severity == .error }.map(\.code)
        #expect(!codes.isEmpty)
    }

    @Test func `a laughing billion, ten megabytes and a hundred thousand keys end at once`() {
        var laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n"
        for letter in "bcdefghi" {
            let before = Character(UnicodeScalar(letter.asciiValue.map { $0 - 1 } ?? 97))
            laughs += "\(letter): &\(letter) [*\(before),*\(before),*\(before),*\(before)]\n"
        }
        let large = String(repeating: "# comment\n", count: 1_000_000)
        let many = "{" + (0..<100_000).map { "k\($0): 1" }.joined(separator: ", ") + "}\n"
        for text in [laughs, large, many] {
            let findings = Self.findings("policy", text)
            #expect(!findings.isEmpty && findings.count <= 600)
            #expect(findings.map { $0.rendered(colour: false).utf8.count }.reduce(0, +) < 1 << 20)
        }
    }

    @Test func `twenty planted mistakes are twenty findings`() {
        let text = """
            loop:
              interval_seconds: 1e1
              jitter_pct: 90
            risk:
              max_open_position: 5
              max_open_positions: 5
              max_open_positions: 6
              max_position_size_pct: 30
              daily_stop_pnl_pct: -9
              max_exposure_pct: 20
              allow_pyramiding: yes
              max_trades_per_day: 015
              min_trade_notional_usd: [10]
              take_profit_pct: -6
            position_sizing:
              min_order_usd: 200
              max_order_usd: 100
            circuit_breakers: {min_eligible_assets: 99}
            execution:
              max_slippage_bps: 900
              taker_fee_bps: 50
              post_only_ttl_seconds: 120
            exits: {enabled: false}
            governance:
              kill_switch_file: ../KILL
              emergency_slack_webhook: https://hooks.example.com/abc
            data: {max_age_s: 400}
            """
        let found = Self.findings("policy", text).filter { $0.code != "V0010" }.map(\.code)
        let planted = [
            "V0005", "V0006", "V0003", "V0004", "V0106", "V0108", "V0113", "V0005", "V0005",
            "V0005", "V0105", "V0110", "V0152", "V0112", "V0126", "V0162", "V0012", "V0195",
            "V0013", "V0117",
        ]
        #expect(found.sorted() == planted.sorted(), "\(found)")
    }
}
