/// Writes changes into a text so that each is off until the environment names its number.
struct Weaver {
    /// Where a mutant stands in the woven text, as UTF-8 offsets.
    struct Span: Codable {
        let id: Int
        let mutated: Range<Int>
        let whole: Range<Int>
    }

    private let text: [UInt8]
    private var woven: [UInt8] = []
    private var spans: [Span] = []

    init(_ text: String) { self.text = Array(text.utf8) }

    mutating func weave(_ items: [(id: Int, candidate: Candidate)]) -> (String, [Span]) {
        let ordered = items.sorted { one, other in
            let (a, b) = (one.candidate.range, other.candidate.range)
            if a.lowerBound != b.lowerBound { return a.lowerBound < b.lowerBound }
            if a.isEmpty != b.isEmpty { return a.isEmpty }
            if a.upperBound != b.upperBound { return a.upperBound > b.upperBound }
            let isStatement = (one.candidate.form == .statement, other.candidate.form == .statement)
            if isStatement.0 != isStatement.1 { return isStatement.0 }
            return one.id < other.id
        }
        write(0..<text.count, ordered[...])
        return (String(decoding: woven, as: UTF8.self), spans)
    }

    private mutating func write(
        _ range: Range<Int>,
        _ items: ArraySlice<(id: Int, candidate: Candidate)>
    ) {
        var position = range.lowerBound
        var rest = items
        while let item = rest.first {
            let place = item.candidate.range
            let inside = rest.dropFirst().prefix {
                !place.isEmpty && $0.candidate.range.upperBound <= place.upperBound
            }
            woven += text[position..<place.lowerBound]
            write(item, inside)
            position = place.upperBound
            rest = rest.dropFirst(1 + inside.count)
        }
        woven += text[position..<range.upperBound]
    }

    private mutating func write(
        _ item: (id: Int, candidate: Candidate),
        _ inside: ArraySlice<(id: Int, candidate: Candidate)>
    ) {
        let start = woven.count
        let asked = "_vm(\(item.id))"
        var mutated = start..<start
        func put(_ string: String) { woven += string.utf8 }
        func putMutated() {
            let begin = woven.count
            put(item.candidate.mutated)
            mutated = begin..<woven.count
        }
        switch item.candidate.form {
        case .expression, .cExpression:
            put("(\(asked) ? (")
            putMutated()
            put(") : (")
            write(item.candidate.range, inside)
            put("))")
        case .statement where item.candidate.mutated.isEmpty:
            put("if !\(asked) { ")
            write(item.candidate.range, inside)
            put(" }")
        case .statement:
            put("if \(asked) { ")
            putMutated()
            put(" } else { ")
            write(item.candidate.range, inside)
            put(" }")
        case .insertion:
            put("if \(asked) { ")
            putMutated()
            put(" }; ")
        }
        spans.append(Span(id: item.id, mutated: mutated, whole: start..<woven.count))
    }
}
