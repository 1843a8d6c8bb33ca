import VigilModel

/// What can be broken; the raw values are the words of the control endpoint.
package enum FaultKind: String, Sendable, Codable, CaseIterable {
    /// Answers come later by `ms`, and up to `jitter_ms` more.
    case latency
    /// The connection is closed before the request is looked at.
    case dropBefore = "drop_before"
    /// The request is carried out, and the connection closed without an answer.
    case dropAfter = "drop_after"
    /// Half of the answer is sent, then the connection is closed.
    case dropMidBody = "drop_mid_body"
    /// 429, as JSON, or as HTML with `html`.
    case rateLimited = "rate_limited"
    /// `status` (500, 502 or 503) with an HTML body; with `executed` after it was carried out.
    case serverError = "server_error"
    /// 401 to tokens that are good.
    case unauthorized
    /// 503 to everything; WebSockets are closed and refused.
    case maintenance
    /// Fill rows appear `ms` later than the user event.
    case fillLag = "fill_lag"
    /// An order is accepted and fails `ms` later.
    case failAfterAccept = "fail_after_accept"
    /// A cancel is accepted, and the order fills before it is carried out.
    case cancelFills = "cancel_fills"
    /// A cancel is refused, and the order stands.
    case cancelRefused = "cancel_refused"
    /// Lists and the feed of our orders have rows that are nobody's business: of futures, of vaults, unreadable ones.
    case oddRows = "odd_rows"
    /// The venue's clock is wrong by `ms`: its times, and what it thinks of the life of tokens.
    case clockSkew = "clock_skew"
    /// A product is `post_only`, `limit_only`, `cancel_only`, `disabled` or `delisted`.
    case productStatus = "product_status"
    /// A product's price step is `step`, for new orders and in what is listed.
    case productRules = "product_rules"
    /// A subscription to more than `most` products of a channel is refused.
    case subscriptionMax = "ws_products_max"
    /// The rates of new orders are `maker` and `taker`.
    case feeTier = "fee_tier"
    /// Frames are sent twice.
    case duplicateFrames = "ws_duplicate"
    /// Frames are sent after the next one.
    case reorderFrames = "ws_reorder"
    /// Frames are not sent; their sequence number is missing.
    case missingFrames = "ws_missing"
    /// Sequence numbers jump, and nothing is lost.
    case sequenceGap = "ws_gap"
    /// Nothing at all is sent, and connections stay open; the numbers run on, so that the gap shows.
    case silentFeed = "ws_silent"
    /// WebSocket connections are closed.
    case closeSockets = "ws_close"
    /// Quotes stand still under fresh timestamps, while the market behind them moves and fills.
    case staleQuotes = "stale_quotes"
    /// The displayed book is crossed.
    case crossedBook = "crossed_book"
    /// Market channels are silent, heartbeats go on; the market behind them moves.
    case frozenFeed = "frozen_feed"
    /// The market does not move and nobody else trades; orders are taken, and take what rests.
    case stillMarket = "still_market"
}

/// A fault as it is ordered at the control endpoint.
package struct FaultOrder: Sendable, Codable, Equatable {
    let kind: FaultKind
    var endpoint: String?
    var product: String?
    var channel: String?
    var probability: Double?
    var count: Int?
    var afterSeconds: Double?
    var forSeconds: Double?
    var ms: Int64?
    var jitterMS: Int64?
    var status: Int?
    var state: String?
    var html: Bool?
    var executed: Bool?
    var maker: String?
    var taker: String?
    var step: String?
    var most: Int?

    enum CodingKeys: String, CodingKey {
        case kind, endpoint, product, channel, probability, count
        case afterSeconds = "after_s"
        case forSeconds = "for_s"
        case ms
        case jitterMS = "jitter_ms"
        case status, state, html, executed, maker, taker, step, most
    }

    private static let channels = Set(
        FeedChannel.allCases.flatMap { [$0.rawValue, $0.messageName] } + ["subscriptions"]
    )

    /// True where an endpoint is one that can be asked: a method, a path, or both.
    private func names(_ endpoint: String) -> Bool {
        var words = endpoint.replacing(SimVenue.prefix, with: "").split(separator: " ")
        guard (1...2).contains(words.count) else { return false }
        let method = words[0].hasPrefix("/") ? nil : String(words.removeFirst())
        guard let path = words.first else { return method == "GET" || method == "POST" }
        if method == "WS" {
            return kind == .unauthorized && FeedChannel(rawValue: String(path.dropFirst())) != nil
        }
        let methods = method.map { [$0] } ?? ["GET", "POST"]
        let parts = path.split(separator: "/").map(String.init)
        return methods.contains { method in
            // A star stands for whatever comes behind.
            let tries = parts.last == "*" ? ["x", "batch_cancel", "accounts"] : [parts.last ?? ""]
            let longer = parts.last == "*" ? [["historical", "x"]] : []
            return (tries.map { [$0] } + longer).contains { tail in
                Route(method, parts.dropLast() + tail) != nil
            }
        }
    }

    /// The words a kind understands beside `kind`, `after_s` and `for_s`.
    private static func words(of kind: FaultKind) -> Set<String> {
        let calls: Set = ["endpoint", "probability", "count"]
        return switch kind {
        case .latency: calls.union(["ms", "jitter_ms"])
        case .dropBefore, .dropAfter, .dropMidBody, .unauthorized: calls
        case .rateLimited: calls.union(["html"])
        case .serverError: calls.union(["status", "executed"])
        case .maintenance, .silentFeed, .oddRows: []
        case .fillLag, .clockSkew: ["ms"]
        case .failAfterAccept: ["product", "probability", "count", "ms"]
        case .cancelFills, .cancelRefused: ["product", "probability", "count"]
        case .productStatus: ["product", "state"]
        case .productRules: ["product", "step"]
        case .subscriptionMax: ["most"]
        case .feeTier: ["maker", "taker"]
        case .duplicateFrames, .reorderFrames, .missingFrames, .sequenceGap:
            ["channel", "probability", "count"]
        case .closeSockets: ["probability", "count"]
        case .staleQuotes, .crossedBook, .frozenFeed, .stillMarket: ["product"]
        }
    }

    /// Words in an order that its kind does not understand; an option must not be believed in vain.
    func strangers(in words: some Sequence<String>) -> [String] {
        let known = Self.words(of: kind).union(["kind", "after_s", "for_s"])
        return words.filter { !known.contains($0) }.sorted()
    }

    /// Why the order makes no sense, and what would; nil where it does.
    var complaint: String? {
        if let probability, !(0...1).contains(probability) { return "probability: 0 to 1" }
        if let count, count < 1 { return "count: at least 1" }
        if let afterSeconds, !(0...1e6).contains(afterSeconds) { return "after_s: 0 to 1,000,000" }
        if let forSeconds, !(0...1e6).contains(forSeconds) { return "for_s: 0 to 1,000,000" }
        if let ms, !(-86_400_000...86_400_000).contains(ms) { return "ms: a day at most" }
        if let jitterMS, !(0...86_400_000).contains(jitterMS) { return "jitter_ms: a day at most" }
        if let product, ProductID(product) == nil { return "product: such as BTC-USD" }
        if let channel, !Self.channels.contains(channel) {
            return "channel: one of \(Self.channels.sorted().joined(separator: ", "))"
        }
        if let endpoint, !names(endpoint) {
            return "endpoint: such as `POST /orders`, `GET`, `/orders/*`"
        }
        switch kind {
        case .latency, .fillLag, .failAfterAccept:
            return (ms ?? -1) >= 0 ? nil : "ms: milliseconds are missing"
        case .clockSkew: return ms == nil ? "ms: milliseconds are missing" : nil
        case .serverError:
            return [500, 502, 503].contains(status ?? 500) ? nil : "status: 500, 502 or 503"
        case .productStatus:
            return product != nil && ProductState(rawValue: state ?? "") != nil
                ? nil : "product and state: \(ProductState.allCases.map(\.rawValue))"
        case .productRules:
            let step = step.flatMap { try? Price($0, .usd) }
            return product != nil && (step?.raw ?? 0) > 0
                ? nil : "product and step: a price above zero, such as 0.5"
        case .subscriptionMax: return (most ?? 0) > 0 ? nil : "most: at least 1"
        case .feeTier:
            guard let maker, let taker, let low = try? Rate(maker), let high = try? Rate(taker),
                low.raw >= 0, high.raw >= 0, low < .one, high < .one
            else { return "maker and taker: rates such as 0.004" }
            return nil
        case .dropBefore, .dropAfter, .dropMidBody, .rateLimited, .unauthorized, .maintenance,
            .cancelFills, .cancelRefused, .oddRows, .duplicateFrames, .reorderFrames,
            .missingFrames, .sequenceGap,
            .silentFeed, .closeSockets, .staleQuotes, .crossedBook, .frozenFeed, .stillMarket:
            return nil
        }
    }
}

/// What a product can be made in mid-session.
enum ProductState: String, Sendable, CaseIterable {
    case online
    case postOnly = "post_only"
    case limitOnly = "limit_only"
    case cancelOnly = "cancel_only"
    case disabled
    case delisted

    var status: TradingStatus {
        switch self {
        case .online: .online
        case .postOnly: .postOnly
        case .limitOnly: .limitOnly
        case .cancelOnly: .cancelOnly
        case .disabled, .delisted: .disabled
        }
    }
}
