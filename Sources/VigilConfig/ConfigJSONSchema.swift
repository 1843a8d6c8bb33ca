internal import Foundation
internal import VigilModel

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
            var object: [String: Any] = [:]
            if let key = ConfigSchema.spec(of: alias.target) {
                // Another unit has another range.
                object = alias.factor == 1 ? type(of: key.kind) : ["type": "number"]
            }
            object["deprecated"] = true
            object["description"] = "Called `\(ConfigResolver.path(alias.target))` here."
            return object
        case .retired(let key):
            var object: [String: Any] = ["deprecated": true]
            object["description"] = "Retired: \(key.why); use \(key.instead)."
            if let refused = key.refused {
                object["not"] = ["const": refused == "true"]
            }
            return object
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

    /// What a value may be, a placeholder too.
    private static func type(of kind: ValueKind) -> [String: Any] {
        let plain = plainType(of: kind)
        guard kind.wholeRange != nil || kind.decimalRange != nil || kind == .flag else {
            return plain
        }
        let placeholder = ["type": "string", "pattern": "^\\$\\{[A-Za-z0-9_]+\\}$"]
        return ["anyOf": [plain, placeholder]]
    }

    private static func plainType(of kind: ValueKind) -> [String: Any] {
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
        case .name: return ["type": "string", "pattern": "^[A-Za-z0-9_.-]+$"]
        case .text: return ["type": "string"]
        // Their ranges have been told above.
        case .integer, .number, .percent, .basisPoints, .fraction, .seconds, .minutes, .hours,
            .dollars:
            return ["type": "number"]
        }
    }
}
