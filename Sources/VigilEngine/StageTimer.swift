internal import Synchronization
package import VigilCore
package import VigilModel

/// Measures how long each stage of a cycle takes in real time.
final class StageTimer: Sendable {
    private struct State {
        var current: (stage: Stage, since: Int64)?
        var done: [(stage: Stage, nanoseconds: Int64)] = []
    }

    private let stopwatch: any Stopwatch
    private let state = Lock(State())

    init(stopwatch: any Stopwatch) {
        self.stopwatch = stopwatch
    }

    func enter(_ stage: Stage) {
        let now = stopwatch.elapsed
        state.withLock { state in
            if let current = state.current {
                state.done.append((current.stage, now - current.since))
            }
            state.current = stage == .idle ? nil : (stage, now)
        }
    }

    func take() -> [(stage: Stage, nanoseconds: Int64)] {
        state.withLock { state in
            defer { state.done = [] }
            return state.done
        }
    }
}

/// What the engine looks like from outside, readable from any thread while any actor hangs.
package final class StatusBoard: Sendable {
    /// The last known state.
    package struct View: Sendable {
        /// The stage the cycle is in.
        package internal(set) var stage = Stage.idle
        /// When it entered that stage.
        package internal(set) var stageSince = Instant.epoch
        /// Active halts.
        package internal(set) var halts: [ActiveHalt] = [
            ActiveHalt(Halt(.recovering), detail: "", raisedAt: .epoch)
        ]
        /// The last cycle's decision.
        package internal(set) var decision: DecisionRecord?
        /// The books at the last look.
        package internal(set) var portfolio: PortfolioSnapshot?
        /// The orders at the last look.
        package internal(set) var orders: ExecutionSnapshot?
        /// The deepest fall from the peak of this run.
        package internal(set) var drawdownMax = Rate.zero
        /// How many proposals there were in this run.
        package internal(set) var proposals = 0
        /// How many cycles have ended in this run.
        package internal(set) var cycles = 0
        /// What was explained of each difference, by its words, since the books last agreed with the venue.
        fileprivate var explained: [String: Int128] = [:]
    }

    private let view = Lock(View())
    private let booked = Lock<[Money: Int]>([:])
    private let shown = Lock<(ticket: Int, books: [Int: OrderBook?])>((0, [:]))

    /// A number under which a book will be shown.
    func takeTicket() -> Int {
        shown.withLock { shown in
            shown.ticket += 1
            // Who asked before and went away leaves nothing behind.
            shown.books = [:]
            return shown.ticket
        }
    }

    func show(_ book: OrderBook?, _ ticket: Int) {
        shown.withLock { $0.books[ticket] = .some(book) }
    }

    /// The book that was asked for; nil while it is not there.
    package func book(_ ticket: Int) -> OrderBook?? {
        shown.withLock { $0.books[ticket] }
    }

    /// How many movements of this amount the ledger has committed in this run.
    package func bookedCount(of movement: Money) -> Int { booked.withLock { $0[movement] ?? 0 } }

    func noteBooked(_ movement: Money) {
        booked.withLock { $0[movement, default: 0] += 1 }
    }

    /// The state now.
    package var current: View { view.withLock { $0 } }

    func set(stage: Stage, at now: Instant) {
        view.withLock { view in
            view.stage = stage
            view.stageSince = now
        }
    }

    func set(halts: [ActiveHalt]) {
        view.withLock { view in
            view.halts = halts
            if !halts.contains(where: { $0.halt.reason == .mismatch }) { view.explained = [:] }
        }
    }

    /// True where a movement, and all that were claimed of this difference before it, are no more than it.
    ///
    /// What was booked is in the difference only after the next comparison, whose words are others.
    package func claim(_ movement: Money, of difference: Money, _ words: String) -> Bool {
        view.withLock { view in
            let claimed = view.explained[words] ?? 0
            let (sum, overflow) = claimed.addingReportingOverflow(movement.raw)
            guard !overflow, (sum < 0) == difference.isNegative,
                sum.magnitude <= difference.raw.magnitude
            else { return false }
            view.explained[words] = sum
            return true
        }
    }

    func set(
        _ decision: DecisionRecord,
        _ portfolio: PortfolioSnapshot?,
        _ orders: ExecutionSnapshot?
    ) {
        view.withLock { view in
            view.decision = decision
            view.portfolio = portfolio ?? view.portfolio
            view.orders = orders
            view.drawdownMax = max(view.drawdownMax, portfolio?.drawdown ?? .zero)
            view.cycles += 1
            view.proposals += decision.proposals
        }
    }
}
