import Foundation
import GRDB
import Testing
import VigilCore
import VigilLedger
import VigilModel
import VigilSimulation
import VigilTelemetry

@testable import VigilEngine

/// What Execution hears of its intents while the disk refuses: an entry goes only where it is durable.
@Suite struct LedgerActorTests {
    private static let start = Instant(seconds: 1_767_571_200)
    private static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)

    /// A ledger with its actor, and nobody else.
    private struct Bench: Sendable {
        let clock: SimulationExecutor
        let plumbing: Plumbing
        let store: LedgerStore
        let faults = LedgerFaultSwitch()
        let path: String

        /// What Execution hears of records that are posted together.
        func answers(_ records: LedgerRecord...) async -> [String] {
            for record in records {
                plumbing.ledger.post(record)
            }
            await clock.sleep(until: clock.now + .milliseconds(1))
            return await heard()
        }

        func heard() async -> [String] {
            // Something to wake up for, as there may be no answer.
            plumbing.execution.post(.timerFired)
            return (await plumbing.execution.next() ?? []).compactMap { event in
                switch event {
                case .intentsRecorded(let ids) where ids.isEmpty: nil
                case .intentsRecorded(let ids): "durable \(ids.map(\.text))"
                case .intentsRefused(let ids): "refused \(ids.map(\.text))"
                default: nil
                }
            }
        }

        /// What Risk hears of the ledger.
        func halts() async -> [String] {
            plumbing.risk.post(.haltCleared(Halt(.kill)))
            return (await plumbing.risk.next() ?? []).compactMap { event in
                switch event {
                case .haltRaised(let halt, _) where halt.reason == .ledger: "raised"
                case .haltCleared(let halt) where halt.reason == .ledger: "cleared"
                default: nil
                }
            }
        }
    }

    private func with(
        _ body: @escaping @Sendable (Bench) async throws -> Void
    ) throws -> [String] {
        let folder = NSTemporaryDirectory() + "vigil-actor-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/ledger.sqlite"
        var store = try LedgerStore(
            path: path,
            auditDirectory: folder + "/audit",
            freshInstance: "instance"
        )
        try store.beginRun(
            .init(id: RunID("run"), mode: .paper, configHash: "", configuration: "{}"),
            at: Self.start
        )
        // An order of an earlier run, whose rows the ledger alone knows.
        _ = try store.write([.intents([try Self.exit("old")])], at: Self.start)
        let clock = SimulationExecutor(start: Self.start)
        let plumbing = Plumbing(
            clock: clock,
            stopwatch: MonotonicStopwatch(),
            submits: true,
            eligibleMin: 1
        )
        let bench = Bench(clock: clock, plumbing: plumbing, store: store, path: path)
        let ledger = LedgerActor(
            store: FaultyLedger(store, faults: bench.faults),
            run: RunID("run"),
            origins: [ClientOrderID("old"): FillOrigin(.exit(.stopLoss))],
            plumbing: plumbing,
            clock: clock,
            executor: clock.serialExecutor()
        )
        try clock.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await ledger.run() }
                try await body(bench)
                plumbing.ledger.close()
                try await group.waitForAll()
            }
            _ = try await ledger.end()
        }
        return try DatabaseQueue(path: path).read { database in
            try String.fetchAll(
                database,
                sql:
                    "SELECT client_order_id || ' ' || state FROM orders WHERE client_order_id <> 'old' "
                    + "ORDER BY client_order_id"
            )
        }
    }

    private static func intent(_ id: String, _ purpose: OrderPurpose) throws -> Intent {
        Intent(
            request: OrderRequest(
                clientOrderID: ClientOrderID(id),
                product: btc,
                side: purpose.isEntry ? .buy : .sell,
                terms: .marketBase(try Quantity("1"))
            ),
            purpose: purpose,
            parent: nil,
            cycle: nil,
            createdAt: start
        )
    }

    private static func entry(_ id: String) throws -> Intent {
        let plan = ExitPlan(
            stopLoss: Rate(basisPoints: 300),
            takeProfit: Rate(basisPoints: 500),
            holdMax: .seconds(60)
        )
        return try intent(id, .entry(plan))
    }

    private static func exit(_ id: String) throws -> Intent { try intent(id, .exit(.stopLoss)) }

    @Test func `an intent is told durable once it is in the database, not before`() throws {
        let rows = try with { bench in
            let answers = await bench.answers(.intents([try Self.entry("a"), try Self.exit("b")]))
            #expect(answers == [#"durable ["a", "b"]"#])
            #expect(try bench.store.unknown([ClientOrderID("a"), ClientOrderID("b")]).isEmpty)
        }
        #expect(rows == ["a intended", "b intended"])
    }

    @Test func `while the disk refuses no entry is told durable, and every exit is`() throws {
        let rows = try with { bench in
            bench.faults.set(.full)
            // The one whose record meets the refusal, and the one behind it in the same batch.
            let first = await bench.answers(
                .intents([try Self.entry("entry-1"), try Self.exit("exit-1")]),
                .intents([try Self.entry("entry-2")])
            )
            let refusals = [
                #"refused ["entry-1"]"#, #"durable ["exit-1"]"#, #"refused ["entry-2"]"#,
            ]
            #expect(first == refusals)
            // Within the second in which the disk is not asked again.
            let second = await bench.answers(
                .intents([try Self.entry("entry-3"), try Self.exit("exit-2")])
            )
            #expect(second == [#"refused ["entry-3"]"#, #"durable ["exit-2"]"#])
            // The disk is well again, and not yet asked.
            bench.faults.set(nil)
            let third = await bench.answers(.intents([try Self.entry("entry-4")]))
            #expect(third == [#"refused ["entry-4"]"#])
            await bench.clock.sleep(until: bench.clock.now + .seconds(2))
            let later = await bench.answers(.intents([try Self.entry("entry-5")]))
            #expect(later.last == #"durable ["entry-5"]"#)
            #expect(!later.contains { $0.contains("entry-1") || $0.contains("entry-4") })
            #expect(await bench.halts().filter { $0 == "raised" } == ["raised"])
        }
        // What was refused is nowhere; what had to go on has its row as soon as there can be one.
        #expect(rows == ["entry-5 intended", "exit-1 intended", "exit-2 intended"])
    }

    @Test func `a disk that refuses halts entries, and one that writes again clears that`() throws {
        _ = try with { bench in
            _ = await bench.answers(.intents([try Self.entry("a")]))
            _ = await bench.halts()
            bench.faults.set(.full)
            _ = await bench.answers(.flow(try Money("1", .usd), reason: "test"))
            #expect(await bench.halts() == ["raised"])
            await bench.clock.sleep(until: bench.clock.now + .seconds(5))
            #expect(await bench.halts() == [])
            bench.faults.set(nil)
            await bench.clock.sleep(until: bench.clock.now + .seconds(2))
            #expect(await bench.halts() == ["cleared"])
            let flows = try bench.store.load().replay.books.flows
            #expect(flows[.usd]?.amount == "1")
        }
    }

    @Test func `an intent that contradicts the ledger is refused alone, and halts`() throws {
        let rows = try with { bench in
            _ = await bench.answers(.intents([try Self.entry("a")]))
            _ = await bench.halts()
            let answers = await bench.answers(
                .intents([try Self.entry("b")]),
                .intents([try Self.entry("a")]),
                .intents([try Self.exit("c")])
            )
            #expect(answers == [#"durable ["b"]"#, #"refused ["a"]"#, #"durable ["c"]"#])
            #expect(await bench.halts().first == "raised")
        }
        #expect(rows == ["a intended", "b intended", "c intended"])
    }

    /// A fill of an order as its venue reports it.
    private static func fill(_ order: String) throws -> Fill {
        Fill(
            entryID: EntryID("row of \(order)"),
            tradeID: TradeID("trade of \(order)"),
            clientOrderID: ClientOrderID(order),
            product: btc,
            side: .sell,
            price: try Price("100", .usd),
            quantity: try Quantity("1"),
            fee: try Money("0.1", .usd),
            role: .taker,
            kind: .fill,
            occurredAt: start
        )
    }

    /// With a real lock of another connection, under which a stop-loss is due, sent and filled.
    @Test
    func `while another process holds the lock exits go on, and nothing is lost or out of order`()
        throws
    {
        _ = try with { bench in
            _ = await bench.answers(.intents([try Self.exit("before")]))
            var shared = Configuration()
            shared.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: bench.path, configuration: shared)
            try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
            let answers = await bench.answers(
                .intents([try Self.exit("stop"), try Self.entry("e")])
            )
            #expect(answers == [#"refused ["e"]"#, #"durable ["stop"]"#])
            for second in 0..<8 {
                if second == 3 {
                    let step = Transition(
                        try Self.exit("stop").request,
                        from: .intended,
                        to: .submitting,
                        fact: .submitted,
                        at: bench.clock.now
                    )
                    bench.plumbing.ledger.post(.transition(step, nil))
                    bench.plumbing.ledger.post(.fill(try Self.fill("stop")))
                    bench.plumbing.ledger.post(.exitEnded(Self.btc))
                }
                await bench.clock.sleep(until: bench.clock.now + .seconds(1))
            }
            // The portfolio heard of the fill while the lock was held, and of the exit's end behind it.
            bench.plumbing.portfolio.post(.peakReset)
            let heard = (await bench.plumbing.portfolio.next() ?? []).compactMap { event in
                switch event {
                case .fillRecorded(let fill, let origin): "\(fill.clientOrderID) \(origin.purpose)"
                case .exitEnded: "ended"
                default: nil
                }
            }
            #expect(heard == ["stop exit(VigilCore.ExitReason.stopLoss)", "ended"])
            #expect(await bench.halts().last == "raised")
            try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
            await bench.clock.sleep(until: bench.clock.now + .seconds(2))
            #expect(await bench.halts() == ["cleared"])
        }
    }

    @Test
    func
        `a fill that is told again while the disk refuses is no news, and one that cannot be looked up waits`()
        throws
    {
        _ = try with { bench in
            func heard() async -> [String] {
                bench.plumbing.portfolio.post(.peakReset)
                return (await bench.plumbing.portfolio.next() ?? []).compactMap { event in
                    switch event {
                    case .fillRecorded(let fill, _): fill.clientOrderID.text
                    case .exitEnded: "ended"
                    default: nil
                    }
                }
            }
            _ = await bench.answers(.intents([try Self.exit("a"), try Self.exit("b")]))
            _ = await bench.answers(.fill(try Self.fill("a")))
            #expect(await heard() == ["a"])
            bench.faults.set(.locked)
            _ = await bench.answers(.fill(try Self.fill("a")))
            #expect(await heard() == [])
            bench.faults.set(.io, readsFail: true)
            // Of an order of this run all is known here; of an older one only the ledger can say.
            _ = await bench.answers(.fill(try Self.fill("b")), .fill(try Self.fill("a")))
            #expect(await heard() == ["b"])
            _ = await bench.answers(.fill(try Self.fill("old")), .exitEnded(Self.btc))
            #expect(await heard() == [])
            // It reads again, and still does not write.
            bench.faults.set(.io)
            await bench.clock.sleep(until: bench.clock.now + .seconds(3))
            #expect(await heard() == ["old", "ended"])
            bench.faults.set(nil)
            await bench.clock.sleep(until: bench.clock.now + .seconds(3))
            #expect(await heard() == [])
        }
    }

    @Test func `an end after a disk that refused leaves out only what contradicts`() throws {
        let rows = try with { bench in
            _ = await bench.answers(.intents([try Self.exit("a")]))
            bench.faults.set(.full)
            _ = await bench.answers(
                .intents([try Self.exit("a")]),
                .intents([try Self.exit("b")])
            )
            // The end comes before the disk is asked again.
            bench.faults.set(nil)
        }
        #expect(rows == ["a intended", "b intended"])
    }
}
