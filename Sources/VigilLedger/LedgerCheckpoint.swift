internal import Foundation
internal import GRDB
internal import VigilCore
internal import VigilModel

/// What fills and flows up to a point add up to, so that a start need not add them all up again.
///
/// It is a copy of what the rows say, never a truth of its own: without it everything is read, with the
/// same result.
struct LedgerCheckpoint {
    /// The last fill and the last flow that are in it.
    private var fillID: Int64 = 0
    private var flowID: Int64 = 0
    private var replay = LedgerReplay()

    /// A row that is taken in.
    private typealias Step = (inout LedgerReplay) throws(MoneyError) -> Void

    /// After how many more fills another one is worth writing.
    static let fillsMin: Int64 = 500

    /// What all rows add up to, and how many fills there are.
    static func replay(_ database: Database) throws -> (LedgerReplay, fills: Int64) {
        let reached = try newest(database).advanced(database)
        return (reached.replay, reached.fillID)
    }

    /// Writes one where enough has happened since the last.
    static func renew(_ database: Database) throws {
        let last = try newest(database)
        let count = try Int64.fetchOne(database, sql: "SELECT MAX(id) FROM fills") ?? 0
        guard count - last.fillID >= fillsMin else { return }
        let reached = try last.advanced(database)
        let text = String(decoding: try AuditLine.encoder.encode(reached.replay), as: UTF8.self)
        try database.execute(
            sql: "INSERT OR REPLACE INTO checkpoints VALUES (1, ?, ?, ?)",
            arguments: [reached.fillID, reached.flowID, text]
        )
    }

    /// The one that is there; one that this build cannot read is as good as none.
    private static func newest(_ database: Database) throws -> LedgerCheckpoint {
        let row = try Row.fetchOne(
            database,
            sql: "SELECT fill_id, flow_id, replay FROM checkpoints"
        )
        guard let row,
            let replay = try? JSONDecoder().decode(
                LedgerReplay.self,
                from: Data((row[2] as String).utf8)
            )
        else { return LedgerCheckpoint() }
        return LedgerCheckpoint(fillID: row[0], flowID: row[1], replay: replay)
    }

    /// Takes in all rows behind it, flows and fills in the order of their recording.
    ///
    /// What cannot be taken in yet, such as a sell that was recorded before its buy, is tried again behind each
    /// row, as the portfolio did while it ran.
    ///
    /// - Throws: `MoneyError` of the first row that could not be taken in at all.
    private func advanced(_ database: Database) throws -> LedgerCheckpoint {
        var reached = self
        var owed: [Step] = []
        var flows = try LedgerReader.flows(after: flowID, database)[...]
        let fills = try Row.fetchCursor(
            database,
            sql: LedgerStore.fills("WHERE f.id > ?"),
            arguments: [fillID]
        )
        while let row = try fills.next() {
            let at: Int64 = row[18]
            while let flow = flows.first, flow.at <= at {
                reached.take(flow, &owed)
                flows.removeFirst()
            }
            let (fill, origin) = (
                try LedgerReader.fill(row), try LedgerReader.origin(row, from: 11)
            )
            reached.take(&owed) { books throws(MoneyError) in try books.apply(fill, origin) }
            reached.fillID = row[19]
        }
        for flow in flows {
            reached.take(flow, &owed)
        }
        for step in owed {
            try step(&reached.replay)
        }
        return reached
    }

    private mutating func take(
        _ flow: (id: Int64, at: Int64, amount: Money),
        _ owed: inout [Step]
    ) {
        take(&owed) { books throws(MoneyError) in try books.apply(flow: flow.amount) }
        flowID = flow.id
    }

    private mutating func take(_ owed: inout [Step], _ step: @escaping Step) {
        do throws(MoneyError) {
            try step(&replay)
        } catch {
            return owed.append(step)
        }
        var left: [Step] = []
        for late in owed {
            do throws(MoneyError) {
                try late(&replay)
            } catch {
                left.append(late)
            }
        }
        owed = left
    }
}

extension LedgerStore {
    /// Writes a checkpoint where enough has happened since the last, so that the next start is short.
    ///
    /// - Throws: SQLite's error: the next start takes longer, nothing else.
    package func renewCheckpoint() throws {
        try queue.write(LedgerCheckpoint.renew)
    }
}
