internal import Synchronization
internal import VigilCoinbase
internal import VigilCore
internal import VigilEngine
internal import VigilModel
internal import VigilTelemetry
internal import VigilTransport

/// Owns the connections of market data: shards them, tells MarketData what they bring, and the operator
/// what happens to them.
actor MarketFeeds: MarketFeed {
    /// How many products one connection carries.
    ///
    /// **Source**: contract 4.1: others use about 30.
    static let shardSize = 25
    /// Fewer products than this are not spread over more connections.
    private static let shardMin = 4
    /// So many times in a row a subscription may be refused before it is split.
    private static let refusalsMax = 2
    /// Between two looks beside the feeds.
    static let lookInterval = Duration.seconds(60)
    /// How many candles one request brings.
    static let pageSize = 300

    /// So many times within ``patience`` a product's book may drop its connection, which others share.
    private static let distrustsMax = 3
    private static let patience = Duration.seconds(600)

    private struct Reading: Hashable {
        let product: ProductID
        let length: CandleLength
    }

    let access: VenueAccess
    let router: FeedRouter
    let clock: any EngineClock
    /// What each connection carries; split where the venue refuses so many in one subscription.
    var shards: [[ProductID]]
    var connections: [FeedConnection] = []
    private var whole: Set<Int> = []
    private var lostAt: [Int: Instant] = [:]
    /// What the venue said of each product last.
    var rules: [ProductID: Product] = [:]
    /// How often in a row the venue refused each connection's subscription.
    private var refusals: [Int: Int] = [:]
    private var isDisconnected = true
    /// Whether the halt was raised; not known at first, as one may have outlived a restart.
    private var isRaised: Bool?
    private var beganAt = Instant.epoch
    /// How often, and since when, each product's book was not to be trusted.
    private var distrusts: [ProductID: (count: Int, since: Instant)] = [:]
    private var reading: Set<Reading> = []
    var isLooking = false
    var lookAlarm = 0
    var fees: FeeTier?
    var clocks = ClockWatch()

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe access.transport.asUnownedSerialExecutor()
    }

    init(
        access: VenueAccess,
        products: [Product],
        universe: Set<ProductID>,
        router: FeedRouter,
        clock: any EngineClock
    ) {
        self.access = access
        self.router = router
        self.clock = clock
        // What is only held has connections apart: one that the venue does not serve any more must not
        // take the books of the others with it.
        let ids = products.map(\.id)
        let groups = [ids.filter(universe.contains), ids.filter { !universe.contains($0) }]
        shards = groups.flatMap { ids in
            stride(from: 0, to: ids.count, by: Self.shardSize).map {
                Array(ids[$0..<min($0 + Self.shardSize, ids.count)])
            }
        }
        rules = Dictionary(products.map { ($0.id, $0) }) { $1 }
    }

    /// Carries out commands until the mailbox is closed; then ends the connections.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await commands in router.commands {
                for command in commands {
                    await carryOut(command, &group)
                }
            }
            // A venue that hangs must not keep the engine from ending.
            access.transport.abandon()
            group.cancelAll()
        }
        for connection in connections {
            await connection.stop()
        }
    }

    private func carryOut(_ command: FeedCommand, _ group: inout DiscardingTaskGroup) async {
        switch command {
        case .begin:
            connect()
            await access.client.tell { [router] notice in
                router.journal(.venue, notice.isTrouble ? .warning : .notice, notice.text)
            }
            await access.client.report { [router] answer in router.answered(answer) }
            for connection in connections {
                await connection.start()
            }
            group.addTask { [self] in await readHistory() }
            router.ask(.look)
        case .distrust(let product, let trouble, let detail):
            guard let shard = shards.firstIndex(where: { $0.contains(product) }),
                // An overrun is no fault of the product's book.
                trouble == .overrun || mayDrop(product, detail)
            else { return }
            await connections[shard].distrust(trouble, detail)
        case .readCandles(let product, let length, let since):
            // One reading of a product at a time: what was lost meanwhile is read with the next loss.
            guard reading.insert(Reading(product: product, length: length)).inserted else { return }
            let pages = Int((clock.now - since) / (length.span * Self.pageSize)) + 1
            // The loop stands here: a closure that hands its captures on in one call crashes (Swift 6.3.1).
            group.addTask { [self] in
                for page in 0..<min(pages, length.countMax / Self.pageSize) {
                    guard await readAtLast(product, length, page: page) else { break }
                }
                await finish(product, length)
            }
        case .look:
            guard !isLooking else { return }
            isLooking = true
            group.addTask { [self] in await look() }
        case .renew(let detail):
            for connection in connections {
                await connection.distrust(.silent, detail)
            }
        case .step: break
        }
    }

    private func finish(_ product: ProductID, _ length: CandleLength) {
        reading.remove(Reading(product: product, length: length))
    }

    /// A book that does not add up time and again is left alone, so that the others of its connection live.
    private func mayDrop(_ product: ProductID, _ detail: String) -> Bool {
        let now = clock.now
        var record = distrusts[product] ?? (0, now)
        if now - record.since > Self.patience { record = (0, now) }
        record.count += 1
        distrusts[product] = record
        if record.count == Self.distrustsMax + 1 {
            let minutes = Int(Self.patience / .seconds(60))
            router.journal(
                .venue,
                .error,
                "\(detail), time and again; \(product) is left out for \(minutes) minutes"
            )
        }
        return record.count <= Self.distrustsMax
    }

    /// Gives a product that was left out another chance, for which its connection comes back once.
    func forgive() async {
        for (product, record) in distrusts
        where record.count > Self.distrustsMax && clock.now - record.since > Self.patience {
            distrusts[product] = nil
            guard let shard = shards.firstIndex(where: { $0.contains(product) }) else { continue }
            await connections[shard].distrust(
                .badBook,
                "\(product) was left out, and is tried again"
            )
        }
    }

    private func connect() {
        beganAt = clock.now
        connections = shards.indices.map(connection)
    }

    private func connection(_ index: Int) -> FeedConnection {
        let products = shards[index]
        return FeedConnection(
            transport: access.transport,
            address: access.plan.address.feed,
            mint: access.mint,
            channels: [.heartbeats, .level2, .marketTrades, .status],
            products: products,
            random: SeededRandom(seed: UInt64(bitPattern: clock.now.nanoseconds))
                .forked(UInt64(index)),
            marketTime: { [clock] in clock.now },
            report: { [self] report in
                // Connections live on this actor's own thread.
                assumeIsolated { $0.pass(report, shard: index, products) }
            }
        )
    }

    /// A subscription that is refused time and again may ask for too many products: each half gets a connection.
    ///
    /// **Source**: contract 4.1: how many one may carry is not written down, and has changed.
    private func refused(_ shard: Int, _ detail: String) {
        refusals[shard, default: 0] += 1
        // A venue that refuses everybody has another reason: a key, a limit of messages, a fault of its own.
        let words = detail.lowercased()
        let isOfProducts = ["product", "subscri"].contains { words.contains($0) } || !whole.isEmpty
        guard refusals[shard, default: 0] >= Self.refusalsMax, isOfProducts,
            !words.contains("authentication"), shards[shard].count > Self.shardMin
        else { return }
        refusals[shard] = nil
        // Not beneath the connection that tells it.
        access.transport.perform {
            self.assumeIsolated { feeds in
                guard !feeds.access.transport.isAbandoned else { return }
                feeds.split(shard, detail)
            }
        }
    }

    private func split(_ shard: Int, _ detail: String) {
        let products = shards[shard]
        let half = (products.count + 1) / 2
        router.journal(
            .venue,
            .warning,
            "the venue refuses to stream \(products.count) products on one connection (\(detail)); "
                + "they are asked for on two"
        )
        let old = connections[shard]
        old.assumeIsolated { $0.stop() }
        shards[shard] = Array(products.prefix(half))
        shards.append(Array(products.dropFirst(half)))
        connections[shard] = connection(shard)
        connections.append(connection(shards.count - 1))
        for index in [shard, shards.count - 1] {
            connections[index].assumeIsolated { $0.start() }
        }
    }

    /// On the network's thread, for every message: straight to MarketData.
    private func pass(
        _ report: FeedConnection.Report,
        shard: Int,
        _ products: [ProductID]
    ) {
        switch report {
        case .content(.books(let changes), let receivedAt, _):
            for change in changes {
                let report = FeedReport.bookChanged(change, receivedAt: receivedAt)
                router.stream(report, of: products.first)
            }
        case .content(.trades(let prints), _, _):
            router.stream(.tradesPrinted(prints), of: products.first)
        case .content(.heartbeat, let receivedAt, _):
            router.stream(.heartbeat(products, receivedAt: receivedAt), of: products.first)
            changed(shard, report)
        case .content(.statuses, _, _):
            changed(shard, report)
        case .content: break
        case .lost(let trouble, _):
            router.report(.booksLost(products, trouble))
            changed(shard, report)
        case .regained, .missing, .repeated:
            changed(shard, report)
        }
    }

    private func changed(_ shard: Int, _ report: FeedConnection.Report) {
        let names = Self.shown(shards[shard])
        switch report {
        case .lost(let trouble, let detail):
            if trouble == .refused { refused(shard, detail) }
            router.tell(.count(.feedLosses, trouble.rawValue))
            whole.remove(shard)
            let first = lostAt[shard] == nil
            lostAt[shard] = lostAt[shard] ?? clock.now
            let again = first ? "" : " again"
            router.journal(
                .feedLost,
                .warning,
                "the market feed of \(names) was lost\(again) (\(trouble.rawValue): \(detail)); "
                    + "its books are not used until new ones have come"
            )
        case .regained:
            refusals[shard] = nil
            whole.insert(shard)
            let since = lostAt.removeValue(forKey: shard) ?? beganAt
            let milliseconds = (clock.now - since).nanoseconds / 1_000_000
            router.journal(
                .feedWhole,
                .notice,
                "the market feed of \(names) is whole, after \(milliseconds) ms"
            )
        case .repeated:
            router.journal(
                .venue,
                .warning,
                "the market feed of \(names) repeats messages; each counts once"
            )
        case .missing(let products):
            router.journal(
                .venue,
                .error,
                "the venue does not list \(Self.shown(products)); take them out of universe.yaml"
            )
        case .content(.statuses(let listed), _, _):
            let differs = listed.contains { item in
                rules[item.product].map { ($0.status != .disabled) != item.isOnline } ?? false
            }
            // The channel says less than the product's own page.
            if differs {
                router.ask(.look)
            }
        case .content(.heartbeat(let sentAt), let receivedAt, _):
            // The sentinels for "no time" are decades away.
            guard let sentAt, sentAt > .epoch else { return }
            heard(sentAt - receivedAt)
            return
        case .content: break
        }
        tellConnectivity()
    }

    func tellConnectivity() {
        router.tell(.gauge(.feedsWhole, label: "", Double(whole.count)))
        let wasWhole = !isDisconnected
        isDisconnected = whole.isEmpty
        // At the start there is nothing to lose yet; after a minute without a feed there is.
        let isLate = clock.now - beganAt > Self.lookInterval
        if isDisconnected, isRaised != true, wasWhole || isLate {
            isRaised = true
            router.disconnected("no market feed is whole")
        } else if !isDisconnected, isRaised != false {
            isRaised = false
            router.connected()
        }
    }

    static func shown(_ products: [ProductID]) -> String {
        let names = products.prefix(3).map(\.description).joined(separator: ", ")
        return products.count > 3 ? "\(names) and \(products.count - 3) more" : names
    }
}
