internal import Foundation
package import VigilCore
internal import VigilDigest
package import VigilModel

/// A configuration that has passed every check.
package struct Configuration: Sendable {
    /// What may happen.
    package enum Mode: String, Sendable, CaseIterable {
        /// Proposes, submits nothing.
        case dryRun = "DRY_RUN"
        /// Trades on the paper venue.
        case paper = "PAPER"
    }

    /// What may happen.
    package var mode: Mode
    /// How the engine trades.
    package var policy: TradingPolicy
    /// The cash a new paper account begins with.
    package var initialCash: Money
    /// Repeats of an alert within this span are only counted.
    package var alertDedupe: Duration
    /// After this an unresolved alert escalates.
    package var alertEscalation: Duration
    /// The file that stops the engine when it appears.
    package var killSwitchFile: String
    /// The predecessor's hash: 16 hex digits over the bytes of policy, signals and universe.
    package var configHash: String
    /// The gate's hash: 64 hex digits over every deciding value and the build.
    package var decisionHash: String

    /// What is legal but probably not meant.
    package internal(set) var warnings: [Diagnostic] = []

    /// The version that is built; part of the decision hash.
    package static let build = "0.1.0"

    /// All findings about a directory that has at least one error.
    package struct Refusal: Error, Sendable {
        /// Every finding, in the order of the files.
        package let diagnostics: [Diagnostic]
    }

    /// Reads and checks the five files of a directory.
    ///
    /// - Throws: ``Refusal`` with every finding; do not start then.
    package static func load(directory: String) throws(Refusal) -> Configuration {
        var diagnostics: [Diagnostic] = []
        var raw: [String: [UInt8]] = [:]
        for file in ConfigSchema.files {
            let path = directory + "/" + file + ".yaml"
            if let data = FileManager.default.contents(atPath: path) {
                raw[file] = Array(data)
            } else {
                diagnostics.append(missing(path))
            }
        }
        return try load(files: raw, diagnostics)
    }

    /// Checks files that are in memory, by name without `.yaml`.
    ///
    /// - Throws: ``Refusal``.
    package static func load(
        files: [String: [UInt8]],
        _ found: [Diagnostic] = []
    ) throws(Refusal) -> Configuration {
        var loader = ConfigLoader(diagnostics: found)
        for file in ConfigSchema.files {
            loader.read(file, files[file] ?? [])
        }
        var builder = ConfigurationBuilder(values: ConfigValues(entries: loader.effective()))
        var configuration = builder.configuration(
            configHash: configHash(files),
            decisionHash: loader.decisionHash
        )
        let all = loader.diagnostics + builder.values.diagnostics
        guard !all.contains(where: { $0.severity == .error }) else {
            throw Refusal(diagnostics: all)
        }
        configuration.warnings = all
        return configuration
    }

    /// The keys that building a configuration reads; compared with the schema by a test.
    package static func keysRead() -> Set<String> {
        var loader = ConfigLoader(diagnostics: [])
        for file in ConfigSchema.files {
            loader.read(file, [])
        }
        var builder = ConfigurationBuilder(values: ConfigValues(entries: loader.effective()))
        _ = builder.configuration(configHash: "", decisionHash: "")
        return builder.values.read
    }

    /// Raw bytes of the three files, one behind the other, as the predecessor hashed them.
    private static func configHash(_ files: [String: [UInt8]]) -> String {
        let bytes = ["policy", "signals", "universe"].flatMap { files[$0] ?? Array("ERROR".utf8) }
        return String(Digest.sha256(bytes).prefix(16))
    }

    static func missing(_ path: String) -> Diagnostic {
        Diagnostic(
            severity: .error,
            code: "V0001",
            summary: "`\(path)` cannot be read",
            place: SourcePlace(file: path),
            source: nil,
            help: "name the directory of the five files with `--config`, and check their rights"
        )
    }
}
