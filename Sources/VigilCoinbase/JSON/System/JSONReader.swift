internal import CVigilJSON
package import VigilCore
internal import VigilCrypto
package import VigilModel
internal import VigilTransport

/// Reads one document at a time, whole and checked before anything of it is looked at.
///
/// Not to be shared between threads; its buffers grow to the longest document and stay.
@safe package final class JSONReader {
    private let parser: OpaquePointer?
    private var levels: [vigil_level] = []

    /// A reader of documents up to a length in bytes.
    package init(lengthMax: Int = HTTPRequest.answerMax) {
        unsafe parser = unsafe vigil_json_new(lengthMax)
    }

    deinit {
        unsafe vigil_json_free(parser)
    }

    /// Reads a document; its nodes are good only within `body`.
    ///
    /// - Throws: ``JSONFault`` of the document or of `body`: use nothing of it.
    package func read<Value>(
        _ bytes: [UInt8],
        _ body: (JSONNode) throws(JSONFault) -> Value
    ) throws(JSONFault) -> Value {
        guard let parser = unsafe parser else { throw .noMemory }
        var root = unsafe vigil_node()
        let code = unsafe vigil_json_parse(parser, bytes, bytes.count, &root)
        if let fault = JSONFault(code: Int(code)) { throw fault }
        return unsafe try body(JSONNode(root))
    }

    /// Reads a document with a key in it, and leaves nothing of it behind.
    ///
    /// - Throws: as ``read(_:_:)``.
    func read<Value>(
        secret bytes: borrowing SecretBytes,
        _ body: (JSONNode) throws(JSONFault) -> Value
    ) throws(JSONFault) -> Value {
        guard let parser = unsafe parser else { throw .noMemory }
        defer { unsafe vigil_json_wipe(parser) }
        return try unsafe bytes.lend { (bytes) throws(JSONFault) -> Value in
            var root = unsafe vigil_node()
            let start = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress
            let code = unsafe vigil_json_parse_secret(parser, start, bytes.count, &root)
            if let fault = JSONFault(code: Int(code)) { throw fault }
            return unsafe try body(JSONNode(root))
        }
    }

    /// The levels of a level2 event's `updates`, and the latest time in them.
    ///
    /// One that cannot be read has the price zero, which no book takes: it concerns its product alone.
    ///
    /// - Throws: ``JSONFault`` where there is no list.
    package func levels(
        of node: JSONNode
    ) throws(JSONFault) -> (
        changes: [LevelChange], occurredAt: Instant
    ) {
        var count = unsafe vigil_levels(node.raw, &levels, levels.count)
        guard count >= 0 else { throw .field("updates") }
        if count > levels.count {
            levels = Array(repeating: vigil_level(), count: count)
            count = unsafe vigil_levels(node.raw, &levels, levels.count)
        }
        var latest: Int64 = 0
        var changes: [LevelChange] = []
        changes.reserveCapacity(count)
        for index in 0..<count {
            let level = levels[index]
            let (price, quantity) = (level.price.value, level.quantity.value)
            guard level.status == VIGIL_VALUE_OK else {
                changes.append(LevelChange(isBid: level.is_bid != 0, price: 0, quantity: 0))
                continue
            }
            latest = max(latest, level.occurred)
            changes.append(
                LevelChange(isBid: level.is_bid != 0, price: price, quantity: quantity)
            )
        }
        return (changes, Instant(nanoseconds: latest))
    }
}

/// A place in a document that is being read.
@safe package struct JSONNode {
    let raw: vigil_node

    init(_ raw: vigil_node) {
        unsafe self.raw = unsafe raw
    }

    /// As by a key that stands in the code; for words about a field whose name is known at run time alone.
    subscript(named key: String) -> JSONNode? {
        var (value, key) = unsafe (vigil_node(), key)
        let found = key.withUTF8 { key in
            unsafe key.withMemoryRebound(to: CChar.self) { key in
                unsafe vigil_node_get(raw, key.baseAddress, key.count, &value)
            }
        }
        guard found != 0, unsafe vigil_node_kind(value) != VIGIL_NULL else { return nil }
        return unsafe JSONNode(value)
    }

    /// The value under a key; nil where it is missing or null.
    package subscript(key: StaticString) -> JSONNode? {
        var value = unsafe vigil_node()
        let found = key.withUTF8Buffer { key in
            unsafe key.withMemoryRebound(to: CChar.self) { key in
                unsafe vigil_node_get(raw, key.baseAddress, key.count, &value)
            }
        }
        guard found != 0, unsafe vigil_node_kind(value) != VIGIL_NULL else { return nil }
        return unsafe JSONNode(value)
    }

    /// The text, where it is one, as it may be shown: on one line, without anything that a terminal obeys.
    package var text: String? { rawText.map { $0.printable(max: 4_096) } }

    /// The text as it stands there, where it is one; never to be shown.
    var rawText: String? {
        var bytes: UnsafePointer<CChar>?
        var count = 0
        guard unsafe vigil_node_text(raw, &bytes, &count) != 0 else { return nil }
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
        return unsafe String(decoding: buffer, as: UTF8.self)
    }

    /// The private key in a text; nil where it is no text, and nil inside that where the text is no key.
    var signingKey: SigningKey?? {
        var bytes: UnsafePointer<CChar>?
        var count = 0
        guard unsafe vigil_node_text(raw, &bytes, &count) != 0 else { return nil }
        return unsafe .some(SigningKey(text: UnsafeRawBufferPointer(start: bytes, count: count)))
    }

    /// The whole number, also where it is written as a text.
    package var integer: Int64? {
        var value: Int64 = 0
        return unsafe vigil_node_integer(raw, &value) != 0 ? value : nil
    }

    /// True or false, where it is one of them.
    package var bool: Bool? {
        var value: Int32 = 0
        return unsafe vigil_node_bool(raw, &value) != 0 ? value != 0 : nil
    }

    /// The elements; nil where it is no array.
    package var items: [JSONNode]? {
        var items = unsafe vigil_items()
        guard unsafe vigil_node_items(raw, &items) != 0 else { return nil }
        var found: [JSONNode] = []
        var item = unsafe vigil_node()
        while unsafe vigil_items_next(&items, &item) != 0 {
            unsafe found.append(JSONNode(item))
        }
        return found
    }

    /// The decimal in units of 10^-18; nil where it is empty.
    ///
    /// - Throws: `field` or `number`, with the name for people.
    package func decimal(_ name: String) throws(JSONFault) -> Int128? {
        var value = vigil_fixed()
        switch unsafe Int(vigil_node_decimal(raw, &value)) {
        case VIGIL_VALUE_OK: return try Self.sane(value.value, name)
        case VIGIL_VALUE_ABSENT: return nil
        case VIGIL_VALUE_BROKEN: throw .field(name)
        default: throw .number(name)
        }
    }

    /// Numbers are bounded where they enter, so that what is computed of them can be held.
    private static func sane(_ value: Int128, _ name: String) throws(JSONFault) -> Int128 {
        guard value.magnitude <= FixedPoint.venueMax.magnitude else { throw .number(name) }
        return value
    }

    /// A decimal that the venue computed, and that may have more than 18 places; nil where it is empty.
    ///
    /// What is beyond the 18th place is rounded.
    ///
    /// - Throws: as ``decimal(_:)``.
    func computed(_ name: String, _ rounding: Rounding) throws(JSONFault) -> Int128? {
        var value = vigil_fixed()
        switch unsafe Int(vigil_node_decimal(raw, &value)) {
        case VIGIL_VALUE_TOO_FINE:
            let kept = try Self.sane(value.value, name)
            guard rounding == .up else { return kept }
            return kept < 0 ? kept - 1 : kept + 1
        default: return try decimal(name)
        }
    }

    /// The time; nil where it is empty or the venue's word for none.
    ///
    /// - Throws: `field` where it is no time in RFC 3339.
    package func time(_ name: String) throws(JSONFault) -> Instant? {
        var nanoseconds: Int64 = 0
        switch unsafe Int(vigil_node_time(raw, &nanoseconds)) {
        case VIGIL_VALUE_OK: return Instant(nanoseconds: nanoseconds)
        case VIGIL_VALUE_ABSENT: return nil
        default: throw .field(name)
        }
    }
}

extension vigil_fixed {
    fileprivate var value: Int128 { Int128(high) << 64 | Int128(low) }
}

extension JSONFault {
    fileprivate init?(code: Int) {
        switch code {
        case VIGIL_JSON_OK: return nil
        case VIGIL_JSON_TOO_LONG: self = .tooLong
        case VIGIL_JSON_TOO_DEEP: self = .tooDeep
        case VIGIL_JSON_NOT_UTF8: self = .notUTF8
        case VIGIL_JSON_NO_MEMORY: self = .noMemory
        default: self = .broken
        }
    }
}
