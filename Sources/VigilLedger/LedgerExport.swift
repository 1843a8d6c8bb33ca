internal import GRDB
internal import VigilCore
internal import VigilModel

/// Rows for a spreadsheet, read from a ledger that may be in use.
package struct LedgerExport: Sendable {
    /// The names of the columns.
    package let header: [String]
    /// The rows, each as long as the header.
    package let rows: [[String]]

    /// Every part of a purchase: what was sold with its gain, and what is still held with its cost.
    ///
    /// - Throws: SQLite's error, ``LedgerError`` where a row cannot be read, or `MoneyError`.
    package static func lots(path: String) throws -> LedgerExport {
        let fills = try read(path) { database in
            try Row.fetchAll(database, sql: LedgerStore.fillsQuery).map(LedgerReader.fill)
        }
        let lots = try TaxLots(fills)
        var rows = try lots.sales.map { sale in
            [
                sale.product.description, sale.quantity.description, sale.acquiredAt.description,
                sale.soldAt.description, sale.cost.amount, sale.proceeds.amount,
                try (sale.proceeds - sale.cost).amount, sale.cost.currency.description,
                sale.bought.text, sale.sold.text,
            ]
        }
        for product in lots.open.keys.sorted() {
            for lot in lots.open[product] ?? [] {
                rows.append([
                    product.description, lot.quantity.description, lot.acquiredAt.description, "",
                    lot.cost.amount, "", "", lot.cost.currency.description, lot.bought.text, "",
                ])
            }
        }
        return LedgerExport(
            header: [
                "product", "quantity", "acquired_at", "sold_at", "cost", "proceeds", "gain",
                "currency", "bought_entry_id", "sold_entry_id",
            ],
            rows: rows
        )
    }

    /// The equity curve: what the books were worth at the end of each cycle, and the flows before it.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where a row cannot be read.
    package static func equity(path: String) throws -> LedgerExport {
        let (cycles, flows) = try read(path) { database in
            (
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT at, nlv, exposure, drawdown FROM cycles WHERE nlv IS NOT NULL
                          ORDER BY at
                        """
                ),
                try Row.fetchAll(
                    database,
                    sql: "SELECT at, amount FROM flows WHERE currency = 'USD' ORDER BY at, id"
                )
            )
        }
        var (total, next) = (Money.zero(.usd), 0)
        var rows: [[String]] = []
        for cycle in cycles {
            let at: Int64 = cycle[0]
            while next < flows.count, (flows[next][0] as Int64) <= at {
                total = try total + Money(flows[next][1] as String, .usd)
                next += 1
            }
            rows.append([
                Instant(nanoseconds: at).description, cycle[1], cycle[2], cycle[3], total.amount,
            ])
        }
        return LedgerExport(
            header: ["at", "nlv_usd", "exposure_usd", "drawdown", "flows_usd"],
            rows: rows
        )
    }

    private static func read<Value>(
        _ path: String,
        _ body: (Database) throws -> Value
    ) throws -> Value {
        try ReadableLedger.read(path, body)
    }
}
