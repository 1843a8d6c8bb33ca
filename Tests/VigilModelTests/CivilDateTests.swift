import Testing
import VigilModel

@Suite struct CivilDateTests {
    /// The days of a month, as a calendar on the wall has them.
    private static func days(_ year: Int64, _ month: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    @Test func `the first and the last of every month of 3,000 years have the number of their day`()
    {
        // 0001-01-01, so many days before 1970.
        var day: Int64 = -719_162
        var wrong: [String] = []
        for year in Int64(1)...3_000 {
            for month in Int64(1)...12 {
                for dayOfMonth in [1, Self.days(year, month)] {
                    let date = CivilDate(day: day + dayOfMonth - 1)
                    if (date.year, date.month, date.dayOfMonth) != (year, month, dayOfMonth)
                        || date.day != day + dayOfMonth - 1
                    {
                        wrong.append(
                            "\(year)-\(month)-\(dayOfMonth) became \(date), day \(date.day)"
                        )
                    }
                }
                day += Self.days(year, month)
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong, first: \(wrong.first ?? "")")
    }

    @Test(arguments: [
        ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2026-11-28", 20_785),
        ("9999-12-31", 2_932_896), ("0001-01-01", -719_162),
    ])
    func `a date is read as its day`(text: String, day: Int64) throws {
        let date = try #require(CivilDate(text))
        #expect(date.day == day)
    }

    @Test(arguments: [
        "2026-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "2026-01-32",
        "0000-05-01",
        "10000-01-01", "2026-01", "2026-01-01-01", "2026--01", "x-01-01", "2026-1-01", "2026-01-1",
        "226-01-01", "202:-01-01", "202/-01-01", "2026--01-01",
        "2026-99-01", "2026-01-99", "2026-+1-01", "2026-01-+1", "+226-01-01", "2026-x-01",
        "2026-01-x", "",
    ])
    func `a date that does not exist is refused`(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test func `months and days are written with two digits`() {
        #expect(CivilDate(day: 0).description == "1970-01-01")
        #expect(CivilDate(day: 20_785).description == "2026-11-28")
        #expect(CivilDate(day: 20_779).description == "2026-11-22")
        #expect(CivilDate(day: 20_766).description == "2026-11-09")
        #expect(CivilDate(day: 20_767).description == "2026-11-10")
    }
}
