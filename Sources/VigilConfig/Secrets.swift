/// What must not be in a configuration file, and must never be shown.
enum Secrets {
    /// What is shown in a secret's place.
    static let mask = "••••"

    private static let words: [[UInt8]] = [
        "secret", "api_key", "apikey", "api-key", "token", "passw", "passphrase", "private_key",
        "webhook_url", "slack_webhook", "credentials", "coinbase_key",
    ].map { Array($0.utf8) }
    private static let marks = ["-----BEGIN", "/apiKeys/", "://"].map { Array($0.utf8) }

    /// True where a text holds a word; by bytes, as a file may have a hundred thousand of both.
    private static func holds(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        guard let first = word.first, text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { place in
            text[place] == first && text[place..<(place + word.count)].elementsEqual(word)
        }
    }

    /// True where a key's name says that it holds a secret.
    static func isSecret(name: String) -> Bool {
        let name = Array(name.lowercased().utf8)
        return words.contains { holds(name, $0) }
    }

    /// True where a text looks like a key, a token or an address that anyone could post to.
    ///
    /// No key of ours takes an address, so that every one is suspect.
    static func isSecret(text: String) -> Bool {
        let bytes = Array(text.utf8)
        if marks.contains(where: { holds(bytes, $0) }) { return true }
        let lower = text.lowercased()
        if ["sk-", "xoxb-", "xoxp-", "ghp_", "glpat-"].contains(where: lower.hasPrefix) {
            return true
        }
        return text.count >= 32
            && text.allSatisfy { $0.isLetter || $0.isNumber || "+/=_-".contains($0) }
            && text.contains(where: \.isNumber) && text.contains(where: \.isUppercase)
            && text.contains(where: \.isLowercase)
    }

    /// True where a variable of the environment seems to hold a secret, or an address with one in it.
    static func isSecret(variable: String) -> Bool {
        let parts = variable.uppercased().split(separator: "_").map(String.init)
        return isSecret(name: variable)
            || parts.contains(
                where: [
                    "PAT", "DSN", "SEED", "PIN", "PASS", "PWD", "AUTH", "KEY", "MNEMONIC", "COOKIE",
                    "WEBHOOK", "URL", "URI",
                ].contains
            )
    }

    /// True for `${NAME}` and nothing else.
    static func isPlaceholder(_ text: String) -> Bool {
        text.hasPrefix("${") && text.hasSuffix("}") && text.count > 3
            && text.dropFirst(2).dropLast().allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")
            }
    }

    /// A line of a file as it may be shown: up to its first colon where anything in it is suspect.
    ///
    /// Nil where the line is too long to be shown at all.
    static func shown(line: String) -> String? {
        guard line.utf8.count <= 200 else { return nil }
        let tokens = line.split { " \"',[]{}:#=".contains($0) }.map(String.init)
        let named = tokens.contains(where: isSecret(name:))
        guard named || line.contains("://") || tokens.contains(where: isSecret(text:)) else {
            return printable(line)
        }
        let colon = line.firstIndex(of: ":")
        let value = colon.map { line[line.index(after: $0)...].drop { " \"'".contains($0) } }
        if let value, isPlaceholder(trimmed(value)) { return printable(line) }
        let name = colon.map { String(line[...$0]) } ?? ""
        return isSecret(text: trimmed(name)) ? mask : printable(name) + " " + mask
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let around: Set<Character> = [" ", "\"", "'", ":"]
        var text = text.drop { around.contains($0) }
        while let last = text.last, around.contains(last) {
            text.removeLast()
        }
        return String(text)
    }

    /// The line of a key that nothing knows: its value may be anything.
    static func shown(unknown line: String) -> String? {
        guard let shown = shown(line: line), let colon = shown.firstIndex(of: ":") else {
            return nil
        }
        return String(shown[...colon]) + " …"
    }

    /// A value as it may be shown.
    static func shown(text: String) -> String {
        if text.split(whereSeparator: { ". ".contains($0) }).contains(where: {
            isSecret(text: String($0))
        }) || isSecret(text: text) {
            return mask
        }
        return printable(text.count <= 80 ? text : "\(text.prefix(77))…")
    }

    /// A text without what would move a terminal's cursor.
    private static func printable(_ text: String) -> String {
        String(
            text.map {
                $0.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } ? $0 : "?"
            }
        )
    }
}
