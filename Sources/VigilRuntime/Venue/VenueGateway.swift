package import VigilCore
internal import VigilExchange
package import VigilModel

/// What the venue is asked to do.
package enum VenueCommand: Sendable {
    /// Let the market begin.
    case start
    /// Move the market on.
    case step
    /// Carry out what has arrived.
    case process
    /// Send an order.
    case submit(OrderRequest, isEntry: Bool)
    /// Ask for an order's end.
    case cancel(ClientOrderID)
    /// Take in what the real market did.
    case observe(MarketDataCore.MarketMove)
    /// Charge these fees from now on.
    case feesChanged(FeeSchedule)
    /// List everything.
    case list(cycle: Int)
    /// Read the lists from a time on, for orders whose fate is unknown.
    case lookUp(number: Int, [ClientOrderID], since: Instant)
}

/// The way to the venue; it blocks on the venue's store, so it has a thread of its own.
package actor VenueGateway {
    let venue: EmbeddedVenue
    let plumbing: Plumbing
    let clock: any EngineClock
    private let executor: any SerialExecutor
    /// True where the market comes from feeds.
    private let observes: Bool
    private var reportedFailure = false
    /// Whether the venue's market is heard; not known at first.
    private var isConnected: Bool?
    private var gap: ProductID?
    var manners: VenueManners?
    /// Orders whose answer was lost on its way to us.
    var muted: Set<ClientOrderID> = []

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    package init(
        venue: EmbeddedVenue,
        plumbing: Plumbing,
        clock: any EngineClock,
        executor: any SerialExecutor,
        observes: Bool,
        manners: VenueManners? = nil
    ) {
        self.manners = manners
        self.observes = observes
        self.venue = venue
        self.plumbing = plumbing
        self.clock = clock
        self.executor = executor
    }

    /// Carries out commands until the mailbox is closed.
    package func run() async {
        for await commands in plumbing.venue {
            for command in commands where !plumbing.isDead {
                await carryOut(command)
            }
        }
    }

    private func carryOut(_ command: VenueCommand) async {
        switch command {
        case .start: await start()
        case .step: await step()
        case .process: report(venue.process(at: clock.now))
        case .submit(let request, let isEntry): submit(request, isEntry)
        case .cancel(let id):
            guard manners?.losesCancel(at: clock.now) != true else {
                return tell("the cancel of \(id) is lost on its way")
            }
            arrive(at: venue.cancel(id, at: clock.now))
        case .observe(let move):
            let step = venue.observe(
                MarketStep(
                    product: move.product,
                    status: move.status,
                    book: move.book,
                    trades: move.trades
                ),
                at: clock.now
            )
            report(step.events)
            if let failure = step.failure {
                plumbing.raise(.arithmetic, "the venue's market: \(failure)")
            }
        case .feesChanged(let fees): venue.charge(fees)
        case .list(let cycle): list(cycle)
        case .lookUp(let number, let ids, let since): lookUp(number, ids, since)
        }
    }

    private func list(_ cycle: Int) {
        tellOfStore()
        guard manners?.failsToList(at: clock.now) != true else {
            tell("the venue's lists break off")
            return refuse(cycle, .failed("a list breaks off"))
        }
        switch venue.suffered {
        case .silent: return
        case .unreachable: refuse(cycle, .failed("the venue cannot be reached"))
        case .failing: refuse(cycle, .failed("the venue answers with HTTP 503"))
        case .limiting: refuse(cycle, .limited("the venue answers with HTTP 429"))
        case .rejecting, .ahead, .gap, nil:
            var ahead = Duration.zero
            if case .ahead(let span) = venue.suffered { ahead = span }
            plumbing.post(.venueAnswered(.answered), to: plumbing.risk)
            plumbing.post(.clockCompared(ahead, uncertainty: .zero), to: plumbing.risk)
            plumbing.post(.venueListed(cycle: cycle, venue.list()), to: plumbing.reconciliation)
        }
    }

    private func lookUp(_ number: Int, _ ids: [ClientOrderID], _ since: Instant) {
        let isBroken = manners?.failsToList(at: clock.now) == true
        if isBroken { tell("look-up \(number) breaks off") }
        var found: [ClientOrderID: VenueOrder]? = isBroken ? nil : [:]
        for id in isBroken ? [] : ids {
            do {
                guard let order = try venue.order(id),
                    manners?.shows(order, at: clock.now) != false
                else { continue }
                found?[id] = order
            } catch {
                found = nil
                break
            }
        }
        let lookUp = LookUp(
            number: number,
            at: clock.now,
            since: since,
            asked: ids,
            found: found,
            detail: found == nil ? "the list could not be read to its end" : "the whole list"
        )
        plumbing.post(.lookedUp(lookUp), to: plumbing.execution)
    }

    private func refuse(_ cycle: Int, _ answer: VenueAnswer) {
        plumbing.post(.venueAnswered(answer), to: plumbing.risk)
        plumbing.post(.venueUnreadable(cycle: cycle), to: plumbing.reconciliation)
    }

    /// Once a cycle: a paper venue that cannot store would forget what it traded at the next start.
    private func tellOfStore() {
        if let failure = venue.saveFailure {
            reportedFailure = true
            plumbing.post(.noticed(.paperStoreRefused("\(failure)")), to: plumbing.alerting)
        } else if reportedFailure {
            reportedFailure = false
            plumbing.post(.noticed(.paperStoreWritten), to: plumbing.alerting)
        }
    }

    func arrive(at due: Instant) {
        clock.schedule(at: due) { [plumbing] in
            plumbing.post(.process, to: plumbing.venue)
        }
    }

    private func start() async {
        let listing = venue.listing
        await plumbing.market.send(
            .productsListed(listing.products, history: listing.history)
        )
        // Only now: a book of a product that MarketData does not know would be lost.
        if observes {
            plumbing.post(.begin, to: plumbing.feeds)
        }
        await step()
    }

    private func step() async {
        let now = clock.now
        let span = venue.span
        let step = venue.step(at: now.floor(to: span.interval))
        report(step.events)
        tellOfFeed(step.market.map(\.product))
        for market in step.market where isConnected != false && market.product != gap {
            await plumbing.market.send(
                .marketMoved(market.product, market.status, market.book, market.trades)
            )
        }
        if let failure = step.failure {
            plumbing.raise(.arithmetic, "the venue's market: \(failure)")
        }
        // On the grid, whatever this step took; steps that were slept through are not made up for.
        let next = now.floor(to: span.interval) + span.interval
        guard span.end.map({ next < $0 }) ?? true else { return plumbing.marketEnded() }
        clock.schedule(at: next) { [plumbing] in
            plumbing.post(.step, to: plumbing.venue)
        }
    }

    /// What a feed would say: that it is lost, or that a product's messages are missing.
    private func tellOfFeed(_ products: [ProductID]) {
        guard !observes else { return }
        let isReached = venue.suffered != .unreachable
        if isReached != isConnected {
            isConnected = isReached
            if isReached {
                plumbing.clear(.connectivity)
            } else {
                plumbing.raise(.connectivity, "the venue's market is not heard")
                plumbing.post(
                    .feedReported(.booksLost(products, .disconnected)),
                    to: plumbing.market
                )
            }
        }
        var missing: ProductID?
        if case .gap(let product) = venue.suffered { missing = product }
        guard missing != gap else { return }
        gap = missing
        if let missing {
            plumbing.post(.feedReported(.booksLost([missing], .gap)), to: plumbing.market)
        }
    }

    private func report(_ events: [VenueEvent]) {
        for event in events {
            guard manners == nil else {
                travel(event)
                continue
            }
            report(event)
        }
    }

    func report(_ event: VenueEvent) {
        // A gate of ours, and a quote that moved before a resting order came, are no complaint.
        if case .orderRejected(_, let reason) = event, reason != .gateClosed,
            reason != .postOnlyWouldCross
        {
            plumbing.post(.orderRejected(reason), to: plumbing.risk)
        }
        plumbing.post(.venueReported(event), to: plumbing.execution)
    }
}
