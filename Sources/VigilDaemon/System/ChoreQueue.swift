internal import Dispatch
internal import Synchronization
internal import VigilModel

/// A thread for what may take long or hang: reading files again, telling systemd.
///
/// A chore that is asked for while it waits is done once; one that hangs holds up the others here, and nobody else.
final class ChoreQueue: Sendable {
    private let queue: DispatchQueue
    private let waiting = Lock<Set<String>>([])

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    /// Asks for a chore; returns at once.
    func ask(_ name: String, _ chore: @escaping @Sendable () -> Void) {
        guard waiting.withLock({ $0.insert(name).inserted }) else { return }
        queue.async { [self] in
            // From here on what changed is looked at anew.
            _ = waiting.withLock { $0.remove(name) }
            chore()
        }
    }
}
