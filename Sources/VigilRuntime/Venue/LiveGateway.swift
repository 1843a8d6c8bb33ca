internal import VigilCoinbase
internal import VigilCore
internal import VigilModel
internal import VigilTelemetry
internal import VigilTransport

/// The way to Coinbase: hands over what Execution wants, one task a call, so that none waits for another.
actor LiveGateway {
    private let live: LiveVenue
    private let venue: CoinbaseVenue
    private let instance: String
    private let unfinished: [OrderRecord]
    private let permit: LivePermit?
    private let plumbing: Plumbing
    private let clock: any EngineClock

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe live.access.transport.asUnownedSerialExecutor()
    }

    init(
        venue live: LiveVenue,
        instance: String,
        unfinished: [OrderRecord],
        permit: LivePermit?,
        rowWait: Duration,
        plumbing: Plumbing,
        clock: any EngineClock
    ) {
        self.live = live
        self.instance = instance
        self.unfinished = unfinished
        self.permit = permit
        self.plumbing = plumbing
        self.clock = clock
        venue = CoinbaseVenue(
            client: live.access.client,
            since: live.since,
            rowWait: rowWait,
            isOurs: { OrderOwner(of: $0, instance: instance) == .us },
            others: { [plumbing] id in
                guard case .anotherInstance(let name) = OrderOwner(of: id, instance: instance)
                else { return }
                plumbing.post(.otherSeen(instance: name), to: plumbing.reconciliation)
            },
            marketTime: { [clock] in clock.now },
            report: { [plumbing] in Self.pass($0, plumbing) },
            feed: { [plumbing] in Self.tell($0, plumbing) }
        )
    }

    /// Carries out commands until the mailbox is closed.
    func run() async {
        guard let mint = live.access.mint else { return }
        await venue.know(unfinished)
        let random = SeededRandom(seed: UInt64(bitPattern: clock.now.nanoseconds))
        await withDiscardingTaskGroup { group in
            group.addTask { [venue] in await venue.run(mint, random: random) }
            for await commands in plumbing.venue {
                for command in commands {
                    await carryOut(command, &group)
                }
            }
            // A venue that hangs must not keep the engine from ending.
            live.access.transport.abandon()
            await venue.stop()
            group.cancelAll()
        }
    }

    private func carryOut(_ command: VenueCommand, _ group: inout DiscardingTaskGroup) async {
        switch command {
        case .start:
            await plumbing.market.send(.productsListed(live.products, history: [:]))
            // Only now: a book of a product that MarketData does not know would be lost.
            plumbing.post(.begin, to: plumbing.feeds)
        case .submit(let request, let isEntry):
            guard !isEntry || permit != nil else {
                let refused = VenueEvent.orderRejected(request.clientOrderID, .gateClosed)
                return plumbing.post(.venueReported(refused), to: plumbing.execution)
            }
            group.addTask { [self] in await submit(request, isEntry) }
        case .cancel(let id): group.addTask { [self] in await cancel(id) }
        case .list(let cycle): group.addTask { [self] in await list(cycle) }
        case .lookUp(let number, let ids, let since):
            group.addTask { [self] in await lookUp(number, ids, since) }
        case .step, .process, .observe, .feesChanged: break
        }
    }

    private func submit(_ request: OrderRequest, _ isEntry: Bool) async {
        let id = request.clientOrderID
        Torture.point("submit.before")
        let outcome = await venue.submit(request, isEntry: isEntry)
        Torture.point("submit.after")
        switch outcome {
        case .accepted: break
        case .rejected(let reason, let refusal):
            journal(.warning, "the venue refuses the order: \(refusal)", request)
            Self.pass(.orderRejected(id, reason), plumbing)
        case .unknown(let detail):
            journal(.warning, "it is not known what became of the order: \(detail)", request)
            plumbing.post(.outcomeLost(id), to: plumbing.execution)
        }
    }

    /// What the venue does with the wish comes as a report; what it did not take is asked again by
    /// Execution.
    private func cancel(_ id: ClientOrderID) async {
        Torture.point("cancel.before")
        let outcome = await venue.cancel(id)
        Torture.point("cancel.after")
        switch outcome {
        case .ok: break
        case .refused(let refusal) where refusal.kind == .notFound: break
        case .refused(let refusal):
            plumbing.journal(
                JournalEntry(
                    .venue,
                    .warning,
                    "a cancel was refused: \(refusal)",
                    clientOrderID: id
                )
            )
        case .unknown(let detail):
            plumbing.journal(
                JournalEntry(.venue, .warning, "a cancel is unsure: \(detail)", clientOrderID: id)
            )
        }
    }

    private func list(_ cycle: Int) async {
        let balances = await venue.balances()
        let open = await venue.openOrders()
        guard let held = balances.value, let standing = open.value else {
            return plumbing.post(.venueUnreadable(cycle: cycle), to: plumbing.reconciliation)
        }
        // What is the account owner's own is none of our business.
        let ours = standing.filter { OrderOwner(of: $0.clientOrderID, instance: instance) == .us }
        live.found(openEntries: ours.count { $0.side == .buy })
        let orders = ours.compactMap(\.order).map { ($0.request.clientOrderID, $0) }
        let listing = VenueListing(
            balances: held,
            openOrders: ours.map(\.clientOrderID),
            orders: Dictionary(orders) { $1 }
        )
        Torture.point("list.after")
        plumbing.post(.venueListed(cycle: cycle, listing), to: plumbing.reconciliation)
        await venue.read()
    }

    private func lookUp(_ number: Int, _ ids: [ClientOrderID], _ since: Instant) async {
        let at = clock.now
        await venue.look(for: ids, since: since) { [plumbing] found, detail in
            let lookUp = LookUp(
                number: number,
                at: at,
                since: since,
                asked: ids,
                found: found,
                detail: detail
            )
            Torture.point("lookup.after")
            plumbing.post(.lookedUp(lookUp), to: plumbing.execution)
        }
    }

    private func journal(_ priority: Priority, _ text: String, _ request: OrderRequest) {
        plumbing.journal(
            JournalEntry(
                .venue,
                priority,
                text,
                product: request.product,
                clientOrderID: request.clientOrderID
            )
        )
    }

    private static func pass(_ event: VenueEvent, _ plumbing: Plumbing) {
        // A gate of ours, and a quote that moved before a resting order came, are no complaint.
        if case .orderRejected(_, let reason) = event, reason != .gateClosed,
            reason != .postOnlyWouldCross
        {
            plumbing.post(.orderRejected(reason), to: plumbing.risk)
        }
        Torture.point("report")
        plumbing.post(.venueReported(event), to: plumbing.execution)
    }

    private static func tell(_ report: FeedConnection.Report, _ plumbing: Plumbing) {
        switch report {
        case .lost(let trouble, let detail):
            let text =
                "the feed of our orders was lost (\(trouble.rawValue): \(detail)); "
                + "orders and fills are listed when it is back"
            plumbing.journal(JournalEntry(.feedLost, .warning, text))
        case .regained:
            plumbing.journal(JournalEntry(.feedWhole, .notice, "the feed of our orders is whole"))
        case .content, .repeated, .missing: break
        }
    }
}
