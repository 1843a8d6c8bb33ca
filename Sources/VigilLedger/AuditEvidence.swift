internal import Foundation
internal import GRDB
internal import VigilModel

/// What a ledger says, to be held against its audit log: both are written in one commit, and neither is believed alone.
package struct AuditEvidence: Sendable {
    /// Where the chain stands, as the ledger has it.
    package let head: (sequence: Int64, hash: String)
    /// Lines that are committed and not yet in a file, by their numbers.
    let waiting: [(sequence: Int64, line: String)]
    /// How many lines are committed and not yet in a file.
    package var waitingCount: Int { waiting.count }
    private let fills: [EntryID: Fill]
    /// Movements of money from outside, as they are written, with how often each was.
    private let flows: [String: Int]
    /// The decision hash of each run that ended in order.
    private let hashes: [String: String]

    /// Reads a ledger as it is at one moment.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where a row cannot be read.
    package init(ledger path: String) throws {
        self = try ReadableLedger.read(path) { try AuditEvidence($0) }
    }

    private init(_ database: Database) throws {
        let head = try AuditWriter.head(database)
        self.head = (head.sequence, head.hash)
        waiting = try Row.fetchAll(
            database,
            sql: "SELECT sequence, line FROM audit_outbox ORDER BY sequence"
        ).map { ($0["sequence"], $0["line"]) }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT entry_id, trade_id, client_order_id, product, side, price, quantity, fee, role, kind,
                  occurred_at FROM fills
                """
        )
        fills = Dictionary(try rows.map(LedgerReader.fill).map { ($0.entryID, $0) }) { $1 }
        let movements = try Row.fetchAll(database, sql: "SELECT amount, currency FROM flows")
        flows = Dictionary(
            movements.map { ("\($0["amount"] as String) \($0["currency"] as String)", 1) },
            uniquingKeysWith: +
        )
        let runs = try Row.fetchAll(
            database,
            sql: "SELECT run_id, decision_hash FROM runs WHERE decision_hash IS NOT NULL"
        )
        hashes = Dictionary(runs.map { ($0["run_id"], $0["decision_hash"]) }) { $1 }
    }

    /// The decision hash that the ledger has of a run; nil where it has not ended in order.
    package func decisionHash(of run: String) -> String? { hashes[run] }

    /// What a whole log and this ledger say differently of the same facts, both ways; empty where they agree.
    ///
    /// - Throws: where a file cannot be read.
    package func differences(from directory: String) throws -> [String] {
        var told = Told()
        for file in try AuditFile.files(in: directory) {
            for text in try AuditFile.lines(of: file) {
                guard let opened = AuditLine.opened(text), opened.line.seq <= head.sequence else {
                    continue
                }
                try told.take(opened.line)
            }
        }
        let written = told.last
        for (sequence, text) in waiting where sequence > written {
            guard let opened = AuditLine.opened(text) else { continue }
            try told.take(opened.line)
        }
        return differences(from: told)
    }

    private func differences(from told: Told) -> [String] {
        var found: [String] = []
        for id in Set(fills.keys).union(told.fills.keys).sorted(by: { $0.text < $1.text }) {
            switch (fills[id], told.fills[id]) {
            case (let ours?, let logged?) where ours != logged:
                found.append(
                    "fill \(id): the ledger has \(Self.text(ours)), the log \(Self.text(logged))"
                )
            case (let ours?, nil):
                found.append("fill \(id) (\(Self.text(ours))) is in the ledger alone")
            case (nil, let logged?):
                found.append("fill \(id) (\(Self.text(logged))) is in the log alone")
            case (_?, _?), (nil, nil): break
            }
        }
        for flow in Set(flows.keys).union(told.flows.keys).sorted() {
            let (ours, logged) = (flows[flow] ?? 0, told.flows[flow] ?? 0)
            guard ours != logged else { continue }
            found.append("a movement of \(flow): \(ours) in the ledger, \(logged) in the log")
        }
        for run in hashes.keys.sorted() {
            let chain = told.chains[run] ?? DecisionChain()
            guard let hash = hashes[run], chain.hash != hash else { continue }
            found.append(
                "run \(run): the ledger's decision hash is \(hash), its decisions in the log give \(chain.hash)"
            )
        }
        return found
    }

    private static func text(_ fill: Fill) -> String {
        "\(fill.side.rawValue) \(fill.quantity) \(fill.product) at \(fill.price), fee \(fill.fee)"
    }

    /// What the lines of a log come to.
    private struct Told {
        var fills: [EntryID: Fill] = [:]
        var flows: [String: Int] = [:]
        var chains: [String: DecisionChain] = [:]
        var last: Int64 = 0
        /// The line of each fact, as those of a ledger that was replaced are taken back.
        private var facts: [(line: Int64, undo: Undo)] = []

        private enum Undo {
            case fill(EntryID)
            case flow(String)
        }

        mutating func take(_ line: AuditLine) throws {
            last = line.seq
            if let fill = line.fill {
                fills[fill.entryID] = fill
                facts.append((line.seq, .fill(fill.entryID)))
            }
            if let decision = line.decision {
                try chains[line.run.text, default: DecisionChain()].append(decision)
            }
            if line.kind == .flow, let amount = line.note?["amount"] {
                flows[amount, default: 0] += 1
                facts.append((line.seq, .flow(amount)))
            }
            guard line.kind == .restored,
                let known = line.note?["known_to_line"].flatMap({ Int64($0) })
            else { return }
            while let fact = facts.last, fact.line > known {
                facts.removeLast()
                switch fact.undo {
                case .fill(let id): fills[id] = nil
                case .flow(let amount): flows[amount, default: 1] -= 1
                }
            }
        }
    }
}
