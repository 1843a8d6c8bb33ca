internal import Synchronization
package import VigilCore
package import VigilExchange
package import VigilModel
package import VigilTransport

/// The paper venue inside the process: a matching engine with its own store behind a lock.
///
/// Everything it does is short and synchronous, so that the kill path can use it from its own thread
/// while any actor hangs. A command takes effect after a latency, as at a venue far away.
package final class EmbeddedVenue: Sendable {
    private struct State {
        var engine: MatchingEngine
        var source: any MarketSource
        var random: SeededRandom
        var pending: [(due: Instant, command: Command)] = []
        var unsaved = MatchingEngine.Changes()
        var saveFailure: String?
        var marksSavedAt = Instant.epoch
    }

    private enum Command {
        case submit(OrderRequest, isEntry: Bool)
        case cancel(ClientOrderID)
    }

    /// What a step of the market brought.
    package struct Step: Sendable {
        /// For MarketData.
        package var market: [MarketStep]
        /// For the owner of the account.
        package var events: [VenueEvent]
        /// Why the market or the books could not go on.
        package var failure: MoneyError?
    }

    /// A command travels for at least this long, and at most three times as long.
    static let latency = Duration.milliseconds(30)

    private let state: Mutex<State>
    private let fault = Mutex<VenueFault?>(nil)
    private let store: PaperStore
    private let gate: EntryGate

    /// Opens the venue over its store.
    ///
    /// - Throws: the store's error; the venue must not be used then.
    package init(
        source: any MarketSource,
        fees: FeeSchedule,
        store: PaperStore,
        gate: EntryGate,
        seed: UInt64
    ) throws {
        var engine = MatchingEngine(products: source.products, fees: fees)
        try store.load(into: &engine)
        self.store = store
        self.gate = gate
        let random = SeededRandom(seed: seed).forked(0x76_656e_7565)
        state = Mutex(State(engine: engine, source: source, random: random))
    }

    /// What it suffers at its port; nil where all is well.
    package var suffered: VenueFault? { fault.withLock { $0 } }

    /// Makes it suffer from now on, or ends that.
    package func suffer(_ new: VenueFault?) {
        fault.withLock { $0 = new }
    }

    /// Brings money in, or takes it out, behind everyone's back.
    package func bring(_ amount: Money) {
        state.withLock { state in
            try? state.engine.deposit(amount)
        }
    }

    /// Why the store could not be written the last time; what is kept is written later.
    package var saveFailure: String? {
        state.withLock(\.saveFailure)
    }

    /// The products it lists, with their candles of the past.
    package var listing: (products: [Product], history: [ProductID: [Candle]]) {
        state.withLock { ($0.source.products, $0.source.history) }
    }

    /// When the market begins, how it is spaced, and when it ends.
    package var span: (start: Instant, interval: Duration, end: Instant?) {
        state.withLock { ($0.source.start, $0.source.interval, $0.source.end) }
    }

    /// What was ever brought in, in the currency of the books.
    package var deposited: Money {
        state.withLock { $0.engine.accounts.row(.usd).deposited }
    }

    /// Charges these fees for what trades from now on.
    package func charge(_ fees: FeeSchedule) {
        state.withLock { $0.engine.fees = fees }
    }

    /// Brings money in.
    ///
    /// - Throws: `MoneyError.overflow`, or the store's error.
    package func deposit(_ amount: Money) throws {
        try state.withLock { state in
            try state.engine.deposit(amount)
            try store.save(state.engine, state.engine.takeChanges())
        }
    }

    /// Sends an order; returns when it will have arrived.
    package func submit(
        _ request: OrderRequest,
        isEntry: Bool,
        at now: Instant,
        late: Duration = .zero
    ) -> Instant {
        send(.submit(request, isEntry: isEntry), at: now, late: late)
    }

    /// Asks for an order's end; returns when the wish will have arrived.
    package func cancel(_ id: ClientOrderID, at now: Instant) -> Instant {
        send(.cancel(id), at: now)
    }

    private func send(
        _ command: Command,
        at now: Instant,
        late: Duration = .zero
    ) -> Instant {
        state.withLock { state in
            let extra = Double(Self.latency.nanoseconds) * 2 * state.random.unit()
            let due = now + late + Self.latency + .nanoseconds(Int64(extra))
            state.pending.append((due, command))
            return due
        }
    }

    /// Carries out what has arrived by now.
    package func process(at now: Instant) -> [VenueEvent] {
        state.withLock { state in
            var events = arrive(&state, at: now)
            events += (try? state.engine.expire(at: now)) ?? []
            save(&state)
            return events
        }
    }

    /// Moves the market on by one step; what happened before a failure has happened.
    package func step(at now: Instant) -> Step {
        state.withLock { state in
            var step = Step(market: [], events: arrive(&state, at: now), failure: nil)
            do throws(MoneyError) {
                step.events += try state.engine.expire(at: now)
                step.market = try state.source.step(at: now)
                for move in step.market {
                    try Self.apply(move, &state, &step.events)
                }
            } catch {
                step.failure = error
            }
            save(&state)
            saveMarks(&state, at: now)
            return step
        }
    }

    /// Takes in what the real market did; what happened before a failure has happened.
    package func observe(_ move: MarketStep, at now: Instant) -> Step {
        state.withLock { state in
            var step = Step(market: [], events: arrive(&state, at: now), failure: nil)
            do throws(MoneyError) {
                try Self.apply(move, &state, &step.events)
            } catch {
                step.failure = error
            }
            save(&state)
            return step
        }
    }

    private static func apply(
        _ move: MarketStep,
        _ state: inout State,
        _ events: inout [VenueEvent]
    ) throws(MoneyError) {
        state.engine.setStatus(move.status, of: move.product)
        if let book = move.book {
            events += try state.engine.update(book)
        }
        for trade in move.trades {
            events += try state.engine.trade(trade)
        }
    }

    /// What the venue holds for us.
    package func list() -> VenueListing {
        state.withLock { state in
            VenueListing(
                balances: state.engine.accounts.balances,
                openOrders: state.engine.openOrders.map(\.request.clientOrderID)
            )
        }
    }

    /// How many orders that buy are not ended.
    package var openEntries: Int {
        state.withLock { state in
            state.engine.openOrders.count { $0.request.side == .buy }
        }
    }

    /// An order by our id, however old.
    ///
    /// - Throws: the store's error: nothing is known then.
    package func order(_ id: ClientOrderID) throws -> VenueOrder? {
        try state.withLock { state in
            if let order = state.engine.order(id) { return order }
            return try store.order(id)
        }
    }

    /// All fills from a row on.
    ///
    /// - Throws: the store's error: the list is not complete then.
    package func fills(from sequence: Int64) throws -> [Fill] {
        try store.fills(from: sequence).fills
    }

    /// Ends every order that buys, also those on their way; for the kill path, after the gate is closed.
    package func cancelEntries() -> [VenueEvent] {
        cancel([.buy])
    }

    /// Ends every order; for start-up.
    package func cancelEverything() -> [VenueEvent] {
        cancel([.buy, .sell])
    }

    private func cancel(_ sides: [Side]) -> [VenueEvent] {
        state.withLock { state in
            var events: [VenueEvent] = []
            state.pending.removeAll { pending in
                guard case .submit(let request, _) = pending.command, sides.contains(request.side)
                else { return false }
                events.append(.orderRejected(request.clientOrderID, .gateClosed))
                return true
            }
            for side in sides {
                events += (try? state.engine.cancelAll(side)) ?? []
            }
            save(&state)
            return events
        }
    }

    /// The books' imbalance by currency, which is nothing unless they are broken.
    ///
    /// - Throws: `overflow`, which is as bad.
    package func imbalances() throws(MoneyError) -> [Money] {
        let accounts = state.withLock { $0.engine.accounts }
        var broken: [Money] = []
        for currency in accounts.rows.keys.sorted() {
            let imbalance = try accounts.imbalance(currency)
            if !imbalance.isZero {
                broken.append(imbalance)
            }
        }
        return broken
    }

    /// Looked at after every event wherever assertions are on, so in every test.
    private static func isBalanced(_ accounts: Accounts) -> Bool {
        accounts.rows.allSatisfy { currency, row in
            guard let imbalance = try? accounts.imbalance(currency) else { return false }
            return imbalance.isZero && !row.available.isNegative && !row.onHold.isNegative
        }
    }

    private func arrive(_ state: inout State, at now: Instant) -> [VenueEvent] {
        var events: [VenueEvent] = []
        while let index = state.pending.indices.min(by: {
            state.pending[$0].due < state.pending[$1].due
        }), state.pending[index].due <= now {
            switch state.pending.remove(at: index).command {
            case .submit(let request, let isEntry):
                // The gate is looked at under the lock that a kill's cancel takes after closing it,
                // so that no entry can slip in between.
                if isEntry, !gate.isOpen {
                    events.append(.orderRejected(request.clientOrderID, .gateClosed))
                } else if suffered == .rejecting {
                    events.append(.orderRejected(request.clientOrderID, .other))
                } else {
                    events += state.engine.submit(request, at: now)
                }
            case .cancel(let id): events += (try? state.engine.cancel(id)) ?? []
            }
        }
        return events
    }

    /// Stores what changed; on a full disk it is kept and stored later, as the venue goes on trading.
    private func save(_ state: inout State) {
        assert(Self.isBalanced(state.engine.accounts), "Invariant: cash and coins are conserved")
        state.unsaved.merge(state.engine.takeChanges())
        guard !state.unsaved.isEmpty else { return }
        do {
            try store.save(state.engine, state.unsaved)
            state.unsaved = .init()
            state.saveFailure = nil
        } catch {
            state.saveFailure = "\(error)"
        }
    }

    private func saveMarks(_ state: inout State, at now: Instant) {
        guard now - state.marksSavedAt >= .seconds(300) else { return }
        state.marksSavedAt = now
        let marks = state.engine.books.compactMapValues { $0.bids.first?.price }
        // Marks only spare a restart a jump of its prices; what matters is saved above.
        try? store.saveMarks(marks)
    }
}
