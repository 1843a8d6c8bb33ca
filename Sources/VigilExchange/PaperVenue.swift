internal import Synchronization
package import VigilCore
package import VigilModel

/// The paper venue inside the process: a matching engine with its own store behind a lock.
///
/// Everything it does is short and synchronous, so that the kill path can use it from its own thread
/// while any actor hangs. A command takes effect after a latency, as at a venue far away.
package final class PaperVenue: Venue {
    struct State {
        var engine: MatchingEngine
        var random: SeededRandom
        var pending: [(due: Instant, command: Command)] = []
        var unsaved = MatchingEngine.Changes()
        var saveFailure: String?
        var marksSavedAt = Instant.epoch
        var hasRefused = false
        var ticksAt: Instant?
    }

    enum Command {
        case submit(OrderRequest, isEntry: Bool)
        case cancel(ClientOrderID)
    }

    /// A command travels for at least this long, and at most three times as long.
    static let latency = Duration.milliseconds(30)

    /// How far back of the ledger's own count its fills are read again at a start.
    static let fillOverlap: Int64 = 1_000

    package let products: [Product]
    let state: Lock<State>
    private let store: PaperStore
    private let mayEnter: @Sendable () -> Bool
    let interval: Duration?

    /// Opens the venue over its store.
    ///
    /// `mayEnter` is asked when an entry arrives. `interval` is how often it looks by itself at what has ended;
    /// nil where each step of its market leads to that.
    ///
    /// - Throws: the store's error; the venue must not be used then.
    package init(
        products: [Product],
        fees: FeeSchedule,
        store: PaperStore,
        seed: UInt64,
        interval: Duration? = nil,
        mayEnter: @escaping @Sendable () -> Bool
    ) throws {
        var engine = MatchingEngine(products: products, fees: fees)
        try store.load(into: &engine)
        self.products = products
        self.store = store
        self.interval = interval
        self.mayEnter = mayEnter
        let random = SeededRandom(seed: seed).forked(0x76_656e_7565)
        state = Lock(State(engine: engine, random: random))
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

    /// What was ever brought in, in the currency of the books.
    package var deposited: Money {
        state.withLock { $0.engine.accounts.row(.usd).deposited }
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

    func send(_ command: Command, at now: Instant, _ report: VenueSink) {
        let due = state.withLock { state in
            let extra = Double(Self.latency.nanoseconds) * 2 * state.random.unit()
            let due = now + Self.latency + .nanoseconds(Int64(extra))
            state.pending.append((due, command))
            return due
        }
        report(.wake(at: due))
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

    /// Takes in what the market did; what happened before a failure has happened.
    package func observe(
        _ moves: [MarketDataCore.MarketMove],
        at now: Instant
    ) -> (events: [VenueEvent], failure: MoneyError?) {
        state.withLock { state in
            var events = arrive(&state, at: now)
            var failure: MoneyError?
            do throws(MoneyError) {
                events += try state.engine.expire(at: now)
                for move in moves {
                    try Self.apply(move, &state, &events)
                }
            } catch {
                failure = error
            }
            save(&state)
            saveMarks(&state, at: now)
            return (events, failure)
        }
    }

    private static func apply(
        _ move: MarketDataCore.MarketMove,
        _ state: inout State,
        _ events: inout [VenueEvent]
    ) throws(MoneyError) {
        state.engine.setStatus(move.status, of: move.product)
        if let rules = move.rules { state.engine.setRules(rules) }
        if let limit = move.limit { state.engine.setLimit(limit, of: move.product) }
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

    /// The best bid of a product and its rules as they are now; nil where it has no book.
    package func bid(of product: ProductID) -> (bid: Price, rules: Product)? {
        state.withLock { state in
            guard let bid = state.engine.books[product]?.bids.first,
                let rules = state.engine.products[product]
            else { return nil }
            return (bid.price, rules)
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

    /// Ends every order that buys, also those on their way; the gate is to be closed by then.
    package func cancelEntriesNow() -> [VenueEvent] {
        cancel([.buy])
    }

    func cancelEverything() -> [VenueEvent] {
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
                if isEntry, !mayEnter() {
                    events.append(.orderRejected(request.clientOrderID, .gateClosed))
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

    func saveMarks(_ state: inout State, at now: Instant) {
        guard now - state.marksSavedAt >= .seconds(300) else { return }
        state.marksSavedAt = now
        let marks = state.engine.books.compactMapValues { $0.bids.first?.price }
        // Marks only spare a restart a jump of its prices; what matters is saved above.
        try? store.saveMarks(marks)
    }
}
