internal import Foundation

/// The values that count after defaults, as text, for comparisons.
package struct EffectiveConfig: Sendable {
    /// A key whose values differ.
    package struct Change: Sendable, Equatable {
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

    /// Values by key; secrets are masked, and what a profile sets stands under the key it sets.
    package let values: [String: String]

    /// Takes values that were kept, as ``values`` gave them.
    package init(values: [String: String]) {
        self.values = values
    }

    /// Reads a directory's values; only findings that hide some of them are of interest here.
    ///
    /// - Throws: ``Configuration/Refusal`` where a file is missing or cannot be read as YAML.
    package init(
        directory: String,
        environment: [String: String] = [:]
    ) throws(Configuration.Refusal) {
        var files: [String: [UInt8]] = [:]
        for file in ConfigSchema.files {
            let path = directory + "/" + file + ".yaml"
            guard let data = FileManager.default.contents(atPath: path) else {
                throw Configuration.Refusal(diagnostics: [Configuration.missing(path)])
            }
            files[file] = Array(data)
        }
        let resolver = Configuration.resolved(files, environment)
        let broken = resolver.diagnostics.filter { $0.severity == .error }
        guard broken.isEmpty else { throw Configuration.Refusal(diagnostics: broken) }
        values = resolver.entries.mapValues(\.text)
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
}
