/// A price: units of the quote currency for one unit of the base; never negative.
package struct Price: Hashable, Sendable, CustomStringConvertible {
    /// The price in units of 10^-18.
    package let raw: Int128
    /// The currency it is quoted in.
    package let currency: Currency

    /// Wraps raw units of 10^-18.
    ///
    /// - Throws: `negative` below zero.
    package init(raw: Int128, currency: Currency) throws(MoneyError) {
        guard raw >= 0 else { throw .negative(DecimalText.format(raw)) }
        self.raw = raw
        self.currency = currency
    }

    /// Parses a decimal string such as `86184.01`.
    ///
    /// - Throws: `negative`, and what ``DecimalText/parse(_:)`` throws.
    package init(_ text: some StringProtocol, _ currency: Currency) throws(MoneyError) {
        try self.init(raw: DecimalText.parse(text), currency: currency)
    }

    package var description: String { DecimalText.format(raw) }

    /// The price as an indicator value; never to be turned back into money.
    package var indicator: Double { FixedPoint.indicator(raw) }

    /// The notional of a quantity at this price, rounded at 10^-18.
    ///
    /// - Throws: `overflow`.
    package func notional(
        of quantity: Quantity,
        _ rounding: Rounding
    ) throws(MoneyError) -> Money {
        let raw = try FixedPoint.scaled(raw, times: quantity.raw, over: FixedPoint.one, rounding)
        return Money(raw: raw, currency: currency)
    }

    /// The price moved onto a multiple of the product's price increment.
    ///
    /// - Throws: `currencyMismatch`, `divisionByZero` or `overflow`.
    package func rounded(_ rounding: Rounding, to increment: Price) throws(MoneyError) -> Price {
        try requireSame(increment)
        return try Price(
            raw: FixedPoint.snapped(raw, to: increment.raw, rounding),
            currency: currency
        )
    }

    /// The price moved by a ratio: `scaled(by: 0.99)` is one percent below.
    ///
    /// - Throws: `overflow`, or `negative` for a negative factor.
    package func scaled(by factor: Rate, _ rounding: Rounding) throws(MoneyError) -> Price {
        let raw = try FixedPoint.scaled(raw, times: factor.raw, over: FixedPoint.one, rounding)
        return try Price(raw: raw, currency: currency)
    }

    /// True where this price is the lower one; compare prices of one product only.
    package static func < (left: Price, right: Price) -> Bool { left.raw < right.raw }
    /// True where this price is the higher one.
    package static func > (left: Price, right: Price) -> Bool { left.raw > right.raw }
    /// True where this price is not the higher one.
    package static func <= (left: Price, right: Price) -> Bool { left.raw <= right.raw }
    /// True where this price is not the lower one.
    package static func >= (left: Price, right: Price) -> Bool { left.raw >= right.raw }

    /// The distance between two prices of one currency, as a ratio of the other.
    ///
    /// - Throws: `currencyMismatch`, `divisionByZero` or `overflow`.
    package func change(from other: Price) throws(MoneyError) -> Rate {
        try requireSame(other)
        let raw = try FixedPoint.scaled(
            raw - other.raw,
            times: FixedPoint.one,
            over: other.raw,
            .down
        )
        return Rate(raw: raw)
    }

    private func requireSame(_ other: Price) throws(MoneyError) {
        guard currency == other.currency else {
            throw .currencyMismatch(currency, other.currency)
        }
    }
}
