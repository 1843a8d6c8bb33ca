internal import Foundation

/// Where commands write: results to standard output, the rest to standard error.
enum Output {
    static func result(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    static func error(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }

    /// True where a person reads standard error.
    static var isTerminal: Bool { isatty(FileHandle.standardError.fileDescriptor) == 1 }

    /// True where colours are wanted there.
    static var usesColour: Bool {
        isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// How the keys of a JSON object are spelled.
    enum KeyStyle {
        /// `snake_case`, as everywhere in Vigil.
        case snakeCase
        /// As the format that is written demands it.
        case asWritten
    }

    static func json(_ value: some Encodable, keys: KeyStyle = .snakeCase) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        if keys == .snakeCase {
            encoder.keyEncodingStrategy = .convertToSnakeCase
        }
        result(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    }
}
