import ArgumentParser
import Foundation
import VigilCoinbase
import VigilConfig
import VigilCore
import VigilLedger
import VigilModel
import VigilTransport

/// From a frame's last byte to an order's bytes: the frame is parsed, the book kept, the proposal passed by
/// Risk, the intent made durable, the order sent over TLS to a venue on this machine.
struct Wire: AsyncParsableCommand {
    @OptionGroup var sim: SimOptions
    @Option var count = 200
    @Option(help: "A folder for the ledger; without one the intent is not stored.")
    var ledger: String?

    func run() async throws {
        let (client, _) = try sim.client()
        let chain = try await Chain(client, ledger: ledger)
        var micros: [Double] = []
        for number in 0..<count {
            // What an order needs is made ahead, between two orders.
            await client.prepareOrderToken()
            if let span = try await chain.fire(number) { micros.append(span) }
        }
        guard micros.count > count * 9 / 10 else {
            throw ValidationError("\(micros.count) orders were sent")
        }
        try Figures.show([
            "p50_us": Figures.percentile(micros, 0.5), "p99_us": Figures.percentile(micros, 0.99),
            "orders": Double(micros.count),
        ])
    }
}

/// The decisions between a tick and an order, in their own order, on the network's thread.
actor Chain {
    private let client: CoinbaseClient
    private let parser = FeedParser()
    private var book = LevelBook(product: Decode.product)
    private var risk: RiskCore
    private var execution: ExecutionCore
    private var store: LedgerStore?
    private let portfolio: PortfolioSnapshot
    private let product: Product
    private let exits: ExitPlan

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        client.transport.asUnownedSerialExecutor()
    }

    init(_ client: CoinbaseClient, ledger: String?) async throws {
        self.client = client
        guard let listed = await client.products([Decode.product]).value?.first else {
            throw ValidationError("BTC-USD is not listed")
        }
        product = listed.product
        let policy = try Configuration.load(directory: "config").policy
        risk = RiskCore(policy: policy.risk, execution: policy.execution)
        execution = ExecutionCore(
            policy: policy.execution,
            ids: OrderIDSource(
                instance: "bench000",
                run: RunID(String(UInt32.random(in: 0...9_999_999)))
            )
        )
        exits = ExitPlan(
            stopLoss: Rate(basisPoints: 300),
            takeProfit: Rate(basisPoints: 1_000),
            holdMax: .seconds(86_400)
        )
        var cash = PortfolioCore(takerFee: Rate(basisPoints: 90))
        _ = try cash.handle(.flowRecorded(Money("100000", .usd)), at: .epoch)
        let marked = try cash.handle(.markRequested(cycle: 1), at: .epoch)
        let snapshots = marked.compactMap { effect in
            if case .reply(_, let snapshot) = effect { snapshot } else { nil }
        }
        guard let snapshot = snapshots.first else { throw ValidationError("no mark") }
        portfolio = snapshot
        if let ledger {
            var opened = try LedgerStore(
                path: ledger + "/bench.sqlite",
                auditDirectory: ledger + "/audit",
                freshInstance: "bench000"
            )
            try opened.beginRun(
                .init(id: RunID("bench"), mode: .paper, configHash: "", configuration: "{}"),
                at: .epoch
            )
            store = opened
        }
        _ = try risk.handle(.haltCleared(Halt(.recovering)), at: .epoch)
        _ = try execution.handle(.haltChanged(active: false, products: []), at: .epoch)
        _ = try execution.handle(.productChanged(product), at: .epoch)
    }

    /// One tick and its order; microseconds from the frame to the wire, nil where Risk or the venue said no.
    func fire(_ number: Int) async throws -> Double? {
        // Far below the market, so that it rests; a day apart, so that no limit of Risk is in the way.
        let now = Instant(seconds: 1_767_571_200 + Int64(number) * 90_000)
        let frame = Decode.message(
            "snapshot",
            number,
            [
                Decode.level("bid", 5_000_000 + number % 50, "1"),
                Decode.level("offer", 5_000_200, "1"),
            ]
        )
        let readAt = MonotonicTime.nanoseconds
        try Decode.take(frame, parser, &book)
        guard let quote = book.quote(asOf: now) else { return nil }
        let trigger = Trigger(
            product: product.id,
            tier: .core,
            kind: .breakout,
            strength: 0.9,
            confidence: 0.9,
            changePct: 2,
            volatility: 60
        )
        let proposal = Proposal(
            product: product.id,
            tier: .core,
            size: Rate(basisPoints: 100),
            conviction: 0.9,
            trigger: trigger,
            exits: exits,
            strategy: "bench"
        )
        let input = RiskInput(
            portfolio: portfolio,
            working: [],
            quotes: [product.id: quote],
            products: [product.id: product],
            regime: .bull
        )
        let verdicts = try risk.handle(.proposed(cycle: number, [proposal], input), at: now)
        var approved: [RiskApproved<NewOrder>] = []
        for case .replyVerdicts(_, let found, _) in verdicts {
            approved += found.compactMap {
                if case .approved(let order, _) = $0 { order } else { nil }
            }
        }
        _ = try execution.handle(.quoteChanged(quote), at: now)
        let effects = try execution.handle(.entriesApproved(cycle: number, approved), at: now)
        for case .recordIntents(let intents) in effects {
            if var ledger = store {
                _ = try ledger.write([.intents(intents)], at: now)
                store = ledger
            }
            let ids = intents.map(\.request.clientOrderID)
            for case .submit(let request, let isEntry) in try execution.handle(
                .intentsRecorded(ids),
                at: now
            ) {
                let outcome = await client.create(request.endingNever, isEntry: isEntry)
                _ = try execution.handle(.venueReported(.orderRejected(ids[0], .other)), at: now)
                guard outcome.value != nil else {
                    FileHandle.standardError.write(Data("\(outcome.trouble ?? "")\n".utf8))
                    return nil
                }
                return Double(await client.lastDepartureNanoseconds - readAt) / 1e3
            }
        }
        return nil
    }
}

extension OrderRequest {
    /// The bench's days are not the venue's: the order stays until it is canceled.
    fileprivate var endingNever: OrderRequest {
        guard case .limit(let price, let quantity, _, let postOnly) = terms else { return self }
        return OrderRequest(
            clientOrderID: clientOrderID,
            product: product,
            side: side,
            terms: .limit(
                price: price,
                quantity: quantity,
                timeInForce: .goodTillCanceled,
                postOnly: postOnly
            )
        )
    }
}
