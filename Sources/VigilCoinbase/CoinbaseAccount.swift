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
    /// For how long after its time a fill is asked about whose order the venue does not show; after that it is none
    /// of ours, as ours are listed.
    static let untoldWait = Duration.seconds(600)
    /// How long an order that the venue did not show is not asked for again: lists are read several times a second.
    static let hiddenWait = Duration.seconds(30)
    /// For how long after its time a fill of ours is read again that cannot be read.
    static let unreadableWait = Duration.seconds(86_400)
    /// How many orders that have ended are remembered.
    static let endedMax = 2_000

    struct Known {
        var id: VenueOrderID
        var request: OrderRequest?
        var status = VenueOrderStatus.pending
        /// What the feed has said was filled.
        var announced = Quantity.zero
        /// What the rows add up to.
        var recorded = Quantity.zero
        var createdAt: Instant
    }

    let client: CoinbaseClient
    let marketTime: @Sendable () -> Instant
    let report: @Sendable (VenueEvent) -> Void
    private let feed: @Sendable (FeedConnection.Report) -> Void
    var orders: [ClientOrderID: Known] = [:]
    var names: [VenueOrderID: ClientOrderID] = [:]
    /// Rows that were reported, with the time that the venue's lists go by.
    var rows: [EntryID: Instant] = [:]
    /// How long after the feed's word of a trade its row is asked for.
    let rowWait: Duration
    private let others: @Sendable (ClientOrderID) -> Void
    let isOurs: @Sendable (ClientOrderID) -> Bool
    let onOdd: @Sendable (OddRow) -> Void
    var sequencedAt: Instant
    /// What was told of rows that cannot be read or told.
    var odd: Set<OddRow> = []
    /// Orders that the venue did not show, with when it was asked.
    var hidden: [VenueOrderID: Instant] = [:]
    /// Our orders of which a row of the last reading cannot be read.
    var unreadable: Set<ClientOrderID> = []
    /// Orders of which the venue has refused a cancel, and was told of.
    var uncanceled: Set<ClientOrderID> = []
    /// True where the lists are to be read.
    var isDue = false
    var isStopped = false
    private var reader: CheckedContinuation<Void, Never>?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe client.transport.asUnownedSerialExecutor()
    }

    /// Follows the account of a client's key from a time on.
    ///
    /// `isOurs` picks our orders; `others` is told of all that are not, and `odd` of rows that cannot be used, each
    /// once. `report` is given what happens to orders, `feed` what happens to the connection.
    package init(
        client: CoinbaseClient,
        since: Instant,
        rowWait: Duration = .zero,
        isOurs: @escaping @Sendable (ClientOrderID) -> Bool = { !$0.text.isEmpty },
        others: @escaping @Sendable (ClientOrderID) -> Void = { _ in },
        odd: @escaping @Sendable (OddRow) -> Void = { _ in },
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
        onOdd = odd
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

    func wake() {
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
        take(listed, as: known.id)
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
            guard let found else { return .ok(nil) }
            take(found)
            guard let order = found.order else {
                let trouble = found.trouble ?? "a part of it is not known"
                return .refused(CallRefusal(kind: .unreadable, message: trouble))
            }
            return .ok(order)
        case .refused(let refusal): return .refused(refusal)
        case .unknown(let detail): return .unknown(detail)
        }
    }

    /// Looks for orders of unknown fate in the lists from a time on, and takes in what it finds.
    ///
    /// `tell` is called before what was found is reported: with those of `ids` of which the lists say something that
    /// can be read, those that are there and how many orders the lists had, or with nil and what went wrong where a
    /// list could not be read to its end.
    package func look(
        for ids: [ClientOrderID],
        since: Instant,
        _ tell: @Sendable ([ClientOrderID], [ClientOrderID: VenueOrder]?, String) -> Void
    ) async {
        let listed = await client.orders(since: since)
        let open = await client.openOrders()
        guard let recent = listed.value, let standing = open.value else {
            let trouble = listed.trouble ?? open.trouble ?? ""
            return tell(ids, nil, "the lists could not be read to their end: \(trouble)")
        }
        let all = standing + recent
        let wanted = Set(ids)
        let found = all.filter { wanted.contains($0.clientOrderID) }
        // One that is there and cannot be understood is not absent: of that one nothing was learned.
        let unclear = Set(found.filter { $0.order == nil }.map(\.clientOrderID))
        let orders = found.compactMap(\.order).map { ($0.request.clientOrderID, $0) }
        // A young order without a key that can be read may be any of those that are not found.
        let nameless = all.contains { listed in
            listed.clientOrderID.text.isEmpty && names[listed.id] == nil
                && (listed.trouble != nil || listed.createdAt >= since)
        }
        let there = Set(found.map(\.clientOrderID))
        let clear = ids.filter { !unclear.contains($0) && (there.contains($0) || !nameless) }
        tell(
            clear,
            clear.isEmpty ? nil : Dictionary(orders) { $1 },
            "\(all.count) orders listed"
                + (unclear.isEmpty && !nameless ? "" : ", some in a way that we cannot read")
        )
        for order in found {
            take(order)
        }
        read()
    }

    /// Our orders that are not ended, as the venue lists them.
    package func openOrders() async -> Outcome<[ListedOrder]> { await client.openOrders() }

    /// What the account holds.
    package func wallets(needed: Set<Currency>? = nil) async -> Outcome<Wallets> {
        await client.wallets(needed: needed)
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
        if let trouble = order.trouble {
            say(OddRow(order: order.clientOrderID, name: order.id, trouble: trouble))
            // What the feed cannot tell the lists may.
            return true
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

    /// Takes in an order of a list; `name` is the one that it was asked for by.
    ///
    /// Whose it is says the venue's name first: a key that cannot be read makes no order of ours a stranger's.
    func take(_ listed: ListedOrder, as name: VenueOrderID? = nil) {
        let name = name ?? listed.id
        let known = names[name].flatMap { isOurs($0) ? $0 : nil }
        guard let id = known ?? (isOurs(listed.clientOrderID) ? listed.clientOrderID : nil) else {
            others(listed.clientOrderID)
            // Without a key it may be anyone's.
            if !name.text.isEmpty, !listed.clientOrderID.text.isEmpty {
                names[name] = ClientOrderID("")
            }
            return
        }
        let isNamed = listed.clientOrderID == id
        let trouble = isNamed ? listed.trouble : "`client_order_id` is not that of this order"
        if let trouble { say(OddRow(order: id, name: name, trouble: trouble)) }
        // Without the venue's name nothing of it can be told from another.
        guard !name.text.isEmpty else { return }
        learn(id, name, trouble == nil ? listed.order?.request : nil)
        guard trouble == nil else { return }
        guard let status = listed.status, var order = orders[id] else { return }
        order.announced = max(order.announced, listed.filledQuantity)
        let moved = Self.goesOn(order.status, status)
        if moved { order.status = status }
        orders[id] = order
        if moved { tell(order, id) }
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
}
