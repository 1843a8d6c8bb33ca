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

    /// Rows that could not be taken in yet.
    struct Owed {
        var fills = OwedFills()
        var flows: [Money] = []

        var count: Int { fills.rows.count + flows.count }
    }

    /// After how many more fills another one is worth writing.
    static let fillsMin: Int64 = 500

    /// What all rows add up to, how many fills there are, and which rows could not be taken in.
    static func replay(_ database: Database) throws -> (LedgerReplay, fills: Int64, owed: Owed) {
        let (reached, owed) = try newest(database).advanced(database)
        return (reached.replay, reached.fillID, owed)
    }

    /// Writes one where enough has happened since the last.
    static func renew(_ database: Database) throws {
        let last = try newest(database)
        let count = try Int64.fetchOne(database, sql: "SELECT MAX(id) FROM fills") ?? 0
        guard count - last.fillID >= fillsMin else { return }
        let (reached, owed) = try last.advanced(database)
        // What is owed may still be taken in by what comes next: it must be read again then.
        guard owed.count == 0 else { return }
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
    /// row, as the portfolio did while it ran; what is left of it is handed over.
    private func advanced(_ database: Database) throws -> (LedgerCheckpoint, Owed) {
        var reached = self
        var owed = Owed()
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
            reached.take(fill, origin, &owed)
            reached.fillID = row[19]
        }
        for flow in flows {
            reached.take(flow, &owed)
        }
        return (reached, owed)
    }

    private mutating func take(_ fill: Fill, _ origin: FillOrigin, _ owed: inout Owed) {
        do throws(MoneyError) {
            try replay.apply(fill, origin)
        } catch {
            return owed.fills.add(fill, origin)
        }
        settle(&owed)
    }

    private mutating func take(_ flow: (id: Int64, at: Int64, amount: Money), _ owed: inout Owed) {
        flowID = flow.id
        do throws(MoneyError) {
            try replay.apply(flow: flow.amount)
        } catch {
            return owed.flows.append(flow.amount)
        }
        settle(&owed)
    }

    /// Tries what is owed until nothing more of it goes through.
    private mutating func settle(_ owed: inout Owed) {
        var before = owed.count + 1
        while owed.count < before {
            before = owed.count
            let flows = owed.flows
            owed.flows = []
            for flow in flows {
                do throws(MoneyError) {
                    try replay.apply(flow: flow)
                } catch {
                    owed.flows.append(flow)
                }
            }
            owed.fills.settle { fill, origin throws(MoneyError) in
                try replay.apply(fill, origin)
            }
        }
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
