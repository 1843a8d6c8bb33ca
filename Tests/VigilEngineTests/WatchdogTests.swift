import Foundation
import Synchronization
import Testing
import VigilCore
import VigilModel
import VigilSimulation
import VigilTelemetry

@testable import VigilEngine
@testable import VigilRehearsal

/// When the service manager is told that the engine is alive, and when it is left to find out.
@Suite struct WatchdogTests {
    private static let start = Instant(seconds: 1_767_571_200)

    /// At which seconds the watchdog was told, while a body ran over an engine without actors.
    private func alive(
        _ body: @escaping @Sendable (Plumbing, SimulationExecutor) async -> Void
    ) throws -> [Int] {
        let folder = NSTemporaryDirectory() + "vigil-watchdog-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = SimulationExecutor(start: Self.start)
        let heard = Told()
        let service = ServiceManager(watchdogMicroseconds: 15_000_000) { word in
            if word == "WATCHDOG=1" {
                heard.add(Int((clock.now - Self.start) / .seconds(1)))
            }
        }
        let plumbing = Plumbing(
            clock: clock,
            stopwatch: MonotonicStopwatch(),
            submits: true,
            eligibleMin: 1
        )
        let telemetry = TelemetryActor(
            sinks: .init(
                journal: SilentJournal(),
                context: JournalContext(
                    configHash: "",
                    decisionHash: "",
                    run: RunID("run"),
                    mode: .paper
                ),
                textfile: TextfileWriter(path: folder + "/vigil.prom"),
                service: service
            ),
            plumbing: plumbing,
            clock: clock,
            host: MachineHost(directory: folder)
        )
        try clock.run {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await telemetry.run(ticking: true) }
                // What telemetry itself says to Risk is heard.
                group.addTask { while await plumbing.risk.next() != nil {} }
                await body(plumbing, clock)
                plumbing.risk.close()
                plumbing.telemetry.close()
            }
        }
        return heard.seconds
    }

    @Test func `an engine that waits for its next cycle is alive for as long as it waits`() throws {
        let seconds = try alive { _, clock in await clock.sleep(until: Self.start + .seconds(602)) }
        #expect(seconds == Array(stride(from: 0, through: 600, by: 5)))
    }

    @Test func `a stage that stands silences the watchdog though every mailbox is empty`() throws {
        let seconds = try alive { plumbing, clock in
            plumbing.status.set(stage: .risk, at: clock.now)
            await clock.sleep(until: Self.start + .seconds(302))
            plumbing.status.set(stage: .idle, at: clock.now)
            await clock.sleep(until: Self.start + .seconds(312))
        }
        // Ninety seconds are too long for any stage; then nothing, until it goes on.
        #expect(seconds == Array(stride(from: 0, through: 85, by: 5)) + [305, 310])
    }

    @Test(arguments: Stage.allCases.filter { $0 != .idle })
    func `whichever stage it is that stands`(_ stage: Stage) throws {
        let seconds = try alive { plumbing, clock in
            plumbing.status.set(stage: stage, at: clock.now)
            await clock.sleep(until: Self.start + .seconds(200))
        }
        #expect(seconds.last == 85)
    }

    @Test func `stages that follow one another in time keep it alive`() throws {
        let seconds = try alive { plumbing, clock in
            for round in 1...4 {
                plumbing.status.set(stage: .market, at: clock.now)
                await clock.sleep(until: Self.start + .seconds(round * 80 + 2))
            }
        }
        #expect(seconds == Array(stride(from: 0, through: 320, by: 5)))
    }

    /// What is put into each mailbox, and left there.
    private static let unread: [(MailboxName, @Sendable (Plumbing) -> Void)] = [
        (.venue, { $0.venue.post(.wake) }),
        (.market, { $0.market.post(.snapshotRequested(cycle: 1)) }),
        (.conductor, { $0.conductor.post(.timerFired) }),
        (.execution, { $0.execution.post(.timerFired) }),
        (.portfolio, { $0.portfolio.post(.peakReset) }),
        (.reconciliation, { $0.reconciliation.post(.requested(cycle: 1)) }),
        (.alerting, { $0.alerting.post(.timerFired) }),
        (.feeds, { $0.feeds.post(.begin) }),
        (.ledger, { $0.ledger.post(.intents([])) }),
    ]

    @Test(arguments: unread.map(\.0))
    func `an actor that does not read silences the watchdog after ten seconds`(
        _ name: MailboxName
    ) throws {
        let post = try #require(Self.unread.first { $0.0 == name }?.1)
        let seconds = try alive { plumbing, clock in
            await clock.sleep(until: Self.start + .seconds(7))
            post(plumbing)
            await clock.sleep(until: Self.start + .seconds(60))
        }
        #expect(seconds == [0, 5, 10, 15])
    }
}

/// When it was told.
private final class Told: Sendable {
    private let held = Mutex<[Int]>([])

    var seconds: [Int] { held.withLock { $0 } }

    func add(_ second: Int) { held.withLock { $0.append(second) } }
}

/// The engine's time, whatever someone does to the machine's.
@Suite struct MachineClockTests {
    /// A machine with times that are set by hand.
    private final class Hands: Sendable {
        private let held: Mutex<(real: Int64, monotonic: Int64, boot: Int64)>

        init(real: Int64, monotonic: Int64) {
            held = Mutex((real, monotonic, monotonic))
        }

        /// Time passes, or is set.
        func move(real: Int64 = 0, monotonic: Int64 = 0, asleep: Int64 = 0) {
            held.withLock {
                $0 = ($0.real + real, $0.monotonic + monotonic, $0.boot + monotonic + asleep)
            }
        }

        @Sendable func read(_ hand: MachineClock.Hand) -> Int64 {
            held.withLock { hands in
                switch hand {
                case .realTime: hands.real
                case .monotonic: hands.monotonic
                case .boot: hands.boot
                }
            }
        }
    }

    private static let second: Int64 = 1_000_000_000

    @Test func `between two looks it goes on by itself, whatever is set`() {
        let hands = Hands(real: 1_000 * Self.second, monotonic: 7 * Self.second)
        let clock = MachineClock(reading: hands.read)
        #expect(clock.now == Instant(seconds: 1_000))
        // Someone sets the machine's clock forward by a day, and back by two: nothing moves.
        hands.move(real: 86_400 * Self.second)
        #expect(clock.now == Instant(seconds: 1_000))
        hands.move(real: -2 * 86_400 * Self.second)
        #expect(clock.now == Instant(seconds: 1_000))
        hands.move(real: Self.second, monotonic: 3 * Self.second)
        #expect(clock.now == Instant(seconds: 1_003))
    }

    @Test func `a clock that is set forward is followed at once, and said`() {
        let hands = Hands(real: 1_000 * Self.second, monotonic: 7 * Self.second)
        let clock = MachineClock(reading: hands.read)
        hands.move(real: 601 * Self.second, monotonic: Self.second)
        #expect(clock.look() == .setForward(.seconds(600)))
        #expect(clock.now == Instant(seconds: 1_601))
        hands.move(real: Self.second, monotonic: Self.second)
        #expect(clock.look() == nil)
        #expect(clock.now == Instant(seconds: 1_602))
    }

    @Test
    func
        `a clock that is set back is never followed backwards, and caught up with at half the pace`()
    {
        let hands = Hands(real: 1_000 * Self.second, monotonic: 7 * Self.second)
        let clock = MachineClock(reading: hands.read)
        hands.move(real: -9 * Self.second, monotonic: Self.second)
        #expect(clock.look() == .setBack(.seconds(10)))
        var before = clock.now
        #expect(before == Instant(seconds: 1_001))
        for _ in 0..<25 {
            hands.move(real: Self.second, monotonic: Self.second)
            #expect(clock.now >= before)
            before = clock.now
            // It is said once.
            #expect(clock.look() == nil)
        }
        #expect(clock.now == Instant(nanoseconds: hands.read(.realTime)))
    }

    @Test func `a machine that slept, and a process that stood still, are told apart`() {
        let hands = Hands(real: 1_000 * Self.second, monotonic: 7 * Self.second)
        let clock = MachineClock(reading: hands.read)
        #expect(clock.look() == nil)
        hands.move(real: 601 * Self.second, monotonic: Self.second, asleep: 600 * Self.second)
        #expect(clock.now == Instant(seconds: 1_601))
        #expect(clock.look() == .slept(.seconds(600)))
        hands.move(real: 90 * Self.second, monotonic: 90 * Self.second)
        #expect(clock.look() == .stoodStill(.seconds(90)))
        #expect(clock.now == Instant(seconds: 1_691))
    }

    @Test func `a timer that a jump has passed is due at once`() async {
        let hands = Hands(real: 1_000 * Self.second, monotonic: 7 * Self.second)
        let clock = MachineClock(reading: hands.read)
        await confirmation { fired in
            await withCheckedContinuation { continuation in
                clock.schedule(at: Instant(seconds: 1_500)) {
                    fired()
                    continuation.resume()
                }
                hands.move(real: 600 * Self.second)
                #expect(clock.look() == .setForward(.seconds(600)))
            }
        }
    }

    @Test func `beside a fast market it goes so many times as fast, from where it was told`() {
        let hands = Hands(real: 1_000 * Self.second, monotonic: 7 * Self.second)
        let clock = MachineClock(
            speed: 20,
            startingAt: Instant(seconds: 50),
            reading: hands.read
        )
        #expect(clock.now == Instant(seconds: 50))
        hands.move(real: -500 * Self.second, monotonic: Self.second)
        #expect(clock.now == Instant(seconds: 70))
    }

    @Test func `the machine's own times are not mixed up`() {
        let uptime = MachineClock.nanoseconds(.monotonic)
        let today = MachineClock.nanoseconds(.realTime)
        // 2020 lies behind us, and no machine has run since then.
        #expect(today > 1_577_836_800 * Self.second)
        #expect(uptime > 0 && uptime < 1_577_836_800 * Self.second)
        #expect(MachineClock.nanoseconds(.monotonic) >= uptime)
        let stopwatch = MonotonicStopwatch().elapsed
        #expect(stopwatch >= uptime && stopwatch < 1_577_836_800 * Self.second)
    }
}
