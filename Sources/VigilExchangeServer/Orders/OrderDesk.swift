import VigilExchange
import VigilModel

/// The owner's side of the venue: orders and fills under the venue's names, and who knows of them.
struct OrderDesk: Sendable {
    /// How many orders and fills are kept; the oldest ended ones go first.
    static let recordsMax = 100_000

    let names: VenueNames
    private(set) var records: [String: OrderRecord] = [:]
    /// Ids in the order of creation.
    private(set) var sequence: [String] = []
    private(set) var fills: [FillRow] = []
    private var byClientID: [String: String] = [:]
    private(set) var created = 0
    /// What was traded and paid in dollars since the session began.
    private(set) var volume = Money.zero(.usd)
    private(set) var fees = Money.zero(.usd)
    private var filled = 0
    /// Orders that changed since they were last told of, in the order of the changes.
    private var changed: [String] = []

    init(names: VenueNames) {
        self.names = names
    }

    /// The order that has a client's id.
    func record(clientID: String) -> OrderRecord? {
        byClientID[clientID].flatMap { records[$0] }
    }

    /// The id of the next order.
    var nextID: String { names.uuid("order", created + 1) }

    /// Takes in an order under ``nextID``.
    mutating func open(_ record: OrderRecord) {
        created += 1
        records[record.id] = record
        sequence.append(record.id)
        byClientID[record.clientID] = record.id
        if sequence.count > Self.recordsMax + 1_000 { forget() }
    }

    /// Changes an order, and remembers to tell of it.
    mutating func change(_ id: String, _ body: (inout OrderRecord) -> Void) {
        guard var record = records[id] else { return }
        body(&record)
        records[id] = record
        if !changed.contains(id) {
            changed.append(id)
        }
    }

    /// Takes in what the matching engine reports; gives back the fills that took liquidity.
    mutating func absorb(
        _ events: [VenueEvent],
        at now: Instant,
        fillsVisibleFrom: Instant,
        working: (VenueOrder) -> WorkingOrder?
    ) -> [Fill] {
        var taken: [Fill] = []
        for event in events {
            switch event {
            case .orderAccepted, .orderRejected: break
            case .fillReported(let fill):
                record(fill, at: now, visibleFrom: fillsVisibleFrom)
                if fill.role == .taker {
                    taken.append(fill)
                }
            case .orderUpdated(let order):
                let id = order.request.clientOrderID.text
                let working = working(order)
                change(id) { record in
                    // An order that fills in part while its cancel is queued stays queued.
                    if order.status.isFinal || record.status != .cancelQueued {
                        record.status = OrderStatus(order.status)
                    }
                    record.hold = working?.hold ?? .zero(record.hold.currency)
                    record.lastUpdateAt = now
                    // A stop that was canceled while it waited was never triggered.
                    let canceled = working == nil && record.filled.isZero
                    if record.configuration.kind.isStop, !canceled, working?.isWaiting != true {
                        record.isTriggered = true
                    }
                }
            }
        }
        return taken
    }

    /// Hands over the orders that changed, each once, and forgets it.
    mutating func takeChanged() -> [OrderRecord] {
        defer { changed = [] }
        return changed.compactMap { records[$0] }
    }

    private mutating func record(_ fill: Fill, at now: Instant, visibleFrom: Instant) {
        let id = fill.clientOrderID.text
        filled += 1
        let number = filled
        if let notional = try? fill.notional(), notional.currency == .usd {
            volume = (try? volume + notional) ?? volume
            fees = (try? fees + fill.fee) ?? fees
        }
        let isQuoteSized = records[id]?.configuration.isQuoteSized ?? false
        fills.append(
            FillRow(
                fill: fill,
                number: number,
                orderID: id,
                entryID: names.entry(number),
                tradeID: names.uuid("trade", number),
                isQuoteSized: isQuoteSized,
                orderType: records[id]?.configuration.kind.orderType ?? "",
                tradedAt: now,
                visibleFrom: visibleFrom
            )
        )
        change(id) { record in
            record.filled = (try? record.filled + fill.quantity) ?? record.filled
            if let notional = try? fill.notional() {
                record.fillsValue = (try? record.fillsValue + notional) ?? record.fillsValue
            }
            record.fees = (try? record.fees + fill.fee) ?? record.fees
            record.fillCount += 1
            record.lastFillAt = now
            record.lastUpdateAt = now
        }
    }

    private mutating func forget() {
        var left = sequence.count - Self.recordsMax
        sequence.removeAll { id in
            guard left > 0, let record = records[id], record.status.isFinal else { return false }
            left -= 1
            records[id] = nil
            byClientID[record.clientID] = nil
            return true
        }
        if fills.count > Self.recordsMax {
            fills.removeFirst(fills.count - Self.recordsMax)
        }
    }
}
