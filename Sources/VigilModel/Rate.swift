/// An exact dimensionless ratio: a fee rate, a share, a drawdown.
///
/// **Units**: 1 is the whole; 0.006 is 60 basis points.
package struct Rate: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The ratio in units of 10^-18.
    package let raw: Int128

    /// Wraps raw units of 10^-18.
    package init(raw: Int128) {
        self.raw = raw
    }

    /// Parses a decimal string such as `0.006`.
    ///
    /// - Throws: what ``DecimalText/parse(_:)`` throws.
    package init(_ text: some StringProtocol) throws(MoneyError) {
        raw = try DecimalText.parse(text)
    }

    /// A ratio given in hundredths, as the policy files do.
    ///
    /// - Throws: what ``DecimalText/parse(_:)`` throws.
    package init(percent text: some StringProtocol) throws(MoneyError) {
        raw = try FixedPoint.scaled(DecimalText.parse(text), times: 1, over: 100, .down)
    }

    /// A ratio given in whole hundredths of a percent.
    package init(basisPoints: Int) {
        raw = Int128(basisPoints) * (FixedPoint.one / 10_000)
    }

    /// No part at all.
    package static let zero = Rate(raw: 0)
    /// The whole.
    package static let one = Rate(raw: FixedPoint.one)

    package var description: String { DecimalText.format(raw) }

    package static func < (left: Rate, right: Rate) -> Bool { left.raw < right.raw }

    /// Adds two ratios.
    package static func + (left: Rate, right: Rate) throws(MoneyError) -> Rate {
        Rate(raw: try FixedPoint.sum(left.raw, right.raw))
    }

    /// Subtracts a ratio.
    package static func - (left: Rate, right: Rate) throws(MoneyError) -> Rate {
        Rate(raw: try FixedPoint.difference(left.raw, right.raw))
    }

    /// Multiplies two ratios, towards zero.
    package static func * (left: Rate, right: Rate) throws(MoneyError) -> Rate {
        Rate(raw: try FixedPoint.scaled(left.raw, times: right.raw, over: FixedPoint.one, .down))
    }

    /// The ratio as an indicator value; never to be turned back into money.
    package var indicator: Double { FixedPoint.indicator(raw) }

    /// An indicator's value, held at six decimal places, for sizing decisions.
    ///
    /// Six places are far more than an indicator knows, and make the result the same wherever the
    /// last bit of a Double differs.
    package init(indicator value: Double) {
        let bounded = min(max(value, -1e9), 1e9)
        raw = Int128((bounded * 1e6).rounded(.toNearestOrEven)) * (FixedPoint.one / 1_000_000)
    }
}
