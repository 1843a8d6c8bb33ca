import VigilModel

@testable import VigilConfig

/// What one check says of a few lines, in the words that the operator reads: the summary of each finding
/// after its weight, then each key that is to blame with its part; one that no file states is named by
/// its file.
enum Said {
    static func by(
        _ code: String,
        of text: String,
        in file: String = "policy",
        others: [String: String] = [:],
        mode: TradingMode? = nil
    ) -> [String] {
        let files = ConfigCheck.Example(file: file, text: text, others: others).files
        let found: [Diagnostic]
        do throws(Configuration.Refusal) {
            found = try Configuration.load(files: files, mode: mode).warnings
        } catch {
            found = error.diagnostics
        }
        return found.filter { $0.code == code }.flatMap { finding in
            ["\(finding.severity.rawValue): \(finding.summary)"] + finding.spans.map(part)
        }
    }

    private static func part(_ span: DiagnosticSpan) -> String {
        guard let source = span.source, span.place.line > 0 else {
            return "\(span.place.file): \(span.label)"
        }
        let word = source.dropFirst(span.place.column - 1).prefix {
            $0.isLetter || $0.isNumber || $0 == "_"
        }
        return "\(word): \(span.label)"
    }
}
