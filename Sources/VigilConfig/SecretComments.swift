/// Secrets that were left in the comments of a file: nothing reads them, and every copy of the file has them.
enum SecretComments {
    /// Names behind which a secret stands.
    private static let names = [
        "secret", "api_key", "apikey", "api-key", "token", "password", "passphrase", "private_key",
        "privatekey",
    ]

    /// The lines, from 1, whose comment seems to hold a secret.
    static func lines(in text: String) -> [Int] {
        lines(text).enumerated().filter { start(of: $0.element) != nil }.map { $0.offset + 1 }
    }

    /// The text with those comments taken out, line by line: what is stored of a configuration.
    static func masked(_ text: String) -> String {
        lines(text).map { line in
            guard let start = start(of: line) else { return String(line) }
            let end = line.unicodeScalars.last == "\r" ? "\r" : ""
            return line[..<start] + "# " + Secrets.mask + end
        }.joined(separator: "\n")
    }

    /// By scalars: to a character `\r\n` is no `\n`.
    private static func lines(_ text: String) -> [Substring] {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { Substring($0) }
    }

    /// Where a line's comment begins that seems to hold a secret; nil where none does.
    ///
    /// What stands between quotes is no comment. A quote that does not close on its line is an apostrophe, or opens a
    /// value of several lines: then it hides nothing.
    private static func start(of line: Substring) -> Substring.Index? {
        let (found, isOpen) = comment(in: line, quotes: true)
        let place = isOpen ? comment(in: line, quotes: false).start : found
        return place.flatMap { isSuspect(line[$0...]) ? $0 : nil }
    }

    private static func comment(
        in line: Substring,
        quotes: Bool
    ) -> (start: Substring.Index?, isOpen: Bool) {
        var (before, quote): (Character, Character?) = (" ", nil)
        var isEscaped = false
        for place in line.indices {
            let character = line[place]
            if let open = quote {
                if character == open, !isEscaped { quote = nil }
                isEscaped = open == "\"" && character == "\\" && !isEscaped
            } else if character == "#", before == " " || before == "\t" {
                return (place, false)
            } else if quotes, character == "\"" || character == "'",
                " \t:[{,-'".contains(before)
            {
                quote = character
            }
            before = character
        }
        return (nil, quote != nil)
    }

    private static func isSuspect(_ comment: Substring) -> Bool {
        // A comment that is a page long is no place for a secret of ours to be looked for word by word.
        let words = comment.prefix(4_096).split { " \t\r\n\"'`,;()<>[]{}".contains($0) }
        return words.indices.contains { place in
            let word = words[place]
            if let scheme = word.firstRange(of: "://") {
                return hasSecret(address: word[scheme.upperBound...])
            }
            if Secrets.isSecret(text: String(word)) { return true }
            return value(behind: place, words).map(isKey) ?? false
        }
    }

    /// What stands behind a secret's name and `=` or `:`, with or without room between; nil for another word.
    private static func value(behind place: Int, _ words: [Substring]) -> Substring? {
        let parts = words[place].split(maxSplits: 1) { ":=".contains($0) }
        guard let name = parts.first?.lowercased(), names.contains(where: name.hasSuffix) else {
            return nil
        }
        if parts.count > 1 { return parts[1] }
        let rest = words[(place + 1)...]
        if words[place].contains(where: { ":=".contains($0) }) { return rest.first }
        return rest.first.map { $0 == "=" || $0 == ":" } == true ? rest.dropFirst().first : nil
    }

    /// True where an address says who it is from, or is one that anyone could post to.
    private static func hasSecret(address: Substring) -> Bool {
        let host = address.prefix { $0 != "/" }
        return host.contains("@") || host.hasPrefix("hooks.")
            || address.split(whereSeparator: { "/?&=".contains($0) }).contains {
                Secrets.isSecret(text: String($0))
            }
    }

    /// True for what stands behind a secret's name and is no word about it.
    private static func isKey(_ value: Substring) -> Bool {
        value.count >= 8 && !Secrets.isPlaceholder(String(value))
            && value.contains(where: \.isNumber)
    }
}
