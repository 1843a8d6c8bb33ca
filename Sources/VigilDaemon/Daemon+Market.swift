internal import VigilCoinbase
internal import VigilConfig
internal import VigilCore
internal import VigilEngine
internal import VigilExchange
internal import VigilLedger
internal import VigilModel
internal import VigilTransport

extension Daemon {
    /// Where quotes come from.
    enum Market {
        /// From this process.
        case embedded(any MarketSource)
        /// From feeds of these products.
        case observed([Product])
    }

    /// What a daemon needs of its market before it can start.
    typealias Opened = (
        clock: MachineClock, market: Market, access: VenueAccess?, fees: FeeSchedule?,
        clocks: Clocks
    )

    /// What a venue said of the machine's clock.
    enum Clocks {
        /// Nobody was asked.
        case unknown
        /// Both agree.
        case agree
        /// They differ by more than is tolerated.
        case differ
    }

    /// Opens the market that is planned.
    ///
    /// - Throws: `VenueUnreachable` where a venue refuses, `StartEnded` where the waiting was ended, and what a market's maker throws.
    static func open(
        _ plan: Plan,
        _ gate: EntryGate,
        _ desk: ControlDesk
    ) async throws -> Opened {
        try Engine.Opening.requireNoOrphan(plan.paths)
        switch plan.market {
        case .embedded(let make):
            let clock = MachineClock()
            let marks = try Engine.paperStore(plan.paths.paper).marks()
            return (clock, .embedded(try make(clock.now, marks)), nil, nil, .unknown)
        case .observed(var planned):
            let limits = plan.configuration.rateLimits
            planned.limits.authenticatedPerSecond = limits.authenticated
            planned.limits.authenticatedBurst = limits.authenticated * 2
            planned.limits.openPerSecond = limits.open
            let access = try VenueAccess(planned, gate: gate)
            do {
                let held = try Protected.products(ledger: plan.paths.ledger)
                let patience = desk.patience(access.transport)
                return try await observe(plan.configuration, held, access, patience)
            } catch {
                access.transport.stop()
                throw error
            }
        }
    }

    private static func observe(
        _ configuration: Configuration,
        _ held: Set<ProductID>,
        _ access: VenueAccess,
        _ patience: Patience
    ) async throws -> Opened {
        let client = access.client
        let speed = access.plan.speed
        // The machine's own time, which may be set while the venue is waited for.
        @Sendable func wall() -> Instant {
            Instant(nanoseconds: MachineClock.nanoseconds(.realTime))
        }
        let universe = configuration.policy.universe.products.map(\.product)
        // What is held is seen to its end, also where it is not to be entered any more.
        let wanted = universe + held.subtracting(universe).sorted()
        let listed = try await patience.answer("GET /market/products") {
            await client.products(wanted)
        }
        let ids = Set(wanted)
        for item in listed where universe.contains(item.product.id) {
            if let alias = item.alias, alias != item.product.id {
                throw VenueUnreachable(
                    description:
                        "the market of \(item.product.id) is that of \(alias), and its feed "
                        + "has no name of its own; put \(alias) into universe.yaml instead"
                )
            }
        }
        // The feed of an alias sends no book under its name, and would be waited for without end.
        let served = listed.filter { item in item.alias.map { $0 == item.product.id } ?? true }
        let products = served.map(\.product).filter { ids.contains($0.id) }
            .sorted { $0.id < $1.id }
        guard !products.isEmpty else {
            throw VenueUnreachable(
                description: "the venue lists none of the products of universe.yaml"
            )
        }
        var fees = FeeTier.worstPublic.fees
        if client.hasKey {
            fees = try await patience.answer("GET /transaction_summary") { await client.feeTier() }
                .fees
        }
        let reading = try await patience.answer("GET /time") { await client.clockReading(by: wall) }
        // Beside a market that goes faster, its time is the only one there is.
        let venueNow = reading.venue + (wall() - reading.middle) * speed
        let clock = speed > 1 ? MachineClock(speed: speed, startingAt: venueNow) : MachineClock()
        let tolerance = configuration.policy.risk.breakers.clockTolerance
        // Beside a market that goes faster, its time is ours.
        let isOff = speed == 1 && reading.differenceMin > tolerance
        let clocks = isOff ? Clocks.differ : .agree
        return (clock, .observed(products), access, fees, clocks)
    }
}

extension Configuration {
    /// With a venue's own fees in place of those that are written down.
    func charging(_ fees: FeeSchedule?) -> Configuration {
        guard let fees else { return self }
        var configuration = self
        configuration.policy.execution.fees = fees
        return configuration
    }
}
