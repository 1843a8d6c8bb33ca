import ArgumentParser
import Foundation
import VigilCore
import VigilLedger
import VigilModel
import VigilTransport

/// Durable intents a second, room a thousand orders take, and how long a start reads a ledger of a size.
struct LedgerBench: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ledger")

    @Option(help: "How many orders the ledger is given before it is opened again.")
    var orders = 1_000

    func run() throws {
        let folder = NSTemporaryDirectory() + "vigil-ledger-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var store = try open(folder, "run1")
        let single = try rate(&store, commits: 200, batch: 1, from: 0)
        let grouped = try rate(&store, commits: 200, batch: 16, from: 200)
        let empty = size(folder)
        try OrderLives.fill(&store, 10_000..<10_000 + orders, fee: "0.55")
        try store.endRun(at: Self.now)
        let bytes = size(folder) - empty
        let began = MonotonicTime.nanoseconds
        let state = try open(folder, "run2").load()
        let start = Double(MonotonicTime.nanoseconds - began) / 1e6
        try Figures.show([
            "orders": Double(orders), "intents_per_s": single, "intents_per_s_in_16": grouped,
            "kb_per_1000_orders": Double(bytes) / Double(orders) * 1_000 / 1_024,
            "start_ms": start, "unfinished": Double(state.unfinished.count),
        ])
    }

    private static let now = OrderLives.now

    private func open(_ folder: String, _ run: String) throws -> LedgerStore {
        var store = try LedgerStore(
            path: folder + "/ledger.sqlite",
            auditDirectory: folder + "/audit",
            freshInstance: "instance"
        )
        try store.beginRun(
            .init(id: RunID(run), mode: .paper, configHash: "", configuration: #"{"values":{}}"#),
            at: Self.now
        )
        return store
    }

    private func size(_ folder: String) -> Int {
        ["/ledger.sqlite", "/ledger.sqlite-wal"].reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder + name)
            return sum + ((attributes?[.size] as? NSNumber)?.intValue ?? 0)
        }
    }

    private func rate(
        _ store: inout LedgerStore,
        commits: Int,
        batch: Int,
        from first: Int
    ) throws -> Double {
        let began = MonotonicTime.nanoseconds
        for commit in 0..<commits {
            let start = (first + commit) * 100
            let intents = try (start..<start + batch).map { try OrderLives.intent("i\($0)", .buy) }
            _ = try store.write([.intents(intents)], at: Self.now)
            let ends = intents.map { intent in
                LedgerRecord.transition(
                    Transition(
                        intent.request,
                        from: .intended,
                        to: .denied,
                        fact: .denied,
                        at: Self.now
                    ),
                    nil
                )
            }
            if commit == commits - 1 { _ = try store.write(ends, at: Self.now) }
        }
        return Double(commits * batch) / (Double(MonotonicTime.nanoseconds - began) / 1e9)
    }
}

/// Gives a ledger that exists whole lives of orders, which leave every coin and dollar where it was.
struct FillLedger: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fill")

    @Option(help: "The state directory of a run that has ended.")
    var state: String
    @Option(help: "How many orders, an even number.")
    var orders: Int

    func run() throws {
        var store = try LedgerStore(
            path: state + "/ledger.sqlite",
            auditDirectory: state + "/audit",
            freshInstance: "instance"
        )
        try store.beginRun(
            .init(
                id: RunID("filling"),
                mode: .paper,
                configHash: "",
                configuration: #"{"values":{}}"#
            ),
            at: OrderLives.now
        )
        try OrderLives.fill(&store, 0..<orders, fee: "0")
        try store.endRun(at: OrderLives.now + .seconds(30 * orders))
    }
}

/// Orders as they are meant, sent, opened and filled.
enum OrderLives {
    static let now = Instant(seconds: 1_767_571_200)
    private static let product = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)

    /// Writes the whole lives of orders, a buy and its sale in turn.
    static func fill(_ store: inout LedgerStore, _ numbers: Range<Int>, fee: String) throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 500) {
            var records: [LedgerRecord] = []
            for number in start..<min(start + 500, numbers.upperBound) {
                let side: Side = number % 2 == 0 ? .buy : .sell
                let intent = try intent("o\(number)", side)
                records.append(.intents([intent]))
                let steps: [(OrderState, OrderState, OrderFact)] = [
                    (.intended, .submitting, .submitted), (.submitting, .open, .accepted),
                    (.open, .filled, .filled),
                ]
                records += steps.map { from, to, fact in
                    .transition(
                        Transition(
                            intent.request,
                            from: from,
                            to: to,
                            fact: fact,
                            at: now
                        ),
                        VenueOrderID("venue-\(number)")
                    )
                }
                records.append(.fill(try filled(intent, number, fee)))
            }
            _ = try store.write(records, at: now + .seconds(30 * start))
        }
    }

    static func intent(_ id: String, _ side: Side) throws -> Intent {
        let plan = ExitPlan(
            stopLoss: Rate(basisPoints: 300),
            takeProfit: Rate(basisPoints: 500),
            holdMax: .seconds(60)
        )
        return Intent(
            request: OrderRequest(
                clientOrderID: ClientOrderID(id),
                product: product,
                side: side,
                terms: .limit(
                    price: try Price("90000.12", .usd),
                    quantity: try Quantity("0.00123"),
                    timeInForce: .immediateOrCancel,
                    postOnly: false
                )
            ),
            purpose: side == .buy ? .entry(plan) : .exit(.takeProfit),
            parent: nil,
            cycle: 1,
            strategy: "bench",
            createdAt: now
        )
    }

    private static func filled(_ intent: Intent, _ number: Int, _ fee: String) throws -> Fill {
        Fill(
            entryID: EntryID("entry-\(number)"),
            tradeID: TradeID("trade-\(number)"),
            clientOrderID: intent.request.clientOrderID,
            product: product,
            side: intent.request.side,
            price: try Price("90000.12", .usd),
            quantity: try Quantity("0.00123"),
            fee: try Money(fee, .usd),
            role: .maker,
            kind: .fill,
            occurredAt: now + .seconds(30 * number)
        )
    }
}
