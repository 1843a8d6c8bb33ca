internal import Synchronization
package import VigilCore
package import VigilModel

/// A bounded queue with one reader, who gets everything that waits in one resume: a sequence of batches.
///
/// `post` never waits and never drops: going over the bound is told to the poster, who raises a fault.
/// `send` waits while the box is full, and is for commands that flow one way only. A task that is canceled waits
/// no longer: its reading ends, and what it was to send is not put in.
package final class Mailbox<Item: Sendable>: AsyncSequence, Sendable {
    /// Reads batch after batch, until the box is closed and empty.
    package struct Iterator: AsyncIteratorProtocol {
        let box: Mailbox

        package func next(isolation actor: isolated (any Actor)? = #isolation) async -> [Item]? {
            await box.next()
        }
    }

    private struct State {
        /// What waits, in order, and what a newer one further behind has taken the place of.
        var buffer: [Item] = []
        var replaced: Set<Int> = []
        var slots: [ProductID: Int] = [:]
        var oldest: Instant?
        var handling: Instant?
        var closed = false
        var reader: Wait?
        var senders: [Wait] = []

        var depth: Int { buffer.count - replaced.count }

        /// Takes the waiting item of a product out, and gives its name to the next.
        mutating func replace(_ product: ProductID) {
            if let slot = slots[product] {
                replaced.insert(slot)
                // A reader that hangs must not be waited for with ever more of what nobody will read.
                if replaced.count > 64, replaced.count > depth { sweep() }
            }
            slots[product] = buffer.count
        }

        private mutating func sweep() {
            var places: [Int: Int] = [:]
            for place in buffer.indices where !replaced.contains(place) {
                places[place] = places.count
            }
            buffer = live
            slots = slots.compactMapValues { places[$0] }
            replaced = []
        }

        private var live: [Item] {
            replaced.isEmpty
                ? buffer : buffer.indices.filter { !replaced.contains($0) }.map { buffer[$0] }
        }

        mutating func append(_ item: Item, at now: Instant) -> Wait? {
            buffer.append(item)
            oldest = oldest ?? now
            defer { reader = nil }
            return reader
        }

        mutating func take() -> (batch: [Item]?, senders: [Wait], closed: Bool) {
            (handling, reader) = (nil, nil)
            guard !buffer.isEmpty else { return (nil, [], closed) }
            let batch = live
            (buffer, slots, replaced) = ([], [:], [])
            (handling, oldest) = (oldest, nil)
            defer { senders = [] }
            return (batch, senders, closed)
        }
    }

    private let state = Lock(State())
    private let clock: any EngineClock
    /// How many items may wait.
    package let bound: Int

    /// Makes a box with a bound of at least one.
    package init(bound: Int, clock: any EngineClock) {
        precondition(bound > 0, "Invariant: a mailbox holds at least one item")
        self.bound = bound
        self.clock = clock
    }

    /// The batches; for the one reader only.
    package func makeAsyncIterator() -> Iterator { Iterator(box: self) }

    /// Puts an item in; false where the box is now over its bound.
    @discardableResult
    package func post(_ item: Item) -> Bool {
        let now = clock.now
        let (reader, within) = state.withLock { state in
            guard !state.closed else { return (nil as Wait?, true) }
            let reader = state.append(item, at: now)
            return (reader, state.depth <= bound)
        }
        reader?.end()
        return within
    }

    /// Puts an item in that takes the place of a waiting one of the same product: the newest wins, and passes
    /// nothing that was posted before it.
    package func post(_ item: Item, conflating product: ProductID) {
        let now = clock.now
        let reader = state.withLock { state -> Wait? in
            guard !state.closed else { return nil }
            state.replace(product)
            return state.append(item, at: now)
        }
        reader?.end()
    }

    /// Puts an item in once there is room.
    package func send(_ item: Item) async {
        while !post(ifRoom: item), !Task.isCancelled {
            let wait = Wait()
            let isFree = state.withLock { state in
                guard state.depth >= bound, !state.closed else { return true }
                state.senders.append(wait)
                return false
            }
            if !isFree { await wait.ended() }
        }
    }

    /// All that waits, in order; nil once the box is closed and empty; for the one reader only.
    package func next() async -> [Item]? {
        while !Task.isCancelled {
            let (batch, senders, closed) = state.withLock { $0.take() }
            for sender in senders {
                sender.end()
            }
            if let batch { return batch }
            if closed { return nil }
            let wait = Wait()
            let isReady = state.withLock { state in
                guard state.buffer.isEmpty, !state.closed else { return true }
                precondition(state.reader == nil, "Invariant: a mailbox has one reader")
                state.reader = wait
                return false
            }
            if !isReady { await wait.ended() }
        }
        return nil
    }

    /// Takes no more items; what waits is still handed over.
    package func close() {
        let (reader, senders) = state.withLock { state in
            state.closed = true
            defer {
                state.reader = nil
                state.senders = []
            }
            return (state.reader, state.senders)
        }
        reader?.end()
        for sender in senders {
            sender.end()
        }
    }

    /// How many items wait.
    package var depth: Int { state.withLock { $0.depth } }

    /// How long the oldest item that is not handled has waited.
    package func age(at now: Instant) -> Duration {
        state.withLock { state in
            let since = [state.handling, state.oldest].compactMap(\.self).min()
            return since.map { now - $0 } ?? .zero
        }
    }

    private func post(ifRoom item: Item) -> Bool {
        let now = clock.now
        let (reader, isDone) = state.withLock { state in
            guard !state.closed else { return (nil as Wait?, true) }
            guard state.depth < bound else { return (nil, false) }
            return (state.append(item, at: now), true)
        }
        reader?.end()
        return isDone
    }
}
