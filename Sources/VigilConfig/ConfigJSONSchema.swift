internal import Foundation

/// JSON Schema of one configuration file, so that editors complete and check it.
package enum ConfigJSONSchema {
    /// The schema of a file as JSON text; nil where there is no such file.
    ///
    /// - Throws: the serialiser's error, never for the schema that is built in.
    package static func text(file: String) throws -> String? {
        guard ConfigSchema.files.contains(file) else { return nil }
        var root = Node()
        for key in ConfigSchema.keys where key.file == file {
            root.insert(key, key.path.split(separator: ".").map(String.init)[...])
        }
        var object = root.json
        object["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        object["title"] = "Vigil \(file).yaml"
        let data = try JSONSerialization.data(
            withJSONObject: object,
            options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        )
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private struct Node {
        var children: [String: Node] = [:]
        var key: KeySpec?

        mutating func insert(_ key: KeySpec, _ path: ArraySlice<String>) {
            guard let first = path.first else {
                self.key = key
                return
            }
            children[first, default: Node()].insert(key, path.dropFirst())
        }

        var json: [String: Any] {
            if let key {
                var object = ConfigJSONSchema.type(of: key.kind)
                object["description"] = "\(key.meaning) Default: \(key.standard)."
                return object
            }
            return [
                "type": "object",
                "additionalProperties": false,
                "properties": children.mapValues(\.json),
            ]
        }
    }

    private static func type(of kind: ValueKind) -> [String: Any] {
        func number(_ range: ClosedRange<Double>) -> [String: Any] {
            ["type": "number", "minimum": range.lowerBound, "maximum": range.upperBound]
        }
        switch kind {
        case .integer(let range), .seconds(let range), .minutes(let range), .hours(let range),
            .basisPoints(let range):
            return ["type": "integer", "minimum": range.lowerBound, "maximum": range.upperBound]
        case .number(let range), .percent(let range), .fraction(let range), .dollars(let range):
            return number(range)
        case .flag: return ["type": "boolean"]
        case .choice(let words): return ["enum": words]
        case .products:
            let item = ["type": "string", "pattern": "^[A-Z0-9]+-USD$"]
            return ["type": "array", "items": item, "uniqueItems": true]
        case .path: return ["type": "string", "minLength": 1]
        }
    }
}
