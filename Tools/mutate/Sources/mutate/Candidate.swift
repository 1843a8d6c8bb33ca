/// One change to one place of a source file.
struct Candidate {
    /// What kind of change this is; the words of the report.
    enum Kind: String, Codable {
        case comparison, arithmetic, logic, condition, rounding, literal, removal
        case early = "early return"
        case swappedCase = "case swapped"
        case swappedArguments = "arguments swapped"
        /// Exact arithmetic refuses here; only drawn where it is asked for.
        case throwing
        case named
    }

    /// How the change is woven into the text.
    enum Form {
        /// `(switch ? mutated : original)`.
        case expression
        /// `if switch { mutated } else { original }`.
        case statement
        /// `if switch { mutated }` before what follows; the range is empty.
        case insertion
        /// As an expression, in C.
        case cExpression
    }

    let kind: Kind
    let form: Form
    /// UTF-8 offsets in the file.
    let range: Range<Int>
    let line: Int
    let original: String
    let mutated: String
    /// Only for mutants with a name of their own.
    var name: String?

    /// The same for the same change of the same line of code, wherever the line moves to.
    func key(file: String, lineText: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(file)|\(lineText)|\(kind.rawValue)|\(original)|\(mutated)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return String(hash >> 24, radix: 36)
    }
}
