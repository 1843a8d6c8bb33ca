internal import Dispatch
internal import Glibc
internal import Synchronization
internal import VigilCore
package import VigilModel

/// The machine's time of day, made to go forward only; timers run on a queue of their own.
///
/// Between two looks it counts at the boot clock's pace, which goes on while the machine sleeps. A look compares it with
/// the time of day: where that was set forward, or a sleep was longer than was counted, it follows at once. Where the
/// time of day was set back, a timer that has fired must not look early, and what was written must not come again: it
/// goes at half its pace until both agree.
package final class MachineClock: EngineClock {
    /// One of the machine's times.
    package enum Hand: Sendable {
        /// What the machine takes for the time of day; someone may set it.
        case realTime
        /// What only goes forward, and stands still while the machine sleeps.
        case monotonic
        /// What only goes forward, also while the machine sleeps.
        case boot
    }

    /// What a look found that people should know.
    package enum Jump: Sendable, Equatable {
        /// The machine slept for so long.
        case slept(Duration)
        /// The process stood still for so long, as when it was stopped.
        case stoodStill(Duration)
        /// Its time of day was set forward by so much.
        case setForward(Duration)
        /// Its time of day was set back by so much.
        case setBack(Duration)
    }

    private struct Face {
        /// The engine's time at the boot clock's.
        var time: Int64
        var boot: Int64
        var isSlow = false
        /// How much longer than the monotonic clock the boot clock has run.
        var slept: Int64
        /// When it was compared last, on the monotonic clock; nil before the first time.
        var lookedAt: Int64?
        var timers: [Int: (due: Instant, action: @Sendable () -> Void)] = [:]
        var lastTimer = 0
    }

    /// What is no step, but two readings a moment apart.
    private static let stepMin: Int64 = 20_000_000
    /// What is worth telling.
    private static let toldMin = Duration.milliseconds(250)
    /// Looks are a second apart.
    private static let stillMin = Duration.seconds(60)

    private let queue = DispatchQueue(label: "vigil.clock", qos: .userInitiated)
    private let face: Lock<Face>
    private let speed: Int64
    /// False beside a market that has a time of its own.
    private let followsMachine: Bool
    private let read: @Sendable (Hand) -> Int64

    /// Reads the machine's time; or begins at another and goes so many times as fast, beside a venue
    /// whose market does.
    package init(
        speed: Int = 1,
        startingAt start: Instant? = nil,
        reading read: @escaping @Sendable (Hand) -> Int64 = MachineClock.nanoseconds
    ) {
        self.read = read
        self.speed = Int64(max(speed, 1))
        followsMachine = start == nil && speed <= 1
        let boot = read(.boot)
        face = Lock(
            Face(
                time: start?.nanoseconds ?? read(.realTime),
                boot: boot,
                slept: boot - read(.monotonic)
            )
        )
    }

    package var now: Instant {
        face.withLock { Instant(nanoseconds: time($0, read(.boot))) }
    }

    private func time(_ face: borrowing Face, _ boot: Int64) -> Int64 {
        let span = (boot - face.boot) * speed
        return face.time + (face.isSlow ? span / 2 : span)
    }

    /// Reads one of the machine's times from its kernel.
    package static func nanoseconds(_ hand: Hand) -> Int64 {
        let clock =
            switch hand {
            case .realTime: CLOCK_REALTIME
            case .monotonic: CLOCK_MONOTONIC
            case .boot: CLOCK_BOOTTIME
            }
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    package func schedule(at due: Instant, _ action: @escaping @Sendable () -> Void) {
        // Further ahead than ten years is never.
        guard (due - now).nanoseconds / speed < 315_360_000_000_000_000 else { return }
        let number = face.withLock { face in
            face.lastTimer += 1
            face.timers[face.lastTimer] = (due, action)
            return face.lastTimer
        }
        arm(number, due)
    }

    private func arm(_ number: Int, _ due: Instant) {
        let wait = max((due - now).nanoseconds / speed, 0)
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(wait))) { [self] in fire(number) }
    }

    /// Fires a timer once; one that came early, as the clock goes slower than it did, is set again.
    private func fire(_ number: Int) {
        let now = now
        let (action, again): ((@Sendable () -> Void)?, Instant?) = face.withLock { face in
            guard let timer = face.timers[number] else { return (nil, nil) }
            guard timer.due <= now else { return (nil, timer.due) }
            face.timers[number] = nil
            return (timer.action, nil)
        }
        action?()
        if let again { arm(number, again) }
    }

    /// Compares the engine's time with the machine's, follows it, and says what is worth telling.
    package func look() -> Jump? {
        guard followsMachine else { return nil }
        let (boot, real, awake) = (read(.boot), read(.realTime), read(.monotonic))
        let (jump, isAhead) = face.withLock { face -> (Jump?, Bool) in
            let slept = Duration.nanoseconds(boot - awake - face.slept)
            let still = Duration.nanoseconds(face.lookedAt.map { awake - $0 } ?? 0)
            (face.slept, face.lookedAt) = (boot - awake, awake)
            let (wasSlow, shown) = (face.isSlow, time(face, boot))
            let step = Duration.nanoseconds(real - shown)
            face.isSlow = step.nanoseconds < -Self.stepMin
            face.time = step.nanoseconds > Self.stepMin ? real : shown
            face.boot = boot
            if slept > Self.toldMin { return (.slept(slept), true) }
            if still > Self.stillMin { return (.stoodStill(still), true) }
            if !wasSlow, step > Self.toldMin { return (.setForward(step), true) }
            let isNew = !wasSlow && step < .zero - Self.toldMin
            return (isNew ? .setBack(.zero - step) : nil, step.nanoseconds > Self.stepMin)
        }
        if isAhead { rearm() }
        return jump
    }

    /// Timers count awake time at the pace of their setting: what a jump has passed is due now.
    private func rearm() {
        let timers = face.withLock { $0.timers.mapValues(\.due) }
        for (number, due) in timers.sorted(by: { $0.value < $1.value }) {
            arm(number, due)
        }
    }

    /// Looks each second, and has told what it finds; until the process ends.
    package func follow(_ told: @escaping @Sendable (Jump) -> Void) {
        guard followsMachine else { return }
        queue.asyncAfter(deadline: .now() + .seconds(1)) { [self] in
            if let jump = look() { told(jump) }
            follow(told)
        }
    }
}

/// A thread for work that blocks, apart from Swift's cooperative pool.
package final class BlockingExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// Names the thread.
    package init(label: String) {
        queue = DispatchQueue(label: label, qos: .userInitiated)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            unsafe job.runSynchronously(on: self.asUnownedSerialExecutor())
        }
    }
}
