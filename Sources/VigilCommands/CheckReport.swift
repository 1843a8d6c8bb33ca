internal import Foundation
internal import VigilConfig

/// Findings as one JSON object.
struct CheckReport: Encodable {
    struct Place: Encodable {
        let file: String
        let line: Int
        let column: Int
        let label: String
    }

    struct Finding: Encodable {
        let code: String
        let severity: String
        let summary: String
        let help: String
        let places: [Place]
    }

    let version = 1
    let errors: Int
    let warnings: Int
    let findings: [Finding]

    init(_ diagnostics: [Diagnostic]) {
        errors = diagnostics.count { $0.severity == .error }
        warnings = diagnostics.count - errors
        findings = diagnostics.map { diagnostic in
            Finding(
                code: diagnostic.code,
                severity: diagnostic.severity.rawValue,
                summary: diagnostic.summary,
                help: diagnostic.help,
                places: diagnostic.spans.map {
                    Place(
                        file: $0.place.file,
                        line: $0.place.line,
                        column: $0.place.column,
                        label: $0.label
                    )
                }
            )
        }
    }
}

/// Findings in SARIF 2.1.0, for editors and code review tools.
struct SarifLog: Encodable {
    struct Text: Encodable {
        let text: String
    }

    struct Artifact: Encodable {
        let uri: String
    }

    struct Region: Encodable {
        let startLine: Int
        let startColumn: Int
        let endColumn: Int
    }

    struct Physical: Encodable {
        let artifactLocation: Artifact
        let region: Region?
    }

    struct Location: Encodable {
        let physicalLocation: Physical
        let message: Text?
    }

    struct Result: Encodable {
        let ruleId: String
        let level: String
        let message: Text
        let locations: [Location]
        let relatedLocations: [Location]
    }

    struct Rule: Encodable {
        let id: String
        let shortDescription: Text
        let help: Text
    }

    struct Driver: Encodable {
        let name = "vigil"
        let version = Configuration.build
        let rules: [Rule]
    }

    struct Tool: Encodable {
        let driver: Driver
    }

    struct Run: Encodable {
        let tool: Tool
        let columnKind = "unicodeCodePoints"
        let results: [Result]
    }

    private enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    let version = "2.1.0"
    let runs: [Run]

    /// `directory` is the one that was checked, as it was named.
    init(_ diagnostics: [Diagnostic], directory: String) {
        var rules: [Rule] = []
        for diagnostic in diagnostics where !rules.contains(where: { $0.id == diagnostic.code }) {
            let check = ConfigCheck.all.first { $0.code == diagnostic.code }
            let general = GeneralFinding.all.first { $0.code == diagnostic.code }
            rules.append(
                Rule(
                    id: diagnostic.code,
                    shortDescription: Text(text: check?.title ?? general?.title ?? ""),
                    help: Text(text: check?.help ?? general?.meaning ?? "")
                )
            )
        }
        let results = diagnostics.map { diagnostic in
            Result(
                ruleId: diagnostic.code,
                level: diagnostic.severity.rawValue,
                message: Text(text: "\(diagnostic.summary); help: \(diagnostic.help)"),
                locations: diagnostic.spans.prefix(1).map { Self.location($0, directory) },
                relatedLocations: diagnostic.spans.dropFirst().map { Self.location($0, directory) }
            )
        }
        runs = [Run(tool: Tool(driver: Driver(rules: rules)), results: results)]
    }

    /// A place that is named by a path already keeps it.
    private static func uri(_ file: String, _ directory: String) -> String {
        let path = file.contains("/") ? file : directory + "/" + file
        let allowed = CharacterSet.urlPathAllowed
        let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? file
        return path.hasPrefix("/") ? "file://" + escaped : escaped
    }

    private static func location(_ span: DiagnosticSpan, _ directory: String) -> Location {
        let place = span.place
        let region = Region(
            startLine: place.line,
            startColumn: place.column,
            endColumn: place.column + max(span.length, 1)
        )
        return Location(
            physicalLocation: Physical(
                artifactLocation: Artifact(uri: uri(place.file, directory)),
                region: place.line > 0 ? region : nil
            ),
            message: span.label.isEmpty ? nil : Text(text: span.label)
        )
    }
}
