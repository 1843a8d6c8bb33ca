package import VigilModel

/// Every order that is known, and where it stands: the one place in which that changes.
///
/// An order is remembered for a while after its end, so that what comes late is no news.
package struct OrderRegistry: Sendable {
    /// What a fact about an order came to.
    package enum Lesson: Sendable, Equatable {
        /// It stands somewhere else now, or a part more of it has traded.
        case stepped(Transition)
        /// It fits nothing that is known of the order, which stands as it stood.
        case contradicted(OrderState)
        /// It was believed ended without the venue's word, and stands there.
        case rose(OrderState)
        /// Nothing new.
        case known
    }

    /// What a row of a fill came to.
    package enum Booking: Sendable, Equatable {
        /// The order is not known.
        case orphan
        /// It has been counted before, or takes something back, which counts in the books alone.
        case uncounted
        /// It counts; true where the order is filled whole.
        case counted(isWhole: Bool)
    }

    /// How many ended orders are remembered for late reports.
    private static let endedMax = 2_000
    /// A quote-sized order's own total is rounded where its rows are not.
    private static let dust: Int128 = 1_000_000

    private var records: [ClientOrderID: OrderRecord] = [:]
    private var ended: [ClientOrderID] = []
    /// Those of them that are not ended: few, where records are thousands.
    private var openIDs: Set<ClientOrderID> = []

    /// Knows no order.
    package init() {}

    /// What is known of an order; nil for a stranger, and for one that ended long ago.
    package subscript(id: ClientOrderID) -> OrderRecord? { records[id] }

    /// How many are remembered.
    package var count: Int { records.count }

    /// Those that are not ended, in the order of their ids.
    package var open: [OrderRecord] {
        openIDs.sorted().compactMap { records[$0] }
    }

    /// True while one is not ended that the condition holds for.
    package func isOpen(where condition: (OrderRecord) -> Bool) -> Bool {
        openIDs.contains { records[$0].map(condition) == true }
    }

    /// Takes in an order as it stands: a new one, or one of an earlier run.
    package mutating func add(_ record: OrderRecord) {
        records[record.id] = record
        if record.state.isFinal { remember(record.id) } else { openIDs.insert(record.id) }
    }

    private mutating func remember(_ id: ClientOrderID) {
        openIDs.remove(id)
        ended.append(id)
        if ended.count > Self.endedMax {
            records[ended.removeFirst()] = nil
        }
    }

    /// Books a fact about an order; nil where it is not known.
    package mutating func learn(
        _ fact: OrderFact,
        about id: ClientOrderID,
        _ venueOrderID: VenueOrderID?,
        evidence: String = "",
        at now: Instant
    ) -> Lesson? {
        guard var record = records[id] else { return nil }
        if let known = record.venueOrderID, let venueOrderID, known != venueOrderID {
            // Two names of one order: nothing of it is believed, and the comparison shows what is.
            return .contradicted(record.state)
        }
        let old = record.state
        guard let new = OrderLifecycle.next(old, fact) else {
            guard old.isFinal, fact == .accepted else { return .contradicted(old) }
            return standing(record)
        }
        record.venueOrderID = record.venueOrderID ?? venueOrderID
        records[id] = record
        guard new != old || fact == .partiallyFilled else { return .known }
        record.state = new
        records[id] = record
        if new.isFinal, !old.isFinal { remember(id) }
        return .stepped(
            Transition(
                record.intent.request,
                from: old,
                to: new,
                fact: fact,
                at: now,
                evidence: evidence
            )
        )
    }

    /// What it means that an order stands at the venue which has ended here: what had ended by the venue's own word
    /// is old news.
    private func standing(_ record: OrderRecord) -> Lesson {
        record.venueOrderID == nil ? .rose(record.state) : .known
    }

    /// What it means that the venue shows an order as working; nil where it is not known, or that is news.
    package func lesson(ofStanding id: ClientOrderID) -> Lesson? {
        records[id].flatMap { $0.state.isFinal ? standing($0) : nil }
    }

    /// How long an end waits for the true rows beside one that was kept apart.
    private static let doubtMax = Duration.seconds(60)

    /// The row, where it cannot be of its order and is not counted already.
    package mutating func doubt(_ fill: Fill, at now: Instant) -> QuarantinedFill? {
        guard var record = records[fill.clientOrderID], let doubted = record.doubted(fill) else {
            return nil
        }
        record.doubtedAt = record.doubtedAt ?? now
        records[record.id] = record
        return doubted
    }

    /// Entries that have waited long enough for the true rows of their end.
    ///
    /// A sell waits on: what it sold may be gone, and what is asked for again would be the owner's.
    package func doubtedEndings(at now: Instant) -> [(id: ClientOrderID, fact: OrderFact)] {
        open.compactMap { record in
            guard record.intent.purpose.isEntry, let ending = record.ending,
                let since = record.doubtedAt, now - max(since, ending.at) >= Self.doubtMax
            else { return nil }
            return (record.id, ending.fact)
        }
    }

    /// Counts a row of a fill, once.
    package mutating func count(_ fill: Fill) -> Booking {
        guard var record = records[fill.clientOrderID] else { return .orphan }
        guard fill.kind == .fill, record.rows.insert(fill.entryID).inserted else {
            return .uncounted
        }
        record.filled = record.filled.saturated(with: fill.quantity)
        records[record.id] = record
        return .counted(isWhole: record.filled >= record.wanted)
    }

    /// Keeps the venue's word of an order's end until all is counted that had been filled by then.
    ///
    /// False where there is nothing to wait for: the end counts at once.
    package mutating func holds(
        _ fact: OrderFact,
        of order: VenueOrder,
        at now: Instant
    ) -> Bool {
        guard var record = records[order.request.clientOrderID], !record.state.isFinal,
            order.filledQuantity.raw - Self.dust > record.filled.raw
        else { return false }
        record.ending = .init(
            fact: fact,
            filled: order.filledQuantity,
            at: record.ending?.at ?? now
        )
        record.venueOrderID = order.venueOrderID
        records[record.id] = record
        return true
    }

    /// The end that was kept for an order, once all is counted that it waited for.
    package func dueEnding(of id: ClientOrderID) -> OrderFact? {
        guard let record = records[id], !record.state.isFinal, let ending = record.ending,
            ending.filled.raw - Self.dust <= record.filled.raw
        else { return nil }
        return ending.fact
    }
}
