/// A node of a YAML document, with its place kept.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        /// A scalar as it is written; `quoted` ones are always text.
        case scalar(String, quoted: Bool)
        case sequence([YAMLNode])
        /// Keys in their order; duplicates are kept for the checker to find.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    var content: Content
    var line: Int
    var column: Int
    /// The last line that belongs to it.
    var lastLine: Int
    /// True for a collection in braces or brackets.
    var isFlow = false
}

extension YAMLNode {
    /// More entries of a list, or bytes of a value, are a mistake of whatever wrote the file: with these bounds a file
    /// of any content is checked at once.
    static let itemsMax = 5_000
    static let bytesMax = 4_096

    /// What of a value is more than anybody means; nil where it is within bounds.
    var excess: String? {
        switch content {
        case .scalar(let text, _):
            text.utf8.count > Self.bytesMax ? "\(text.utf8.count) bytes" : nil
        case .sequence(let nodes):
            nodes.count > Self.itemsMax
                ? "\(nodes.count) entries" : nodes.lazy.compactMap(\.excess).first
        case .mapping: nil
        }
    }
}
