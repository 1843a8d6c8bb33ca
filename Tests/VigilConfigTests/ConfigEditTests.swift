import Foundation
import Testing

@testable import VigilConfig

/// `vigil config set`: one key changes, and nothing else.
@Suite struct ConfigEditTests {
    private static func edit(_ policy: String) -> ConfigEdit {
        ConfigEdit(files: ["policy": Array(policy.utf8)], environment: [:])
    }

    private static func set(
        _ policy: String,
        _ key: String,
        _ value: String
    ) throws(ConfigEdit.Failure) -> String {
        var edit = edit(policy)
        try edit.set(key, to: value)
        return edit.text("policy")
    }

    private static let files = """
        # mine
        risk:
          max_open_positions: 5   # few
          # not many
          max_position_size_pct: 3

        governance:
          kill_switch_file: "a # b" # here

        """

    @Test(arguments: [
        (
            "risk.max_open_positions", "4", "max_open_positions: 5   # few",
            "max_open_positions: 4   # few"
        ),
        (
            "policy:risk.max_position_size_pct", "2.5", "max_position_size_pct: 3",
            "max_position_size_pct: 2.5"
        ),
        (
            "governance.kill_switch_file", "STOP", #"kill_switch_file: "a # b" # here"#,
            "kill_switch_file: STOP # here"
        ),
    ])
    func `a key that is stated keeps its place and its comment`(
        key: String,
        value: String,
        old: String,
        new: String
    ) throws {
        let expected = Self.files.replacingOccurrences(of: old, with: new)
        #expect(try Self.set(Self.files, key, value) == expected)
    }

    @Test func `a key that is not stated is added at the end of its section`() throws {
        #expect(
            try Self.set(Self.files, "risk.max_drawdown_pct", "8")
                == Self.files.replacingOccurrences(
                    of: "max_position_size_pct: 3\n",
                    with: "max_position_size_pct: 3\n  max_drawdown_pct: 8\n"
                )
        )
        #expect(
            try Self.set(Self.files, "regime.bull.max_positions", "3")
                == Self.files + "regime:\n  bull:\n    max_positions: 3\n"
        )
        #expect(try Self.set("", "loop.jitter_pct", "0") == "loop:\n  jitter_pct: 0\n")
    }

    @Test func `a list over several lines becomes one line`() throws {
        let text =
            "exclusions:\n  never_trade:\n    - BTC-USD\n    - ETH-USD\nuniverse:\n  grace_readings: 3\n"
        var edit = ConfigEdit(
            files: ["universe": Array(text.utf8)],
            environment: [:]
        )
        try edit.set("exclusions.never_trade", to: "SOL-USD, ADA-USD")
        #expect(
            edit.text("universe")
                == "exclusions:\n  never_trade: [SOL-USD, ADA-USD]\nuniverse:\n  grace_readings: 3\n"
        )
    }

    @Test(arguments: [
        ("risk.max_open_position", "4", "did you mean `risk.max_open_positions`?"),
        ("risk.max_open_positions", "four", "must be"),
        ("risk.max_open_positions", "0", "must be"),
        ("risk.max_open_positions", "4\nrisk: {}", "one line"),
        ("risk.max_open_positions", "[4", "cannot be set to"),
        (
            "strategy.max_open_positions", "4",
            "is an old name; set `policy:risk.max_open_positions`"
        ),
    ])
    func `what cannot be set is refused in clear words, and changes nothing`(
        key: String,
        value: String,
        words: String
    ) {
        var edit = Self.edit(Self.files)
        let failure = #expect(throws: ConfigEdit.Failure.self) { try edit.set(key, to: value) }
        #expect(failure?.description.contains(words) == true, "\(failure?.description ?? "")")
        #expect(edit.text("policy") == Self.files)
    }

    @Test func `a key in braces is refused`() {
        let failure = #expect(throws: ConfigEdit.Failure.self) {
            try Self.set("risk: {max_open_positions: 5}\n", "risk.max_open_positions", "4")
        }
        #expect(failure?.description.contains("a line of its own") == true)
        let other = #expect(throws: ConfigEdit.Failure.self) {
            try Self.set("risk: {max_open_positions: 5}\n", "risk.max_drawdown_pct", "4")
        }
        #expect(other?.description.contains("in braces") == true)
    }

    @Test func `every key of the shipped files can be set to what it is, and the files stay`()
        throws
    {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let files = try Dictionary(
            ConfigSchema.files.map {
                let path = root.appendingPathComponent("config/\($0).yaml")
                return ($0, Array(try Data(contentsOf: path)))
            }
        ) { $1 }
        let effective = try Configuration.load(files: files).effective
        var edit = ConfigEdit(files: files, environment: [:])
        var count = 0
        for spec in ConfigSchema.keys where !spec.path.contains("*") {
            guard let value = effective.values[spec.name], !value.isEmpty else { continue }
            try edit.set(spec.name, to: value)
            count += 1
        }
        #expect(count > 60)
        let changed = try Configuration.load(
            files: Dictionary(ConfigSchema.files.map { ($0, Array(edit.text($0).utf8)) }) { $1 }
        )
        #expect(effective.changes(to: changed.effective).isEmpty)
    }
}
