internal import VigilCore
package import VigilModel

/// A mistake that spans values, each legal by itself; a value with its own example.
package struct ConfigCheck: Sendable {
    /// A file with a few lines: the rest of the configuration is the standard.
    package struct Example: Sendable {
        /// The file, without `.yaml`.
        package let file: String
        /// Its text.
        package let text: String
        /// What it is judged for, where that is not the mode it states.
        package var mode: TradingMode?
        /// The text of other files, where it takes two.
        package var others: [String: String] = [:]

        /// All five files, with what must be there: breakers, and a limit on the capital of LIVE.
        package var files: [String: [UInt8]] {
            var files = Dictionary(ConfigSchema.files.map { ($0, "") }) { first, _ in first }
            files.merge(others) { $1 }
            files[file] = text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
            let isLive = mode == .live || text.contains("mode: LIVE")
            if isLive, file != "policy", files["policy"]?.contains("risk:") != true {
                files["policy", default: ""] += "risk: {capital_max_usd: 5000}\n"
            }
            if file != "policy" || (!text.contains("circuit_breaker") && !text.contains("loop: {}"))
            {
                files["policy", default: ""] += "circuit_breakers: {min_eligible_assets: 2}\n"
            }
            return files.mapValues { Array($0.utf8) }
        }
    }

    /// What a check found.
    struct Finding {
        /// What is wrong, with the numbers.
        let summary: String
        /// The keys to blame, the first one first, each with its part in it.
        let keys: [(key: any KeyName, label: String)]
    }

    /// Where a warning is an error.
    package enum Weight: String, Sendable {
        /// Everywhere.
        case error
        /// Nowhere, but where warnings are not accepted.
        case warning
        /// Where money is at stake.
        case errorInLive = "warning, error in LIVE"
    }

    /// The stable code.
    package let code: String
    /// What it is about.
    package let title: String
    /// How bad it is.
    package let severity: Weight
    /// What it would have prevented.
    package let prevents: String
    /// How to mend it.
    package let help: String
    /// The keys it reads; it is skipped where one of them has an error of its own.
    let keys: [any KeyName]
    /// Their names.
    package var keyNames: [String] { keys.map(\.name) }
    /// A configuration that it refuses.
    package let failing: Example
    /// A configuration that it passes.
    package let passing: Example
    let find: @Sendable (CheckContext) throws -> [Finding]

    /// All checks, in the order of their codes.
    package static let all: [ConfigCheck] =
        (predecessor + later + exposure + costs + timing + universe + strategy + coherence
        + unattended + limits + chances)
        .sorted { $0.code < $1.code }

    /// The table of all checks in Markdown, for the reference documentation.
    package static var markdown: String {
        var lines = ["| code | severity | check | prevents |", "| --- | --- | --- | --- |"]
        for check in all {
            lines.append(
                "| \(check.code) | \(check.severity.rawValue) | \(check.title) | \(check.prevents) |"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension ConfigCheck {
    /// A check whose examples are lines of one file.
    init(
        _ code: String,
        _ severity: Weight,
        _ title: String,
        prevents: String,
        help: String,
        keys: [any KeyName],
        file: String = "policy",
        fails: String,
        passes: String,
        mode: TradingMode? = nil,
        others: [String: String] = [:],
        find: @escaping @Sendable (CheckContext) throws -> [Finding]
    ) {
        self.init(
            code: code,
            title: title,
            severity: severity,
            prevents: prevents,
            help: help,
            keys: keys,
            failing: Example(file: file, text: fails + "\n", mode: mode, others: others),
            passing: Example(file: file, text: passes + "\n", others: others),
            find: find
        )
    }
}

/// What a check may look at: the values that the engine will use, and what the files say.
struct CheckContext {
    let configuration: Configuration
    let entries: [String: ConfigEntry]
    /// Where retired keys are stated.
    let retired: [String: DiagnosticSpan]
    /// True where the policy says something about circuit breakers.
    let hasBreakers: Bool

    var mode: TradingMode { configuration.mode }
    var policy: TradingPolicy { configuration.policy }
    var initialCash: Money { configuration.initialCash }
    var alertDedupe: Duration { configuration.alertDedupe }
    var alertEscalation: Duration { configuration.alertEscalation }

    /// True where a file or the active profile says something about a key.
    func isStated(_ key: any KeyName) -> Bool {
        guard let entry = entries[key.name] else { return false }
        return entry.origin != .standard && entry.origin != .inherited
    }

    /// The value of a key that counts.
    subscript<Value>(key: Key<Value>) -> Value {
        key.type.read(entries[key.name]?.texts ?? [key.spec.standard])
    }

    /// The value of one of the keys that a star stands for.
    subscript<Value>(key: Key<Value>, word: String) -> Value {
        key.type.read(entries[key.of(word).name]?.texts ?? [])
    }

    /// The value as the file has it.
    func text(_ key: some KeyName) -> String { entries[key.name]?.texts.first ?? "" }

    /// The operator's own words that stand for the `*` of a key, sorted.
    func words(_ key: some ConfigKey) -> [String] {
        let parts = key.name.split(separator: "*", omittingEmptySubsequences: false)
        guard let prefix = parts.first, let suffix = parts.last else { return [] }
        return entries.keys.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }
            .map { String($0.dropFirst(prefix.count).dropLast(suffix.count)) }
            .filter { !$0.contains(".") }.sorted()
    }

    /// A check's finding, shown at the keys that are to blame.
    func diagnostic(_ check: ConfigCheck, _ finding: ConfigCheck.Finding) -> [Diagnostic] {
        let spans = finding.keys.compactMap { key -> DiagnosticSpan? in
            if let span = retired[key.key.name] { return span }
            return entries[key.key.name]?.span(key.label)
        }
        // The main place is one that a file has.
        let main = spans.firstIndex { $0.place.line > 0 } ?? 0
        guard let first = spans.indices.contains(main) ? spans[main] : nil else { return [] }
        let others = spans[..<main] + spans[(main + 1)...]
        let hard = check.severity == .error || (check.severity == .errorInLive && mode == .live)
        return [
            Diagnostic(
                severity: hard ? .error : .warning,
                code: check.code,
                summary: finding.summary,
                spans: [first] + others,
                help: check.help
            )
        ]
    }

    /// One finding, in the check's own order of blame.
    func finding(_ summary: String, _ keys: (any KeyName, String)...) -> [ConfigCheck.Finding] {
        [ConfigCheck.Finding(summary: summary, keys: keys.map { (key: $0.0, label: $0.1) })]
    }
}

extension Rate {
    /// The ratio as people write it: `3 %`.
    var percent: String {
        let hundredfold = (try? FixedPoint.scaled(raw, times: 100, over: 1, .down)) ?? raw
        return DecimalText.format(hundredfold) + " %"
    }
}
