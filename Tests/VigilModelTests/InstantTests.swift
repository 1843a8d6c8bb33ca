import Testing
import VigilModel

@Suite struct InstantTests {
    private let last = Instant(nanoseconds: .max)
    private let first = Instant(nanoseconds: .min)

    @Test func `what lies beyond the ends of time is as late or as early as can be`() {
        #expect(Instant(seconds: .max) == last)
        #expect(Instant(seconds: .min) == first)
        #expect(Instant(seconds: 9_223_372_036) < last)
        #expect(Instant(seconds: 9_223_372_037) == last)
        #expect(Instant(seconds: -9_223_372_037) == first)
        #expect(last + .nanoseconds(1) == last)
        #expect(first + .nanoseconds(-1) == first)
        #expect(first - .nanoseconds(1) == first)
        #expect(last - .nanoseconds(-1) == last)
        #expect(last + .seconds(Int64.max) == last)
        #expect(first - .seconds(Int64.max) == first)
        #expect(Instant("9999-12-31T00:00:00Z") == last)
        #expect(Instant("0001-01-01T00:00:00Z") == first)
    }

    @Test func `time is counted from the first of January 1970`() {
        #expect(Instant.epoch.description == "1970-01-01T00:00:00Z")
        #expect(Instant.epoch == Instant(nanoseconds: 0))
    }

    @Test func `the span between two instants has a sign, and an end`() {
        let (early, late) = (Instant(seconds: 10), Instant(seconds: 25))
        #expect(late - early == .seconds(15))
        #expect(early - late == .seconds(-15))
        #expect(late - .seconds(15) == early)
        #expect(last - first == .nanoseconds(Int64.max))
        #expect(first - last == .nanoseconds(Int64.min))
        #expect(early < late)
        #expect(!(late < early))
        #expect(!(early < early))
    }

    @Test(arguments: [
        (0, 0), (59, 0), (60, 60), (61, 60), (119, 60), (-1, -60), (-60, -60), (-61, -120),
    ])
    func `the grid of minutes holds before 1970, too`(seconds: Int64, start: Int64) {
        #expect(Instant(seconds: seconds).floor(to: .seconds(60)) == Instant(seconds: start))
    }

    @Test func `the first span of all begins where time does`() {
        #expect(first.floor(to: .seconds(86_400)) == first)
    }

    @Test(arguments: [
        (-86_401, -2), (-86_400, -1), (-1, -1), (0, 0), (86_399, 0), (86_400, 1),
    ])
    func `a day is counted from its midnight`(seconds: Int64, day: Int64) {
        #expect(Instant(seconds: seconds).day == day)
    }

    @Test(arguments: [
        // The epoch was a Thursday: its week began on Monday, three days before.
        (-4, -1), (-3, 0), (-1, 0), (0, 0), (3, 0), (4, 1), (10, 1), (11, 2), (-10, -1), (-11, -2),
    ])
    func `a week begins on its Monday`(day: Int64, week: Int64) {
        #expect(Instant(seconds: day * 86_400).week == week)
        #expect(Instant(seconds: day * 86_400 + 86_399).week == week)
    }

    @Test(arguments: [
        ("2026-11-22 12:34:56Z", "2026-11-22T12:34:56Z"),
        ("2026-11-22T12:34:56+00:00", "2026-11-22T12:34:56Z"),
        ("2026-11-22T12:34:56.5+05:30", "2026-11-22T07:04:56.5Z"),
        ("2026-12-31T20:00:00-08:00", "2027-01-01T04:00:00Z"),
        ("2026-11-22T00:00:00.000000001Z", "2026-11-22T00:00:00.000000001Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2026-11-22T01:02:03Z", "2026-11-22T01:02:03Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
    ])
    func `a time is read in the forms that venues use`(text: String, read: String) {
        #expect(Instant(text)?.description == read)
    }

    @Test(arguments: [
        "2026-11-22T24:00:00Z", "2026-11-22T12:60:00Z", "2026-11-22T12:00:61Z",
        "2026-11-22T12:00:-1Z",
        "2026-11-22T-1:00:00Z", "2026-11-22T12:-1:00Z", "2026-11-22T12:00Z",
        "2026-11-22T12:00:00:00Z",
        "2026-11-22", "12:00:00", "2026-11-22T12:00:00ZZ", "2026-11-22T12:00:00Z Z",
        "2026-11-22Tx:00:00Z",
        "2026-11-22T12:x:00Z", "2026-11-22T+1:00:00Z", "2026-11-22T1:00:00Z",
        "2026-11-22T12:+1:00Z",
        // Nobody knows when that is.
        "2026-11-22T12:34:56", "2026-11-22 12:34:56.25", "2026-11-22T12:34:56+24:00",
        "2026-11-22T12:34:56+0100", "2026-11-22T12:34:56+01", "2026-11-22T12:34:56+01:60",
        "2026-11-22T12:34:56Z+01:00", "2026-11-22T12:34:56 +01:00",
    ])
    func `a time that no clock shows is refused`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `a span in nanoseconds ends where a number does`() {
        #expect(Duration.seconds(3).nanoseconds == 3_000_000_000)
        #expect(Duration.milliseconds(-1).nanoseconds == -1_000_000)
        #expect((Duration.seconds(2) + .nanoseconds(7)).nanoseconds == 2_000_000_007)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
    }
}
