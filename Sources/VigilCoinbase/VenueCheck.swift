internal import Synchronization
internal import VigilCore
package import VigilModel
internal import VigilTransport

/// Looks at a venue without changing anything there: time, key, fees, products, feeds.
package struct VenueCheck: Sendable {
    /// What a feed showed.
    package struct FeedView: Sendable, Codable {
        /// True where a whole book came.
        package var isWhole = false
        /// From the start to the whole book.
        package var milliseconds: Int64 = 0
        /// Price levels of the book.
        package var levels = 0
        /// The best bid.
        package var bid: String?
        /// The best ask.
        package var ask: String?
        /// What went wrong, in order.
        package var troubles: [String] = []
    }

    /// What was found.
    package struct Report: Sendable, Codable {
        /// The venue's host.
        package var host: String
        /// How far the venue's clock is ahead of ours; nil where it did not answer.
        package var skewMilliseconds: Int64?
        /// The fastest answer.
        package var roundTripMilliseconds: Int64?
        /// The key's algorithm; nil without a key.
        package var key: String?
        /// What the key may do: `view`, `trade`, `transfer`.
        package var permissions: [String]?
        /// The name of the fee tier.
        package var feeTier: String
        /// What resting orders pay.
        package var makerFee: String
        /// What crossing orders pay.
        package var takerFee: String
        /// True where the fees are those of the account.
        package var feesAreOurs: Bool
        /// Spot products that are listed.
        package var products: Int?
        /// Those of them that can be traded now.
        package var tradable: Int?
        /// The product whose book was read.
        package var product: String
        /// The feed of market data.
        package var marketFeed: FeedView
        /// The feed of our orders; nil without a key.
        package var userFeed: FeedView?
        /// What keeps Vigil from trading there, each with its mend.
        package var problems: [String]
    }

    private let client: CoinbaseClient
    private let mint: TokenMint?
    private let product: ProductID
    private let tolerance: Duration
    private let key: APIKey?
    private let wallTime: @Sendable () -> Instant

    /// Looks at what a client is connected to.
    package init(
        client: CoinbaseClient,
        key: APIKey?,
        mint: TokenMint?,
        product: ProductID,
        tolerance: Duration,
        wallTime: @escaping @Sendable () -> Instant
    ) {
        self.client = client
        self.key = key
        self.mint = mint
        self.product = product
        self.tolerance = tolerance
        self.wallTime = wallTime
    }

    /// Looks at everything.
    package func run() async -> Report {
        let tier = FeeTier.worstPublic
        var report = Report(
            host: client.address.host,
            key: key.map(\.algorithm),
            feeTier: tier.name,
            makerFee: tier.fees.maker.description,
            takerFee: tier.fees.taker.description,
            feesAreOurs: false,
            product: product.description,
            marketFeed: FeedView(),
            problems: []
        )
        await lookAtTime(&report)
        await lookAtAccount(&report)
        await lookAtProducts(&report)
        // Without an answer over REST a feed would only be waited for in vain.
        guard report.skewMilliseconds != nil else { return report }
        report.marketFeed = await feed(client.address.feed, [.heartbeats, .level2])
        if !report.marketFeed.isWhole {
            report.problems.append("the market feed brought no whole book of \(product)")
        }
        guard key != nil else { return report }
        let user = await feed(client.address.userFeed, [.heartbeats, .user])
        report.userFeed = user
        if !user.isWhole {
            report.problems.append("the feed of our orders did not become whole")
        }
        return report
    }

    private func lookAtTime(_ report: inout Report) async {
        switch await client.clockReading(by: wallTime) {
        case .ok(let reading):
            report.roundTripMilliseconds = reading.trip.nanoseconds / 1_000_000
            report.skewMilliseconds = reading.skew.nanoseconds / 1_000_000
            if let trouble = reading.trouble { report.problems.append("GET /time: \(trouble)") }
        case let outcome:
            report.problems.append("GET /time: \(outcome.trouble ?? "")")
            return
        }
        if let skew = report.skewMilliseconds,
            abs(skew) > tolerance.nanoseconds / 1_000_000
        {
            report.problems.append(
                "the clocks differ by \(abs(skew)) ms, more than \(tolerance / .milliseconds(1)) ms; "
                    + "let chrony or systemd-timesyncd set this machine's clock"
            )
        }
    }

    private func lookAtAccount(_ report: inout Report) async {
        guard key != nil, report.skewMilliseconds != nil else { return }
        switch await client.permissions() {
        case .ok(let found):
            report.permissions = [
                found.canView ? "view" : nil, found.canTrade ? "trade" : nil,
                found.canTransfer ? "transfer" : nil,
            ].compactMap(\.self)
            if let objection = found.liveObjection {
                report.problems.append(objection)
            }
        case let outcome:
            report.problems.append("GET /key_permissions: \(outcome.trouble ?? "")")
            return
        }
        switch await client.feeTier() {
        case .ok(let tier):
            report.feeTier = tier.name
            report.makerFee = tier.fees.maker.description
            report.takerFee = tier.fees.taker.description
            report.feesAreOurs = true
        case let outcome:
            report.problems.append("GET /transaction_summary: \(outcome.trouble ?? "")")
        }
    }

    private func lookAtProducts(_ report: inout Report) async {
        guard report.skewMilliseconds != nil else { return }
        switch await client.products() {
        case .ok(let products):
            report.products = products.count
            report.tradable = products.count { $0.product.status == .online }
            if !products.contains(where: { $0.product.id == product }) {
                report.problems.append("\(product) is not listed; name another with --product")
            }
        case let outcome:
            report.problems.append("GET /market/products: \(outcome.trouble ?? "")")
        }
    }

    private func feed(_ address: WebSocket.Address, _ channels: [FeedChannel]) async -> FeedView {
        let began = MonotonicTime.nanoseconds
        let seen = Lock((view: FeedView(), book: LevelBook(product: product)))
        let connection = FeedConnection(
            transport: client.transport,
            address: address,
            mint: mint,
            channels: channels,
            products: channels.contains(.level2) ? [product] : [],
            random: SeededRandom(seed: 1),
            marketTime: wallTime
        ) { report in
            seen.withLock { Self.take(report, &$0.view, &$0.book) }
        }
        await connection.start()
        for _ in 0..<100 {
            await client.transport.sleep(for: .milliseconds(100))
            if seen.withLock({ $0.view.isWhole || $0.view.troubles.count >= 3 }) { break }
        }
        await connection.stop()
        return seen.withLock { seen in
            var view = seen.view
            view.milliseconds = (MonotonicTime.nanoseconds - began) / 1_000_000
            view.levels = seen.book.levelCount
            let quote = seen.book.quote(asOf: seen.book.occurredAt)
            view.bid = quote?.bid.description
            view.ask = quote?.ask.description
            return view
        }
    }

    private static func take(
        _ report: FeedConnection.Report,
        _ view: inout FeedView,
        _ book: inout LevelBook
    ) {
        switch report {
        case .content(.books(let changes), _, _):
            for change in changes where change.product == book.product {
                do throws(LevelBook.Fault) {
                    try book.apply(change)
                } catch {
                    view.troubles.append("the book is \(error.rawValue)")
                }
            }
        case .content, .repeated: break
        case .regained: view.isWhole = true
        case .lost(let trouble, let detail): view.troubles.append("\(trouble.rawValue): \(detail)")
        case .missing(let products):
            let names = products.map(\.description).joined(separator: ", ")
            view.troubles.append("not listed: \(names)")
        }
    }
}
