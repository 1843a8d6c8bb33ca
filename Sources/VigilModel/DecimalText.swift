/// Reading and writing of decimal numbers, without loss or not at all.
package enum DecimalText {
    /// Parses digits with an optional leading minus and at most one point into raw units.
    ///
    /// No exponent, no plus sign, no blank, digits on both sides of a point; digits beyond the 18th
    /// place may only be zeros.
    ///
    /// - Throws: `malformed`, `tooManyPlaces` or `overflow`; refuse the message the text came in.
    package static func parse(_ text: some StringProtocol) throws(MoneyError) -> Int128 {
        var magnitude: UInt128 = 0
        var negative = false
        var places = -1
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if places >= 18 {
                    guard byte == UInt8(ascii: "0") else { throw .tooManyPlaces(String(text)) }
                    continue
                }
                if places >= 0 {
                    places += 1
                }
                magnitude = try appended(byte - UInt8(ascii: "0"), to: magnitude)
            case UInt8(ascii: ".") where places < 0 && digits > 0:
                places = 0
                digits = 0
            case UInt8(ascii: "-") where digits == 0 && places < 0 && !negative:
                negative = true
            default:
                throw .malformed(String(text))
            }
        }
        guard digits > 0 else { throw .malformed(String(text)) }
        for _ in max(places, 0)..<18 {
            magnitude = try appended(0, to: magnitude)
        }
        guard magnitude <= Int128.max.magnitude else { throw .overflow }
        return negative ? -Int128(magnitude) : Int128(magnitude)
    }

    /// Writes raw units as the shortest plain decimal that parses back to them.
    package static func format(_ raw: Int128) -> String {
        let one = FixedPoint.one.magnitude
        let (whole, fraction) = raw.magnitude.quotientAndRemainder(dividingBy: one)
        let sign = raw < 0 ? "-" : ""
        guard fraction != 0 else { return sign + String(whole) }
        var digits = String(fraction)
        digits = String(repeating: "0", count: 18 - digits.utf8.count) + digits
        while digits.utf8.last == UInt8(ascii: "0") {
            digits.removeLast()
        }
        return sign + String(whole) + "." + digits
    }

    private static func appended(_ digit: UInt8, to value: UInt128) throws(MoneyError) -> UInt128 {
        let (tenfold, over1) = value.multipliedReportingOverflow(by: 10)
        let (result, over2) = tenfold.addingReportingOverflow(UInt128(digit))
        guard !over1, !over2 else { throw .overflow }
        return result
    }
}
