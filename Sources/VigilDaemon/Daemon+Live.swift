internal import VigilCoinbase
internal import VigilConfig
internal import VigilCore
internal import VigilEngine
internal import VigilLedger
internal import VigilModel

extension Daemon {
    /// Opens the ledger, asks the venue for everything, and makes both agree; nothing trades yet.
    ///
    /// Without a permit it starts where there is something to protect, and then enters nothing.
    ///
    /// - Throws: ``VenueUnreachable`` where the venue does not answer, or entries are not permitted and
    ///   there is nothing to protect, and what the ledger throws.
    static func live(
        _ setup: EngineSetup,
        _ products: [Product],
        _ access: VenueAccess,
        _ patience: Patience
    ) async throws -> Engine {
        let opening = try Engine.Opening(setup)
        do {
            return try await live(setup, opening, products, access, patience)
        } catch {
            // A start that came to nothing is no crash of what came before it.
            var store = opening.store
            if opening.state.endedCleanly {
                try? store.endRun(at: setup.clock.now)
            }
            throw error
        }
    }

    private static func live(
        _ setup: EngineSetup,
        _ opening: Engine.Opening,
        _ products: [Product],
        _ access: VenueAccess,
        _ patience: Patience
    ) async throws -> Engine {
        let (permit, objections) = LivePermit.judge(try await evidence(setup, access, patience))
        let past = opening.past(setup)
        let refusals = ([setup.unpermitted].compactMap(\.self) + objections).joined(separator: "; ")
        // A first start has nothing to protect: a key that is refused has signed what it may do and pays, and signs no more.
        guard permit != nil || !past.isFirst else {
            throw VenueUnreachable(description: "LIVE is not permitted: \(refusals)")
        }
        let venue = CoinbaseVenue(
            client: access.client,
            mint: access.mint,
            products: products,
            rowWait: setup.configuration.policy.execution.fillWait,
            patience: patience,
            random: SeededRandom(seed: UInt64(bitPattern: setup.clock.now.nanoseconds)),
            marketTime: { [clock = setup.clock] in clock.now }
        )
        let truth = try await venue.truth(for: past)
        let protects =
            !opening.state.replay.books.positions.isEmpty || !past.unfinished.isEmpty
            || !truth.fills.isEmpty
        guard permit != nil || protects else {
            throw VenueUnreachable(description: "LIVE is not permitted: \(refusals)")
        }
        return try Engine(
            setup,
            opening,
            venue,
            truth,
            permit: setup.unpermitted == nil ? permit : nil,
            unpermitted: refusals.isEmpty ? nil : refusals
        )
    }

    /// Between two looks at what speaks against entries.
    private static let permitSpacing = Duration.seconds(30)

    /// Judges again what may have changed since the start, until entries are permitted or the task is canceled: clocks
    /// that were set, a key that was given its rights.
    ///
    /// What the operator said at the start, and what no venue can answer, stays.
    static func judgeAgain(_ engine: Engine, _ setup: EngineSetup, _ access: VenueAccess?) async {
        guard let access, setup.unpermitted == nil, canBePermitted(setup, access),
            var told = engine.unpermitted
        else { return }
        while !Task.isCancelled {
            await setup.clock.sleep(until: setup.clock.now + permitSpacing)
            guard !Task.isCancelled, let evidence = await evidenceNow(setup, access) else {
                continue
            }
            let (permit, objections) = LivePermit.judge(evidence)
            if let permit { return engine.grant(permit) }
            let reasons = objections.joined(separator: "; ")
            if reasons != told { engine.objects(reasons) }
            told = reasons
        }
    }

    /// What can be known now; nil where the venue does not say.
    private static func evidenceNow(
        _ setup: EngineSetup,
        _ access: VenueAccess
    ) async -> PermitEvidence? {
        let reading = await access.client.clockReading { [clock = setup.clock] in clock.now }.value
        guard let reading, reading.uncertainty <= clockUncertaintyMax else { return nil }
        // On paper nothing real is at stake: only the clock can speak against it.
        guard setup.configuration.mode == .live else {
            let all = KeyPermissions(canView: true, canTrade: true, canTransfer: false)
            return evidence(setup, access, all, reading)
        }
        guard let rights = await access.client.permissions().value else { return nil }
        return evidence(setup, access, rights, reading)
    }

    private static func evidence(
        _ setup: EngineSetup,
        _ access: VenueAccess,
        _ rights: KeyPermissions,
        _ reading: ClockReading
    ) -> PermitEvidence {
        PermitEvidence(
            certificate: canBePermitted(setup, access) ? .simulatedVenue : .missing,
            canTrade: rights.canTrade,
            canTransfer: rights.canTransfer,
            // What the way there and back may hide speaks for the clocks.
            skew: reading.differenceMin,
            skewMax: setup.configuration.policy.risk.breakers.clockTolerance
        )
    }

    /// True where nothing real is at stake; no venue's answer can change that.
    private static func canBePermitted(_ setup: EngineSetup, _ access: VenueAccess) -> Bool {
        access.client.address.isLoopback || setup.configuration.mode != .live
    }

    /// A comparison of the clocks that may be further off than this proves nothing.
    private static let clockUncertaintyMax = Duration.seconds(1)

    private static func evidence(
        _ setup: EngineSetup,
        _ access: VenueAccess,
        _ patience: Patience
    ) async throws -> PermitEvidence {
        let client = access.client
        let rights = try await patience.answer("GET /key_permissions") {
            await client.permissions()
        }
        let reading = try await patience.answer("GET /time") {
            let outcome = await client.clockReading { [clock = setup.clock] in clock.now }
            // What so long a way could hide is no proof that the clocks agree.
            guard let slow = outcome.value, slow.uncertainty > Self.clockUncertaintyMax else {
                return outcome
            }
            let milliseconds = slow.trip.nanoseconds / 1_000_000
            return .unknown("an answer took \(milliseconds) ms, too long to compare clocks")
        }
        return evidence(setup, access, rights, reading)
    }
}
