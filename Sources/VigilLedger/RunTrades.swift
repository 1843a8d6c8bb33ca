internal import GRDB
package import VigilModel

/// What a run bought and sold again, position by position.
package struct RunTrades: Sendable {
    /// A position from its first purchase to its last sale.
    package struct Closed: Sendable, Equatable {
        /// The product.
        package let product: ProductID
        /// The cycle that entered it first; nil where none did.
        package let cycle: Int?
        /// When it was opened.
        package let openedAt: Instant
        /// When it was closed.
        package let closedAt: Instant
        /// What it brought after all fees, in the product's quote currency.
        package let result: Money
    }

    /// Positions that were closed, in the order of their ends.
    package private(set) var closed: [Closed] = []
    /// When each that is still open was opened.
    package private(set) var open: [ProductID: Instant] = [:]
    /// Everything that changed hands, in US dollars; stable coins at their face.
    package private(set) var traded = Money.zero(.usd)

    private struct Held {
        var quantity = Quantity.zero
        var flow: Money
        let openedAt: Instant
        let cycle: Int?
    }

    private var held: [ProductID: Held] = [:]

    fileprivate init() {}

    fileprivate mutating func take(_ fill: Fill, cycle: Int?) throws(MoneyError) {
        let notional = try fill.price.notional(of: fill.quantity, fill.side == .buy ? .up : .down)
        traded = try traded + Money(raw: notional.raw, currency: .usd)
        // A reversal takes back what its trade did.
        let isBuy = (fill.side == .buy) == (fill.kind != .reversal)
        var position =
            held[fill.product]
            ?? Held(flow: .zero(notional.currency), openedAt: fill.occurredAt, cycle: cycle)
        let fee = fill.kind == .reversal ? fill.fee.negated : fill.fee
        position.flow = try position.flow + (isBuy ? notional.negated : notional) - fee
        let isOver = !isBuy && fill.quantity >= position.quantity
        position.quantity =
            isBuy
            ? try position.quantity + fill.quantity
            : isOver ? .zero : try position.quantity - fill.quantity
        guard isOver else {
            held[fill.product] = position
            open[fill.product] = position.openedAt
            return
        }
        (held[fill.product], open[fill.product]) = (nil, nil)
        closed.append(
            Closed(
                product: fill.product,
                cycle: position.cycle,
                openedAt: position.openedAt,
                closedAt: fill.occurredAt,
                result: position.flow
            )
        )
    }
}

extension LedgerStore {
    /// The positions of a run that began with none.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where a row cannot be read.
    package func trades(of run: RunID) throws -> RunTrades {
        try queue.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT f.entry_id, f.trade_id, f.client_order_id, f.product, f.side, f.price, f.quantity,
                      f.fee, f.role, f.kind, f.occurred_at, i.cycle FROM fills f JOIN intents i
                      ON i.client_order_id = f.client_order_id WHERE i.run_id = ? ORDER BY f.id
                    """,
                arguments: [run.text]
            )
            var trades = RunTrades()
            while let row = try rows.next() {
                try trades.take(try LedgerReader.fill(row), cycle: row["cycle"])
            }
            return trades
        }
    }

    /// How long each halt lasted, those of products and those of everything, and how often it came.
    ///
    /// - Throws: SQLite's error.
    package func haltSpans(until end: Instant) throws -> [String: Duration] {
        try queue.read { database in
            var spans: [String: Duration] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT reason, product, raised_at, cleared_at FROM halts ORDER BY id"
            )
            while let row = try rows.next() {
                let begin = Instant(nanoseconds: row["raised_at"])
                let until = (row["cleared_at"] as Int64?).map { Instant(nanoseconds: $0) } ?? end
                let product = (row["product"] as String?).map { " \($0)" } ?? ""
                let reason: String = row["reason"]
                spans[reason + product, default: .zero] += max(until - begin, .zero)
            }
            return spans
        }
    }

    /// Alerts by severity.
    ///
    /// - Throws: SQLite's error.
    package func alertsBySeverity() throws -> [String: Int] {
        try queue.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT severity, COUNT(*) AS n FROM alerts GROUP BY severity"
            )
            return Dictionary(rows.map { ($0["severity"], $0["n"]) }) { $1 }
        }
    }
}
