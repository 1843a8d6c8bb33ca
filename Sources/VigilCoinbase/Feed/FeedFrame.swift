package import VigilCore
package import VigilModel
internal import VigilTransport

/// One message of a feed, read whole.
package struct FeedFrame: Sendable {
    /// What a message can say.
    package enum Content: Sendable {
        /// The connection lives; when the venue says so, where it can be read.
        case heartbeat(sentAt: Instant?)
        /// Books, or parts of them.
        case books([BookChange])
        /// Prints, in the order of their numbers.
        case trades([PrintedTrade])
        /// What may be done with products, as far as the channel says it.
        case statuses([(product: ProductID, isOnline: Bool)])
        /// Our orders; a snapshot's last batch has fewer than 50.
        case orders([UserOrder], isSnapshot: Bool)
        /// What the connection is subscribed to now, by channel.
        case subscriptions([String: [String]])
        /// The venue refused something; such a message has no number.
        case refusal(String)
        /// A channel that is not ours.
        case other(String)
    }

    /// Its number on the connection.
    package let sequence: Int64?
    /// The venue's time.
    package let sentAt: Instant?
    /// What it says.
    package let content: Content
    /// How many of its values we do not know, by field.
    package var unknownValues: [String: Int]

    /// States a message.
    package init(
        sequence: Int64?,
        sentAt: Instant?,
        content: Content,
        unknownValues: [String: Int] = [:]
    ) {
        self.sequence = sequence
        self.sentAt = sentAt
        self.content = content
        self.unknownValues = unknownValues
    }
}

/// One of our orders as the user channel tells it: cumulative, never a fill of its own.
package struct UserOrder: Sendable, Hashable {
    /// The venue's name of it.
    package let id: VenueOrderID
    /// Our key of it.
    package let clientOrderID: ClientOrderID
    /// Where it stands; nil for a word we do not know.
    package let status: VenueOrderStatus?
    /// How much has been filled since it began.
    package let filledQuantity: Quantity
    /// Which field cannot be read, with its value; nil where all can.
    package let trouble: String?
}

/// Reads messages of all channels.
///
/// **Source**: contract 4.2 to 4.5. Every field but the channel is optional, and what is not known is
/// passed over; what belongs to a book must be whole.
package struct FeedParser: ~Copyable {
    private let reader: JSONReader

    /// Reads messages of at most a length in bytes.
    package init(lengthMax: Int = WebSocket.messageMax) {
        reader = JSONReader(lengthMax: lengthMax)
    }

    /// Reads a message.
    ///
    /// - Throws: ``JSONFault``: the connection cannot be relied on any more.
    package func read(_ bytes: [UInt8]) throws(JSONFault) -> FeedFrame {
        try reader.read(bytes) { node throws(JSONFault) in
            if node["type"]?.text == "error" {
                return FeedFrame(
                    sequence: nil,
                    sentAt: nil,
                    content: .refusal(String((node["message"]?.text ?? "").prefix(200)))
                )
            }
            guard let channel = node["channel"]?.text else { throw .field("channel") }
            var unknown: [String: Int] = [:]
            let sentAt = try node["timestamp"]?.time("timestamp")
            let content = try content(
                channel,
                node["events"]?.items ?? [],
                sentAt: sentAt,
                &unknown
            )
            let sequence = node["sequence_num"]?.integer
            guard sequence != nil || node["sequence_num"] == nil else {
                throw .field("sequence_num")
            }
            return FeedFrame(
                sequence: sequence,
                sentAt: sentAt,
                content: content,
                unknownValues: unknown
            )
        }
    }

    private func content(
        _ channel: String,
        _ events: [JSONNode],
        sentAt: Instant?,
        _ unknown: inout [String: Int]
    ) throws(JSONFault) -> FeedFrame.Content {
        switch channel {
        case "heartbeats": return .heartbeat(sentAt: sentAt)
        case "l2_data": return .books(try books(events, sentAt ?? .epoch, &unknown))
        case "market_trades": return .trades(trades(events, &unknown))
        case "status": return .statuses(statuses(events))
        case "user": return orders(events, &unknown)
        case "subscriptions": return .subscriptions(subscriptions(events))
        default: return .other(channel)
        }
    }

    private func books(
        _ events: [JSONNode],
        _ sentAt: Instant,
        _ unknown: inout [String: Int]
    ) throws(JSONFault) -> [BookChange] {
        var changes: [BookChange] = []
        for event in events {
            guard let name = event["product_id"]?.text else { throw .field("product_id") }
            // A product that we cannot name is none that we asked for.
            guard let product = ProductID(name) else {
                unknown["product_id", default: 0] += 1
                continue
            }
            let kind = event["type"]?.text
            guard kind == "snapshot" || kind == "update",
                let (levels, latest) = event["updates"].flatMap({ try? reader.levels(of: $0) })
            else {
                // A change that cannot be read costs this product's book, and no other's.
                unknown["book_change", default: 0] += 1
                changes.append(.unreadable(product, at: sentAt))
                continue
            }
            // A snapshot's own times may be those of 1970, and say nothing.
            changes.append(
                BookChange(
                    product: product,
                    isSnapshot: kind == "snapshot",
                    levels: levels,
                    occurredAt: latest > .epoch ? latest : sentAt
                )
            )
        }
        return changes
    }

    private func trades(
        _ events: [JSONNode],
        _ unknown: inout [String: Int]
    ) -> [PrintedTrade] {
        var trades: [PrintedTrade] = []
        for item in events.flatMap({ $0["trades"]?.items ?? [] }) {
            do throws(JSONFault) {
                trades.append(try PrintedTrade(item))
            } catch {
                // A print that nobody can have made, or that cannot be read, says nothing of the others.
                unknown["trade_\(error.code)", default: 0] += 1
            }
        }
        // Newest first on the wire, and several products in one message.
        return trades.sorted { $0.number < $1.number }
    }

    private func statuses(_ events: [JSONNode]) -> [(product: ProductID, isOnline: Bool)] {
        events.flatMap { $0["products"]?.items ?? [] }.compactMap { item in
            guard let product = item["id"]?.text.flatMap({ ProductID($0) }) else { return nil }
            return (product, item["status"]?.text == "online")
        }
    }

    private func subscriptions(_ events: [JSONNode]) -> [String: [String]] {
        var found: [String: [String]] = [:]
        for event in events {
            guard let listed = event["subscriptions"] else { continue }
            for channel in FeedChannel.allCases {
                guard let names = channel.listed(in: listed)?.items else { continue }
                found[channel.rawValue] = names.compactMap(\.text)
            }
        }
        return found
    }

    private func orders(
        _ events: [JSONNode],
        _ unknown: inout [String: Int]
    ) -> FeedFrame.Content {
        var orders: [UserOrder] = []
        var isSnapshot = false
        for event in events {
            isSnapshot = isSnapshot || event["type"]?.text == "snapshot"
            for item in event["orders"]?.items ?? [] {
                // An order of a future or an option is none that we sent.
                guard !item.isForeignOrder else {
                    unknown["product_id", default: 0] += 1
                    continue
                }
                let order = UserOrder(item)
                if order.status == nil || order.trouble != nil {
                    unknown[order.trouble == nil ? "order_status" : "order_row", default: 0] += 1
                }
                orders.append(order)
            }
        }
        return .orders(orders, isSnapshot: isSnapshot)
    }
}

extension UserOrder {
    /// Reads a row: whole, or as much of it as tells whose it is.
    ///
    /// **Source**: contract 4.5.
    init(_ node: JSONNode) {
        id = VenueOrderID(node["order_id"]?.text ?? "")
        clientOrderID = ClientOrderID(node["client_order_id"]?.text ?? "")
        status = VenueOrderStatus(venue: node["status"]?.text)
        do throws(JSONFault) {
            guard !id.text.isEmpty else { throw .field("order_id") }
            let filled = try node["cumulative_quantity"]?.decimal("cumulative_quantity") ?? 0
            guard let quantity = try? Quantity(raw: filled) else {
                throw .number("cumulative_quantity")
            }
            (filledQuantity, trouble) = (quantity, nil)
        } catch {
            (filledQuantity, trouble) = (.zero, node.trouble(error))
        }
    }
}

/// The channels that Vigil subscribes to.
package enum FeedChannel: String, Sendable, CaseIterable {
    /// One message a second, whatever happens.
    case heartbeats
    /// Books; its messages are called `l2_data`.
    case level2
    /// Prints.
    case marketTrades = "market_trades"
    /// What may be done with products.
    case status
    /// Our orders.
    case user

    /// True where it is told which products.
    var isPerProduct: Bool { self == .level2 || self == .marketTrades || self == .status }

    func listed(in node: JSONNode) -> JSONNode? {
        switch self {
        case .heartbeats: node["heartbeats"]
        case .level2: node["level2"]
        case .marketTrades: node["market_trades"]
        case .status: node["status"]
        case .user: node["user"]
        }
    }
}
