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
    }

    private let values: [String: String]

    /// Reads a directory's values; findings about them are not of interest here.
    ///
    /// - Throws: ``Configuration/Refusal`` where a file is missing or is not YAML.
    package init(directory: String) throws(Configuration.Refusal) {
        var loader = ConfigLoader(diagnostics: [])
        for file in ConfigSchema.files {
            let path = directory + "/" + file + ".yaml"
            guard let data = FileManager.default.contents(atPath: path) else {
                throw Configuration.Refusal(diagnostics: [Configuration.missing(path)])
            }
            loader.read(file, Array(data))
        }
        guard loader.diagnostics.isEmpty else {
            throw Configuration.Refusal(diagnostics: loader.diagnostics)
        }
        values = loader.effective().mapValues { $0.texts.joined(separator: ", ") }
    }

    /// The keys whose values differ, in the order of the documentation.
    package func changes(to other: EffectiveConfig) -> [Change] {
        ConfigSchema.keys.compactMap { key in
            let old = values[key.name] ?? ""
            let new = other.values[key.name] ?? ""
            return old == new
                ? nil : Change(key: key.name, old: old, new: new, decides: key.decides)
        }
    }
}
