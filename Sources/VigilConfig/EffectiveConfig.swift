internal import Foundation
internal import VigilCrypto

/// The values that count after defaults, as text, for comparisons.
package struct EffectiveConfig: Sendable, Equatable, Codable {
    /// A key whose values differ.
    package struct Change: Sendable, Equatable, Codable {
        /// The key, with its file.
        package let key: String
        /// Its value in the first directory.
        package let old: String
        /// Its value in the second.
        package let new: String
        /// True where it is part of the decision hash.
        package let decides: Bool
        /// What it means.
        package let meaning: String
    }

    /// Values by key; what looks like a secret is masked.
    package let values: [String: String]
    /// SHA-256 of each file's bytes, by its name without `.yaml`.
    package let files: [String: String]

    init(values: [String: String], files: [String: String]) {
        self.values = values
        self.files = files
    }

    init(_ resolver: ConfigResolver, _ files: [String: [UInt8]]) {
        values = resolver.entries.mapValues(\.comparable)
        self.files = files.mapValues { Digest.sha256($0) }
    }

    /// Takes what ``json()`` gave.
    ///
    /// - Throws: the decoder's error where it is something else.
    package init(json: String) throws {
        self = try JSONDecoder().decode(EffectiveConfig.self, from: Data(json.utf8))
    }

    /// Reads a directory's values, whatever else is found in it: a value that cannot be used is missing from them.
    ///
    /// - Throws: ``Configuration/Refusal`` where a file is missing or cannot be read as YAML.
    package init(
        directory: String,
        environment: [String: String]
    ) throws(Configuration.Refusal) {
        var files: [String: [UInt8]] = [:]
        for file in ConfigSchema.files {
            do throws(Diagnostic) {
                files[file] = try Configuration.bytes(directory + "/" + file + ".yaml")
            } catch {
                throw Configuration.Refusal(diagnostics: [error])
            }
        }
        let resolver = Configuration.resolved(files, environment)
        let broken = resolver.diagnostics.filter { ["V0001", "V0002"].contains($0.code) }
        guard broken.isEmpty else { throw Configuration.Refusal(diagnostics: broken) }
        self.init(resolver, files)
    }

    /// As JSON, the same text for the same values.
    ///
    /// - Throws: the encoder's error, never for text.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The keys whose values differ, in the order of their names.
    package func changes(to other: EffectiveConfig) -> [Change] {
        Set(values.keys).union(other.values.keys).sorted().compactMap { key in
            let old = values[key] ?? ""
            let new = other.values[key] ?? ""
            let spec = ConfigSchema.spec(of: key)
            return old == new
                ? nil
                : Change(
                    key: key,
                    old: old,
                    new: new,
                    decides: spec?.decides ?? false,
                    meaning: spec?.meaning ?? ""
                )
        }
    }

    /// The files whose bytes differ, whether a value does or not, in the order of the documentation.
    package func changedFiles(to other: EffectiveConfig) -> [String] {
        ConfigSchema.files.filter { files[$0] != other.files[$0] }
    }
}
