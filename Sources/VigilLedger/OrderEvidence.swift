internal import Foundation
internal import GRDB
package import VigilCore
package import VigilModel

/// What the ledger's rows say of its orders, for comparisons with a venue.
package struct OrderEvidence: Sendable {
    /// Decisions for which more was traded than was wanted, all attempts together.
    package var overfilled: [String] = []
    /// Orders whose intent was not there before the venue had them.
    package var adopted: [ClientOrderID] = []
    /// Orders that were taken for proven absent.
    package var absent: [ClientOrderID] = []
    /// Where every order stands.
    package var states: [ClientOrderID: OrderState] = [:]
    /// Records that contradicted the ledger and were left out.
    package var contradictions: [String] = []
    /// How long each unknown fate was unknown.
    package var unknownSpans: [Duration] = []
    /// Orders that were meant.
    package var orders = 0
    /// Fill rows.
    package var fills = 0

    private struct Meant {
        let parent: String?
        let wanted: Quantity?
        let isAdopted: Bool
    }

    /// Reads a ledger that is not written at the time.
    ///
    /// - Throws: SQLite's error, where there is no ledger or it cannot be read.
    package init(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        try DatabaseQueue(path: path, configuration: configuration).read { database in
            let rows = try Self.rows(database)
            orders = rows.count
            adopted = rows.keys.sorted().filter { rows[$0]?.isAdopted == true }
                .map { ClientOrderID($0) }
            var totals: [String: Quantity] = [:]
            let fills = try Row.fetchAll(
                database,
                sql: "SELECT client_order_id, quantity FROM fills WHERE kind = 'fill'"
            )
            self.fills = fills.count
            for fill in fills {
                var root: String = fill[0]
                while let parent = rows[root]?.parent { root = parent }
                totals[root] = try (totals[root] ?? .zero) + Quantity(fill[1] as String)
            }
            for (root, total) in totals.sorted(by: { $0.key < $1.key }) {
                guard let wanted = rows[root]?.wanted, total > wanted else { continue }
                overfilled.append("\(total) was traded for \(root), which wanted \(wanted)")
            }
            for row in try Row.fetchAll(database, sql: "SELECT client_order_id, state FROM orders")
            {
                states[ClientOrderID(row[0])] = OrderState(rawValue: row[1])
            }
            contradictions = try String.fetchAll(
                database,
                sql: "SELECT detail FROM alerts WHERE detail LIKE 'a record contradicts%'"
            )
            absent = try String.fetchAll(
                database,
                sql: "SELECT client_order_id FROM transitions WHERE fact = 'proven_absent'"
            ).map { ClientOrderID($0) }
            unknownSpans = try Self.spans(database)
        }
    }

    private static func rows(_ database: Database) throws -> [String: Meant] {
        let found = try Row.fetchAll(
            database,
            sql: """
                SELECT i.client_order_id, parent_id, terms,
                  cycle IS NULL AND exit_reason IS NULL AND parent_id IS NULL FROM intents i
                """
        )
        var rows: [String: Meant] = [:]
        for row in found {
            let terms = try JSONDecoder().decode(
                OrderTerms.self,
                from: Data((row[2] as String).utf8)
            )
            var wanted: Quantity?
            if case .limit(_, let quantity, _, _) = terms { wanted = quantity }
            rows[row[0]] = Meant(parent: row[1], wanted: wanted, isAdopted: row[3])
        }
        return rows
    }

    private static func spans(_ database: Database) throws -> [Duration] {
        try Int64.fetchAll(
            database,
            sql: """
                SELECT (SELECT MIN(e.at) FROM transitions e WHERE e.client_order_id = b.client_order_id
                    AND e.from_state = 'unknown' AND e.id > b.id) - b.at AS span FROM transitions b
                  WHERE to_state = 'unknown' AND span IS NOT NULL ORDER BY span
                """
        ).map { .nanoseconds($0) }
    }
}
