internal import Foundation

/// JSON Schema of one configuration file, so that editors complete and check it.
package enum ConfigJSONSchema {
    /// The schema of a file as JSON text; nil where there is no such file.
    ///
    /// Old and retired keys are in it, marked as deprecated: an editor strikes them out.
    ///
    /// - Throws: the serialiser's error, never for the schema that is built in.
    package static func text(file: String) throws -> String? {
        guard ConfigSchema.files.contains(file), let tree = KeyTree.all.child(file) else {
            return nil
        }
        var object = object(tree)
        object["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        object["title"] = "Vigil \(file).yaml"
        let data = try JSONSerialization.data(
            withJSONObject: object,
            options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        )
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private static func object(_ tree: KeyTree) -> [String: Any] {
        switch tree.leaf {
        case .key(let key):
            var object = type(of: key.kind)
            object["description"] = "\(key.meaning) The default is \(key.standardText)."
            return object
        case .alias(let alias):
            return [
                "deprecated": true,
                "description": "Called `\(ConfigResolver.path(alias.target))` here.",
            ]
        case .retired(let key):
            return ["deprecated": true, "description": "Retired: \(key.why); use \(key.instead)."]
        case nil:
            var named = tree.children
            let others = named.removeValue(forKey: "*")
            return [
                // A section without keys is nothing, as `risk:` alone is.
                "type": ["object", "null"],
                "additionalProperties": others.map { object($0) as Any } ?? false,
                "properties": named.mapValues(object),
            ]
        }
    }

    private static func type(of kind: ValueKind) -> [String: Any] {
        if let range = kind.wholeRange {
            return ["type": "integer", "minimum": range.lowerBound, "maximum": range.upperBound]
        }
        if let range = kind.decimalRange {
            return ["type": "number", "minimum": range.lowerBound, "maximum": range.upperBound]
        }
        switch kind {
        case .flag: return ["type": "boolean"]
        case .choice(let words): return ["enum": words]
        case .products:
            let item = ["type": "string", "pattern": "^[A-Z0-9]+-USD$"]
            return ["type": "array", "items": item, "uniqueItems": true]
        case .codes:
            return ["type": "array", "items": ["type": "string", "pattern": "^V[0-9]{4}$"]]
        case .ramp:
            return ["type": "array", "items": ["type": "number", "exclusiveMinimum": 0]]
        case .path: return ["type": "string", "minLength": 1]
        default: return ["type": "string"]
        }
    }
}
