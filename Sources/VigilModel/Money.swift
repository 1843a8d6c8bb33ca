/// An exact amount of one currency, of either sign.
///
/// **Units**: 10^-18 of the currency. Combining two currencies throws.
package struct Money: Hashable, Sendable, CustomStringConvertible {
    /// The amount in units of 10^-18.
    package let raw: Int128
    /// What the amount is of.
    package let currency: Currency

    /// Wraps raw units of 10^-18.
    package init(raw: Int128, currency: Currency) {
        self.raw = raw
        self.currency = currency
    }

    /// Parses a decimal string such as `-12.50`.
    ///
    /// - Throws: what ``DecimalText/parse(_:)`` throws.
    package init(_ text: some StringProtocol, _ currency: Currency) throws(MoneyError) {
        self.init(raw: try DecimalText.parse(text), currency: currency)
    }

    /// Nothing of a currency.
    package static func zero(_ currency: Currency) -> Money {
        Money(raw: 0, currency: currency)
    }

    /// True above zero.
    package var isPositive: Bool { raw > 0 }
    /// True below zero.
    package var isNegative: Bool { raw < 0 }
    /// True at zero.
    package var isZero: Bool { raw == 0 }
    /// The amount without its currency, as the shortest plain decimal.
    package var amount: String { DecimalText.format(raw) }
    /// The amount and its currency, such as `12.5 USD`.
    package var description: String { "\(amount) \(currency)" }

    /// Adds two amounts of one currency.
    package static func + (left: Money, right: Money) throws(MoneyError) -> Money {
        try left.requireSame(right)
        return Money(raw: try FixedPoint.sum(left.raw, right.raw), currency: left.currency)
    }

    /// Subtracts an amount of the same currency.
    package static func - (left: Money, right: Money) throws(MoneyError) -> Money {
        try left.requireSame(right)
        return Money(raw: try FixedPoint.difference(left.raw, right.raw), currency: left.currency)
    }

    /// Adds in place.
    package static func += (left: inout Money, right: Money) throws(MoneyError) {
        left = try left + right
    }

    /// Subtracts in place.
    package static func -= (left: inout Money, right: Money) throws(MoneyError) {
        left = try left - right
    }

    /// The opposite amount.
    package var negated: Money { Money(raw: -raw, currency: currency) }

    /// The part of this amount that a rate gives, such as the fee on a notional.
    ///
    /// - Throws: `overflow`.
    package func times(_ rate: Rate, _ rounding: Rounding) throws(MoneyError) -> Money {
        let raw = try FixedPoint.scaled(raw, times: rate.raw, over: FixedPoint.one, rounding)
        return Money(raw: raw, currency: currency)
    }

    /// The share `part ÷ whole` of this amount.
    ///
    /// - Throws: `overflow`, or `divisionByZero` for a whole of zero.
    package func share(
        _ part: Quantity,
        of whole: Quantity,
        _ rounding: Rounding
    ) throws(MoneyError) -> Money {
        let raw = try FixedPoint.scaled(raw, times: part.raw, over: whole.raw, rounding)
        return Money(raw: raw, currency: currency)
    }

    /// How large this amount is against another of the same currency.
    ///
    /// - Throws: `currencyMismatch`, `divisionByZero` or `overflow`.
    package func ratio(to other: Money) throws(MoneyError) -> Rate {
        try requireSame(other)
        let raw = try FixedPoint.scaled(raw, times: FixedPoint.one, over: other.raw, .down)
        return Rate(raw: raw)
    }

    /// True where this amount is the smaller one.
    ///
    /// - Throws: `currencyMismatch`.
    package func isLess(than other: Money) throws(MoneyError) -> Bool {
        try requireSame(other)
        return raw < other.raw
    }

    /// The smaller of two amounts of one currency.
    ///
    /// - Throws: `currencyMismatch`.
    package func smaller(_ other: Money) throws(MoneyError) -> Money {
        try isLess(than: other) ? self : other
    }

    /// The amount moved onto a multiple of a step of the same currency.
    ///
    /// - Throws: `currencyMismatch`, `divisionByZero` or `overflow`.
    package func rounded(_ rounding: Rounding, to step: Money) throws(MoneyError) -> Money {
        try requireSame(step)
        return Money(raw: try FixedPoint.snapped(raw, to: step.raw, rounding), currency: currency)
    }

    private func requireSame(_ other: Money) throws(MoneyError) {
        guard currency == other.currency else {
            throw .currencyMismatch(currency, other.currency)
        }
    }
}
