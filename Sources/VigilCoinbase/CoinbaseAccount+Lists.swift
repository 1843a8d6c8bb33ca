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
        while !isStopped, isDue || hasMissingRows || hasUntold && attempts < Self.untoldTries {
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

    private var hasMissingRows: Bool {
        orders.values.contains(where: isMissingRows)
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
            case .ok(let order): take(order)
            case .refused(let refusal) where refusal.kind == .notFound: break
            case .refused, .unknown: return false
            }
        }
        guard let fills = await client.fills(since: since).value else { return false }
        return await record(fills)
    }

    /// Takes in rows, the newest first; false where the venue did not say whose one is, so that they are read again.
    private func record(_ fills: [ListedFill]) async -> Bool {
        hasUntold = false
        var newest = sequencedAt
        var held: Instant?
        for fill in fills.reversed() {
            let wait: Duration?
            switch await record(fill) {
            case .taken: wait = nil
            case .untold: wait = Self.untoldWait
            case .unreadable: wait = Self.unreadableWait
            case .unanswered: return false
            }
            let at = fill.sequencedAt ?? sequencedAt
            newest = max(newest, at)
            guard let wait, marketTime() - at < wait else { continue }
            // The lists are read from here on until it can be told, and the rows after it are taken in meanwhile.
            held = min(held ?? at, at)
            hasUntold = hasUntold || wait == Self.untoldWait
        }
        sequencedAt = max(sequencedAt, min(newest, held ?? newest))
        forget()
        return true
    }

    /// Lets go of what can be told no more.
    private func forget() {
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

    private func record(_ row: ListedFill) async -> Taking {
        if !row.order.text.isEmpty, names[row.order] == nil {
            switch await client.order(row.order) {
            case .ok(let order): take(order)
            case .refused(let refusal) where refusal.kind == .notFound || refusal.kind == .invalid:
                return .untold
            case .refused, .unknown: return .unanswered
            }
        }
        let id = names[row.order] ?? ClientOrderID("")
        if let trouble = row.trouble {
            // A row without an order may be ours: that is seen by what the books lack.
            guard isOurs(id) || row.order.text.isEmpty else { return .taken }
            say(OddRow(order: id, name: row.order, trouble: "of a fill, \(trouble)"))
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
