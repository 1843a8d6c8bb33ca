internal import VigilCore
internal import VigilModel

/// A mistake that spans values, each legal by itself; a value with its own example.
package struct ConfigCheck: Sendable {
    /// A file with a few lines: the rest of the configuration is the standard.
    package struct Example: Sendable {
        /// The file, without `.yaml`.
        package let file: String
        /// Its text.
        package let text: String
    }

    /// What a check found.
    struct Finding {
        /// What is wrong, with the numbers.
        let summary: String
        /// The keys to blame, the first one first, each with its part in it.
        let keys: [(name: String, label: String)]
    }

    /// The stable code.
    package let code: String
    /// What it is about.
    package let title: String
    /// How bad it is.
    package let severity: Diagnostic.Severity
    /// What it would have prevented.
    package let prevents: String
    /// How to mend it.
    package let help: String
    /// The keys it reads; it is skipped where one of them has an error of its own.
    package let keys: [String]
    /// A configuration that it refuses.
    package let failing: Example
    /// A configuration that it passes.
    package let passing: Example
    let find: @Sendable (Configuration) throws -> [Finding]

    /// All checks, in the order of their codes.
    package static let all: [ConfigCheck] =
        (exposure + costs + timing + universe + strategy).sorted { $0.code < $1.code }

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

extension Rate {
    /// The ratio as people write it: `3 %`.
    var percent: String {
        let hundredfold = (try? FixedPoint.scaled(raw, times: 100, over: 1, .down)) ?? raw
        return DecimalText.format(hundredfold) + " %"
    }
}
