internal import VigilCore
package import VigilModel
internal import VigilTelemetry

/// What gets lost, late or doubled between us and a venue far away, from a seed; for simulations.
package struct VenueManners: Sendable {
    /// What can go wrong.
    package enum Fault: String, Sendable, CaseIterable {
        /// An order is carried out, and the answer is lost.
        case answers
        /// An order is lost on its way there.
        case requests
        /// An order arrives seconds after we gave its answer up.
        case arrivals
        /// A cancel is lost on its way there.
        case cancels
        /// What the venue reports comes late, and in another order.
        case reports
        /// What the venue reports comes twice.
        case doubles
        /// What the venue reports is lost, and read from its lists later.
        case losses
        /// A list breaks off before its end.
        case lists
        /// The venue does not show an order for a while after it came.
        case visibility
        /// A core comes upon a number that it cannot hold.
        case numbers
        /// The engine is killed, and started again.
        case kills
    }

    /// What becomes of an order on its way there.
    enum Fate: Equatable {
        case arrives
        case answerLost
        case lost
        case late(Duration)

        /// What the story says of it.
        var text: String {
            switch self {
            case .arrives: "arrives"
            case .answerLost: "arrives, and the answer is lost"
            case .lost: "is lost on its way"
            case .late(let span): "arrives \(span / .milliseconds(1)) ms late, its answer given up"
            }
        }
    }

    /// How long an answer is waited for.
    static let patience = Duration.seconds(2)
    /// The longest an order is under way, or not shown; with the looks' ten seconds this is what
    /// "three complete listings prove an order absent" stands on.
    static let delayMax = 4_000
    /// When what was lost is read from the lists.
    static let relisting = 25_000

    private var random: SeededRandom
    private let faults: Set<Fault>
    private let calmFrom: Instant

    /// Begins with a seed; from `calmFrom` on all is well.
    package init(seed: UInt64, faults: Set<Fault>, calmFrom: Instant) {
        random = SeededRandom(seed: seed)
        self.faults = faults
        self.calmFrom = calmFrom
    }

    private mutating func happens(_ fault: Fault, _ chance: Double, at now: Instant) -> Bool {
        faults.contains(fault) && random.unit() < chance && now < calmFrom
    }

    mutating func fate(at now: Instant) -> Fate {
        if happens(.answers, 0.08, at: now) { return .answerLost }
        if happens(.requests, 0.05, at: now) { return .lost }
        if happens(.arrivals, 0.05, at: now) {
            return .late(.milliseconds(random.integer(in: 1_000...Self.delayMax)))
        }
        return .arrives
    }

    mutating func losesCancel(at now: Instant) -> Bool { happens(.cancels, 0.15, at: now) }

    mutating func failsToList(at now: Instant) -> Bool { happens(.lists, 0.15, at: now) }

    /// When a report reaches us, once or more than once.
    mutating func delays(at now: Instant) -> [Duration] {
        var delays: [Duration] = [.zero]
        if happens(.losses, 0.04, at: now) {
            delays = [.milliseconds(random.integer(in: 3_000...Self.relisting))]
        } else if happens(.reports, 0.2, at: now) {
            delays = [.milliseconds(random.integer(in: 1...3_000))]
        }
        if happens(.doubles, 0.1, at: now) {
            delays.append(.milliseconds(random.integer(in: 0...20_000)))
        }
        return delays
    }

    /// Whether the venue shows an order; each has its own time to be shown from, the same whenever asked.
    func shows(_ order: VenueOrder, at now: Instant) -> Bool {
        guard faults.contains(.visibility), now < calmFrom else { return true }
        let name = order.venueOrderID.text.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff }
        return now - order.createdAt >= .milliseconds(name % Self.delayMax)
    }
}

extension VenueGateway {
    /// Sends an order, as well as the way there allows.
    func submit(_ request: OrderRequest, _ isEntry: Bool) {
        let now = clock.now
        let id = request.clientOrderID
        let fate = manners?.fate(at: now) ?? .arrives
        var late = Duration.zero
        if case .late(let span) = fate { late = span }
        if fate != .arrives {
            tell("\(id) \(fate.text)")
            muted.insert(id)
            clock.schedule(at: now + VenueManners.patience) { [plumbing] in
                plumbing.post(.outcomeLost(id), to: plumbing.execution)
            }
        }
        guard fate != .lost else { return }
        arrive(at: venue.submit(request, isEntry: isEntry, at: now, late: late))
    }

    /// Tells the story of a simulation.
    func tell(_ text: String) {
        plumbing.journal(JournalEntry(.simulated, .notice, text))
    }

    /// Lets a report travel to us.
    func travel(_ event: VenueEvent) {
        let now = clock.now
        switch event {
        case .orderRejected(_, .gateClosed): return report(event)
        // The answer itself: it came in time or never.
        case .orderAccepted(let order):
            return muted.contains(order.request.clientOrderID) ? () : report(event)
        case .orderRejected(let id, _): return muted.contains(id) ? () : report(event)
        case .orderUpdated, .fillReported: break
        }
        let delays = manners?.delays(at: now) ?? []
        if delays != [.zero] {
            let spans = delays.map { "\($0 / .milliseconds(1)) ms" }.joined(separator: ", again ")
            tell("\(event.subject) is told after \(spans)")
        }
        for delay in delays {
            guard delay > .zero else {
                report(event)
                continue
            }
            clock.schedule(at: now + delay) { [plumbing] in
                guard !plumbing.isDead else { return }
                plumbing.post(.venueReported(event), to: plumbing.execution)
            }
        }
    }
}

extension VenueEvent {
    /// What it is about.
    fileprivate var subject: String {
        switch self {
        case .orderAccepted(let order), .orderUpdated(let order):
            "\(order.request.clientOrderID) \(order.status.rawValue)"
        case .orderRejected(let id, let reason): "\(id) rejected (\(reason.rawValue))"
        case .fillReported(let fill): "fill \(fill.entryID) of \(fill.clientOrderID)"
        }
    }
}
