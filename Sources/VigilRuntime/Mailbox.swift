internal import Synchronization
package import VigilCore
package import VigilModel

/// A bounded queue with one reader, who gets everything that waits in one resume.
///
/// `post` never waits and never drops: going over the bound is told to the poster, who raises a fault.
/// `send` waits while the box is full, and is for commands that flow one way only.
package final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var buffer: [Element] = []
        var slots: [ProductID: Int] = [:]
        var oldest: Instant?
        var handling: Instant?
        var closed = false
        var reader: CheckedContinuation<Void, Never>?
        var senders: [CheckedContinuation<Void, Never>] = []

        mutating func append(
            _ element: Element,
            at now: Instant
        ) -> CheckedContinuation<Void, Never>? {
            buffer.append(element)
            oldest = oldest ?? now
            defer { reader = nil }
            return reader
        }

        mutating func take() -> (
            batch: [Element]?, senders: [CheckedContinuation<Void, Never>], closed: Bool
        ) {
            handling = nil
            guard !buffer.isEmpty else { return (nil, [], closed) }
            let batch = buffer
            buffer = []
            slots = [:]
            (handling, oldest) = (oldest, nil)
            defer { senders = [] }
            return (batch, senders, closed)
        }
    }

    private let state = Mutex(State())
    private let clock: any EngineClock
    /// How many elements may wait.
    package let bound: Int

    /// Makes a box with a bound of at least one.
    package init(bound: Int, clock: any EngineClock) {
        precondition(bound > 0, "Invariant: a mailbox holds at least one element")
        self.bound = bound
        self.clock = clock
    }

    /// Puts an element in; false where the box is now over its bound.
    @discardableResult
    package func post(_ element: Element) -> Bool {
        let now = clock.now
        let (reader, within) = state.withLock { state in
            guard !state.closed else { return (nil as CheckedContinuation<Void, Never>?, true) }
            let reader = state.append(element, at: now)
            return (reader, state.buffer.count <= bound)
        }
        reader?.resume()
        return within
    }

    /// Puts an element in that replaces a waiting one of the same product: the newest wins.
    package func post(_ element: Element, conflating product: ProductID) {
        let now = clock.now
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.closed else { return nil }
            if let slot = state.slots[product] {
                state.buffer[slot] = element
                return nil
            }
            state.slots[product] = state.buffer.count
            return state.append(element, at: now)
        }
        reader?.resume()
    }

    /// Puts an element in once there is room.
    package func send(_ element: Element) async {
        while !post(ifRoom: element) {
            await withCheckedContinuation { continuation in
                let free = state.withLock { state in
                    guard state.buffer.count >= bound, !state.closed else { return true }
                    state.senders.append(continuation)
                    return false
                }
                if free {
                    continuation.resume()
                }
            }
        }
    }

    /// All that waits, in order; nil once the box is closed and empty; for the one reader only.
    package func next() async -> [Element]? {
        while true {
            let (batch, senders, closed) = state.withLock { $0.take() }
            for sender in senders {
                sender.resume()
            }
            if let batch { return batch }
            if closed { return nil }
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    guard state.buffer.isEmpty, !state.closed else { return true }
                    precondition(state.reader == nil, "Invariant: a mailbox has one reader")
                    state.reader = continuation
                    return false
                }
                if ready {
                    continuation.resume()
                }
            }
        }
    }

    /// Takes no more elements; what waits is still handed over.
    package func close() {
        let (reader, senders) = state.withLock { state in
            state.closed = true
            defer {
                state.reader = nil
                state.senders = []
            }
            return (state.reader, state.senders)
        }
        reader?.resume()
        for sender in senders {
            sender.resume()
        }
    }

    /// How many elements wait.
    package var depth: Int { state.withLock { $0.buffer.count } }

    /// How long the oldest element that is not handled has waited.
    package func age(at now: Instant) -> Duration {
        state.withLock { state in
            let since = [state.handling, state.oldest].compactMap(\.self).min()
            return since.map { now - $0 } ?? .zero
        }
    }

    private func post(ifRoom element: Element) -> Bool {
        let now = clock.now
        let (reader, done) = state.withLock { state in
            guard !state.closed else { return (nil as CheckedContinuation<Void, Never>?, true) }
            guard state.buffer.count < bound else { return (nil, false) }
            return (state.append(element, at: now), true)
        }
        reader?.resume()
        return done
    }
}
