/// A place in a configuration file.
package struct SourcePlace: Sendable, Hashable {
    /// The file's name.
    package let file: String
    /// The line, from 1; 0 where the whole file is meant.
    package let line: Int
    /// The column, from 1.
    package let column: Int

    package init(file: String, line: Int = 0, column: Int = 0) {
        self.file = file
        self.line = line
        self.column = column
    }
}

extension SourcePlace: Comparable {
    package static func < (left: SourcePlace, right: SourcePlace) -> Bool {
        func rank(_ place: SourcePlace) -> Int {
            ConfigSchema.files.firstIndex { $0 + ".yaml" == place.file } ?? -1
        }
        return (rank(left), left.line, left.column) < (rank(right), right.line, right.column)
    }
}

/// A place that a finding points at, with what it has to do with it.
package struct DiagnosticSpan: Sendable, Hashable {
    /// Where.
    package let place: SourcePlace
    /// The line of the file, where there is one.
    package let source: String?
    /// How many characters are meant.
    package let length: Int
    /// Its part in the finding.
    package let label: String
}

/// One finding about a configuration: a value that is rendered for people or machines.
package struct Diagnostic: Sendable, Hashable, Error {
    /// How bad it is.
    package enum Severity: String, Sendable {
        /// The engine could not act on it, or would act against its evident intent.
        case error
        /// Legal, but probably not meant.
        case warning
    }

    /// How bad it is.
    package internal(set) var severity: Severity
    /// The stable code, `V` and four digits.
    package let code: String
    /// What is wrong.
    package let summary: String
    /// Where; the first place is the main one, and there is always one.
    package let spans: [DiagnosticSpan]
    /// How to mend it.
    package let help: String

    /// The same finding as an error.
    package var hardened: Diagnostic {
        var copy = self
        copy.severity = .error
        return copy
    }

    /// The main place.
    package var place: SourcePlace { spans.first?.place ?? SourcePlace(file: "?") }

    init(
        severity: Severity,
        code: String,
        summary: String,
        spans: [DiagnosticSpan],
        help: String
    ) {
        self.severity = severity
        self.code = code
        self.summary = summary
        self.spans = spans
        self.help = help
    }

    /// A finding at one place.
    init(
        severity: Severity,
        code: String,
        summary: String,
        place: SourcePlace,
        source: String?,
        length: Int = 1,
        help: String
    ) {
        self.init(
            severity: severity,
            code: code,
            summary: summary,
            spans: [DiagnosticSpan(place: place, source: source, length: length, label: "")],
            help: help
        )
    }

    /// The finding as it is shown to people, with colour where a terminal shows it.
    package func rendered(colour: Bool) -> String {
        let paint = severity == .error ? "\u{1b}[1;31m" : "\u{1b}[1;33m"
        let head = "\(severity.rawValue)[\(code)]"
        var text = (colour ? paint + head + "\u{1b}[0m" : head) + ": \(summary)\n"
        let margin = spans.map { "\($0.place.line)".count }.max() ?? 1
        for (index, span) in spans.enumerated() {
            text += span.rendered(isMain: index == 0, margin: margin)
        }
        return text + "\(String(repeating: " ", count: margin + 1))help: \(help)\n"
    }
}

extension DiagnosticSpan {
    fileprivate func rendered(isMain: Bool, margin: Int) -> String {
        let blank = String(repeating: " ", count: margin)
        let arrow = isMain ? "-->" : ":::"
        guard place.line > 0 else {
            // A key that no file mentions: what counts is its default.
            let note = label.isEmpty ? "" : " (\(label), by default)"
            return "\(blank)\(arrow) \(place.file)\(note)\n"
        }
        var text = "\(blank)\(arrow) \(place.file):\(place.line):\(place.column)\n"
        guard let source else { return text }
        let number = String(repeating: " ", count: margin - "\(place.line)".count) + "\(place.line)"
        let indent = String(repeating: " ", count: max(place.column - 1, 0))
        let mark = String(repeating: isMain ? "^" : "-", count: max(length, 1))
        text += "\(blank) |\n\(number) | \(source)\n\(blank) | \(indent)\(mark) \(label)"
        while text.hasSuffix(" ") {
            text.removeLast()
        }
        return text + "\n"
    }
}
