/// A day of the Gregorian calendar, from the year 1 on.
///
/// The conversions shift the year to begin in March, so that the leap day is its last.
package struct CivilDate: Hashable, Sendable, CustomStringConvertible {
    /// The year, such as 2026.
    package let year: Int64
    /// The month, 1 to 12.
    package let month: Int64
    /// The day of the month, 1 to 31.
    package let dayOfMonth: Int64

    /// The date of a day counted from 1970-01-01.
    package init(day: Int64) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let leaps = dayOfEra / 1_460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra = (dayOfEra - leaps) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        dayOfMonth = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Parses `2026-11-22`; nil for anything else, and for a day that does not exist.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = Self.number(parts[0], digits: 4),
            let month = Self.number(parts[1], digits: 2),
            let day = Self.number(parts[2], digits: 2),
            year > 0
        else { return nil }
        self.year = year
        self.month = month
        dayOfMonth = day
        // A month or a day too many is a day of the next one.
        guard CivilDate(day: self.day) == self else { return nil }
    }

    /// A number written with so many digits and nothing else.
    static func number(_ text: some StringProtocol, digits: Int) -> Int64? {
        let bytes = text.utf8
        guard bytes.count == digits, bytes.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return bytes.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// Days since 1970-01-01.
    package var day: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let marchMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * marchMonth + 2) / 5 + dayOfMonth - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package var description: String {
        "\(year)-\(Instant.padded(month))-\(Instant.padded(dayOfMonth))"
    }
}
