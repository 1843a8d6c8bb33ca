/// A place in a configuration file.
package struct SourcePlace: Sendable, Hashable {
    /// The file's name.
    package let file: String
    /// The line, from 1; 0 where the whole file is meant.
    package let line: Int
    /// The column, from 1.
    package let column: Int

    package init(file: String, line: Int = 0, column: Int = 0) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// One finding about a configuration: a value that is rendered for people or machines.
package struct Diagnostic: Sendable, Hashable, Error {
    /// How bad it is.
    package enum Severity: String, Sendable {
        /// The engine could not act on it, or would act against its evident intent.
        case error
        /// Legal, but probably not meant.
        case warning
    }

    /// How bad it is.
    package let severity: Severity
    /// The stable code, `V` and four digits.
    package let code: String
    /// What is wrong.
    package let summary: String
    /// Where.
    package let place: SourcePlace
    /// The line of the file, where there is one.
    package let source: String?
    /// How to mend it.
    package let help: String

    /// The finding as it is shown to people.
    package var rendered: String {
        var text = "\(severity.rawValue)[\(code)]: \(summary)\n  --> \(place.file)"
        if place.line > 0 {
            text += ":\(place.line):\(place.column)"
        }
        if let source, place.line > 0 {
            let margin = String(repeating: " ", count: "\(place.line)".count)
            let indent = String(repeating: " ", count: max(place.column - 1, 0))
            text += "\n\(margin) |\n\(place.line) | \(source)\n\(margin) | \(indent)^"
        }
        return text + "\n  help: \(help)\n"
    }
}
