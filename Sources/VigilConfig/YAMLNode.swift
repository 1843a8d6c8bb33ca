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
