/// Why a text of the venue could not be used.
package enum JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Longer than is allowed.
    case tooLong
    /// Nested deeper than is sane.
    case tooDeep
    /// Not UTF-8.
    case notUTF8
    /// Not JSON, or cut off.
    case broken
    /// No memory for it.
    case noMemory
    /// A field that must be there is not, or is of another kind.
    case field(String)
    /// A number that cannot be held exactly.
    case number(String)

    package var description: String {
        switch self {
        case .tooLong: "too long"
        case .tooDeep: "nested too deeply"
        case .notUTF8: "not UTF-8"
        case .broken: "not JSON, or cut off"
        case .noMemory: "no memory"
        case .field(let name): "the field `\(name)` is missing or of another kind"
        case .number(let name): "the field `\(name)` has a number that cannot be held"
        }
    }

    /// The field that is at fault; the whole text where none is.
    package var field: String {
        switch self {
        case .field(let name), .number(let name): name
        case .tooLong, .tooDeep, .notUTF8, .broken, .noMemory: "text"
        }
    }

    /// One word for metrics.
    package var code: String {
        switch self {
        case .tooLong: "too_long"
        case .tooDeep: "too_deep"
        case .notUTF8: "not_utf8"
        case .broken: "broken"
        case .noMemory: "no_memory"
        case .field: "field"
        case .number: "number"
        }
    }
}
