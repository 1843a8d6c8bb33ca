internal import VigilCore
internal import VigilModel
internal import VigilTransport

// What the lists say: rows are reported once, in their order, whenever the feed or a comparison gives cause to read.
extension CoinbaseAccount {
    /// Has the lists read; what comes while they are leads to another reading.
    package func read() {
        isDue = true
        wake()
    }

    func readAll() async {
        var attempts = 0
        while !isStopped, isDue || hasMissingRows {
            isDue = false
            attempts += 1
            guard attempts <= Self.rowPatience, !client.transport.isAbandoned else { return }
            if attempts == 1, hasMissingRows, rowWait > .zero {
                await client.transport.sleep(for: rowWait)
            } else if attempts > 1 {
                // A row may come seconds after the feed's word of it.
                await client.transport.sleep(for: .milliseconds(min(100 * attempts, 1_000)))
            }
            guard await readOnce() else {
                // What could not be read is read later, however long that takes.
                isDue = true
                attempts = min(attempts, Self.rowPatience - 1)
                continue
            }
        }
    }

    /// A quote-sized order's own total is rounded where its rows are not.
    private static let dust: Int128 = 1_000_000

    /// True where rows have been announced and not read; one that cannot be read is not waited for.
    private var hasMissingRows: Bool {
        orders.contains { !unreadable.contains($0.key) && isMissingRows($0.value) }
    }

    private func isMissingRows(_ known: Known) -> Bool {
        known.announced.raw - Self.dust > known.recorded.raw
    }

    /// Reads everything that may be new; false where a part of it could not be read.
    func readOnce() async -> Bool {
        let since = sequencedAt - Self.overlap
        guard let listed = await client.orders(since: since).value,
            let open = await client.openOrders().value
        else { return false }
        for order in open + listed {
            take(order)
        }
        // The lists go by creation: an older order that ended meanwhile stands in neither.
        let seen = Set((open + listed).map(\.id))
        for known in orders.values where !known.status.isFinal && !seen.contains(known.id) {
            switch await client.order(known.id) {
            case .ok(let order): take(order, as: known.id)
            case .refused(let refusal) where refusal.isFinal: break
            case .refused, .unknown: return false
            }
        }
        guard let fills = await client.fills(since: since).value else { return false }
        return await record(fills)
    }

    /// Takes in rows, the newest first; false where the venue did not say whose one is, so that they are read again.
    ///
    /// Those whose order is known come first: what has to be asked for holds up none of them.
    private func record(_ fills: [ListedFill]) async -> Bool {
        unreadable = []
        var newest = sequencedAt
        var held: Instant?
        let ordered = fills.reversed()
        let known = ordered.filter { names[$0.order] != nil }
        for fill in known + ordered.filter({ names[$0.order] == nil }) {
            let wait: Duration?
            switch await record(fill) {
            case .taken: wait = nil
            case .untold: wait = Self.untoldWait
            case .unreadable: wait = Self.unreadableWait
            case .unanswered: return false
            }
            // A row that is dated into the future must not keep out those that come until then.
            let at = min(fill.sequencedAt ?? sequencedAt, marketTime())
            newest = max(newest, at)
            guard let wait else { continue }
            guard marketTime() - at < wait else {
                // Ours are listed: an order that was not shown until now is none, and is not asked for again.
                if hidden[fill.order] != nil { names[fill.order] = ClientOrderID("") }
                continue
            }
            // The lists are read from here on until it can be told, and the rows after it are taken in meanwhile.
            held = min(held ?? at, at)
        }
        sequencedAt = max(sequencedAt, min(newest, held ?? newest))
        forget()
        return true
    }

    /// Lets go of what can be told no more.
    private func forget() {
        hidden = hidden.filter { marketTime() - $0.value < Self.hiddenWait }
        rows = rows.filter { $0.value >= sequencedAt - Self.overlap * 2 }
        let ended = orders.filter { $0.value.status.isFinal && !isMissingRows($0.value) }
        guard ended.count > Self.endedMax else { return }
        let oldest = ended.sorted { $0.value.createdAt < $1.value.createdAt }
        for (id, known) in oldest.prefix(ended.count - Self.endedMax / 2) {
            orders[id] = nil
            names[known.id] = nil
            uncanceled.remove(id)
        }
    }

    /// What became of a row.
    private enum Taking {
        /// It is known now, or none of ours.
        case taken
        /// The venue does not show its order, or not yet.
        case untold
        /// It is of an order of ours, or of one that cannot be told, and a part of it cannot be read.
        case unreadable
        /// The venue did not answer whose it is.
        case unanswered
    }

    /// Asks whose an order is; one that the venue did not show is not asked for again at once.
    private func identify(_ order: VenueOrderID) async -> Taking {
        guard hidden[order] == nil else { return .untold }
        switch await client.order(order) {
        case .ok(let listed):
            take(listed, as: order)
            guard names[order] == nil else { return .taken }
        case .refused(let refusal) where refusal.isFinal: break
        case .refused, .unknown: return .unanswered
        }
        hidden[order] = marketTime()
        return .untold
    }

    private func record(_ row: ListedFill) async -> Taking {
        if !row.order.text.isEmpty, names[row.order] == nil {
            let taking = await identify(row.order)
            guard taking == .taken else { return taking }
        }
        let id = names[row.order] ?? ClientOrderID("")
        if let trouble = row.trouble {
            // A row without an order may be ours: that is seen by what the books lack.
            guard isOurs(id) || row.order.text.isEmpty else { return .taken }
            unreadable.insert(id)
            say(OddRow(order: id, name: row.order, trouble: "in a fill, \(trouble)"))
            return .unreadable
        }
        guard var known = orders[id], let fill = row.fill(of: id), let at = row.sequencedAt else {
            return .taken
        }
        guard rows.updateValue(at, forKey: fill.entryID) == nil else { return .taken }
        if fill.kind != .reversal, let sum = try? known.recorded + fill.quantity {
            known.recorded = sum
        }
        known.announced = max(known.announced, known.recorded)
        orders[id] = known
        report(.fillReported(fill))
        return .taken
    }

    /// Tells of a row that cannot be used, once.
    func say(_ row: OddRow) {
        if odd.count >= Self.endedMax { odd.removeAll() }
        if odd.insert(row).inserted { onOdd(row) }
    }
}
