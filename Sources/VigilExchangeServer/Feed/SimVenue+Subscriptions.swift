internal import Foundation
import VigilModel

/// What a client says on a WebSocket.
struct FeedRequest: Decodable, Sendable {
    let type: String
    let channel: String
    let productIDs: [String]?
    let jwt: String?

    enum CodingKeys: String, CodingKey {
        case type, channel, jwt
        case productIDs = "product_ids"
    }
}

extension SimVenue {
    /// A WebSocket client came; false where it must go away.
    package mutating func connect(_ id: Int, _ host: FeedHost, at now: Moment) -> Bool {
        guard faults.standing(.maintenance, at: now.real) == nil, limits.connects(at: now.real)
        else { return false }
        hub.open(id, host, messages: limits.newMessageBucket(at: now.real), at: now.real)
        return true
    }

    /// A WebSocket client went.
    package mutating func disconnect(_ id: Int) {
        hub.close(id)
    }

    /// A WebSocket client said something.
    package mutating func receive(_ text: [UInt8], from id: Int, at now: Moment) -> [Delivery] {
        hear(text, from: id, at: now)
        return hub.takeOutbox()
    }

    private mutating func hear(_ text: [UInt8], from id: Int, at now: Moment) {
        guard let connection = hub.connections[id], !connection.isClosing else { return }
        let request = try? JSONDecoder().decode(FeedRequest.self, from: Data(text))
        let token = request?.jwt ?? ""
        let credential = token.isEmpty ? nil : keys.socketCredential(of: token)
        let isKnown = credential?.isGood(at: clock(now)) == true && credential?.key.canView == true
        if !isKnown {
            var isAllowed = true
            hub.change(id) { isAllowed = $0.messages?.take(at: now.real) ?? true }
            guard isAllowed else { return hub.fail(id, "too many messages") }
        }
        guard let request else { return hub.fail(id, "failure to parse message") }
        // **Source**: an unknown channel is answered as a failed authentication.
        guard let channel = FeedChannel(rawValue: request.channel),
            isServed(channel, connection.host)
        else { return hub.fail(id, "authentication failure") }
        if !token.isEmpty || channel.isPrivate {
            let place = "WS /\(channel.rawValue)"
            guard isKnown, !faults.strikesFeed(.unauthorized, endpoint: place, at: now.real) else {
                return hub.fail(id, "authentication failure")
            }
        }
        obey(request, channel, from: id, at: now)
    }

    private mutating func obey(
        _ request: FeedRequest,
        _ channel: FeedChannel,
        from id: Int,
        at now: Moment
    ) {
        let names = request.productIDs ?? []
        // Products that are not listed are silently left out; the acknowledgement shows it. One that is
        // named twice is one product.
        let wanted = Set(names.compactMap { ProductID($0) })
        let products = market.products.filter { wanted.contains($0) }
        switch request.type {
        case "subscribe":
            if needsProducts(channel), names.isEmpty {
                return hub.fail(id, "failure to subscribe")
            }
            let most = faults.standing(.subscriptionMax, at: now.real)?.most ?? .max
            guard names.count <= most else {
                return hub.fail(id, "failure to subscribe: more than \(most) products")
            }
            hub.change(id) { $0.hasSubscribed = true }
            // Where names were given and none is known, nothing is subscribed to.
            if names.isEmpty || !products.isEmpty || !namesProducts(channel) {
                subscribe(id, channel, products, at: now)
            }
        case "unsubscribe":
            if channel == .user {
                hub.hearUser(id, nil)
            } else {
                hub.unsubscribe(id, channel, names.isEmpty ? nil : products)
            }
        default: return hub.fail(id, "unknown type")
        }
        acknowledge(id, at: now)
    }

    private func isServed(_ channel: FeedChannel, _ host: FeedHost) -> Bool {
        host == .market || channel.isPrivate || channel == .heartbeats
    }

    private func namesProducts(_ channel: FeedChannel) -> Bool {
        channel == .user || channel == .status || needsProducts(channel)
    }

    private func needsProducts(_ channel: FeedChannel) -> Bool {
        switch channel {
        case .heartbeats, .user, .futuresBalanceSummary, .status: false
        case .candles, .ticker, .tickerBatch, .level2, .marketTrades: true
        }
    }

    /// **Source**: the snapshot comes before the acknowledgement.
    private mutating func subscribe(
        _ id: Int,
        _ channel: FeedChannel,
        _ products: [ProductID],
        at now: Moment
    ) {
        switch channel {
        case .user:
            hub.hearUser(id, Set(products))
            sendUserSnapshot(id, products, at: now)
        case .heartbeats, .futuresBalanceSummary: hub.subscribe(id, channel, [])
        case .status:
            let all = products.isEmpty ? market.products : products
            hub.subscribe(id, channel, all)
            send(id, channel, statusEvents("snapshot", all, at: now.real).bytes, at: now)
        case .level2, .ticker, .tickerBatch, .candles, .marketTrades:
            hub.subscribe(id, channel, products)
            for product in products {
                send(id, channel, snapshot(channel, product, at: now), at: now)
            }
        }
    }

    private func snapshot(_ channel: FeedChannel, _ product: ProductID, at now: Moment) -> [UInt8] {
        switch channel {
        case .level2: levelSnapshot(of: product, at: now)
        case .ticker: tickerEvents("snapshot", product, withBook: true).bytes
        case .tickerBatch: tickerEvents("snapshot", product, withBook: false).bytes
        case .candles: candleEvents("snapshot", product, count: 50, at: now).bytes
        case .marketTrades:
            tradeEvents("snapshot", (market.tapes[product]?.prints ?? []).suffix(100), at: now)
                .bytes
        case .heartbeats, .status, .user, .futuresBalanceSummary: []
        }
    }

    private mutating func send(_ id: Int, _ channel: FeedChannel, _ events: [UInt8], at now: Moment)
    {
        hub.publish(
            (channel.messageName, events, stamp(now)),
            to: [id],
            at: now.real,
            &faults
        )
    }

    /// **Source**: all open orders in batches of 50; the batch with fewer ends the list.
    private mutating func sendUserSnapshot(_ id: Int, _ products: [ProductID], at now: Moment) {
        let open = desk.sequence.compactMap { desk.records[$0] }.filter { record in
            !record.status.isFinal && (products.isEmpty || products.contains(record.product))
        }
        for start in stride(from: 0, through: open.count, by: 50) {
            let batch = open[start..<min(start + 50, open.count)].map {
                $0.feedBody(names, as: $0.status(at: now.real))
            }
            send(id, .user, userEvents("snapshot", batch).bytes, at: now)
        }
    }

    private mutating func acknowledge(_ id: Int, at now: Moment) {
        guard let connection = hub.connections[id] else { return }
        var members: [JSON.Member] = []
        for channel in FeedChannel.allCases {
            let value: JSON
            if channel == .user {
                guard connection.hearsUser else { continue }
                value = [.string(names.user)]
            } else if let products = connection.subscriptions[channel] {
                value =
                    products.isEmpty
                    ? [.string(channel.rawValue)]
                    : .array(products.sorted().map { .text($0) })
            } else {
                continue
            }
            members.append(JSON.Member(name: channel.rawValue, value: value))
        }
        let events: JSON = [["subscriptions": .object(members)]]
        hub.publish(
            ("subscriptions", events.bytes, stamp(now)),
            to: [id],
            at: now.real,
            &faults
        )
    }
}
