package import VigilCoinbase
internal import VigilCore
internal import VigilEngine
package import VigilModel
package import VigilTransport

/// A way to Coinbase: the network's thread and what speaks on it.
package struct VenueAccess: Sendable {
    /// Where it is, and with what rights it is spoken to.
    package struct Plan: Sendable {
        /// Where it is.
        package var address: VenueAddress
        /// Trust the certificate authorities in this PEM file instead of the system's.
        package var authorities: String?
        /// The key; nil to do without.
        package var key: APIKey?
        /// What may be asked of it.
        package var limits = RequestBudget.Limits()
        /// How many times as fast as real time its market goes; more than 1 on this machine alone.
        package var speed = 1

        /// Joins the parts.
        package init(
            address: VenueAddress,
            authorities: String?,
            key: APIKey?,
            limits: RequestBudget.Limits = .init(),
            speed: Int = 1
        ) {
            self.address = address
            self.authorities = authorities
            self.key = key
            self.limits = limits
            self.speed = speed
        }
    }

    /// What it was made from.
    package let plan: Plan
    /// The network.
    package let transport: Transport
    /// The REST interface.
    package let client: CoinbaseClient
    /// Makes tokens; nil without a key.
    package let mint: TokenMint?

    /// Begins the network; nothing is asked of the venue yet.
    ///
    /// - Throws: `ControlError` where there is no memory for it.
    package init(_ plan: Plan, gate: EntryGate) throws {
        guard let transport = Transport(gate: gate, authorities: plan.authorities) else {
            throw ControlError(description: "the network cannot be begun: no memory")
        }
        self.plan = plan
        self.transport = transport
        // Tokens live in the time of day of their moment, whatever the engine's clock does.
        mint = plan.key.map { key in
            TokenMint(key: key) { MachineClock.nanoseconds(.realTime) / 1_000_000_000 }
        }
        client = CoinbaseClient(
            transport: transport,
            address: plan.address,
            mint: mint,
            limits: plan.limits,
            random: SeededRandom(seed: UInt64(bitPattern: MachineClock.nanoseconds(.realTime)))
        )
    }

    /// Looks at a venue; changes nothing there.
    ///
    /// - Throws: `ControlError` where the network cannot be begun.
    package static func check(
        _ plan: Plan,
        product: ProductID,
        tolerance: Duration = .seconds(1)
    ) async throws -> VenueCheck.Report {
        let access = try VenueAccess(plan, gate: EntryGate(open: false))
        defer { access.transport.stop() }
        let clock = MachineClock()
        return await VenueCheck(
            client: access.client,
            key: plan.key,
            mint: access.mint,
            product: product,
            // A market that goes faster has a time of its own.
            tolerance: plan.speed == 1 ? tolerance : .seconds(Int64.max),
            wallTime: { clock.now }
        ).run()
    }
}
