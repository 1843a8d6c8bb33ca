extension ConfigPosition {
    /// What was perhaps meant by a key that nobody knows; nil where nothing is near.
    var suggestion: String? {
        let wanted = path.joined(separator: ".")
        guard wanted.utf8.count <= 100 else { return nil }
        if path.last?.contains(".") == true {
            return "a dot makes no section: write each part on a line of its own, indented"
        }
        let names =
            ConfigSchema.keys.map(\.name) + ConfigSchema.aliases.map(\.name)
            + ConfigSchema.retired.map(\.name)
        let near = names.filter { $0.hasPrefix(file + ":") }
            .map { $0.dropFirst(file.count + 1) }
            .map { (path: String($0), distance: EditDistance.between(wanted, String($0))) }
            .min { $0.distance < $1.distance }
        guard let near, near.distance <= max(3, wanted.count / 3) else { return nil }
        return "did you mean `\(near.path)`?"
    }
}

/// How many single-letter edits lie between two words.
package enum EditDistance {
    /// The least number of letters to be put in, taken out or replaced.
    package static func between(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left), Array(right))
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let above = row[j + 1]
                row[j + 1] = a[i] == b[j] ? diagonal : min(diagonal, above, row[j]) + 1
                diagonal = above
            }
        }
        return row[b.count]
    }
}
