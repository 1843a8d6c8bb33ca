internal import Synchronization
internal import VigilCoinbase
internal import VigilCore
package import VigilModel
internal import VigilTransport

/// Coinbase as the place of our orders, seen from the engine.
package final class LiveVenue: Sendable {
    let access: VenueAccess
    /// The products that are traded.
    package let products: [Product]
    /// From when on its lists may have something new.
    let since: Instant
    private let entries = Atomic<Int>(0)

    init(_ access: VenueAccess, products: [Product], since: Instant) {
        self.access = access
        self.products = products
        self.since = since
    }

    /// How many of our orders that buy stood there when it was last asked.
    package var openEntries: Int { entries.load(ordering: .relaxed) }

    func found(openEntries count: Int) {
        entries.store(count, ordering: .relaxed)
    }

    /// How far before a time the lists are read, as rows come late and clocks differ.
    static let overlap = Duration.seconds(60)

    /// Reads all that a start needs, to its end.
    ///
    /// - Throws: ``VenueUnreachable`` where a list cannot be read: do not start.
    static func truth(_ client: CoinbaseClient, for past: LedgerPast) async throws -> VenueTruth {
        let since = past.since - overlap
        let listed = try await Daemon.answer("GET /orders") { await client.orders(since: since) }
        let open = try await Daemon.answer("GET open orders") { await client.openOrders() }
        var truth = VenueTruth()
        var names: [VenueOrderID: ClientOrderID] = [:]
        func take(_ order: ListedOrder) {
            switch OrderOwner(of: order.clientOrderID, instance: past.instance) {
            case .us:
                names[order.id] = order.clientOrderID
                truth.orders[order.clientOrderID] = order.order
            // Other Vigils are told of when the lists are read again, with the engine there to halt.
            case .anotherInstance, .foreign: break
            }
        }
        for order in open + listed {
            take(order)
        }
        // Older ones that ended meanwhile stand in neither list.
        for order in past.unfinished where truth.orders[order.id] == nil {
            guard let name = order.venueOrderID else { continue }
            names[name] = order.id
            if let found = try await find(name, client) {
                take(found)
            }
        }
        let fills = try await Daemon.answer("GET /fills") { await client.fills(since: since) }
        var foreign = Set((open + listed).map(\.id)).subtracting(names.keys)
        for row in fills.reversed() {
            if names[row.order] == nil, foreign.insert(row.order).inserted {
                if let found = try await find(row.order, client) {
                    take(found)
                }
            }
            guard let id = names[row.order] else { continue }
            truth.fills.append(row.fill(of: id))
        }
        truth.balances = try await Daemon.answer("GET /accounts") { await client.balances() }
        return truth
    }

    /// One order; nil where the venue does not show it, or not yet: nothing follows from that.
    private static func find(
        _ name: VenueOrderID,
        _ client: CoinbaseClient
    ) async throws -> ListedOrder? {
        try await Daemon.answer("GET /orders/\(name)") {
            switch await client.order(name) {
            case .ok(let order): .ok(order)
            case .refused(let refusal) where refusal.kind == .notFound: .ok(nil)
            case .refused(let refusal): .refused(refusal)
            case .unknown(let detail): .unknown(detail)
            }
        }
    }
}
