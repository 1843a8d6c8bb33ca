/// A tradable pair such as `BTC-USD`: base, then quote.
package struct ProductID: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// What is bought and sold.
    package let base: Currency
    /// What it is paid with.
    package let quote: Currency

    /// Parses `BASE-QUOTE`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = Currency(parts[0]), let quote = Currency(parts[1])
        else { return nil }
        self.init(base: base, quote: quote)
    }

    /// Joins two currencies.
    package init(base: Currency, quote: Currency) {
        self.base = base
        self.quote = quote
    }

    /// True for the same pair.
    @inlinable
    package static func == (left: ProductID, right: ProductID) -> Bool {
        left.base == right.base && left.quote == right.quote
    }

    /// Folded to one word; the quote is turned, so that `A-B` and `B-A` differ.
    @inlinable
    package func hash(into hasher: inout Hasher) {
        hasher.combine(base.folded ^ (quote.folded << 13 | quote.folded >> 51))
    }

    package var description: String { "\(base)-\(quote)" }

    package static func < (left: ProductID, right: ProductID) -> Bool {
        (left.base, left.quote) < (right.base, right.quote)
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = ProductID(text) else { throw MoneyError.malformed(text) }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// An identifier that is only text, told apart from the others by its tag.
package struct Identifier<Tag>: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// The identifier as it is written.
    package let text: String

    /// Wraps text as it came.
    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    package init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// Tags of ``Identifier``.
package enum IdentifierTag {
    /// See ``ClientOrderID``.
    package enum ClientOrder {}
    /// See ``VenueOrderID``.
    package enum VenueOrder {}
    /// See ``TradeID``.
    package enum Trade {}
    /// See ``EntryID``.
    package enum Entry {}
    /// See ``RunID``.
    package enum Run {}
}

/// Our idempotency key of an order: at most 36 of `[a-z0-9-]`, never used twice.
package typealias ClientOrderID = Identifier<IdentifierTag.ClientOrder>
/// The venue's name of an order.
package typealias VenueOrderID = Identifier<IdentifierTag.VenueOrder>
/// The venue's name of a trade; one trade may have correction rows, so it is not a key.
package typealias TradeID = Identifier<IdentifierTag.Trade>
/// The venue's name of one fill row: the key under which a fill is recorded once.
package typealias EntryID = Identifier<IdentifierTag.Entry>
/// One start of the engine; random, so that a restored backup repeats nothing.
package typealias RunID = Identifier<IdentifierTag.Run>
