package import VigilCore
package import VigilModel

/// Decides what one connection of a feed does: subscribe, count, distrust, drop, come back.
///
/// **Units**: times are real, from any fixed beginning, whatever the market's clock says.
/// **Source**: contract 4.1, 4.3 and 4.7.
package struct FeedSession: Sendable {
    /// What can happen.
    package enum Event: Sendable {
        /// It may begin.
        case started
        /// The handshake was answered.
        case opened
        /// A message was read.
        case received(FeedFrame)
        /// A message could not be read.
        case unreadable(JSONFault)
        /// The connection is over.
        case closed(String)
        /// MarketData does not trust a book of it.
        case distrusted(FeedTrouble, String)
        /// A timer is due.
        case timerFired
        /// It shall end for good.
        case stopped
    }

    /// What is to be done.
    package enum Effect: Sendable, Equatable {
        /// Make a connection.
        case connect
        /// Give the connection up.
        case disconnect
        /// Subscribe to a channel.
        case subscribe(FeedChannel)
        /// Pass the message's content on.
        case publish
        /// Nothing of it can be relied on until it has come back.
        case lose(FeedTrouble, String)
        /// It is whole again after a loss.
        case regain
        /// Messages come that have come before.
        case reportRepeats
        /// Products that the venue does not list.
        case reportMissing([ProductID])
        /// Call back after a span.
        case wake(after: Duration)
    }

    private enum State: Sendable {
        case idle
        case connecting
        case live(since: Instant)
        case waiting(until: Instant)
        case ended
    }

    /// No message for so long, not even a heartbeat, and the connection is taken for dead.
    static let silenceMax = Duration.seconds(15)
    /// A subscribed product sends its book within this.
    static let snapshotWait = Duration.seconds(20)
    /// Whole for so long, and the patience begins anew.
    static let wellAfter = Duration.seconds(30)
    /// Between two attempts at least.
    static let connectSpacing = Duration.seconds(1)

    private let channels: [FeedChannel]
    private let products: [ProductID]
    private var state = State.idle
    private var backoff: Backoff
    private var lastSequence: Int64 = -1
    private var heardAt = Instant.epoch
    private var connectedAt = Instant.epoch
    private var awaited: Set<ProductID> = []
    private var awaitsOrders = false
    private var isLost = true
    private var wholeSince: Instant?
    private var repeatsToldAt = Instant.epoch
    /// What was counted so far.
    package private(set) var counters = Counters()

    /// What is counted, for metrics and the breakers.
    package struct Counters: Sendable, Equatable {
        /// Messages.
        package var messages = 0
        /// Connections that were made.
        package var connects = 0
        /// Losses, by what was wrong.
        package var losses: [FeedTrouble: Int] = [:]
        /// Messages that had come before.
        package var repeats = 0
        /// Messages of channels that we did not ask for.
        package var foreign = 0

        /// Begins with nothing.
        package init() {}

        /// Adds what another connection counted.
        package static func += (left: inout Counters, right: Counters) {
            left.messages += right.messages
            left.connects += right.connects
            left.losses.merge(right.losses, uniquingKeysWith: +)
            left.repeats += right.repeats
            left.foreign += right.foreign
        }
    }

    /// Subscribes to channels, for these products.
    package init(channels: [FeedChannel], products: [ProductID], random: SeededRandom) {
        self.channels = channels
        self.products = products
        backoff = Backoff(base: .milliseconds(250), cap: .seconds(30), random: random)
    }

    /// True where everything that was subscribed to has come.
    package var isWhole: Bool {
        guard case .live = state else { return false }
        return awaited.isEmpty && !awaitsOrders
    }

    /// Moves on.
    package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        if case .ended = state { return [] }
        switch event {
        case .started: return connect(at: now)
        case .opened:
            state = .live(since: now)
            counters.connects += 1
            heardAt = now
            lastSequence = -1
            awaited = channels.contains(.level2) ? Set(products) : []
            awaitsOrders = channels.contains(.user)
            return channels.map { .subscribe($0) } + [.wake(after: .seconds(1))]
        case .received(let frame): return received(frame, at: now)
        case .unreadable(let fault): return drop(.unreadable, fault.description, at: now)
        case .closed(let reason): return drop(.disconnected, reason, at: now)
        case .distrusted(let trouble, let detail): return drop(trouble, detail, at: now)
        case .timerFired: return timer(at: now)
        case .stopped:
            state = .ended
            return [.disconnect]
        }
    }

    private mutating func connect(at now: Instant) -> [Effect] {
        state = .connecting
        connectedAt = now
        return [.connect]
    }

    private mutating func timer(at now: Instant) -> [Effect] {
        switch state {
        case .waiting(let end):
            return now >= end ? connect(at: now) : [.wake(after: end - now)]
        case .live(let since):
            if now - heardAt > Self.silenceMax {
                return drop(.silent, "nothing for \(Self.silenceMax)", at: now)
            }
            if !isWhole, now - since > Self.snapshotWait {
                let missing = awaited.sorted().map(\.description).joined(separator: ", ")
                return drop(.noSnapshot, "no snapshot of \(missing)", at: now)
            }
            // What breaks as soon as it is whole is not well: it comes back later each time.
            if isWhole {
                wholeSince = wholeSince ?? now
                if now - (wholeSince ?? now) >= Self.wellAfter { backoff.reset() }
            }
            return [.wake(after: .seconds(1))]
        case .idle, .connecting, .ended: return []
        }
    }

    private mutating func received(_ frame: FeedFrame, at now: Instant) -> [Effect] {
        guard case .live = state else { return [] }
        counters.messages += 1
        heardAt = now
        if let sequence = frame.sequence {
            guard sequence > lastSequence else {
                counters.repeats += 1
                defer { repeatsToldAt = now }
                // Once, and once more after a quiet minute.
                return now - repeatsToldAt > .seconds(60) ? [.reportRepeats] : []
            }
            guard sequence == lastSequence + 1 else {
                return drop(.gap, "number \(sequence) after \(lastSequence)", at: now)
            }
            lastSequence = sequence
        }
        switch frame.content {
        case .refusal(let words): return drop(.refused, words, at: now)
        case .subscriptions(let listed): return acknowledged(listed)
        case .books(let changes):
            for change in changes where change.isSnapshot {
                awaited.remove(change.product)
            }
            return regained([.publish])
        case .orders(let orders, let isSnapshot):
            // Contract 4.5: the batch with fewer than 50 orders ends the snapshot.
            if isSnapshot, orders.count < 50 {
                awaitsOrders = false
            }
            return regained([.publish])
        case .heartbeat, .trades, .statuses: return [.publish]
        case .other:
            counters.foreign += 1
            return []
        }
    }

    private mutating func regained(_ effects: [Effect]) -> [Effect] {
        guard isLost, isWhole else { return effects }
        isLost = false
        return effects + [.regain]
    }

    /// Contract 4.3: a product that does not exist is silently left out of the answer.
    private mutating func acknowledged(_ listed: [String: [String]]) -> [Effect] {
        guard channels.contains(.level2), let names = listed[FeedChannel.level2.rawValue] else {
            return []
        }
        let known = Set(names)
        let missing = awaited.filter { !known.contains($0.description) }
        guard !missing.isEmpty else { return [] }
        awaited.subtract(missing)
        return regained([.reportMissing(missing.sorted())])
    }

    private mutating func drop(
        _ trouble: FeedTrouble,
        _ detail: String,
        at now: Instant
    ) -> [Effect] {
        if case .waiting = state { return [] }
        counters.losses[trouble, default: 0] += 1
        isLost = true
        wholeSince = nil
        let rest = Self.connectSpacing - (now - connectedAt)
        let wait = max(backoff.next(), rest)
        state = .waiting(until: now + wait)
        return [.disconnect, .lose(trouble, detail), .wake(after: wait)]
    }
}
