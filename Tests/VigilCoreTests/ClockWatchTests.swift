import Testing
import VigilModel

@testable import VigilCore

@Suite struct ClockWatchTests {
    private func watch(_ heard: [Int]) -> (ClockWatch, ClockWatch.Estimate?) {
        var watch = ClockWatch()
        _ = watch.answered(.milliseconds(20), uncertainty: .milliseconds(30))
        var estimate: ClockWatch.Estimate?
        for ahead in heard {
            estimate = watch.heard(.milliseconds(ahead))
        }
        return (watch, estimate)
    }

    private func estimate(_ skew: Int, _ uncertainty: Int) -> ClockWatch.Estimate {
        .init(skew: .milliseconds(skew), uncertainty: .milliseconds(uncertainty))
    }

    @Test func `a heartbeat was sent before it came, and narrows what the answer left open`() {
        #expect(watch([-40]).1 == estimate(20, 30))
        #expect(watch([10]).1 == estimate(30, 20))
        // The quickest of them tells the most.
        #expect(watch([10, -900, -5]).1 == estimate(30, 20))
    }

    @Test func `a clock of ours that goes back is seen with the next heartbeat`() {
        #expect(watch([-40, 4_960]).1 == estimate(4_960, 0))
        // Put right again, it is believed when ten have said so.
        #expect(watch([4_960] + Array(repeating: -40, count: 9)).1 == estimate(4_960, 0))
        #expect(watch([4_960] + Array(repeating: -40, count: 10)).1 == estimate(20, 30))
    }

    @Test func `what everything comes late by is asked about, once in ten seconds`() {
        var (watch, _) = watch(Array(repeating: -5_000, count: 9))
        func asks(after seconds: Int) -> Bool {
            watch.shouldAsk(at: Sample.now + .seconds(seconds))
        }
        #expect(!asks(after: 0))
        let tenth = watch.heard(.milliseconds(-5_000))
        #expect(tenth == estimate(20, 30))
        #expect([0, 9, 10].map(asks) == [true, false, true])
        // The answer settles it: it was our clock.
        _ = watch.answered(.milliseconds(-4_990), uncertainty: .milliseconds(20))
        #expect(!asks(after: 30))
    }

    @Test func `a slow answer makes what was known no less so`() {
        var watch = ClockWatch()
        _ = watch.answered(.milliseconds(-2_000), uncertainty: .milliseconds(20))
        let slow = watch.answered(.milliseconds(-2_000), uncertainty: .milliseconds(2_500))
        #expect(slow == estimate(-2_000, 20))
        // Put right, the two cannot both be.
        let right = watch.answered(.milliseconds(5), uncertainty: .milliseconds(20))
        #expect(right == estimate(5, 20))
    }

    @Test func `without an answer nothing is claimed`() {
        var watch = ClockWatch()
        let estimate = watch.heard(.milliseconds(9_000))
        #expect(estimate == nil)
    }
}
