import Foundation
import Testing
import VigilCore
import VigilModel

@testable import VigilConfig

@Suite struct ConfigurationTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func files(_ name: String, _ text: String) -> [String: [UInt8]] {
        ConfigCheck.Example(file: name, text: text).files
    }

    private static func findings(_ name: String, _ text: String) -> [String] {
        do throws(Configuration.Refusal) {
            _ = try Configuration.load(files: files(name, text))
            return []
        } catch {
            return error.diagnostics.map { "\($0.code)@\($0.place.line):\($0.place.column)" }
        }
    }

    @Test func `the shipped configuration passes, with the conservative profile`() throws {
        let configuration = try Configuration.load(
            directory: Self.root.appendingPathComponent("config").path
        )
        #expect(configuration.policy.risk.totalAtRiskMax == (try Rate("0.25")))
        #expect(configuration.policy.risk.openPositionsMax == 5)
        #expect(configuration.mode == .paper)
        #expect(configuration.configHash.count == 16)
        #expect(configuration.decisionHash.count == 64)
    }

    @Test func `the config hash is the predecessor's: raw bytes of three files`() throws {
        let files = [
            "app": Array("app:\n  mode: PAPER\n".utf8),
            "policy": Array("circuit_breakers: {min_eligible_assets: 2}\n".utf8),
            "signals": [], "universe": [], "strategies": [],
        ]
        let configuration = try Configuration.load(files: files)
        // printf 'circuit_breakers: {min_eligible_assets: 2}\n' | sha256sum
        #expect(configuration.configHash == "fe44e13b582e1714")
    }

    @Test func `the decision hash moves with a decision and not with the mode`() throws {
        let plain = try Configuration.load(files: Self.files("app", ""))
        let mode = try Configuration.load(files: Self.files("app", "app:\n  mode: PAPER\n"))
        let risk = try Configuration.load(
            files: Self.files("policy", "risk:\n  max_open_positions: 4\n")
        )
        #expect(plain.decisionHash == mode.decisionHash)
        #expect(plain.decisionHash != risk.decisionHash)
    }

    @Test(arguments: [
        ("policy", "risk:\n  max_open_position: 5\n", ["V0003@2:3"]),
        ("policy", "risk:\n  max_open_positions: 5\n  max_open_positions: 6\n", ["V0004@3:3"]),
        ("policy", "risk:\n  max_open_positions: many\n", ["V0005@2:3"]),
        ("policy", "risk:\n  max_open_positions: [5]\n", ["V0005@2:3"]),
        ("policy", "risk:\n  max_open_positions: 0\n", ["V0006@2:3"]),
        ("policy", "risk:\n  max_drawdown_pct: 1e1\n", ["V0005@2:3"]),
        ("policy", "risk: 5\n", ["V0005@1:1"]),
        ("policy", "risk:\n\tmax_open_positions: 5\n", ["V0002@2:1"]),
        ("policy", "a: &x 1\nb: *x\n", ["V0002@2:4"]),
        ("app", "app:\n  mode: LIVE\n", ["V0193@2:3"]),
        ("policy", "execution:\n  taker_fallback: yes\n", ["V0005@2:3"]),
        ("policy", "execution:\n  maker_fee_bps: 125\n", ["V0126@2:3"]),
        ("policy", "risk:\n  max_position_size_pct: 30\n", ["V0106@2:3"]),
        ("policy", "risk:\n  daily_stop_pnl_pct: -9\n", ["V0108@2:3"]),
        (
            "universe", "tiers:\n  tier_2_rotational:\n    symbols: [BTC-USD]\n",
            ["V0151@3:5"]
        ),
        ("universe", "tiers:\n  tier_1_core:\n    symbols: [BTCUSD]\n", ["V0005@3:5"]),
        (
            "strategies",
            "strategies:\n  rules_engine:\n    rules:\n      breakout:\n        stop_loss_pct: 9\n",
            ["V0153@5:9"]
        ),
    ])
    func `each mistake is found with its code at its place`(
        file: String,
        text: String,
        expected: [String]
    ) {
        #expect(Self.findings(file, text) == expected)
    }

    @Test(arguments: ConfigCheck.all.map(\.code))
    func `each check finds its own mistake and nothing else, and lets the mended one pass`(
        code: String
    ) throws {
        let check = try #require(ConfigCheck.all.first { $0.code == code })
        // That alerts reach nobody is said of every LIVE configuration that could enter.
        let beside: Set = code == "V0204" ? ["V0193"] : []
        #expect(Self.codes(check.failing).subtracting(beside) == [code])
        #expect(Self.codes(check.passing) == [])
        // A section that is missing has no place.
        guard code != "V0116" else { return }
        let place = try #require(Self.places(check.failing, code).first)
        #expect(place.file == check.failing.file + ".yaml")
        let lines = check.failing.text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(
            lines.indices.contains(place.line - 1) ? lines[place.line - 1] : nil
        )
        let word = line.dropFirst(place.column - 1).prefix { $0 != ":" }
        let isOld = ["max_exposure_pct", "cache_ttl_seconds"].contains(word)
        let isName =
            isOld
            || check.keyNames.contains { $0.hasSuffix("." + word) || $0.hasSuffix(":" + word) }
            || check.keyNames.contains { $0.hasSuffix(".*") }
        #expect(isName, "\(word)")
    }

    private static func places(_ example: ConfigCheck.Example, _ code: String) -> [SourcePlace] {
        do throws(Configuration.Refusal) {
            return try Configuration.load(files: example.files, mode: example.mode).warnings
                .filter { $0.code == code }.map(\.place)
        } catch {
            return error.diagnostics.filter { $0.code == code }.map(\.place)
        }
    }

    /// Codes without V0010: that a key waits for its subsystem is said of many an example.
    private static func codes(_ example: ConfigCheck.Example) -> Set<String> {
        do throws(Configuration.Refusal) {
            let warnings = try Configuration.load(files: example.files, mode: example.mode)
                .warnings
            return Set(warnings.map(\.code)).subtracting(["V0010"])
        } catch {
            return Set(error.diagnostics.map(\.code)).subtracting(["V0010"])
        }
    }

    @Test func `every check reads keys that exist, under a code of its own`() {
        let keys = Set(ConfigSchema.keys.map(\.name))
        #expect(Set(ConfigCheck.all.map(\.code)).count == ConfigCheck.all.count)
        for check in ConfigCheck.all {
            #expect(keys.isSuperset(of: check.keyNames), "\(check.code)")
        }
    }

    @Test func `both ends of a contradiction are shown`() {
        let text = "risk:\n  max_total_at_risk_pct: 20\n  max_position_size_pct: 30\n"
        let error = #expect(throws: Configuration.Refusal.self) {
            try Configuration.load(files: Self.files("policy", text))
        }
        let expected = """
            error[V0106]: one position may be larger than all positions together
             --> policy.yaml:3:3
              |
            3 |   max_position_size_pct: 30
              |   ^^^^^^^^^^^^^^^^^^^^^ up to 30 %
             ::: policy.yaml:2:3
              |
            2 |   max_total_at_risk_pct: 20
              |   --------------------- all at most 20 %
              help: lower `risk.max_position_size_pct` to `risk.max_total_at_risk_pct` or below

            """
        #expect(error?.diagnostics.first?.rendered(colour: false) == expected)
    }

    @Test
    func `defect 46: LIVE that is switched off is refused with its place, and nothing crashes`() {
        let files = Self.files("policy", "governance:\n  live_trading_enabled: false\n")
        let error = #expect(throws: Configuration.Refusal.self) {
            try Configuration.load(files: files, mode: .live)
        }
        let found = error?.diagnostics.first { $0.code == "V0197" }
        #expect(found?.place.line == 2)
        #expect(found?.help.hasPrefix("set `governance.live_trading_enabled` to `true`") == true)
    }

    @Test func `all mistakes are found in one run`() {
        let text = "risk:\n  max_open_positions: 0\n  nonsense: 1\nloop:\n  jitter_pct: 90\n"
        #expect(Set(Self.findings("policy", text)) == ["V0006@2:3", "V0003@3:3", "V0006@5:3"])
    }

    @Test func `an unknown key is answered with the nearest one`() {
        let error = #expect(throws: Configuration.Refusal.self) {
            try Configuration.load(
                files: Self.files("policy", "risk:\n  max_open_position: 5\n")
            )
        }
        #expect(error?.diagnostics.first?.help == "did you mean `risk.max_open_positions`?")
    }

    @Test func `a missing file is named`() {
        let error = #expect(throws: Configuration.Refusal.self) {
            try Configuration.load(directory: "/nowhere")
        }
        #expect(error?.diagnostics.map(\.code).filter { $0 == "V0001" }.count == 5)
    }

    @Test(arguments: [
        "010", "0x1F", "1_000", "1:30", "1e1", ".5", "+5", "5 ", "''", "~", "on", "NaN",
    ])
    func `what YAML 1.1 would read in a way of its own is refused`(value: String) {
        let quoted = value.hasSuffix(" ") ? "'\(value)'" : value
        #expect(
            Self.findings("policy", "risk:\n  max_open_positions: \(quoted)\n") == ["V0005@2:3"]
        )
    }

    @Test func `hostile files end in an error, not in a hang`() {
        let deep = String(repeating: "[", count: 100_000)
        let long = String(repeating: "a: 1\n", count: 300_000)
        for text in [
            deep, long, "\u{0}\u{1}", "- - - -", "%YAML 9.9\n---\n", "---\na: 1\n---\nb: 2\n",
        ] {
            #expect(!Self.findings("policy", text).isEmpty)
        }
        #expect(throws: Configuration.Refusal.self) {
            try Configuration.load(files: ["policy": [0xff, 0xfe, 0x00, 0x80]])
        }
    }
}
