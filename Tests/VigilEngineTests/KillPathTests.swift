import Dispatch
import Synchronization
import Testing
import VigilCore
import VigilEngine
import VigilExchange
import VigilMarkets
import VigilModel
import VigilRehearsal
import VigilSimulation
import VigilTelemetry

/// The kill path by itself: no actor runs here, as when all of them hang.
@Suite struct KillPathTests {
    private static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)

    func engine(
        _ fixture: EngineFixture,
        clock: (any EngineClock)? = nil
    ) throws -> (Engine, SimulationExecutor) {
        let executor = SimulationExecutor(start: EngineFixture.start)
        let setup = EngineSetup(
            configuration: fixture.configuration,
            paths: fixture.paths,
            clock: clock ?? executor,
            stopwatch: MonotonicStopwatch(),
            ledgerExecutor: executor.serialExecutor(),
            venueExecutor: executor.serialExecutor(),
            journal: SilentJournal(),
            service: ServiceManager(),
            seed: 1,
            host: MachineHost(directory: fixture.folder),
            ticking: false
        )
        var market = try fixture.market(seed: 1, warmup: 10)
        let moves = try market.step(at: EngineFixture.start).map(\.move)
        let engine = try Engine(setup, market: EmbeddedMarket(market))
        _ = engine.paper?.observe(moves, at: EngineFixture.start)
        return (engine, executor)
    }

    private func order(_ id: String, _ side: Side) throws -> OrderRequest {
        OrderRequest(
            clientOrderID: ClientOrderID(id),
            product: Self.btc,
            side: side,
            terms: .limit(
                price: try Price(side == .buy ? "80000" : "90000", .usd),
                quantity: try Quantity("0.001"),
                timeInForce: .goodTillCanceled,
                postOnly: true
            )
        )
    }

    /// Sends an order and lets it arrive.
    func send(_ engine: Engine, _ id: String, isEntry: Bool = true) throws -> [VenueEvent] {
        let venue = try #require(engine.paper)
        return venue.process(at: try submit(venue, id, isEntry: isEntry))
    }

    /// Sends an order; when it will have arrived.
    private func submit(_ venue: PaperVenue, _ id: String, isEntry: Bool = true) throws -> Instant {
        let due = Mutex(EngineFixture.start)
        let request = VenueRequest.submit(try order(id, .buy), isEntry: isEntry)
        let left = venue.take(request, at: EngineFixture.start) { report in
            guard case .wake(let instant) = report else { return }
            due.withLock { $0 = instant }
        }
        #expect(left == nil)
        return due.withLock { $0 }
    }

    @Test func `when the switch has been pulled no entry is open, and none gets in`() throws {
        let fixture = try EngineFixture()
        let (engine, _) = try engine(fixture)
        _ = try send(engine, "resting")
        #expect(engine.paper?.openEntries == 1)
        let underWay = try submit(#require(engine.paper), "under-way")
        engine.kill.pull("test")
        #expect(engine.paper?.openEntries == 0)
        _ = engine.paper?.process(at: underWay)
        #expect(engine.paper?.openEntries == 0)
        #expect(
            try send(engine, "late") == [.orderRejected(ClientOrderID("late"), .gateClosed)]
        )
        #expect(engine.kill.isPulled)
    }

    @Test func `a pull and a resume at once leave gate and latch in agreement`() throws {
        let fixture = try EngineFixture()
        // The simulator's clock is for one thread; here there are several.
        let (engine, _) = try engine(fixture, clock: MachineClock())
        for _ in 0..<100 {
            DispatchQueue.concurrentPerform(iterations: 4) { index in
                if index.isMultiple(of: 2) {
                    engine.kill.pull("test")
                } else {
                    _ = engine.kill.resume("test")
                }
            }
            let latched = try KillLatch(path: fixture.paths.latch).cause != nil
            #expect(engine.kill.isPulled == latched)
        }
    }

    @Test func `pulling twice is pulling once, and a resume opens the gate`() throws {
        let fixture = try EngineFixture()
        let (engine, _) = try engine(fixture)
        engine.kill.pull("first")
        engine.kill.pull("second")
        #expect(engine.kill.resume("tested"))
        #expect(!engine.kill.isPulled)
        _ = try send(engine, "after")
        #expect(engine.paper?.openEntries == 1)
    }

    @Test func `the first cause is the one that is remembered`() throws {
        let fixture = try EngineFixture()
        let (engine, _) = try engine(fixture)
        engine.kill.pull("first")
        engine.kill.pull("second")
        #expect(try KillLatch(path: fixture.paths.latch).cause == "first")
    }
}
