import VigilCrypto

/// The venue's names of things: shaped like Coinbase's, and the same in every session of one seed.
struct VenueNames: Sendable {
    let seed: UInt64

    /// A UUID of the usual form.
    func uuid(_ kind: String, _ number: Int) -> String {
        let digits = Array(Digest.sha256("\(seed) \(kind) \(number)".utf8).utf8)
        var text: [UInt8] = []
        for (index, digit) in digits.prefix(32).enumerated() {
            if [8, 12, 16, 20].contains(index) {
                text.append(UInt8(ascii: "-"))
            }
            text.append(index == 12 ? UInt8(ascii: "4") : index == 16 ? UInt8(ascii: "a") : digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// 64 hexadecimal digits, as the key of a fill row is.
    func entry(_ number: Int) -> String { Digest.sha256("\(seed) entry \(number)".utf8) }

    /// The account's user.
    var user: String { uuid("user", 0) }
    /// The account's only portfolio.
    var portfolio: String { uuid("portfolio", 0) }
}
