/// A currency or coin by its venue code, such as `USD` or `BTC`; at most 16 bytes of printable ASCII.
///
/// Held as one integer so that amounts stay trivially copyable.
package struct Currency: Hashable, Sendable, Comparable, CustomStringConvertible {
    @usableFromInline let packed: UInt128

    /// Accepts 1 to 16 letters, digits, dots and underscores of ASCII; nil for anything else, which would be something
    /// else again in an address or on a terminal.
    package init?(_ code: some StringProtocol) {
        var packed: UInt128 = 0
        let bytes = code.utf8
        guard !bytes.isEmpty, bytes.count <= 16 else { return nil }
        for byte in bytes {
            let isDigit = byte >= 0x30 && byte <= 0x39
            let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
            guard isLetter || isDigit || byte == 0x2e || byte == 0x5f else { return nil }
            packed = (packed << 8) | UInt128(byte)
        }
        self.packed = packed << UInt128(8 * (16 - bytes.count))
    }

    private init(packed: UInt128) {
        self.packed = packed
    }

    /// The US dollar, the currency in which Vigil keeps its books.
    package static let usd = Currency(packed: 0x555344 << 104)
    /// The stable coin that Coinbase changes for a dollar.
    package static let usdc = Currency(packed: 0x5553_4443 << 96)
    /// Tether, which has a market against the dollar.
    package static let usdt = Currency(packed: 0x5553_4454 << 96)

    /// True for the same code.
    @inlinable
    package static func == (left: Currency, right: Currency) -> Bool {
        left.packed == right.packed
    }

    /// Folded to one word, which makes looking a product up half as dear.
    @inlinable
    package func hash(into hasher: inout Hasher) {
        hasher.combine(folded)
    }

    /// Both halves in one word.
    @usableFromInline
    var folded: UInt64 {
        UInt64(truncatingIfNeeded: packed >> 64) ^ UInt64(truncatingIfNeeded: packed)
    }

    package var description: String {
        var text = ""
        for index in 0..<16 {
            let byte = UInt8(truncatingIfNeeded: packed >> UInt128(8 * (15 - index)))
            guard byte != 0 else { break }
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
        return text
    }

    package static func < (left: Currency, right: Currency) -> Bool {
        left.packed < right.packed
    }
}
