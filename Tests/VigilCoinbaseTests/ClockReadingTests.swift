import Synchronization
import Testing
import VigilModel

@testable import VigilCoinbase

/// How the venue's clock is compared with ours, also by a machine that is late to take an answer in.
@Suite(.certificates) struct ClockReadingTests {
    /// Our time, as it is read one time after the other; after the last it stands still.
    final class Script: Sendable {
        private let times: Mutex<[Int64]>

        init(_ times: [Int64]) {
            self.times = Mutex(times)
        }

        func next() -> Instant {
            times.withLock { times in
                let milliseconds = times.count > 1 ? times.removeFirst() : times[0]
                return Instant(nanoseconds: milliseconds * 1_000_000)
            }
        }
    }

    @Test func `of several answers the one that was under way the shortest is believed`()
        async throws
    {
        let wire = try RestTrapTests.wire([
            RestTrapTests.Entry(path: "/api/v3/brokerage/time", body: #"{"epochMillis":"1000"}"#)
        ])
        defer { wire.stop() }
        // The first answer was taken in 800 ms late, the second after 10 ms, the third after 400 ms.
        let script = Script([1_000, 1_800, 1_000, 1_010, 1_000, 1_400])
        let outcome = await wire.client.clockReading(times: 3) { script.next() }
        let reading = try #require(outcome.value)
        #expect(reading.trip == .milliseconds(10))
        #expect(reading.skew == .milliseconds(-5) && reading.uncertainty == .milliseconds(5))
        #expect(reading.differenceMin == .zero)
    }

    @Test func `the first call that fails is the last, and what was heard before it counts`()
        async throws
    {
        let wire = try RestTrapTests.wire([
            RestTrapTests.Entry(
                path: "/api/v3/brokerage/time",
                body: #"{"epochMillis":"5000"}"#,
                times: 1
            ),
            RestTrapTests.Entry(status: 403, body: "{}"),
        ])
        defer { wire.stop() }
        let script = Script([0])
        let reading = try #require(await wire.client.clockReading { script.next() }.value)
        #expect(reading.venue.nanoseconds == 5_000_000_000)
        #expect(reading.trouble != nil)
        guard case .refused(let refusal) = await wire.client.clockReading(by: { script.next() })
        else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.kind == .forbidden)
        #expect(try await RestTrapTests.log(wire).count == 3)
    }

    @Test(arguments: [(2_000, 600, 1_700), (-2_000, 600, 1_700), (300, 600, 0), (0, 0, 0)])
    func `clocks differ by no less than what the way cannot explain`(
        _ ahead: Int,
        _ trip: Int,
        _ least: Int
    ) {
        let reading = ClockReading(
            venue: Instant(nanoseconds: 0) + .milliseconds(10_000 + trip / 2 + ahead),
            askedAt: Instant(nanoseconds: 0) + .milliseconds(10_000),
            trip: .milliseconds(trip)
        )
        #expect(reading.differenceMin == .milliseconds(least))
    }
}
