import Testing
import VigilModel

@testable import VigilConfig

/// A secret that was left in a comment is found, never shown, and not kept.
@Suite struct SecretCommentTests {
    private static let key = "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW"

    @Test(arguments: [
        "# old key: \(key)", "risk: {} # \(key)", "# api_key=abcd1234", "# password: hunter2222",
        "# MY_TOKEN = zyx987wvu", "# -----BEGIN EC PRIVATE KEY-----", "# ghp_0123456789abcdef",
        "# https://user:pass@example.com/x", "# https://hooks.slack.com/services/T1/B2/xyz",
        "# see https://example.com/?key=\(key)", "#secret:0123456789",
        #"path: "C:\\" # token: abc12345678"#, "note: rock 'n roll # password: hunter22pw",
    ])
    func `what looks like a secret is found, and is not in what is kept`(line: String) {
        let text = "a: 1\n\(line)\nb: 2"
        #expect(SecretComments.lines(in: text) == [2])
        let kept = SecretComments.masked(text)
        #expect(kept.hasPrefix("a: 1\n") && kept.hasSuffix("# ••••\nb: 2"), "\(kept)")
    }

    @Test(arguments: [
        "# a comment about tokens: they are short",
        "# https://docs.cdp.coinbase.com/advanced-trade",
        "# password: ask Anna", "# api_key: ${COINBASE_KEY_1}", "a: '#\(key)'", "a: b#\(key)",
        "# secret_sauce", "#", "# token bucket of 30 per second", "# the last 10 of risk.yaml",
        "# yaml-language-server: $schema=schema/policy.json", "d: \"rotate # token: abc12345\"",
        "d: 'it''s # token: abc12345'",
    ])
    func `words about secrets are none, nor is what stands in a value`(line: String) {
        #expect(SecretComments.lines(in: line).isEmpty)
        #expect(SecretComments.masked(line) == line)
    }

    @Test func `a file with the line ends of another system is read line by line`() {
        let text = "a: 1\r\n# token: \(Self.key)\r\nb: 2 # fine\r\n"
        #expect(SecretComments.lines(in: text) == [2])
        #expect(SecretComments.masked(text) == "a: 1\r\n# ••••\r\nb: 2 # fine\r\n")
    }

    @Test func `what an older build accepted in LIVE is enough to look after positions`() throws {
        let app = "app: {mode: LIVE}\nacknowledged: [V0193]\n"
        let files = ConfigCheck.Example(
            file: "app",
            text: app,
            others: ["policy": "risk: {max_open_positions: 5}\n"]
        ).files
        #expect(throws: Configuration.Refusal.self) { try Configuration.load(files: files) }
        let kept = try Configuration.load(files: files, forExitsAlone: true)
        #expect(kept.mode == .live)
        // Everything else is as refused as before.
        var broken = files
        broken["policy", default: []] += Array("execution: {taker_fee_bps: many}\n".utf8)
        #expect(throws: Configuration.Refusal.self) {
            try Configuration.load(files: broken, forExitsAlone: true)
        }
    }

    @Test func `a configuration with one passes with a warning that shows nothing of it`() throws {
        let text = "# my api_key: \(Self.key)\n"
        let passed = try Configuration.load(
            files: ConfigCheck.Example(file: "policy", text: "risk: {}\n" + text).files
        )
        let found = passed.warnings.filter { $0.code == "V0016" }
        #expect(found.map(\.place.line) == [2])
        #expect(!found.description.contains(Self.key))
        #expect(passed.sources["policy"]?.contains(Self.key) == false)
        #expect(passed.sources["policy"]?.contains("# ••••") == true)
    }

    @Test(arguments: ["DATABASE_URL", "GH_PAT", "DSN", "WALLET_SEED", "CARD_PIN", "db_pass"])
    func `a variable that seems to hold a secret is refused by its name`(name: String) {
        let said = Said.by("V0013", of: "execution: {taker_fee_bps: \"${\(name)}\"}", in: "policy")
        #expect(said.first == "error: `\(name)` would be a secret")
    }
}
