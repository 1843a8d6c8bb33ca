internal import Synchronization

/// What every entry must pass on its way out; a kill closes it at once, from any thread.
package final class EntryGate: Sendable {
    private let open: Atomic<Bool>

    /// Begins open, or closed where a kill is latched.
    package init(open: Bool) {
        self.open = Atomic(open)
    }

    /// True while entries may leave.
    package var isOpen: Bool { open.load(ordering: .sequentiallyConsistent) }

    /// No entry leaves after this returns.
    package func close() {
        open.store(false, ordering: .sequentiallyConsistent)
    }

    /// Entries may leave again.
    package func reopen() {
        open.store(true, ordering: .sequentiallyConsistent)
    }
}
