internal import Foundation
package import VigilExchange
package import VigilModel

/// A market made of a raw Coinbase Pro WebSocket capture: its books, level by level, and its matches.
///
/// **Source**: a line is a receive time, a colon and a frame of the old protocol: `snapshot`, `l2update`,
/// `match`. A match names the maker's side, as today's trades do. When the capture is over, its market
/// stands still.
package struct CapturedMarket: MarketSource {
    private struct Frame: Decodable {
        let type: String
        let product: String?
        let time: String?
        let bids: [[String]]?
        let asks: [[String]]?
        let changes: [[String]]?
        let side: String?
        let price: String?
        let size: String?

        enum CodingKeys: String, CodingKey {
            case type, time, bids, asks, changes, side, price, size
            case product = "product_id"
        }
    }

    /// A frame that was understood, at its distance from the first.
    private struct Event {
        let offset: Duration
        let product: ProductID
        var isSnapshot = false
        var levels: [(side: Side, level: BookLevel)] = []
        var trade: (price: Price, quantity: Quantity, makerSide: Side)?
    }

    package let products: [Product]
    package let interval: Duration
    package let start: Instant
    package let end: Instant? = nil
    package let hasWholeBooks = true
    package let history: [ProductID: [Candle]] = [:]
    private let events: [Event]
    private var next = 0
    private var books: [ProductID: [Side: [Price: Quantity]]] = [:]

    /// True for a text that begins as a capture does.
    package static func isCapture(_ text: some StringProtocol) -> Bool {
        text.prefix(4_096).contains("\"type\":\"sub") || text.prefix(4_096).contains("wss://")
    }

    /// Reads a capture so that it begins at an instant.
    ///
    /// - Throws: ``CandleFileError`` naming file and line, or `MoneyError`.
    package init(_ text: String, path: String, start: Instant, interval: Duration) throws {
        var events: [Event] = []
        var first: Double?
        func fault(_ reason: String, _ line: Int?) -> CandleFileError {
            CandleFileError(path: path, line: line, reason: reason)
        }
        let decoder = JSONDecoder()
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            guard let colon = line.firstIndex(of: ":"), let time = Double(line[..<colon]),
                let brace = line.firstIndex(of: "{")
            else { continue }
            guard let frame = try? decoder.decode(Frame.self, from: Data(line[brace...].utf8))
            else { throw fault("not a frame of a Pro capture", index + 1) }
            let offset = Duration.nanoseconds(Int64((time - (first ?? time)) * 1e9))
            if let event = try Self.event(frame, offset) {
                first = first ?? time
                events.append(event)
            }
        }
        guard !events.isEmpty else { throw fault("no snapshot, l2update or match", nil) }
        self.events = events
        self.start = start
        self.interval = interval
        products = try Self.products(events)
    }

    private static func event(_ frame: Frame, _ offset: Duration) throws -> Event? {
        guard let name = frame.product, let product = ProductID(name) else { return nil }
        func level(_ price: String, _ size: String) throws -> BookLevel {
            BookLevel(price: try Price(price, product.quote), quantity: try Quantity(size))
        }
        var event = Event(offset: offset, product: product)
        switch frame.type {
        case "snapshot":
            event.isSnapshot = true
            for (side, rows) in [(Side.buy, frame.bids), (.sell, frame.asks)] {
                for row in rows ?? [] where row.count >= 2 {
                    event.levels.append((side, try level(row[0], row[1])))
                }
            }
        case "l2update":
            for row in frame.changes ?? [] where row.count >= 3 {
                event.levels.append((row[0] == "buy" ? .buy : .sell, try level(row[1], row[2])))
            }
        case "match":
            guard let price = frame.price, let size = frame.size else { return nil }
            let side: Side = frame.side == "buy" ? .buy : .sell
            event.trade = (try Price(price, product.quote), try Quantity(size), side)
        default: return nil
        }
        return event
    }

    /// The rules of each product, from the finest steps that the capture shows.
    private static func products(_ events: [Event]) throws(MoneyError) -> [Product] {
        var finest: [ProductID: (price: Int, size: Int)] = [:]
        func places(_ text: String) -> Int {
            text.split(separator: ".").dropFirst().first?.count ?? 0
        }
        for event in events {
            var found = finest[event.product] ?? (0, 0)
            for (_, level) in event.levels {
                found.price = max(found.price, places(level.price.description))
                found.size = max(found.size, places(level.quantity.description))
            }
            finest[event.product] = found
        }
        func step(_ places: Int) -> String {
            places == 0 ? "1" : "0." + String(repeating: "0", count: places - 1) + "1"
        }
        var products: [Product] = []
        for id in finest.keys.sorted() {
            let found = finest[id] ?? (2, 8)
            products.append(
                try Product(
                    id: id,
                    baseIncrement: Quantity(step(found.size)),
                    priceIncrement: Price(step(found.price), id.quote),
                    baseMin: Quantity(step(found.size)),
                    quoteMin: Money(id.quote.description == "BTC" ? "0.00001" : "1", id.quote),
                    status: .online
                )
            )
        }
        return products
    }

    package mutating func step(at now: Instant) throws(MoneyError) -> [MarketStep] {
        var trades: [ProductID: [Trade]] = [:]
        while next < events.count, start + events[next].offset <= now {
            let event = events[next]
            next += 1
            if event.isSnapshot {
                books[event.product] = [:]
            }
            for (side, level) in event.levels {
                let quantity = level.quantity.isZero ? nil : level.quantity
                books[event.product, default: [:]][side, default: [:]][level.price] = quantity
            }
            var made = trades[event.product] ?? []
            if let trade = event.trade {
                made.append(
                    Trade(
                        product: event.product,
                        price: trade.price,
                        quantity: trade.quantity,
                        makerSide: trade.makerSide,
                        occurredAt: now
                    )
                )
            }
            trades[event.product] = made
        }
        return trades.keys.sorted().map { product in
            MarketStep(
                product: product,
                status: .online,
                book: book(of: product, at: now),
                trades: trades[product] ?? []
            )
        }
    }

    private func book(of product: ProductID, at now: Instant) -> OrderBook {
        func levels(_ side: Side) -> [BookLevel] {
            let sorted = (books[product]?[side] ?? [:]).sorted {
                side == .buy ? $0.key > $1.key : $0.key < $1.key
            }
            return sorted.map { BookLevel(price: $0.key, quantity: $0.value) }
        }
        return OrderBook(
            product: product,
            bids: levels(.buy),
            asks: levels(.sell),
            occurredAt: now
        )
    }
}
