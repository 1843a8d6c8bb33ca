internal import Synchronization
package import VigilCore
package import VigilModel
internal import VigilTransport

/// Coinbase as the place of our orders; each request is handed back to be done beside the others, so that none
/// waits for another.
package final class CoinbaseVenue: Venue {
    private struct State {
        var account: CoinbaseAccount?
        var instance = ""
        var since = Instant.epoch
        /// Cancels that are under way: another wish for the same end adds nothing.
        var canceling: Set<ClientOrderID> = []
    }

    package let products: [Product]
    private let client: CoinbaseClient
    private let mint: TokenMint?
    private let rowWait: Duration
    private let patience: Patience
    private let random: SeededRandom
    private let marketTime: @Sendable () -> Instant
    private let state = Lock(State())
    private let entries = Atomic<Int>(0)

    /// A venue of these products; `rowWait` is how long after the feed's word of a trade its row is asked for,
    /// `patience` how a start asks.
    package init(
        client: CoinbaseClient,
        mint: TokenMint?,
        products: [Product],
        rowWait: Duration,
        patience: Patience,
        random: SeededRandom,
        marketTime: @escaping @Sendable () -> Instant
    ) {
        self.patience = patience
        self.client = client
        self.mint = mint
        self.products = products
        self.rowWait = rowWait
        self.random = random
        self.marketTime = marketTime
    }

    /// How many of our orders that buy stood there when it was last asked.
    package var openEntries: Int { entries.load(ordering: .relaxed) }

    /// The halt that follows a kill has Execution cancel each of them, again and again until it has ended.
    package func cancelEntriesNow() -> [VenueEvent] { [] }

    /// Takes over what is known of our orders, and tells from now on what happens to them.
    package func begin(_ start: VenueStart, _ report: @escaping VenueSink) async {
        let instance = start.instance
        let account = CoinbaseAccount(
            client: client,
            since: state.withLock(\.since),
            rowWait: rowWait,
            isOurs: { OrderOwner(of: $0, instance: instance) == .us },
            others: { id in
                guard case .anotherInstance(let name) = OrderOwner(of: id, instance: instance)
                else { return }
                report(.otherSeen(instance: name))
            },
            odd: { row in
                let order = row.order.text.isEmpty ? nil : row.order
                report(.noted(VenueNote(.unreadable, row.text, order: order)))
            },
            marketTime: marketTime,
            report: { report(.event($0)) },
            feed: { Self.tell($0, report) }
        )
        await account.know(start.unfinished)
        state.withLock { state in
            state.account = account
            state.instance = instance
        }
    }

    /// Follows the feed of our orders until ``end()``.
    package func follow() async {
        guard let mint, let account = state.withLock(\.account) else { return }
        await account.run(mint, random: random)
    }

    /// A venue that hangs must not keep the engine from ending.
    package func end() async {
        client.transport.abandon()
        await state.withLock(\.account)?.stop()
    }

    /// Hands every request back as work: an answer of the venue is always waited for.
    package func take(
        _ request: VenueRequest,
        at now: Instant,
        _ report: @escaping VenueSink
    ) -> VenueWork? {
        guard let account = state.withLock(\.account) else { return nil }
        switch request {
        case .submit(let order, let isEntry):
            return { await Self.submit(order, isEntry, account, report) }
        case .cancel(let id):
            guard state.withLock({ $0.canceling.insert(id).inserted }) else { return nil }
            return { [self] in
                await Self.cancel(id, account, report)
                state.withLock { _ = $0.canceling.remove(id) }
            }
        case .list(let cycle): return { [self] in await list(cycle, account, report) }
        case .lookUp(let number, let ids, let since):
            return {
                await account.look(for: ids, since: since) { asked, found, detail in
                    let lookUp = LookUp(
                        number: number,
                        at: now,
                        since: since,
                        asked: asked,
                        found: found,
                        detail: detail
                    )
                    report(.lookedUp(lookUp))
                }
            }
        case .readAvailable(let product):
            return { await Self.readAvailable(product, account, report) }
        // It has a market and fees of its own.
        case .observe, .feesChanged, .wake: return nil
        }
    }

    private static func submit(
        _ order: OrderRequest,
        _ isEntry: Bool,
        _ account: CoinbaseAccount,
        _ report: VenueSink
    ) async {
        let id = order.clientOrderID
        func note(_ text: String) {
            report(.noted(VenueNote(.trouble, text, order: id, product: order.product)))
        }
        switch await account.submit(order, isEntry: isEntry) {
        case .accepted: break
        case .rejected(let reason, let refusal):
            note("the venue refuses the order: \(refusal)")
            // What is held must be sold, whatever a sell is refused for.
            if refusal.concernsProduct, order.side == .buy {
                report(.closed(order.product, refusal.message))
            }
            report(.event(.orderRejected(id, reason)))
        case .unknown(let detail):
            note("it is not known what became of the order: \(detail)")
            report(.outcomeLost(id))
        }
    }

    /// What cannot be read is asked for again with the next refusal.
    private static func readAvailable(
        _ product: ProductID,
        _ account: CoinbaseAccount,
        _ report: VenueSink
    ) async {
        guard let wallets = await account.wallets(needed: [product.base]).value,
            wallets.unreadable.isEmpty
        else { return }
        let free = wallets.held.first { $0.available.currency == product.base }?.available.raw ?? 0
        report(.availableRead(product, (try? Quantity(raw: max(free, 0))) ?? .zero))
    }

    /// What the venue does with the wish comes as a report; what it did not take is asked again by Execution.
    private static func cancel(
        _ id: ClientOrderID,
        _ account: CoinbaseAccount,
        _ report: VenueSink
    ) async {
        switch await account.cancel(id) {
        case .ok(nil): break
        case .ok(let refusal?):
            // Mostly it has ended meanwhile, which the list says; one that stands is asked again by Execution.
            guard await account.stands(id) else { return }
            let text = "the venue will not cancel the order, which stands: \(refusal)"
            report(.noted(VenueNote(.trouble, text, order: id)))
        case .refused(let refusal) where refusal.kind == .notFound: break
        case .refused(let refusal):
            report(.noted(VenueNote(.trouble, "a cancel was refused: \(refusal)", order: id)))
        case .unknown(let detail):
            report(.noted(VenueNote(.trouble, "a cancel is unsure: \(detail)", order: id)))
        }
    }

    /// What we trade with: a list without one of these is none.
    private var currencies: Set<Currency> {
        Set(products.flatMap { [$0.id.base, $0.id.quote] } + PortfolioCore.cashCurrencies)
    }

    private func list(_ cycle: Int, _ account: CoinbaseAccount, _ report: VenueSink) async {
        let wallets = await account.wallets(needed: currencies)
        let open = await account.openOrders()
        guard let held = wallets.value, let standing = open.value else {
            return report(.unreadable(cycle: cycle))
        }
        // What is the account owner's own is none of our business.
        let instance = state.withLock(\.instance)
        let ours = standing.filter { OrderOwner(of: $0.clientOrderID, instance: instance) == .us }
        // One whose side cannot be read may be an entry.
        entries.store(ours.count { $0.side != .sell }, ordering: .relaxed)
        let orders = ours.compactMap(\.order).map { ($0.request.clientOrderID, $0) }
        let listing = VenueListing(
            balances: held.held,
            unreadable: held.unreadable,
            openOrders: ours.map(\.clientOrderID),
            orders: Dictionary(orders) { $1 }
        )
        report(.listed(cycle: cycle, listing))
        await account.read()
    }

    private static func tell(_ said: FeedConnection.Report, _ report: VenueSink) {
        switch said {
        case .lost(let trouble, let detail):
            let text =
                "the feed of our orders was lost (\(trouble.rawValue): \(detail)); "
                + "orders and fills are listed when it is back"
            report(.noted(VenueNote(.feedLost, text)))
        case .regained:
            report(.noted(VenueNote(.feedWhole, "the feed of our orders is whole")))
        case .content, .repeated, .missing: break
        }
    }
}

// What a start must know.
extension CoinbaseVenue {
    /// How far before a time the lists are read: as far back as a row may wait until its order is shown.
    private static let overlap = CoinbaseAccount.untoldWait

    /// Reads all that a start needs, to its end.
    ///
    /// - Throws: ``VenueUnreachable`` where a list cannot be read: do not start.
    package func truth(for past: LedgerPast) async throws -> VenueTruth {
        state.withLock { $0.since = past.since }
        let since = past.since - Self.overlap
        let listed = try await patience.answer("GET /orders") { await client.orders(since: since) }
        let open = try await patience.answer("GET open orders") { await client.openOrders() }
        var truth = VenueTruth()
        var names: [VenueOrderID: ClientOrderID] = [:]
        func take(_ order: ListedOrder, as name: VenueOrderID? = nil) {
            switch OrderOwner(of: order.clientOrderID, instance: past.instance) {
            case .us:
                let name = name ?? order.id
                guard !name.text.isEmpty else { break }
                names[name] = order.clientOrderID
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
            if let found = try await find(name) {
                take(found, as: name)
            }
        }
        let fills = try await patience.answer("GET /fills") { await client.fills(since: since) }
        var foreign = Set((open + listed).map(\.id)).subtracting(names.keys)
        for row in fills.reversed() {
            if names[row.order] == nil, !row.order.text.isEmpty,
                foreign.insert(row.order).inserted
            {
                if let found = try await find(row.order) {
                    take(found, as: row.order)
                }
            }
            // One that cannot be read is told when the lists are read again, with the engine there.
            guard let fill = names[row.order].flatMap({ row.fill(of: $0) }) else { continue }
            truth.fills.append(fill)
        }
        truth.balances = try await patience.answer("GET /accounts") {
            [currencies] in
            // What the account holds before the first run must be whole; later it is compared, and told.
            guard past.isFirst else {
                return await client.wallets(needed: currencies).map { $0.held }
            }
            return await client.balances(needed: currencies)
        }
        return truth
    }

    /// One order; nil where the venue does not show it, or not yet: nothing follows from that.
    private func find(_ name: VenueOrderID) async throws -> ListedOrder? {
        try await patience.answer("GET /orders/\(name)") {
            switch await client.order(name) {
            case .ok(let order): .ok(order)
            case .refused(let refusal) where refusal.isFinal: .ok(nil)
            case .refused(let refusal): .refused(refusal)
            case .unknown(let detail): .unknown(detail)
            }
        }
    }
}
