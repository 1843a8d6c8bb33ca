import Foundation
import Testing
import VigilCore
import VigilModel

@testable import VigilConfig

/// No key without an effect on what the engine is told, no field of it that no key fills.
@Suite struct KeyTests {
    /// Everything that a switch would leave out.
    private static let switches: [any ConfigKey] = [
        Keys.care.trims, Keys.care.purges, Keys.care.rotates, Keys.risk.pyramiding.isAllowed,
        Keys.sizing.allowsPyramiding,
    ]

    /// The standard configuration with a theme, and everything switched on.
    private static let base: [String: ConfigEntry] = {
        var entries = Configuration.resolved([:], [:]).entries
        for key in switches { entries[key.name]?.texts = ["true"] }
        for (key, text) in [
            (Keys.risk.themeMax as any ConfigKey, "50"), (Keys.universe.themes, "BTC-USD"),
        ] {
            let name = key.of("LAYER1").name
            entries[name] = ConfigEntry(
                spec: key.spec,
                name: name,
                texts: [text],
                place: SourcePlace(file: key.spec.file + ".yaml"),
                line: nil,
                length: 1,
                origin: .stated
            )
        }
        return entries
    }()

    private static func told(_ entries: [String: ConfigEntry]) -> [String: String] {
        var leaves: [String: String] = [:]
        let draft = ConfigValues(entries: entries, broken: []).draft
        collect(draft.configuration("", ""), "", into: &leaves)
        return leaves.filter { !$0.key.hasPrefix("effective") }
    }

    private static func collect(_ value: Any, _ path: String, into leaves: inout [String: String]) {
        let mirror = Mirror(reflecting: value)
        let isValue = value is Money || value is Rate || value is Duration || value is ProductID
        guard !isValue, !mirror.children.isEmpty else {
            leaves[path] = "\(value)"
            return
        }
        for (index, child) in mirror.children.enumerated() {
            if mirror.displayStyle == .dictionary,
                let pair = child.value as? (key: AnyHashable, value: Any)
            {
                collect(pair.value, "\(path)[\(pair.key.base)]", into: &leaves)
            } else if mirror.displayStyle == .dictionary {
                let pair = Array(Mirror(reflecting: child.value).children.map(\.value))
                collect(pair[1], "\(path)[\(pair[0])]", into: &leaves)
            } else if mirror.displayStyle == .optional {
                collect(child.value, path, into: &leaves)
            } else {
                let name = child.label.map { path.isEmpty ? $0 : "\(path).\($0)" }
                collect(child.value, name ?? "\(path)#\(index)", into: &leaves)
            }
        }
    }

    /// Other legal values of a kind.
    private static func others(_ kind: ValueKind, _ now: [String]) -> [[String]] {
        if let range = kind.wholeRange {
            return [["\(range.lowerBound)"], ["\(range.upperBound)"]]
        }
        if let range = kind.decimalRange {
            return [range.lowerBound, range.upperBound].map {
                [DecimalText.format(Int128($0 * 1e18))]
            }
        }
        switch kind {
        case .flag: return [[now == ["true"] ? "false" : "true"]]
        case .choice(let words): return words.map { [$0] }
        case .products: return [["DOT-USD"]]
        case .path, .name, .text: return [["other"]]
        case .integer, .number, .percent, .basisPoints, .fraction, .seconds, .minutes, .hours,
            .dollars, .ramp, .codes:
            return []
        }
    }

    @Test func `every key that fills something changes it, and every field is filled by one`() {
        let before = Self.told(Self.base)
        var filled: Set<String> = []
        for (name, entry) in Self.base {
            guard case .fills = entry.spec.use else { continue }
            var changed: Set<String> = []
            for texts in Self.others(entry.spec.kind, entry.texts) {
                var entries = Self.base
                entries[name]?.texts = texts
                let after = Self.told(entries)
                changed.formUnion(
                    Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
                )
            }
            #expect(!changed.isEmpty, "`\(name)` changes nothing")
            filled.formUnion(changed)
        }
        let unfilled = Set(before.keys).subtracting(filled).filter {
            !["configHash", "decisionHash", "sources", "warnings"].contains($0)
        }
        #expect(unfilled.isEmpty, "no key fills \(unfilled.sorted())")
    }

    @Test func `a key inherits from one of its own unit`() {
        for key in ConfigSchema.keys {
            guard let parent = key.inherits else { continue }
            let unit = ConfigSchema.spec(of: parent)?.kind.expectation.split(separator: " from")
            #expect(
                unit?.first == key.kind.expectation.split(separator: " from").first,
                "\(key.name)"
            )
        }
    }

    @Test func `a profile sets a key that there is`() {
        #expect(ConfigSchema.profileKeys.count == 8)
        for key in ConfigSchema.profileKeys {
            #expect(ConfigSchema.spec(of: key.target) != nil, "\(key.target)")
        }
    }

    @Test func `what nothing fills lets nothing happen`() {
        let draft = ConfigDraft()
        #expect(draft.mode == .dryRun)
        #expect(draft.risk.openPositionsMax == 0 && draft.risk.positionMax == .zero)
        #expect(draft.risk.capitalMax.isZero && draft.risk.tradesPerDayMax == 0)
        #expect(
            draft.strategies.values.allSatisfy { !$0.enabled } && !draft.execution.takerFallback
        )
        #expect(draft.risk.breakers.apiErrorsMax == 0 && draft.risk.breakers.memoryMax == 0)
    }

    @Test func `the reference page has every key with its range, its default and its meaning`()
        throws
    {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appendingPathComponent("docs/reference/config.md"),
            encoding: .utf8
        )
        for key in ConfigSchema.keys {
            let row =
                "| `\(key.path)` | \(key.kind.expectation) | \(key.standardText) | \(key.meaning)"
                + (key.decides ? "" : " Not a decision.")
                + (key.waitsFor.map { " *Not honoured yet: waits for \($0).*" } ?? "") + " |\n"
            #expect(page.contains(row), "`./dev docs` writes it anew")
        }
    }

    @Test func `of a refused list the rest is judged in the same run`() {
        let universe = """
            tiers:
              tier_1_core: {symbols: [BTC-USD, BTC-USD]}
              tier_2_rotational: {constraints: {max_spread_bps: 10}, symbols: [XRP-USD]}
            """
        let rules = "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 0.15}}}}"
        let others = ["universe": universe]
        #expect(!Said.by("V0005", of: rules, in: "strategies", others: others).isEmpty)
        #expect(!Said.by("V0159", of: rules, in: "strategies", others: others).isEmpty)
    }

    @Test func `a star is not a name`() {
        let text = "risk: {max_per_theme_pct: {\"*\": 1}}\n"
        #expect(
            Said.by("V0003", of: text) == ["error: `*` is not a name", ": "]
        )
    }

    @Test func `each name stands once`() {
        let names = ConfigSchema.keys.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(ConfigSchema.keys.allSatisfy { ConfigSchema.files.contains($0.file) })
    }
}
