internal import Foundation
package import VigilCore
internal import VigilCrypto
package import VigilModel

/// A configuration that has passed every check.
package struct Configuration: Sendable {
    /// What may happen.
    package var mode: TradingMode
    /// How the engine trades.
    package var policy: TradingPolicy
    /// The cash a new paper account begins with.
    package var initialCash: Money
    /// Repeats of an alert within this time are counted instead of sent.
    package var alertDedupe: Duration
    /// The text of its files by name, as they were read.
    package internal(set) var sources: [String: String] = [:]
    /// From one copy of the ledger to the next.
    package var backupInterval: Duration
    /// How many days a copy of the ledger is kept.
    package var backupRetentionDays: Int
    /// After this an unresolved alert escalates.
    package var alertEscalation: Duration
    /// Requests a second with a key, and without.
    package var rateLimits: (authenticated: Int, open: Int)
    /// The file that stops the engine when it appears.
    package var killSwitchFile: String
    /// The predecessor's hash: 16 hex digits over the bytes of policy, signals and universe.
    package var configHash: String
    /// The gate's hash: 64 hex digits over every deciding value and the build.
    package var decisionHash: String

    /// The values behind it, for comparisons and for the ledger.
    package internal(set) var effective = EffectiveConfig(values: [:], files: [:])

    /// What is legal but probably not meant.
    package internal(set) var warnings: [Diagnostic] = []

    /// The version that is built; part of the decision hash.
    package static let build = "0.1.0"

    /// All findings about a directory that has at least one error.
    package struct Refusal: Error, Sendable {
        /// Every finding, in the order of the files.
        package let diagnostics: [Diagnostic]
    }

    /// Reads and checks the five files of a directory, for another mode than theirs where one is named.
    ///
    /// `environment` says what `${NAME}` stands for in a value.
    ///
    /// - Throws: ``Refusal`` with every finding; do not start then.
    package static func load(
        directory: String,
        mode: TradingMode? = nil,
        environment: [String: String] = [:]
    ) throws(Refusal) -> Configuration {
        var diagnostics: [Diagnostic] = []
        var raw: [String: [UInt8]] = [:]
        for file in ConfigSchema.files {
            let path = directory + "/" + file + ".yaml"
            do throws(Diagnostic) {
                raw[file] = try bytes(path)
            } catch {
                diagnostics.append(error)
            }
        }
        return try load(files: raw, mode: mode, environment: environment, diagnostics)
    }

    /// Both hashes of a directory, and whether it passes: hashes are of bytes and values, right or wrong.
    ///
    /// - Throws: ``Refusal`` where a file is missing or is not YAML.
    package static func hashes(
        directory: String,
        environment: [String: String]
    ) throws(Refusal) -> (config: String, decision: String, passes: Bool) {
        var raw: [String: [UInt8]] = [:]
        for file in ConfigSchema.files {
            do throws(Diagnostic) {
                raw[file] = try bytes(directory + "/" + file + ".yaml")
            } catch {
                throw Refusal(diagnostics: [error])
            }
        }
        let resolver = resolved(raw, environment)
        let broken = resolver.diagnostics.filter { ["V0001", "V0002"].contains($0.code) }
        guard broken.isEmpty else { throw Refusal(diagnostics: broken) }
        // Why they do not pass is what `check` says.
        let passes = (try? load(files: raw, environment: environment)) != nil
        return (configHash(raw), decisionHash(resolver.entries), passes)
    }

    /// Checks files that are in memory, by name without `.yaml`.
    ///
    /// With `forExitsAlone` rules that guard entries alone are left out, and no warning is an error: an older build may
    /// have passed without them.
    ///
    /// - Throws: ``Refusal``.
    package static func load(
        files: [String: [UInt8]],
        mode: TradingMode? = nil,
        environment: [String: String] = [:],
        forExitsAlone: Bool = false,
        _ found: [Diagnostic] = []
    ) throws(Refusal) -> Configuration {
        let resolver = resolved(files, environment, found)
        let builder = ConfigurationBuilder(
            values: ConfigValues(entries: resolver.entries, broken: resolver.broken)
        )
        var (configuration, findings) = builder.configuration(
            (configHash(files), decisionHash(resolver.entries)),
            mode: mode,
            retired: resolver.retired,
            unread: resolver.unread,
            hasBreakers: ["circuit_breakers", "circuit_breaker"].contains {
                resolver.hasSection("policy:\($0)")
            }
        )
        findings += resolver.diagnostics + builder.values.diagnostics + commented(files)
        if configuration.mode == .live, !forExitsAlone {
            findings = judgedForLive(findings, resolver.entries["app:acknowledged"])
        }
        if forExitsAlone { findings.removeAll { guardsEntries.contains($0.code) } }
        findings.sort { ($0.place, $0.code, $0.summary) < ($1.place, $1.code, $1.summary) }
        guard !findings.contains(where: { $0.severity == .error }) else {
            throw Refusal(diagnostics: findings)
        }
        configuration.warnings = findings
        configuration.sources = kept(files, resolver, environment)
        configuration.effective = EffectiveConfig(resolver, files)
        return configuration
    }

    /// The files as they are stored, without secrets in comments; none where taking them out would change a value.
    private static func kept(
        _ files: [String: [UInt8]],
        _ resolver: ConfigResolver,
        _ environment: [String: String]
    ) -> [String: String] {
        let plain = files.mapValues { String(decoding: $0, as: UTF8.self) }
        let masked = plain.mapValues(SecretComments.masked)
        guard masked != plain else { return plain }
        let again = resolved(masked.mapValues { Array($0.utf8) }, environment)
        return again.entries.mapValues(\.comparable) == resolver.entries.mapValues(\.comparable)
            ? masked : [:]
    }

    /// One finding for each file that has secrets in its comments; none of them is shown.
    private static func commented(_ files: [String: [UInt8]]) -> [Diagnostic] {
        files.sorted { $0.key < $1.key }.compactMap { file, bytes in
            let lines = SecretComments.lines(in: String(decoding: bytes, as: UTF8.self))
            guard let first = lines.first else { return nil }
            let others = lines.count > 1 ? ", and \(lines.count - 1) more" : ""
            return Diagnostic(
                severity: .warning,
                code: "V0016",
                summary: "a comment seems to hold a secret\(others)",
                place: SourcePlace(file: file + ".yaml", line: first, column: 1),
                source: nil,
                help: "take it out, and replace it at its issuer: files are copied and committed"
            )
        }
    }

    /// Findings that only what enters can do harm by: whoever looks after positions alone goes on without.
    private static let guardsEntries: Set<String> = ["V0204"]

    /// Warnings that cannot be accepted with money at stake, by any word.
    private static let neverAccepted: Set<String> = ["V0010", "V0011"]

    /// Only what is acknowledged stays a warning; what is acknowledged in vain is one itself.
    private static func judgedForLive(
        _ findings: [Diagnostic],
        _ acknowledged: ConfigEntry?
    ) -> [Diagnostic] {
        let warnings = Set(findings.filter { $0.severity == .warning }.map(\.code))
            .subtracting(neverAccepted)
        let codes = Set(acknowledged?.texts ?? [])
        let vain = codes.subtracting(warnings).sorted()
        let stale =
            vain.isEmpty
            ? nil
            : acknowledged.map { entry in
                Diagnostic(
                    severity: .error,
                    code: "V0015",
                    summary:
                        "\(vain.joined(separator: ", ")): acknowledged, and no warning that can be",
                    spans: [entry.span("acknowledges nothing")],
                    help:
                        "remove it: an acknowledgement that outlives its reason hides the next mistake"
                )
            }
        return findings.map {
            codes.contains($0.code) && !neverAccepted.contains($0.code) ? $0 : $0.hardened
        } + (stale.map { [$0] } ?? [])
    }

    /// The bytes of a regular file that is not too large.
    static func bytes(_ path: String) throws(Diagnostic) -> [UInt8] {
        // What cannot be looked at is refused as what is not there.
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        )
        guard attributes?[.type] as? FileAttributeType == .typeRegular else { throw missing(path) }
        let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
        guard size <= YAMLReader.bytesMax else {
            throw Diagnostic(
                severity: .error,
                code: "V0002",
                summary: "the file is larger than 1 MiB",
                place: SourcePlace(file: path),
                source: nil,
                help: "a configuration is small"
            )
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw missing(path) }
        return Array(data)
    }

    static func resolved(
        _ files: [String: [UInt8]],
        _ environment: [String: String],
        _ found: [Diagnostic] = []
    ) -> ConfigResolver {
        var loader = ConfigLoader(diagnostics: found, environment: environment)
        for file in ConfigSchema.files {
            loader.read(file, files[file] ?? [])
        }
        return ConfigResolver(loader)
    }

    /// The hash over all values that decide, and the build.
    static func decisionHash(_ entries: [String: ConfigEntry]) -> String {
        let lines = entries.values.filter(\.spec.decides).map { "\($0.name)=\($0.canonical)\n" }
        return Digest.sha256((lines.sorted().joined() + "build=\(build)\n").utf8)
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
            help: "name the directory of the five files, and check their rights"
        )
    }
}

extension ValueType<TradingMode> {
    /// What may happen.
    static var mode: Self {
        .init(kind: .choice(TradingMode.allCases.map(\.rawValue))) {
            $0.first.flatMap(TradingMode.init) ?? .dryRun
        }
    }
}
