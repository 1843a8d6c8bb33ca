internal import Foundation

/// What must not be in a configuration file, and must never be shown.
enum Secrets {
    /// What is shown in a secret's place.
    static let mask = "••••"

    private static let words = [
        "secret", "api_key", "apikey", "token", "password", "passphrase", "private_key",
        "webhook_url", "slack_webhook",
    ]

    /// True where a key's name says that it holds a secret.
    static func isSecret(name: String) -> Bool {
        let name = name.lowercased()
        return words.contains { name.contains($0) }
    }

    /// True where a text looks like a key, a token or an address that anyone could post to.
    static func isSecret(text: String) -> Bool {
        if text.contains("-----BEGIN") || text.contains("/apiKeys/") { return true }
        let lower = text.lowercased()
        if lower.contains("://") {
            let rest = lower.drop { $0 != ":" }.dropFirst(3)
            return rest.contains("@") || lower.contains("hook") || lower.contains("token")
        }
        if ["sk-", "xoxb-", "xoxp-", "ghp_", "glpat-"].contains(where: lower.hasPrefix) {
            return true
        }
        return text.count >= 40
            && text.allSatisfy { $0.isLetter || $0.isNumber || "+/=_-".contains($0) }
            && text.contains(where: \.isNumber) && text.contains(where: \.isUppercase)
            && text.contains(where: \.isLowercase)
    }

    /// True for `${NAME}` and nothing else.
    static func isPlaceholder(_ text: String) -> Bool {
        text.hasPrefix("${") && text.hasSuffix("}")
            && text.dropFirst(2).dropLast().allSatisfy {
                $0.isLetter || $0.isNumber || $0 == "_"
            }
    }

    /// A line of a file as it may be shown: without the value where it could be a secret.
    ///
    /// Nil where the line is too long to be shown at all.
    static func shown(line: String) -> String? {
        guard line.utf8.count <= 200 else { return nil }
        for word in words {
            guard let found = line.range(of: word, options: .caseInsensitive),
                let colon = line[found.upperBound...].firstIndex(of: ":")
            else { continue }
            let value = line[line.index(after: colon)...].drop { " \"'".contains($0) }
            if !value.isEmpty, !value.hasPrefix("${") {
                return line[...colon] + " " + mask
            }
        }
        let tokens = line.split { " \"',[]{}".contains($0) }.map(String.init)
        guard let hidden = tokens.first(where: isSecret(text:)), let found = line.range(of: hidden)
        else { return line }
        return line[..<found.lowerBound] + mask
    }

    /// A value as it may be shown.
    static func shown(text: String) -> String {
        if isSecret(text: text) { return mask }
        return text.count <= 80 ? text : "\(text.prefix(77))…"
    }
}
