import VigilModel

/// A channel of the feed, by the name one subscribes to.
enum FeedChannel: String, Sendable, CaseIterable {
    case heartbeats
    case candles
    case status
    case ticker
    case tickerBatch = "ticker_batch"
    case level2
    case marketTrades = "market_trades"
    case user
    case futuresBalanceSummary = "futures_balance_summary"

    /// The name in its messages.
    ///
    /// **Source**: `level2` answers as `l2_data`; all others under their own name.
    var messageName: String { self == .level2 ? "l2_data" : rawValue }

    var isPrivate: Bool { self == .user || self == .futuresBalanceSummary }
}

/// Which of the venue's two hosts a client came to.
package enum FeedHost: Sendable, Equatable {
    /// Everything.
    case market
    /// User, futures balances and heartbeats only.
    case user
}

/// What is to be done to a WebSocket connection.
package struct Delivery: Sendable, Equatable {
    /// A frame to send, or the end.
    package enum Action: Sendable, Equatable {
        /// Send this text.
        case frame([UInt8])
        /// Close it, politely.
        case close
    }

    /// The connection.
    package let connection: Int
    /// What to do.
    package let action: Action

    /// States what is to be done to whom.
    package init(connection: Int, action: Action) {
        self.connection = connection
        self.action = action
    }
}

/// Who listens to what, and the numbers on what each is sent.
///
/// **Source**: `sequence_num` counts every message of a connection, acknowledgements and heartbeats
/// included, from 0; error frames are not counted.
struct FeedHub: Sendable {
    struct Connection: Sendable {
        let host: FeedHost
        let openedAt: Instant
        var lastSentAt: Instant
        var sequence = 0
        var subscriptions: [FeedChannel: Set<ProductID>] = [:]
        /// True where the user channel is subscribed to.
        var hearsUser = false
        /// Products of the user channel; empty means all.
        var userProducts: Set<ProductID> = []
        var hasSubscribed = false
        var isClosing = false
        var held: [UInt8]?
        var messages: TokenBucket?
    }

    private(set) var connections: [Int: Connection] = [:]
    private var listeners: [FeedChannel: [ProductID: [Int]]] = [:]
    private var userListeners: [Int] = []
    private(set) var outbox: [Delivery] = []

    mutating func open(_ id: Int, _ host: FeedHost, messages: TokenBucket?, at now: Instant) {
        var connection = Connection(host: host, openedAt: now, lastSentAt: now)
        connection.messages = messages
        connections[id] = connection
    }

    mutating func close(_ id: Int) {
        connections[id] = nil
        for channel in Array(listeners.keys) {
            for product in Array((listeners[channel] ?? [:]).keys) {
                listeners[channel]?[product]?.removeAll { $0 == id }
            }
        }
        userListeners.removeAll { $0 == id }
    }

    mutating func change(_ id: Int, _ body: (inout Connection) -> Void) {
        guard var connection = connections[id] else { return }
        body(&connection)
        connections[id] = connection
    }

    mutating func subscribe(_ id: Int, _ channel: FeedChannel, _ products: [ProductID]) {
        change(id) { $0.subscriptions[channel, default: []].formUnion(products) }
        for product in products where listeners[channel]?[product]?.contains(id) != true {
            listeners[channel, default: [:]][product, default: []].append(id)
        }
    }

    mutating func unsubscribe(_ id: Int, _ channel: FeedChannel, _ products: [ProductID]?) {
        let gone = products ?? Array(connections[id]?.subscriptions[channel] ?? [])
        change(id) { connection in
            connection.subscriptions[channel]?.subtract(gone)
            // Heartbeats have no products, and end by their name alone.
            if products == nil || connection.subscriptions[channel]?.isEmpty == true
                || channel == .heartbeats
            {
                connection.subscriptions[channel] = nil
            }
        }
        for product in gone {
            listeners[channel]?[product]?.removeAll { $0 == id }
        }
    }

    mutating func hearUser(_ id: Int, _ products: Set<ProductID>?) {
        userListeners.removeAll { $0 == id }
        if products != nil { userListeners.append(id) }
        change(id) { connection in
            connection.hearsUser = products != nil
            connection.userProducts = products ?? []
        }
    }

    func listeners(_ channel: FeedChannel, _ product: ProductID) -> [Int] {
        listeners[channel]?[product] ?? []
    }

    func userListeners(_ product: ProductID) -> [Int] {
        userListeners.filter { id in
            guard let connection = connections[id] else { return false }
            return connection.userProducts.isEmpty || connection.userProducts.contains(product)
        }
    }

    /// Numbers an events array for each receiver and puts it into the outbox; faults take their share.
    mutating func publish(
        _ message: (channel: String, events: [UInt8], stamp: Instant),
        to receivers: [Int],
        at now: Instant,
        _ faults: inout FaultPlan
    ) {
        guard !receivers.isEmpty else { return }
        let head = Array(
            #"{"channel":"\#(message.channel)","client_id":"","timestamp":"\#(message.stamp)","sequence_num":"#
                .utf8
        )
        for id in receivers {
            guard var connection = connections[id], !connection.isClosing else { continue }
            func frame(_ sequence: Int) -> [UInt8] {
                var bytes = head
                bytes.reserveCapacity(head.count + message.events.count + 32)
                bytes += String(sequence).utf8
                bytes += #","events":"#.utf8
                bytes += message.events
                bytes.append(UInt8(ascii: "}"))
                return bytes
            }
            if faults.concernsFrames || connection.held != nil {
                send((message.channel, frame), over: id, &connection, at: now, &faults)
            } else {
                outbox.append(Delivery(connection: id, action: .frame(frame(connection.sequence))))
                connection.sequence += 1
                connection.lastSentAt = now
            }
            connections[id] = connection
        }
    }

    private mutating func send(
        _ message: (channel: String, frame: (Int) -> [UInt8]),
        over id: Int,
        _ connection: inout Connection,
        at now: Instant,
        _ faults: inout FaultPlan
    ) {
        if faults.standing(.silentFeed, at: now) != nil {
            connection.sequence += 1
            connection.lastSentAt = now
            return
        }
        func strikes(_ kind: FaultKind) -> Bool {
            faults.strikesFeed(kind, channel: message.channel, at: now)
        }
        if strikes(.sequenceGap) {
            connection.sequence += 3
        }
        let bytes = message.frame(connection.sequence)
        connection.sequence += 1
        connection.lastSentAt = now
        if strikes(.missingFrames) { return }
        if connection.held == nil, strikes(.reorderFrames) {
            connection.held = bytes
            return
        }
        outbox.append(Delivery(connection: id, action: .frame(bytes)))
        if strikes(.duplicateFrames) {
            outbox.append(Delivery(connection: id, action: .frame(bytes)))
        }
        if let held = connection.held {
            connection.held = nil
            outbox.append(Delivery(connection: id, action: .frame(held)))
        }
    }

    /// An error frame: no channel and no number.
    mutating func fail(_ id: Int, _ message: String) {
        let body: JSON = ["type": "error", "message": .string(message)]
        outbox.append(Delivery(connection: id, action: .frame(body.bytes)))
    }

    mutating func hangUp(_ id: Int) {
        change(id) { $0.isClosing = true }
        outbox.append(Delivery(connection: id, action: .close))
    }

    mutating func takeOutbox() -> [Delivery] {
        defer { outbox = [] }
        return outbox
    }
}
