internal import VigilCoinbase
internal import VigilConfig
internal import VigilCore
internal import VigilEngine
internal import VigilExchange
internal import VigilModel
internal import VigilTelemetry
internal import VigilTransport

// The parts of a daemon, put together.
extension Daemon {
    /// Everything of this machine that an engine is given.
    static func setUp(
        _ plan: Plan,
        _ opened: Opened,
        _ gate: EntryGate,
        _ journal: any JournalSink,
        _ service: ServiceManager
    ) -> EngineSetup {
        // tidy-ok: random the ids of a daemon must never repeat, so nothing may reproduce them
        var random = SystemRandomNumberGenerator()
        var setup = EngineSetup(
            configuration: plan.configuration.charging(opened.fees),
            paths: plan.paths,
            clock: opened.clock,
            stopwatch: MonotonicStopwatch(),
            ledgerExecutor: BlockingExecutor(label: "vigil-ledger"),
            venueExecutor: BlockingExecutor(label: "vigil-venue"),
            journal: journal,
            service: service,
            seed: random.next(),
            hang: plan.hang.map { ($0.name, opened.clock.now + $0.after) },
            gate: gate,
            host: MachineHost(directory: plan.state),
            ticking: true
        )
        setup.feed = opened.access.map { access in feed(plan.configuration, opened.clock, access) }
        setup.unpermitted = plan.unpermitted
        setup.market =
            opened.access.map(\.client.address).map { address in
                // Whichever port a simulation has got this time.
                address.isLoopback ? "a venue on this machine" : address.host
            } ?? "embedded"
        switch opened.clocks {
        case .unknown: break
        case .agree: setup.isClockConfirmed = true
        case .differ: setup.isClockWrong = true
        }
        setup.backups = (
            plan.configuration.backups(beside: plan.paths.ledger),
            BlockingExecutor(label: "vigil-backup")
        )
        return setup
    }

    private static func feed(
        _ configuration: Configuration,
        _ clock: MachineClock,
        _ access: VenueAccess
    ) -> @Sendable (FeedRouter, [Product]) -> any MarketFeed {
        let universe = Set(configuration.policy.universe.products.map(\.product))
        return { router, products in
            MarketFeeds(
                access: access,
                products: products,
                universe: universe,
                router: router,
                clock: clock
            )
        }
    }

    /// The one place that tells paper from LIVE: everything after it knows a ``Venue``.
    ///
    /// - Throws: what the start throws: nothing has traded then.
    static func engine(
        _ setup: EngineSetup,
        _ market: Market,
        _ access: VenueAccess?,
        _ desk: ControlDesk
    ) async throws -> Engine {
        if setup.configuration.mode == .live {
            guard case .observed(let products) = market, let access else {
                throw ControlError(description: "LIVE trades at a venue: --venue coinbase")
            }
            return try await live(setup, products, access, desk.patience(access.transport))
        }
        switch market {
        case .embedded(let source): return try Engine(setup, market: EmbeddedMarket(source))
        case .observed(let products):
            let venue = try Engine.paper(setup, products, interval: .seconds(1))
            return try Engine(setup, paper: venue, market: nil)
        }
    }
}
