internal import VigilModel

/// Timers by due time, first set first among equals.
struct TimerHeap {
    private var entries: [Entry] = []
    private var sequence: UInt64 = 0

    private struct Entry {
        let due: Instant
        let sequence: UInt64
        let action: @Sendable () -> Void

        func isBefore(_ other: Entry) -> Bool {
            due == other.due ? sequence < other.sequence : due < other.due
        }
    }

    mutating func insert(_ due: Instant, _ action: @escaping @Sendable () -> Void) {
        sequence += 1
        entries.append(Entry(due: due, sequence: sequence, action: action))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].isBefore(entries[parent]) else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() -> (due: Instant, action: @Sendable () -> Void)? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return (first.due, first.action) }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].isBefore(entries[least]) {
                    least = child
                }
            }
            guard least != parent else { break }
            entries.swapAt(parent, least)
            parent = least
        }
        return (first.due, first.action)
    }
}
