package import VigilModel

/// What an order is for.
package enum OrderPurpose: Sendable, Hashable {
    /// It opens or grows a position, which will be left by this plan.
    case entry(ExitPlan)
    /// It leaves a position.
    case exit(ExitReason)

    /// True for an entry.
    package var isEntry: Bool {
        switch self {
        case .entry: true
        case .exit: false
        }
    }
}

/// Which decision an entry came from: all attempts at one entry share it.
package struct EntryKey: Hashable, Sendable, Codable {
    /// The run.
    package let run: RunID
    /// Its cycle.
    package let cycle: Int

    /// Joins both.
    package init(run: RunID, cycle: Int) {
        self.run = run
        self.cycle = cycle
    }
}

/// What a fill's order was for, as far as the books and Risk need it.
package struct FillOrigin: Hashable, Sendable {
    /// What the order was for.
    package let purpose: OrderPurpose
    /// The decision behind an entry; nil for an exit, and for what was adopted from the venue.
    package let key: EntryKey?
    /// Who proposed the entry; empty for an exit.
    package let strategy: String

    /// Joins the parts.
    package init(_ purpose: OrderPurpose, key: EntryKey? = nil, strategy: String = "") {
        self.purpose = purpose
        self.key = key
        self.strategy = strategy
    }
}

/// An order that we mean to send: durable before its bytes leave.
package struct Intent: Sendable, Equatable {
    /// The request as it will be sent.
    package let request: OrderRequest
    /// What it is for.
    package let purpose: OrderPurpose
    /// The attempt before it, where this one goes on with its remainder.
    package let parent: ClientOrderID?
    /// The cycle that decided it; nil for an exit, which no cycle decides.
    package let cycle: Int?
    /// Who proposed the entry; empty for an exit.
    package let strategy: String
    /// When it was decided.
    package let createdAt: Instant

    /// Joins the parts.
    package init(
        request: OrderRequest,
        purpose: OrderPurpose,
        parent: ClientOrderID?,
        cycle: Int?,
        strategy: String = "",
        createdAt: Instant
    ) {
        self.strategy = strategy
        self.request = request
        self.purpose = purpose
        self.parent = parent
        self.cycle = cycle
        self.createdAt = createdAt
    }
}

/// An order with what has become of it.
package struct OrderRecord: Sendable, Equatable {
    /// What was meant.
    package let intent: Intent
    /// Where it stands.
    package var state: OrderState
    /// How much has traded.
    package var filled: Quantity
    /// The venue's name of it, once that is known.
    package var venueOrderID: VenueOrderID?
    /// The venue's rows that ``filled`` adds up: each counts once, however often it is told.
    package var rows: Set<EntryID> = []
    /// When a row of it was first kept apart that cannot be of it; nil where none was.
    package var doubtedAt: Instant?
    /// How it ended at the venue, while rows of what it had filled by then are still to come.
    package var ending: Ending?

    /// An end that the venue has reported, and how much had been filled by then.
    package struct Ending: Sendable, Equatable {
        package let fact: OrderFact
        package let filled: Quantity
        /// When it was first reported.
        package let at: Instant
    }
    /// Our idempotency key.
    package var id: ClientOrderID { intent.request.clientOrderID }

    /// Joins the parts.
    package init(intent: Intent, state: OrderState, filled: Quantity) {
        self.intent = intent
        self.state = state
        self.filled = filled
    }
}

extension OrderRecord {
    /// The quantity that was asked for; a quote-sized order has none until it has filled.
    package var wanted: Quantity {
        switch intent.request.terms {
        case .limit(_, let quantity, _, _), .marketBase(let quantity),
            .stopLimit(_, _, let quantity, _):
            quantity
        case .marketQuote: filled
        }
    }

    /// True where the venue has it, as far as we know.
    package var isStanding: Bool { state == .open || state == .partiallyFilled }

    /// What the order may still cost, the taker fee included.
    ///
    /// - Throws: `overflow`; nothing is entered then.
    package func worstCost(_ fees: FeeSchedule) throws(MoneyError) -> Money {
        let rest = filled < wanted ? try wanted - filled : Quantity.zero
        let notional: Money
        switch intent.request.terms {
        case .limit(let price, _, _, _), .stopLimit(_, let price, _, _):
            notional = try price.notional(of: rest, .up)
        case .marketQuote(let money): notional = money
        case .marketBase: notional = .zero(intent.request.product.quote)
        }
        return try notional + notional.times(fees.taker, .up)
    }
}

/// A look at the venue's own lists, for orders whose fate is not known; evidence that the ledger keeps.
package struct LookUp: Sendable, Equatable {
    /// Counts the looks of a run.
    package let number: Int
    /// When the lists were asked for.
    package let at: Instant
    /// From when on they were asked for.
    package let since: Instant
    /// Which orders were looked for.
    package let asked: [ClientOrderID]
    /// Those of them that are there; nil where a list could not be read to its end, from which nothing
    /// follows.
    package let found: [ClientOrderID: VenueOrder]?
    /// How many orders the lists had, or what went wrong.
    package let detail: String

    /// Joins the parts.
    package init(
        number: Int,
        at: Instant,
        since: Instant,
        asked: [ClientOrderID],
        found: [ClientOrderID: VenueOrder]?,
        detail: String
    ) {
        self.number = number
        self.at = at
        self.since = since
        self.asked = asked
        self.found = found
        self.detail = detail
    }
}

/// A step of an order's life, as the ledger keeps it.
package struct Transition: Sendable, Equatable {
    /// The state before.
    package let from: OrderState
    /// The state after.
    package let to: OrderState
    /// What was learned.
    package let fact: OrderFact
    /// When.
    package let at: Instant
    /// What proves it, where an unknown fate was settled; empty where the venue said it itself.
    package let evidence: String
    /// What was asked for.
    package let request: OrderRequest
    /// The order.
    package var id: ClientOrderID { request.clientOrderID }

    /// Joins the parts.
    package init(
        _ request: OrderRequest,
        from: OrderState,
        to: OrderState,
        fact: OrderFact,
        at: Instant,
        evidence: String = ""
    ) {
        self.evidence = evidence
        self.request = request
        self.from = from
        self.to = to
        self.fact = fact
        self.at = at
    }
}

/// Whose order stands at the venue, by its client order id.
package enum OrderOwner: Sendable, Equatable {
    /// Ours: this installation's.
    case us
    /// That of another Vigil that trades with the same key.
    case anotherInstance(String)
    /// The account owner's own, or another program's: never touched.
    case foreign

    /// Tells whose order it is.
    package init(of id: ClientOrderID, instance: String) {
        let parts = id.text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "v", parts[1].count == 8, parts[2].count == 8 else {
            self = .foreign
            return
        }
        self = parts[1] == instance.prefix(8) ? .us : .anotherInstance(String(parts[1]))
    }
}

/// Makes ids that are never used twice: instance, run and sequence.
package struct OrderIDSource: Sendable {
    private let prefix: String
    private var sequence = 0

    /// Takes the instance's and the run's random names, eight characters of `[a-z0-9]` each.
    package init(instance: String, run: RunID) {
        prefix = "v-\(instance.prefix(8))-\(run.text.prefix(8))-"
    }

    /// The next id: at most 36 characters of `[a-z0-9-]`.
    package mutating func next() -> ClientOrderID {
        sequence += 1
        return ClientOrderID(prefix + String(sequence, radix: 36))
    }
}

extension Intent {
    /// What an order of ours was meant for, as far as the venue's own word tells: a sell was an exit, and a
    /// purchase is left by the given plan.
    ///
    /// `purpose` is what something else knows of it, which counts.
    package init(adopting order: VenueOrder, plan: ExitPlan?, purpose: OrderPurpose? = nil) {
        let entry = plan.map { OrderPurpose.entry($0) } ?? .exit(.stopLoss)
        let likely = order.request.side == .buy ? entry : .exit(.stopLoss)
        let isLikely = purpose.map { $0.isEntry == (order.request.side == .buy) } ?? false
        self.init(
            request: order.request,
            purpose: isLikely ? purpose ?? likely : likely,
            parent: nil,
            cycle: nil,
            createdAt: order.createdAt
        )
    }
}
