/// An amount of a product's base currency; never negative.
package struct Quantity: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The quantity in units of 10^-18 of the base.
    package let raw: Int128

    /// Wraps raw units of 10^-18.
    ///
    /// - Throws: `negative` below zero.
    package init(raw: Int128) throws(MoneyError) {
        guard raw >= 0 else { throw .negative(DecimalText.format(raw)) }
        self.raw = raw
    }

    private init(unchecked raw: Int128) {
        self.raw = raw
    }

    /// Parses a decimal string such as `0.00012`.
    ///
    /// - Throws: `negative`, and what ``DecimalText/parse(_:)`` throws.
    package init(_ text: some StringProtocol) throws(MoneyError) {
        try self.init(raw: DecimalText.parse(text))
    }

    /// How much of the base a sum of money buys at a price.
    ///
    /// - Throws: `currencyMismatch`, `divisionByZero`, `negative` or `overflow`.
    package init(
        buying money: Money,
        at price: Price,
        _ rounding: Rounding
    ) throws(MoneyError) {
        guard money.currency == price.currency else {
            throw .currencyMismatch(money.currency, price.currency)
        }
        try self.init(
            raw: FixedPoint.scaled(money.raw, times: FixedPoint.one, over: price.raw, rounding)
        )
    }

    /// Nothing.
    package static let zero = Quantity(unchecked: 0)

    /// True at zero.
    package var isZero: Bool { raw == 0 }

    package var description: String { DecimalText.format(raw) }

    /// The quantity as an indicator value; never to be turned back into a quantity.
    package var indicator: Double { FixedPoint.indicator(raw) }

    package static func < (left: Quantity, right: Quantity) -> Bool { left.raw < right.raw }

    /// Adds two quantities of one base.
    package static func + (left: Quantity, right: Quantity) throws(MoneyError) -> Quantity {
        Quantity(unchecked: try FixedPoint.sum(left.raw, right.raw))
    }

    /// The sum of two quantities of one base, or the largest there is where the sum cannot be held: for what is
    /// only compared, and must be booked whatever it says.
    package func saturated(with other: Quantity) -> Quantity {
        let (sum, overflow) = raw.addingReportingOverflow(other.raw)
        return Quantity(unchecked: overflow ? .max : sum)
    }

    /// What is left once a part is taken; nothing where the part is all of it, or more.
    package func less(_ part: Quantity) -> Quantity {
        Quantity(unchecked: max(raw - part.raw, 0))
    }

    /// Subtracts; a result below zero throws `negative`.
    package static func - (left: Quantity, right: Quantity) throws(MoneyError) -> Quantity {
        try Quantity(raw: left.raw - right.raw)
    }

    /// The quantity moved onto a multiple of the product's base increment.
    ///
    /// - Throws: `divisionByZero` or `overflow`.
    package func rounded(
        _ rounding: Rounding,
        to increment: Quantity
    ) throws(MoneyError) -> Quantity {
        Quantity(unchecked: try FixedPoint.snapped(raw, to: increment.raw, rounding))
    }

    /// The part of this quantity that a ratio gives.
    ///
    /// - Throws: `overflow`, or `negative` for a negative ratio.
    package func times(_ rate: Rate, _ rounding: Rounding) throws(MoneyError) -> Quantity {
        try Quantity(
            raw: FixedPoint.scaled(raw, times: rate.raw, over: FixedPoint.one, rounding)
        )
    }
}
