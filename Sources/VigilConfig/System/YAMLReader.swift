internal import CYAML

/// Reads YAML through libyaml's events into nodes with places, in bounded time and memory.
@safe struct YAMLReader {
    /// No configuration file is larger.
    static let bytesMax = 1 << 20
    /// No configuration is nested deeper.
    static let depthMax = 32

    private let file: String
    private var parser = unsafe yaml_parser_t()

    /// The document's root; nil for an empty file.
    static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> YAMLNode? {
        guard bytes.count <= bytesMax else {
            throw failure(file, 0, 0, "the file is larger than 1 MiB", "a configuration is small")
        }
        if let flaw = SourceText.flaw(bytes) {
            throw failure(file, flaw.line, 1, flaw.what, "save the file as plain UTF-8")
        }
        var reader = YAMLReader(file: file)
        guard unsafe yaml_parser_initialize(&reader.parser) == 1 else {
            throw failure(file, 0, 0, "out of memory", "free some memory")
        }
        defer { unsafe yaml_parser_delete(&reader.parser) }
        // The input must stay where it is for as long as the parser reads it.
        let result = unsafe bytes.withUnsafeBufferPointer {
            buffer -> Result<YAMLNode?, Diagnostic> in
            unsafe yaml_parser_set_input_string(
                &reader.parser,
                buffer.baseAddress,
                buffer.count
            )
            do throws(Diagnostic) {
                return .success(try reader.document())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(file: String) {
        self.file = file
    }

    private static func failure(
        _ file: String,
        _ line: Int,
        _ column: Int,
        _ summary: String,
        _ help: String
    ) -> Diagnostic {
        Diagnostic(
            severity: .error,
            code: "V0002",
            summary: summary,
            place: SourcePlace(file: file, line: line, column: column),
            source: nil,
            help: help
        )
    }

    private mutating func document() throws(Diagnostic) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            var event = unsafe yaml_event_t()
            try unsafe next(&event)
            defer { unsafe yaml_event_delete(&event) }
            switch unsafe event.type {
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT, YAML_DOCUMENT_END_EVENT:
                continue
            case YAML_STREAM_END_EVENT: return root
            default:
                guard root == nil else {
                    throw refusal(unsafe event.start_mark, "a second document", "keep one per file")
                }
                root = try unsafe node(event, depth: 0)
            }
        }
    }

    private mutating func next(_ event: inout yaml_event_t) throws(Diagnostic) {
        guard unsafe yaml_parser_parse(&parser, &event) == 1 else {
            let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "not YAML"
            throw refusal(unsafe parser.problem_mark, problem, "mend the syntax here or just above")
        }
    }

    private func refusal(_ mark: yaml_mark_t, _ summary: String, _ help: String) -> Diagnostic {
        Self.failure(file, Int(mark.line) + 1, Int(mark.column) + 1, summary, help)
    }

    private mutating func node(
        _ event: yaml_event_t,
        depth: Int
    ) throws(Diagnostic) -> YAMLNode {
        let mark = unsafe event.start_mark
        guard depth < Self.depthMax else {
            throw refusal(mark, "nested deeper than \(Self.depthMax) levels", "flatten it")
        }
        let content: YAMLNode.Content
        var isFlow = false
        var last = Int(mark.line) + 1
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            try refuseTag(unsafe scalar.tag != nil, mark)
            let buffer = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let text = unsafe String(decoding: buffer, as: UTF8.self)
            content = .scalar(text, quoted: unsafe scalar.style != YAML_PLAIN_SCALAR_STYLE)
            // A block scalar ends where the next line begins.
            let end = unsafe event.end_mark
            last = max(last, Int(end.line) + (end.column == 0 ? 0 : 1))
        case YAML_SEQUENCE_START_EVENT:
            try refuseTag(unsafe event.data.sequence_start.tag != nil, mark)
            let (nodes, end) = try children(depth)
            content = .sequence(nodes)
            isFlow = unsafe event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
            last = max(nodes.map(\.lastLine).max() ?? last, isFlow ? end : last)
        case YAML_MAPPING_START_EVENT:
            try refuseTag(unsafe event.data.mapping_start.tag != nil, mark)
            let (flat, end) = try children(depth)
            isFlow = unsafe event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
            last = max(flat.map(\.lastLine).max() ?? last, isFlow ? end : last)
            content = .mapping(
                stride(from: 0, to: flat.count, by: 2).map { (flat[$0], flat[$0 + 1]) }
            )
        default:
            throw refusal(mark, "an alias", "write the value out; anchors and aliases are not used")
        }
        return YAMLNode(
            content: content,
            line: Int(mark.line) + 1,
            column: Int(mark.column) + 1,
            lastLine: last,
            isFlow: isFlow
        )
    }

    /// A tag makes some readers build objects of any kind; nothing here has one.
    private func refuseTag(_ isThere: Bool, _ mark: yaml_mark_t) throws(Diagnostic) {
        guard !isThere else { throw refusal(mark, "a tag", "write the value without it") }
    }

    /// The nodes up to the end of a collection, and the line of its end.
    private mutating func children(
        _ depth: Int
    ) throws(Diagnostic) -> (nodes: [YAMLNode], end: Int) {
        var nodes: [YAMLNode] = []
        while true {
            var event = unsafe yaml_event_t()
            try unsafe next(&event)
            defer { unsafe yaml_event_delete(&event) }
            let type = unsafe event.type
            if type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT {
                return (nodes, unsafe Int(event.end_mark.line) + 1)
            }
            nodes.append(try unsafe node(event, depth: depth + 1))
        }
    }
}
