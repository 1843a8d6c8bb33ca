internal import VigilModel

extension OrderRequest {
    /// The body of POST /orders.
    ///
    /// **Source**: contract 2.7, the variants of `order_configuration`.
    var body: String {
        let parts = [
            ("client_order_id", clientOrderID.text.jsonQuoted),
            ("product_id", product.description.jsonQuoted),
            ("side", side == .buy ? #""BUY""# : #""SELL""#),
            ("order_configuration", terms.configuration),
        ]
        return "{" + parts.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}

extension OrderTerms {
    fileprivate var configuration: String {
        switch self {
        case .limit(let price, let quantity, let time, let postOnly):
            let size = #""base_size":"\#(quantity)","limit_price":"\#(price)""#
            switch time {
            case .goodTillCanceled:
                return #"{"limit_limit_gtc":{\#(size),"post_only":\#(postOnly)}}"#
            case .goodTillTime(let end):
                return
                    #"{"limit_limit_gtd":{\#(size),"end_time":"\#(end)","post_only":\#(postOnly)}}"#
            case .immediateOrCancel: return #"{"sor_limit_ioc":{\#(size)}}"#
            case .fillOrKill: return #"{"limit_limit_fok":{\#(size)}}"#
            }
        case .marketBase(let quantity):
            return #"{"market_market_ioc":{"base_size":"\#(quantity)"}}"#
        case .marketQuote(let amount):
            return #"{"market_market_ioc":{"quote_size":"\#(amount.amount)"}}"#
        case .stopLimit(let stop, let limit, let quantity, let direction):
            let name = direction == .rising ? "UP" : "DOWN"
            return #"{"stop_limit_stop_limit_gtc":{"base_size":"\#(quantity)","#
                + #""limit_price":"\#(limit)","stop_price":"\#(stop)","#
                + #""stop_direction":"STOP_DIRECTION_STOP_\#(name)"}}"#
        }
    }

    /// Reads an echoed configuration; nil for a kind that we never send.
    init?(_ node: JSONNode, _ product: ProductID) {
        func amount(_ node: JSONNode, _ key: StaticString) -> Int128? {
            (try? node[key]?.decimal("")) ?? nil
        }
        func limit(_ node: JSONNode, _ time: TimeInForce) -> OrderTerms? {
            guard let size = amount(node, "base_size"), let price = amount(node, "limit_price"),
                let quantity = try? Quantity(raw: size),
                let price = try? Price(raw: price, currency: product.quote)
            else { return nil }
            let postOnly = node["post_only"]?.bool ?? false
            return .limit(price: price, quantity: quantity, timeInForce: time, postOnly: postOnly)
        }
        var found: OrderTerms?
        if let body = node["limit_limit_gtc"] {
            found = limit(body, .goodTillCanceled)
        } else if let body = node["limit_limit_gtd"] {
            let end = (try? body["end_time"]?.time("")) ?? nil
            found = end.flatMap { limit(body, .goodTillTime($0)) }
        } else if let body = node["sor_limit_ioc"] {
            found = limit(body, .immediateOrCancel)
        } else if let body = node["limit_limit_fok"] {
            found = limit(body, .fillOrKill)
        } else if let body = node["market_market_ioc"] {
            if let size = amount(body, "base_size"), let quantity = try? Quantity(raw: size) {
                found = .marketBase(quantity)
            } else if let raw = amount(body, "quote_size") {
                found = .marketQuote(Money(raw: raw, currency: product.quote))
            }
        } else if let body = node["stop_limit_stop_limit_gtc"],
            case .limit(let price, let quantity, _, _)? = limit(body, .goodTillCanceled),
            let raw = amount(body, "stop_price"),
            let stop = try? Price(raw: raw, currency: product.quote)
        {
            let falls = body["stop_direction"]?.text == "STOP_DIRECTION_STOP_DOWN"
            found = .stopLimit(
                stop: stop,
                limit: price,
                quantity: quantity,
                direction: falls ? .falling : .rising
            )
        }
        guard let found else { return nil }
        self = found
    }
}

extension ListedOrder {
    /// Reads an order of the lists: whole, or as much of it as tells whose it is.
    ///
    /// **Source**: contract 2.12.
    package init(_ node: JSONNode) {
        id = VenueOrderID(node["order_id"]?.text ?? "")
        clientOrderID = ClientOrderID(node["client_order_id"]?.text ?? "")
        status = VenueOrderStatus(venue: node["status"]?.text)
        side = Side(venue: node["side"]?.text)
        do throws(JSONFault) {
            guard !id.text.isEmpty else { throw .field("order_id") }
            (request, filledQuantity, createdAt) = try Self.parts(node, clientOrderID, side)
            trouble = nil
        } catch {
            (request, filledQuantity, createdAt) = (nil, .zero, .epoch)
            trouble = node.trouble(error)
        }
    }

    private static func parts(
        _ node: JSONNode,
        _ id: ClientOrderID,
        _ side: Side?
    ) throws(JSONFault) -> (OrderRequest?, filled: Quantity, createdAt: Instant) {
        guard let product = node["product_id"]?.text.flatMap({ ProductID($0) }) else {
            throw .field("product_id")
        }
        guard let side else { throw .field("side") }
        let filled = try node["filled_size"]?.decimal("filled_size") ?? 0
        guard let quantity = try? Quantity(raw: filled) else { throw .number("filled_size") }
        let request = node["order_configuration"].flatMap { OrderTerms($0, product) }.map {
            OrderRequest(clientOrderID: id, product: product, side: side, terms: $0)
        }
        let createdAt = try node["created_time"]?.time("created_time") ?? .epoch
        return (request, quantity, createdAt)
    }
}

extension Side {
    init?(venue text: String?) {
        switch text {
        case "BUY": self = .buy
        case "SELL": self = .sell
        default: return nil
        }
    }
}

extension FillKind {
    /// **Source**: contract 2.13; SYNTHETIC rows are no trades and are left out before.
    init?(venue text: String?) {
        switch text {
        case "FILL": self = .fill
        case "REVERSAL": self = .reversal
        case "CORRECTION": self = .correction
        default: return nil
        }
    }
}

extension VenueOrderStatus {
    /// **Source**: contract 2.12; an order that is being canceled or edited is still open.
    init?(venue text: String?) {
        switch text {
        case "PENDING", "QUEUED": self = .pending
        case "OPEN", "CANCEL_QUEUED", "EDIT_QUEUED": self = .open
        case "FILLED": self = .filled
        case "CANCELLED": self = .canceled
        case "EXPIRED": self = .expired
        case "FAILED": self = .failed
        default: return nil
        }
    }
}
