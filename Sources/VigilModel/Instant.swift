/// A point in time.
///
/// **Units**: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
package struct Instant: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// Nanoseconds since the epoch.
    package let nanoseconds: Int64

    /// Wraps nanoseconds since the epoch.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Wraps whole seconds since the epoch; saturates at the ends of the range, some 292 years away.
    package init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        nanoseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// 1970-01-01T00:00:00Z.
    package static let epoch = Instant(nanoseconds: 0)

    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant a span later; saturates at the ends of the range.
    package static func + (left: Instant, right: Duration) -> Instant {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return Instant(nanoseconds: right < .zero ? .min : .max)
    }

    /// The instant a span earlier.
    package static func - (left: Instant, right: Duration) -> Instant {
        left + (.zero - right)
    }

    /// The span from an earlier instant to this one; saturates.
    package static func - (left: Instant, right: Instant) -> Duration {
        let (span, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        return .nanoseconds(overflow ? (left < right ? .min : .max) : span)
    }

    /// The start of the span of a fixed grid that this instant lies in.
    package func floor(to span: Duration) -> Instant {
        let step = span.nanoseconds
        var rest = nanoseconds % step
        if rest < 0 {
            rest += step
        }
        let (start, overflow) = nanoseconds.subtractingReportingOverflow(rest)
        return Instant(nanoseconds: overflow ? .min : start)
    }

    /// Days since the epoch, in UTC.
    package var day: Int64 { floor(to: .seconds(86_400)).nanoseconds / 86_400_000_000_000 }

    /// Weeks since the epoch, each beginning on Monday 00:00 UTC.
    package var week: Int64 {
        // The epoch was a Thursday, so its week began three days before it.
        let days = day + 3
        return days >= 0 ? days / 7 : (days - 6) / 7
    }

    /// RFC 3339 in UTC with the fewest fractional digits.
    package var description: String {
        let date = CivilDate(day: day)
        let rest = nanoseconds - day * 86_400_000_000_000
        let seconds = rest / 1_000_000_000
        let fraction = Int128(rest % 1_000_000_000) * 1_000_000_000
        let tail = DecimalText.format(fraction).dropFirst()
        let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map(Self.padded)
        return "\(date)T\(clock.joined(separator: ":"))\(tail)Z"
    }

    /// Parses RFC 3339: `2026-11-22T12:34:56[.fraction]Z`, also with a blank for the `T` and with an offset such as
    /// `+01:00` for the `Z`; nil without either, as nobody knows then when it is.
    package init?(_ text: some StringProtocol) {
        let parts = text.split { $0 == "T" || $0 == " " }
        guard parts.count == 2, let date = CivilDate(parts[0]) else { return nil }
        guard let zone = Self.zone(parts[1]) else { return nil }
        let clock = parts[1].dropLast(zone.length).split(separator: ":")
        guard clock.count == 3, let hour = CivilDate.number(clock[0], digits: 2),
            let minute = CivilDate.number(clock[1], digits: 2),
            let seconds = try? DecimalText.parse(clock[2]), hour < 24, minute < 60, seconds >= 0,
            seconds < 61 * FixedPoint.one
        else { return nil }
        let local = date.day * 86_400 + hour * 3_600 + minute * 60
        let whole = Instant(seconds: local - zone.offset)
        // A year that cannot be held, such as 9999 for "never", is as late as can be.
        nanoseconds = (whole + .nanoseconds(Int64(seconds / 1_000_000_000))).nanoseconds
    }

    /// How long the zone at the end of a time is, and how many seconds it is ahead of UTC.
    private static func zone(_ clock: some StringProtocol) -> (length: Int, offset: Int64)? {
        if clock.hasSuffix("Z") || clock.hasSuffix("z") { return (1, 0) }
        let parts = clock.suffix(6).split(separator: ":")
        guard clock.count > 6, let sign = parts.first?.first, "+-".contains(sign), parts.count == 2,
            let hours = CivilDate.number(parts[0].dropFirst(), digits: 2),
            let minutes = CivilDate.number(parts[1], digits: 2), hours < 24, minutes < 60
        else { return nil }
        return (6, (hours * 3_600 + minutes * 60) * (sign == "-" ? -1 : 1))
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let instant = Instant(text) else { throw MoneyError.malformed(text) }
        self = instant
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    static func padded(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : String(number)
    }
}

extension Duration {
    /// The span for people: milliseconds below ten seconds, whole seconds above.
    package var shown: String {
        let size = self < .zero ? .zero - self : self
        return size < .seconds(10)
            ? "\(nanoseconds / 1_000_000) ms" : "\(nanoseconds / 1_000_000_000) s"
    }

    /// The span in whole nanoseconds, saturated at about ±292 years.
    package var nanoseconds: Int64 {
        let parts = components
        let (whole, overflow) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return parts.seconds < 0 ? .min : .max }
        return whole + parts.attoseconds / 1_000_000_000
    }
}
