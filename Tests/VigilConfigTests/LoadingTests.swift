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
        mode: TradingMode? = nil,
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
        "exchange: {api_key: 'abc123', api_secret: 'abc123'}",
        "exchange: {api_key: '${KEY:-abc123}'}", "exchange:\n  api_key: ${K} # or abc123",
        "passwd: abc123", "exchange: {coinbase_key: abc123}",
        "monitoring: {alerts: {webhook_credential: 'https://api.example.org/bot1:abc123/send'}}",
        "app: {name: '${COINBASE_API_SECRET}'} # abc123",
    ])
    func `a secret is an error that names the key and never shows the value`(text: String) {
        let findings = Self.findings("app", text + "\n")
        let codes = Set(findings.map(\.code))
        #expect(!codes.isDisjoint(with: ["V0013", "V0003", "V0005", "V0009"]))
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

    @Test(arguments: ["V0106", "V9999", "V0015", "V0010"])
    func `what is acknowledged in vain is an error in LIVE`(code: String) {
        let text = "app: {mode: LIVE}\nacknowledged: [V0193, \(code)]\n"
        #expect(
            Self.findings("app", text).filter { $0.severity == .error }.map(\.code) == ["V0015"]
        )
    }

    @Test func `what is not honoured yet cannot be acknowledged`() {
        let text = "app: {mode: LIVE}\nacknowledged: [V0193]\nlive: {capital_ramp_usd: [10000]}\n"
        #expect(
            Self.findings("app", text).filter { $0.severity == .error }.map(\.code) == ["V0010"]
        )
    }

    @Test(arguments: [
        (
            "strategies",
            "strategies: {rules_engine: {rules: {breakout: {max_hold_hours: 9999999999999999}}}}"
        ),
        ("policy", "risk: {cooldown_minutes: 9000000000000000000}"),
        ("app", "live: {capital_ramp_usd: [99999999999999999999]}"),
        ("app", "paper: {initial_cash_usd: 170141183460469231731687303715884105727}"),
        ("policy", "risk: {max_open_positions: -0}"),
    ])
    func `a number beyond all bounds is refused and nothing is computed with it`(
        file: String,
        text: String
    ) {
        #expect(Self.findings(file, text).filter { $0.severity == .error }.count == 1)
    }

    @Test(arguments: [
        "governance: {kill_switch_file: ~}", "governance: {kill_switch_file: '   '}",
        "governance: {kill_switch_file: .}", "governance: {kill_switch_file: false}",
        "governance: {kill_switch_file: '${STATE_DIRECTORY}/KILL'}", "profile: ~",
        "profile: ''",
    ])
    func `an empty or half-expanded name is no name`(text: String) {
        #expect(Self.findings("policy", text).map(\.code) == ["V0005"])
    }

    @Test(arguments: ["False", "no", "off", "FALSE"])
    func `what the predecessor's reader took for false is false`(word: String) {
        let text = "governance: {kill_switch_enabled: \(word)}"
        #expect(Self.findings("policy", text).map(\.code) == ["V0012"])
    }

    @Test func `two spellings of a theme with two values are said`() {
        let text = "risk: {max_per_theme_pct: {LAYER2: 2, L2: 4}}\n"
        let found = Self.findings("policy", text).first { $0.code == "V0008" }
        #expect(found?.spans.map(\.label) == ["4, ignored", "2, what counts"])
    }

    @Test(arguments: [
        "position_sizing: {max_position_pct: {tier1: 0.3, tier2: 0.3, tier3: 0.3}}",
        "position_sizing: {max_order_usd: 30}",
        "profile: p\nprofiles: {p: {max_position_pct: {T1: 0.003, T2: 0.003, T3: 0.003}}}",
        "regime: {enabled: false, chop: {position_size_multiplier: 0, max_positions: 0}, "
            + "bear: {position_size_multiplier: 0, max_positions: 0}}",
    ])
    func `a dead zone is found, whichever keys make it`(text: String) {
        #expect(Self.findings("policy", text).map(\.code).contains("V0201"))
    }

    @Test func `lines may end as Windows ends them`() throws {
        let text = "# mine\r\nai:\r\n  enabled: false\r\nloop:\r\n  interval_seconds: 30\r\n"
        let files = ConfigCheck.Example(file: "policy", text: text).files
        let found = try Configuration.load(files: files)
        #expect(found.policy.loop.interval == .seconds(30))
        #expect(
            found.warnings.first?.spans.first?.source == "  enabled: false"
                || found.warnings.first?.spans.first?.source == "ai:"
        )
        let migration = try ConfigMigration(files: files)
        #expect(migration.differences.isEmpty)
        #expect(migration.text("policy").contains("  interval_seconds: 30\n"))
    }

    @Test(arguments: [
        (
            "policy",
            "strategy:\n  base_position_pct:\n    tier1: 0.05\nposition_sizing: {min_order_usd: 10}\n"
        ),
        ("app", "ai: {\n  enabled: false\n}\napp:\n  version: \"foo\n    bar\"\n"),
        ("app", "\"loop\":\n  interval_minutes: 5\n"),
        ("app", "  loop:\n    interval_minutes: 5\n"),
        ("app", "{loop: {interval_minutes: 5}}\n"),
        ("policy", "risk:\n  max_per_theme_pct:\n    \"L1\": 4\n"),
        ("universe", "exclusions:\n  red_flags: [\n    a\n  ]\n"),
        ("app", "loop:\n  interval_minutes: 5\n...\n"),
    ])
    func `a migration means the same, or says that it does not`(file: String, text: String) throws {
        let files = ConfigCheck.Example(file: file, text: text).files
        let migration = try ConfigMigration(files: files)
        let migrated = Dictionary(
            ConfigSchema.files.map { ($0, Array(migration.text($0).utf8)) }
        ) { $1 }
        guard migration.differences.isEmpty else { return }
        let (old, new) = (
            try Configuration.load(files: files), try Configuration.load(files: migrated)
        )
        #expect(old.effective.changes(to: new.effective) == [])
    }

    @Test func `a file with a secret is not migrated`() {
        let text = "exchange:\n  api_secret: |\n    hunter2\n"
        #expect(throws: Configuration.Refusal.self) {
            try ConfigMigration(files: ConfigCheck.Example(file: "app", text: text).files)
        }
    }

    @Test func `a key that waits for its subsystem says so, unless it says what is so anyway`() {
        let waiting = Self.findings(
            "app",
            "monitoring: {alerts: {timeout_seconds: 4}}\n"
        )
        #expect(waiting.map(\.code) == ["V0010"])
        #expect(Self.findings("policy", "exits: {use_trailing_stop: false}\n") == [])
    }

    @Test(arguments: [
        "exits: {enabled: false}", "governance: {kill_switch_enabled: false}",
        "exits: {check_stop_loss: false}", "risk: {count_external_positions: true}",
    ])
    func `a retired key that asks for the contrary is an error`(text: String) {
        #expect(Self.findings("policy", text + "\n").map(\.code) == ["V0012"])
    }

    @Test func `what is not plain UTF-8 is refused, with its line`() throws {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        var files = ConfigCheck.Example(file: "signals", text: "").files
        for (bytes, line) in [
            (mark + Array("triggers: {only_upside: true}\n".utf8), 1),
            (Array("# one\n# two\ntriggers: {}\u{2028}\n".utf8), 3),
            ([0xff, 0xfe, 0x61, 0x00], 1), (Array("a: 1\n# \u{1b}[31m\n".utf8), 2),
        ] {
            files["signals"] = bytes
            let refusal = #expect(throws: Configuration.Refusal.self) {
                try Configuration.load(files: files)
            }
            #expect(refusal?.diagnostics.first?.code == "V0002")
            #expect(refusal?.diagnostics.first?.place.line == line)
        }
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
            #expect(!findings.isEmpty && findings.count <= 1_100)
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

    @Test(arguments: [
        ("policy", "risk:\n" + (0..<60_000).map { "  k\($0): 1\n" }.joined(), "V0003"),
        (
            "universe",
            "clusters:\n  definitions:\n"
                + (0..<30_000).map { "    n\($0): [BTC-USD]\n" }.joined(), "V0005"
        ),
        (
            "universe",
            "exclusions:\n  never_trade: ["
                + (0..<80_000).map { "A\($0)-USD" }.joined(separator: ", ") + "]\n", "V0005"
        ),
        (
            "policy",
            "risk:\n  stop_loss_pct: \"" + String(repeating: "9", count: 1_000_000) + "\"\n",
            "V0005"
        ),
    ])
    func `a file that is full of mistakes is told within bounds`(
        file: String,
        text: String,
        code: String
    ) {
        let refusal = #expect(throws: Configuration.Refusal.self) {
            try Configuration.load(files: [file: Array(text.utf8)])
        }
        let told = refusal?.diagnostics ?? []
        #expect(told.contains { $0.code == code })
        #expect(told.count < 600)
        #expect(told.allSatisfy { $0.summary.utf8.count < 300 })
    }
}
