import Testing
import VigilModel

@testable import VigilConfig

/// What the checks say where money is at stake, and what is an error only there.
@Suite struct ModeCheckTests {
    @Test(arguments: [
        (
            "V0115", "policy", "risk: {max_total_at_risk_pct: 51}",
            "51 % of the capital may be at risk"
        ),
        (
            "V0180", "app", "paper: {initial_cash_usd: 694.44}",
            "in a sideways market tier 2 is entered with 9.999936 USD"
        ),
        (
            "V0181", "app", "live: {capital_ramp_usd: [100, 10000]}",
            "with 100 USD a position may be 3 USD at most"
        ),
        (
            "V0150", "policy", "execution: {slippage_budget_t1_bps: 120}",
            "the slippage budget of tier 1 is exhausted by the taker fee alone, so the taker "
                + "fallback could never happen"
        ),
    ])
    func `what is an error in LIVE cannot be acknowledged away, and is a warning elsewhere`(
        code: String,
        file: String,
        text: String,
        summary: String
    ) {
        let acknowledged = "acknowledged: [\(code), V0193]\n"
        let text = text + "\n" + (file == "app" ? acknowledged : "")
        let others = file == "app" ? [:] : ["app": acknowledged]
        for (mode, weight) in [
            (TradingMode.paper, "warning"), (.dryRun, "warning"), (.live, "error"),
        ] {
            let said = Said.by(code, of: text, in: file, others: others, mode: mode)
            #expect(said.first == "\(weight): \(summary)")
        }
    }

    @Test func `a warning that is acknowledged stays one in LIVE`() {
        for (list, weight) in [("[V0157, V0193]", "warning"), ("[V0193]", "error")] {
            let said = Said.by(
                "V0157",
                of: "strategy: {max_new_positions_per_cycle: 6}\n",
                others: ["app": "acknowledged: \(list)\n"],
                mode: .live
            )
            #expect(
                said.first == "\(weight): a cycle may open more positions than may be open at all"
            )
        }
    }

    @Test(arguments: [
        ("", "", ["V0193"]), ("", "governance: {live_trading_enabled: false}\n", ["V0197"]),
        ("exchange: {read_only: true}\n", "", ["V0196"]),
        (
            "exchange: {read_only: true}\n", "governance: {live_trading_enabled: false}\n",
            ["V0196", "V0197"]
        ),
        (
            "monitoring: {alerts_enabled: true, alerts: {webhook_credential: alerts}}\n", "",
            [String]()
        ),
    ])
    func `LIVE that sends nothing, or alerts nobody, is told, and no other mode is`(
        app: String,
        policy: String,
        codes: [String]
    ) {
        let words = [
            "V0193": [
                "error: LIVE trades without sending alerts", "app.yaml: with money",
                "app.yaml: switched off",
            ],
            "V0196": [
                "error: LIVE is not allowed to send orders", "read_only: read only",
                "app.yaml: with money",
            ],
            "V0197": [
                "error: LIVE may not enter", "live_trading_enabled: switched off",
                "app.yaml: with money",
            ],
        ]
        for code in words.keys {
            let others = ["policy": policy]
            let live = Said.by(code, of: app, in: "app", others: others, mode: .live)
            #expect(live == (codes.contains(code) ? words[code] : []))
            for mode in [TradingMode.paper, .dryRun] {
                let said = Said.by(code, of: app, in: "app", others: others, mode: mode)
                #expect(said.isEmpty)
            }
        }
    }

    @Test func `assumed fees below the worst tier matter only where they are assumed`() {
        let text = "execution: {maker_fee_bps: 59}\n"
        #expect(!Said.by("V0185", of: text, mode: .paper).isEmpty)
        #expect(Said.by("V0185", of: text, mode: .live).isEmpty)
    }

    @Test func `the table of the checks has each one in its order`() throws {
        let codes = ConfigCheck.all.map(\.code)
        #expect(codes == codes.sorted())
        let lines = ConfigCheck.markdown.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == codes.count + 3)
        #expect(
            lines.prefix(2) == [
                "| code | severity | check | prevents |", "| --- | --- | --- | --- |",
            ]
        )
        #expect(lines.last == "")
        #expect(
            lines.contains(
                "| V0106 | error | one position may be larger than all positions together | a cap that never "
                    + "takes effect, noticed after the first oversized fill |"
            )
        )
        let row = try #require(lines.first { $0.hasPrefix("| V0115 ") })
        #expect(row.hasPrefix("| V0115 | warning, error in LIVE | more than half of the capital"))
    }

    @Test func `an example is all five files, with the section that must be there`() {
        let breakers = "circuit_breakers: {min_eligible_assets: 2}\n"
        func files(
            _ file: String,
            _ text: String,
            _ others: [String: String] = [:]
        ) -> [String: String] {
            ConfigCheck.Example(file: file, text: text, others: others).files
                .mapValues { String(decoding: $0, as: UTF8.self) }
        }
        let empty = Dictionary(ConfigSchema.files.map { ($0, "") }) { $1 }
        func with(_ changed: [String: String]) -> [String: String] {
            empty.merging(changed) { $1 }
        }
        #expect(files("app", "") == with(["policy": breakers]))
        #expect(files("app", "a: 1") == with(["app": "a: 1\n", "policy": breakers]))
        #expect(files("app", "a: 1\n") == with(["app": "a: 1\n", "policy": breakers]))
        #expect(files("policy", "loop: {}") == with(["policy": "loop: {}\n"]))
        #expect(files("policy", breakers) == with(["policy": breakers]))
        #expect(files("policy", "risk: {}") == with(["policy": "risk: {}\n" + breakers]))
        #expect(
            files("app", "a: 1", ["policy": "risk: {}\n", "signals": "b: 2\n"])
                == with(["app": "a: 1\n", "policy": "risk: {}\n" + breakers, "signals": "b: 2\n"])
        )
    }
}
