/// The direction in which a result that does not fit is moved; zero is the fixed point of all.
package enum Rounding: Sendable {
    /// Towards zero: what a seller may offer, what a buyer can afford.
    case down
    /// Away from zero: what a fee may cost at most.
    case up
    /// To the nearest, ties to the even neighbour.
    case halfEven
}

/// Arithmetic on raw fixed-point numbers, 10^-18 a unit.
///
/// 64-bit limbs, because Swift's `dividingFullWidth` on 128 bits traps on overflow and is slower.
package enum FixedPoint {
    /// How many raw units make one whole.
    @inlinable package static var one: Int128 { 1_000_000_000_000_000_000 }

    /// What no price, size or amount of a venue is above: 10^15.
    ///
    /// All coins of the most plentiful listed token are fewer, and a hundred thousand such numbers can be added up.
    package static var venueMax: Int128 { 1_000_000_000_000_000 * one }

    /// True where neither is above ``venueMax``, and the one times the other not above 10^17.
    package static func isVenueSized(price: Int128, quantity: Int128) -> Bool {
        price <= venueMax && quantity <= venueMax
            && indicator(price) * indicator(quantity) <= 1e17
    }

    /// Computes `a × b ÷ divisor` through a 256-bit product, rounded once.
    ///
    /// - Throws: `overflow` or `divisionByZero`; nothing was computed.
    package static func scaled(
        _ a: Int128,
        times b: Int128,
        over divisor: Int128,
        _ rounding: Rounding
    ) throws(MoneyError) -> Int128 {
        guard divisor != 0 else { throw .divisionByZero }
        let negative = ((a < 0) != (b < 0)) != (divisor < 0)
        let by = divisor.magnitude
        let product = fullProduct(a.magnitude, b.magnitude)
        guard product.high < by else { throw .overflow }
        var (quotient, rest) = quotientAndRemainder(product, by: by)
        if rest != 0, goesUp(quotient, rest, by, rounding) {
            quotient += 1
        }
        guard quotient <= Int128.max.magnitude else { throw .overflow }
        let value = Int128(quotient)
        return negative ? -value : value
    }

    /// Moves `value` onto a multiple of `step`, which must be above zero.
    ///
    /// - Throws: `divisionByZero` for a step of zero, `overflow` where rounding up leaves the range.
    package static func snapped(
        _ value: Int128,
        to step: Int128,
        _ rounding: Rounding
    ) throws(MoneyError) -> Int128 {
        guard step > 0 else { throw .divisionByZero }
        var (quotient, rest) = value.magnitude.quotientAndRemainder(dividingBy: step.magnitude)
        if rest != 0, goesUp(quotient, rest, step.magnitude, rounding) {
            quotient += 1
        }
        let (magnitude, overflow) = quotient.multipliedReportingOverflow(by: step.magnitude)
        guard !overflow, magnitude <= Int128.max.magnitude else { throw .overflow }
        return value < 0 ? -Int128(magnitude) : Int128(magnitude)
    }

    /// The nearest number that an indicator can hold, in whole units.
    ///
    /// Bit for bit what `Double(raw) / 1e18` gives, in a tenth of its time: all but the upper 64 bits of
    /// the magnitude become one sticky bit, which is all that rounding asks of them.
    package static func indicator(_ raw: Int128) -> Double {
        let magnitude = raw.magnitude
        let excess = 64 - UInt64(truncatingIfNeeded: magnitude >> 64).leadingZeroBitCount
        var top = UInt64(truncatingIfNeeded: magnitude >> UInt128(excess))
        if excess > 0, magnitude << UInt128(128 - excess) != 0 { top |= 1 }
        let value = Double(top) * Double(bitPattern: UInt64(1_023 + excess) << 52) / 1e18
        return raw < 0 ? -value : value
    }

    static func sum(_ a: Int128, _ b: Int128) throws(MoneyError) -> Int128 {
        let (value, overflow) = a.addingReportingOverflow(b)
        guard !overflow else { throw .overflow }
        return value
    }

    static func difference(_ a: Int128, _ b: Int128) throws(MoneyError) -> Int128 {
        let (value, overflow) = a.subtractingReportingOverflow(b)
        guard !overflow else { throw .overflow }
        return value
    }

    private static func goesUp(
        _ quotient: UInt128,
        _ rest: UInt128,
        _ by: UInt128,
        _ rounding: Rounding
    ) -> Bool {
        switch rounding {
        case .down: return false
        case .up: return true
        case .halfEven:
            let other = by - rest
            return rest > other || (rest == other && quotient & 1 == 1)
        }
    }

    private static func fullProduct(
        _ a: UInt128,
        _ b: UInt128
    ) -> (high: UInt128, low: UInt128) {
        let (a1, a0) = (UInt64(a >> 64), UInt64(truncatingIfNeeded: a))
        let (b1, b0) = (UInt64(b >> 64), UInt64(truncatingIfNeeded: b))
        let low = wide(a0, b0)
        if a1 == 0 && b1 == 0 {
            return (0, low)
        }
        let cross1 = wide(a1, b0)
        let cross2 = wide(a0, b1)
        let mask = UInt128(UInt64.max)
        let middle = (low >> 64) + (cross1 & mask) + (cross2 & mask)
        let high = wide(a1, b1) + (cross1 >> 64) + (cross2 >> 64) + (middle >> 64)
        return (high, (middle << 64) | (low & mask))
    }

    private static func wide(_ a: UInt64, _ b: UInt64) -> UInt128 {
        let parts = a.multipliedFullWidth(by: b)
        return (UInt128(parts.high) << 64) | UInt128(parts.low)
    }

    /// Invariant: `product.high < by`, so that the quotient fits.
    private static func quotientAndRemainder(
        _ product: (high: UInt128, low: UInt128),
        by: UInt128
    ) -> (quotient: UInt128, remainder: UInt128) {
        if product.high == 0 {
            return product.low.quotientAndRemainder(dividingBy: by)
        }
        guard by <= UInt128(UInt64.max) else {
            return by.dividingFullWidth((product.high, product.low))
        }
        let divisor = UInt64(by)
        let upper = UInt64(truncatingIfNeeded: product.low >> 64)
        let lower = UInt64(truncatingIfNeeded: product.low)
        let first = divisor.dividingFullWidth((UInt64(product.high), upper))
        let second = divisor.dividingFullWidth((first.remainder, lower))
        let quotient = (UInt128(first.quotient) << 64) | UInt128(second.quotient)
        return (quotient, UInt128(second.remainder))
    }
}
