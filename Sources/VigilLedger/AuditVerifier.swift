internal import Foundation
internal import VigilModel

/// Proves that an audit log is whole, or names the first place where it is not.
package enum AuditVerifier {
    /// What the proof came to.
    package enum Verdict: Sendable, Equatable {
        /// Every line follows from the one before; this many lines, and the last one's hash.
        case intact(lines: Int64, head: String)
        /// The log is broken here.
        case broken(place: String, reason: String)
    }

    /// Reads all files of a log in order and compares its end with the head the database keeps.
    ///
    /// A log that goes on behind that head is one that is being written.
    ///
    /// - Throws: where a file cannot be read.
    package static func verify(
        directory: String,
        head: (sequence: Int64, hash: String)?,
        waiting: AuditEvidence? = nil
    ) throws -> Verdict {
        var previous = AuditHead.start.hash
        var sequence: Int64 = 0
        var atHead = head?.sequence == 0 ? previous : nil
        for file in try AuditFile.files(in: directory) {
            for (index, line) in try AuditFile.lines(of: file).enumerated() {
                let place = "\(file.lastPathComponent):\(index + 1)"
                guard let opened = AuditLine.opened(line) else {
                    return .broken(place: place, reason: "not a whole line of the log")
                }
                if opened.hash != opened.proof {
                    return .broken(place: place, reason: "changed: its hash does not fit its text")
                }
                if opened.line.seq != sequence + 1 {
                    return .broken(
                        place: place,
                        reason: "line \(opened.line.seq) stands where \(sequence + 1) belongs: "
                            + "lines were removed or reordered"
                    )
                }
                if opened.line.prev != previous {
                    return .broken(place: place, reason: "does not follow from the line before it")
                }
                previous = opened.hash
                sequence += 1
                if sequence == head?.sequence { atHead = previous }
            }
        }
        // What is committed and waits for its file belongs to the log.
        for (number, text) in waiting?.waiting ?? [] where number > sequence {
            guard let opened = AuditLine.opened(text), opened.hash == opened.proof,
                opened.line.seq == sequence + 1, opened.line.prev == previous
            else {
                return .broken(
                    place: "outbox",
                    reason: "line \(number) does not follow from the log"
                )
            }
            previous = opened.hash
            sequence += 1
            if sequence == head?.sequence { atHead = previous }
        }
        if let head, head.hash != atHead {
            return .broken(
                place: "end",
                reason: "the log ends at line \(sequence), the ledger says \(head.sequence): "
                    + "the tail was cut off or rewritten"
            )
        }
        return .intact(lines: sequence, head: previous)
    }

    /// The places where a copy took the ledger's place, in words; the lines between are those of another ledger.
    ///
    /// - Throws: where a file cannot be read.
    package static func restores(directory: String) throws -> [String] {
        try AuditFile.files(in: directory).flatMap { file in
            try AuditFile.lines(of: file).compactMap { line in
                guard line.contains("\"kind\":\"restored\""), let opened = AuditLine.opened(line),
                    opened.line.kind == .restored, let known = opened.line.note?["known_to_line"]
                else { return nil }
                return "line \(opened.line.seq): a copy was restored on \(opened.line.at) "
                    + "(`\(opened.line.note?["copy"] ?? "")`), which knew the log up to line \(known)"
            }
        }
    }

    /// Recomputes the decision hash of a run (the last one by default) from the log alone.
    ///
    /// - Throws: where a file cannot be read or a decision cannot be encoded.
    package static func decisionHash(
        directory: String,
        run: String?,
        waiting: AuditEvidence? = nil
    ) throws -> (
        run: String, decisions: Int, hash: String
    )? {
        var chains: [String: (decisions: Int, chain: DecisionChain)] = [:]
        var last: String?
        var sequence: Int64 = 0
        func take(_ text: some StringProtocol) throws {
            guard let opened = AuditLine.opened(text), opened.line.seq > sequence else { return }
            sequence = opened.line.seq
            // A restored copy is no run.
            if opened.line.kind == .restored { return }
            let id = opened.line.run.text
            last = id
            var entry = chains[id] ?? (0, DecisionChain())
            if let decision = opened.line.decision {
                try entry.chain.append(decision)
                entry.decisions += 1
            }
            chains[id] = entry
        }
        for file in try AuditFile.files(in: directory) {
            for line in try AuditFile.lines(of: file) { try take(line) }
        }
        for (_, line) in waiting?.waiting ?? [] { try take(line) }
        guard let wanted = run ?? last, let found = chains[wanted] else { return nil }
        return (wanted, found.decisions, found.chain.hash)
    }
}

/// Where the chain stands.
struct AuditHead: Equatable {
    var sequence: Int64
    var hash: String

    static let start = AuditHead(sequence: 0, hash: String(repeating: "0", count: 64))
}
