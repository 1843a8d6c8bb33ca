internal import Synchronization
internal import VigilEngine
internal import VigilModel

/// Makes cores fail now and then, from a seed, and keeps what must not be.
final class SeededInspector: CoreInspector {
    private struct State {
        var random: SeededRandom
        var violations: [String] = []
    }

    /// Of events, whether they can fail or not.
    private static let chance = 0.002
    private static let violationsMax = 10
    private let state: Lock<State>
    private let fails: Bool
    private let calmFrom: Instant

    /// Begins with a seed; from `calmFrom` on nothing fails.
    init(seed: UInt64, fails: Bool, calmFrom: Instant) {
        state = Lock(State(random: SeededRandom(seed: seed)))
        self.fails = fails
        self.calmFrom = calmFrom
    }

    var violations: [String] { state.withLock { $0.violations } }

    func fails(_ core: Any.Type, at now: Instant) -> Bool {
        guard fails, now < calmFrom else { return false }
        return state.withLock { $0.random.unit() < Self.chance }
    }

    func found(_ violation: String) {
        state.withLock { state in
            guard state.violations.count < Self.violationsMax else { return }
            state.violations.append(violation)
        }
    }
}
