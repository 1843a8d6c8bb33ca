package import VigilCore
package import VigilModel
internal import VigilTransport

/// Our orders at Coinbase: sent once, followed by the user feed, settled by the venue's own rows.
///
/// The feed says that something happened; what happened stands in the lists. After each gap of the feed
/// both are read again, with an overlap, and what was known already changes nothing.
package actor CoinbaseAccount {
    /// What became of an order that was sent.
    package enum Submission: Sendable, Equatable {
        /// It is in the pipeline under this name.
        case accepted(VenueOrderID)
        /// It does not exist.
        case rejected(RejectionReason, CallRefusal)
        /// Only the venue's evidence can tell; it must not be sent again.
        case unknown(String)
    }

    /// How far behind the last known row the lists are read again.
    static let overlap = Duration.seconds(60)
    /// How long rows that the feed has announced are waited for.
    static let rowPatience = 40
    /// How many orders that have ended are remembered.
    static let endedMax = 2_000

    private struct Known {
        var id: VenueOrderID
        var request: OrderRequest?
        var status = VenueOrderStatus.pending
        /// What the feed has said was filled.
        var announced = Quantity.zero
        /// What the rows add up to.
        var recorded = Quantity.zero
        var createdAt: Instant
    }

    private let client: CoinbaseClient
    private let marketTime: @Sendable () -> Instant
    private let report: @Sendable (VenueEvent) -> Void
    private let feed: @Sendable (FeedConnection.Report) -> Void
    private var orders: [ClientOrderID: Known] = [:]
    private var names: [VenueOrderID: ClientOrderID] = [:]
    /// Rows that were reported, with the time that the venue's lists go by.
    private var rows: [EntryID: Instant] = [:]
    /// How long after the feed's word of a trade its row is asked for.
    private let rowWait: Duration
    private let others: @Sendable (ClientOrderID) -> Void
    private let isOurs: @Sendable (ClientOrderID) -> Bool
    private var sequencedAt: Instant
    /// Orders of which the venue has refused a cancel, and was told of.
    private var uncanceled: Set<ClientOrderID> = []
    /// True where the lists are to be read.
    private var isDue = false
    private var isStopped = false
    private var reader: CheckedContinuation<Void, Never>?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe client.transport.asUnownedSerialExecutor()
    }

    /// Follows the account of a client's key from a time on.
    ///
    /// `isOurs` picks our orders; `others` is told of all that are not. `report` is given what happens to orders,
    /// `feed` what happens to the connection.
    package init(
        client: CoinbaseClient,
        since: Instant,
        rowWait: Duration = .zero,
        isOurs: @escaping @Sendable (ClientOrderID) -> Bool = { !$0.text.isEmpty },
        others: @escaping @Sendable (ClientOrderID) -> Void = { _ in },
        marketTime: @escaping @Sendable () -> Instant,
        report: @escaping @Sendable (VenueEvent) -> Void,
        feed: @escaping @Sendable (FeedConnection.Report) -> Void
    ) {
        self.client = client
        self.marketTime = marketTime
        self.report = report
        self.feed = feed
        self.isOurs = isOurs
        self.rowWait = rowWait
        self.others = others
        sequencedAt = since
    }

    /// Takes over what was known before, of orders that are not ended.
    package func know(_ records: [OrderRecord]) {
        for record in records {
            guard let name = record.venueOrderID else { continue }
            names[name] = record.id
            orders[record.id] = Known(
                id: name,
                request: record.intent.request,
                status: .open,
                announced: record.filled,
                recorded: record.filled,
                createdAt: record.intent.createdAt
            )
            for row in record.rows {
                rows[row] = record.intent.createdAt
            }
        }
    }

    /// Connects the feed of our orders, and reads the lists whenever it gives cause to; until ``stop()``.
    package func run(_ mint: TokenMint, random: SeededRandom) async {
        let connection = FeedConnection(
            transport: client.transport,
            address: client.address.userFeed,
            mint: mint,
            channels: [.heartbeats, .user],
            products: [],
            random: random,
            marketTime: marketTime
        ) { [self] report in
            assumeIsolated { $0.take(report) }
        }
        await connection.start()
        while !isStopped {
            if isDue {
                await readAll()
            } else {
                await withCheckedContinuation { reader = $0 }
            }
        }
        await connection.stop()
    }

    /// Ends the feed and the reading.
    package func stop() {
        isStopped = true
        wake()
    }

    private func wake() {
        reader?.resume()
        reader = nil
    }

    // MARK: What we ask for

    /// Sends an order, once.
    package func submit(_ request: OrderRequest, isEntry: Bool) async -> Submission {
        let id = request.clientOrderID
        switch await client.create(request, isEntry: isEntry) {
        case .ok(let name):
            learn(id, name, request)
            return .accepted(name)
        case .refused(let refusal) where refusal.code == "DUPLICATE_CLIENT_ORDER_ID":
            // It exists: which one, only the lists can say.
            return .unknown(refusal.description)
        case .refused(let refusal): return .rejected(refusal.rejection, refusal)
        case .unknown(let detail): return .unknown(detail)
        }
    }

    /// Asks for an order's end; nil where the venue took the wish.
    package func cancel(_ id: ClientOrderID) async -> Outcome<CallRefusal?> {
        guard let name = orders[id]?.id else {
            return .refused(
                CallRefusal(kind: .notFound, message: "the venue's name of \(id) is not known")
            )
        }
        switch await client.cancel([name]) {
        case .ok(let rows):
            guard let row = rows[name] else {
                return .unknown("the answer does not speak of the order")
            }
            return .ok(row)
        case .refused(let refusal): return .refused(refusal)
        case .unknown(let detail): return .unknown(detail)
        }
    }

    /// True where the venue still shows an order as standing after it would not cancel it; said once an order.
    ///
    /// What the venue shows is taken in, so that an end that nobody told of is known.
    package func stands(_ id: ClientOrderID) async -> Bool {
        guard let known = orders[id], !known.status.isFinal else { return false }
        guard let listed = await client.order(known.id).value else { return false }
        take(listed)
        read()
        guard orders[id]?.status.isFinal == false else { return false }
        return uncanceled.insert(id).inserted
    }

    /// Looks an order of ours up among all that were created since a time, and takes in what is found.
    ///
    /// `ok(nil)` only where the list was read to its end and does not have it.
    package func find(_ id: ClientOrderID, since: Instant) async -> Outcome<VenueOrder?> {
        switch await client.orders(since: since) {
        case .ok(let listed):
            let found = listed.first { $0.clientOrderID == id }
            if let found { take(found) }
            return .ok(found?.order)
        case .refused(let refusal): return .refused(refusal)
        case .unknown(let detail): return .unknown(detail)
        }
    }

    /// Looks for orders of unknown fate in the lists from a time on, and takes in what it finds.
    ///
    /// `tell` is called before what was found is reported: with those that are there and how many orders
    /// the lists had, or with nil and what went wrong where a list could not be read to its end.
    package func look(
        for ids: [ClientOrderID],
        since: Instant,
        _ tell: @Sendable ([ClientOrderID: VenueOrder]?, String) -> Void
    ) async {
        let listed = await client.orders(since: since)
        let open = await client.openOrders()
        guard let recent = listed.value, let standing = open.value else {
            let trouble = listed.trouble ?? open.trouble ?? ""
            return tell(nil, "the lists could not be read to their end: \(trouble)")
        }
        let all = standing + recent
        let wanted = Set(ids)
        let found = all.filter { wanted.contains($0.clientOrderID) }
        // One that is there and cannot be understood is not absent.
        let isClear = found.allSatisfy { $0.order != nil }
        let orders = found.compactMap(\.order).map { ($0.request.clientOrderID, $0) }
        tell(
            isClear ? Dictionary(orders) { $1 } : nil,
            isClear ? "\(all.count) orders listed" : "an order is listed in a way we cannot read"
        )
        for order in found {
            take(order)
        }
        read()
    }

    /// Our orders that are not ended, as the venue lists them.
    package func openOrders() async -> Outcome<[ListedOrder]> { await client.openOrders() }

    /// What the account holds.
    package func balances(needed: Set<Currency>? = nil) async -> Outcome<[Balance]> {
        await client.balances(needed: needed)
    }

    // MARK: What the feed says

    private func take(_ report: FeedConnection.Report) {
        switch report {
        case .content(.orders(let orders, _), _, _):
            var needsRows = false
            for order in orders {
                needsRows = take(order) || needsRows
            }
            if needsRows { read() }
        case .regained: read()
        case .content, .lost, .missing, .repeated: break
        }
        feed(report)
    }

    /// Takes in an order of the feed; true where rows must be read.
    private func take(_ order: UserOrder) -> Bool {
        // An order without a key of ours is not ours.
        guard isOurs(order.clientOrderID) else {
            others(order.clientOrderID)
            return false
        }
        guard let status = order.status else { return false }
        var known =
            orders[order.clientOrderID] ?? Known(id: order.id, createdAt: marketTime())
        // Late and repeated messages change nothing, and an end is never taken back.
        guard order.filledQuantity >= known.announced else { return false }
        let moved = Self.goesOn(known.status, status)
        known.announced = order.filledQuantity
        if moved { known.status = status }
        orders[order.clientOrderID] = known
        names[order.id] = order.clientOrderID
        if moved { tell(known, order.clientOrderID) }
        return known.announced > known.recorded
    }

    /// True for a step that an order can take: never back to pending, and never away from its end.
    private static func goesOn(_ old: VenueOrderStatus, _ new: VenueOrderStatus) -> Bool {
        old != new && !old.isFinal && new != .pending
    }

    private func take(_ listed: ListedOrder) {
        guard isOurs(listed.clientOrderID) else {
            others(listed.clientOrderID)
            names[listed.id] = ClientOrderID("")
            return
        }
        learn(listed.clientOrderID, listed.id, listed.order?.request)
        guard let status = listed.status, var known = orders[listed.clientOrderID] else { return }
        known.announced = max(known.announced, listed.filledQuantity)
        let moved = Self.goesOn(known.status, status)
        if moved { known.status = status }
        orders[listed.clientOrderID] = known
        if moved { tell(known, listed.clientOrderID) }
    }

    private func learn(_ id: ClientOrderID, _ name: VenueOrderID, _ request: OrderRequest?) {
        names[name] = id
        let isNew = orders[id] == nil
        var known = orders[id] ?? Known(id: name, createdAt: marketTime())
        let isNamed = known.request == nil && request != nil
        known.request = known.request ?? request
        orders[id] = known
        guard isNamed, let order = order(known) else { return }
        report(isNew ? .orderAccepted(order) : .orderUpdated(order))
    }

    private func tell(_ known: Known, _ id: ClientOrderID) {
        guard let order = order(known) else { return }
        report(.orderUpdated(order))
    }

    private func order(_ known: Known) -> VenueOrder? {
        known.request.map {
            VenueOrder(
                venueOrderID: known.id,
                request: $0,
                status: known.status,
                filledQuantity: known.announced,
                createdAt: known.createdAt
            )
        }
    }

    // MARK: What the lists say

    /// Has the lists read; what comes while they are leads to another reading.
    package func read() {
        isDue = true
        wake()
    }

    private func readAll() async {
        var attempts = 0
        while !isStopped, isDue || hasMissingRows {
            isDue = false
            attempts += 1
            guard attempts <= Self.rowPatience, !client.transport.isAbandoned else { return }
            if attempts == 1, hasMissingRows, rowWait > .zero {
                await client.transport.sleep(for: rowWait)
            } else if attempts > 1 {
                // A row may come seconds after the feed's word of it.
                await client.transport.sleep(for: .milliseconds(min(100 * attempts, 1_000)))
            }
            guard await readOnce() else {
                // What could not be read is read later, however long that takes.
                isDue = true
                attempts = min(attempts, Self.rowPatience - 1)
                continue
            }
        }
    }

    /// A quote-sized order's own total is rounded where its rows are not.
    private static let dust: Int128 = 1_000_000

    private var hasMissingRows: Bool {
        orders.values.contains(where: isMissingRows)
    }

    private func isMissingRows(_ known: Known) -> Bool {
        known.announced.raw - Self.dust > known.recorded.raw
    }

    /// Reads everything that may be new; false where a part of it could not be read.
    private func readOnce() async -> Bool {
        let since = sequencedAt - Self.overlap
        guard let listed = await client.orders(since: since).value,
            let open = await client.openOrders().value
        else { return false }
        for order in open + listed {
            take(order)
        }
        // The lists go by creation: an older order that ended meanwhile stands in neither.
        let seen = Set((open + listed).map(\.id))
        for known in orders.values where !known.status.isFinal && !seen.contains(known.id) {
            switch await client.order(known.id) {
            case .ok(let order): take(order)
            case .refused(let refusal) where refusal.kind == .notFound: break
            case .refused, .unknown: return false
            }
        }
        guard let fills = await client.fills(since: since).value else { return false }
        var isWhole = true
        for fill in fills.reversed() where isWhole {
            isWhole = await record(fill)
        }
        forget()
        return isWhole
    }

    /// Lets go of what can be told no more.
    private func forget() {
        rows = rows.filter { $0.value >= sequencedAt - Self.overlap * 2 }
        let ended = orders.filter { $0.value.status.isFinal && !isMissingRows($0.value) }
        guard ended.count > Self.endedMax else { return }
        let oldest = ended.sorted { $0.value.createdAt < $1.value.createdAt }
        for (id, known) in oldest.prefix(ended.count - Self.endedMax / 2) {
            orders[id] = nil
            names[known.id] = nil
            uncanceled.remove(id)
        }
    }

    /// Takes in a row; false where its order cannot be told, so that it is read again.
    private func record(_ row: ListedFill) async -> Bool {
        if names[row.order] == nil {
            guard let order = await client.order(row.order).value else { return false }
            take(order)
        }
        sequencedAt = max(sequencedAt, row.sequencedAt)
        guard let id = names[row.order], var known = orders[id] else { return true }
        let fill = row.fill(of: id)
        guard rows.updateValue(row.sequencedAt, forKey: fill.entryID) == nil else { return true }
        if fill.kind != .reversal, let sum = try? known.recorded + fill.quantity {
            known.recorded = sum
        }
        known.announced = max(known.announced, known.recorded)
        orders[id] = known
        report(.fillReported(fill))
        return true
    }
}
