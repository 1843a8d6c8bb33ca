internal import Foundation
package import VigilCore
internal import VigilCrypto
internal import VigilModel

/// What a line of the audit log is about.
package enum AuditKind: String, Sendable, Codable, CaseIterable {
    /// A run began.
    case runStarted = "run_started"
    /// A run ended in order.
    case runEnded = "run_ended"
    /// A cycle decided.
    case decision
    /// A fill was recorded.
    case fill
    /// Entries were halted.
    case halt
    /// A halt ended.
    case haltCleared = "halt_cleared"
    /// Money came in or went out.
    case flow
    /// An alert was delivered.
    case alert
    /// A copy took the ledger's place: the lines that it does not know belong to the ledger that was replaced.
    case restored
}

/// A line of the audit log: what, when, under which configuration, and the hash of the line before.
struct AuditLine: Codable {
    var at: Instant
    var configHash: String
    var decision: DecisionRecord?
    var fill: Fill?
    var kind: AuditKind
    var latencies: [String: Int64]?
    var note: [String: String]?
    var prev: String
    var run: RunID
    var seq: Int64

    private enum CodingKeys: String, CodingKey {
        case at, decision, fill, kind, note, prev, seq
        case configHash = "config_hash"
        case latencies = "latencies_ns"
        case run = "run_id"
    }

    /// The line as it is written, its hash, and its decision as it stands in it.
    ///
    /// The text before the hash field is what is hashed. A decision is much of the work, and encoded once, for the line
    /// and for the run's chain.
    func sealed() throws -> (line: String, hash: String, decision: Data?) {
        var bare = self
        bare.decision = nil
        var body = try Self.encoder.encode(bare)
        let decision = try decision.map { try Self.encoder.encode($0) }
        // Keys are sorted: what stands before the kind are a number, a hash and this.
        if let decision, let place = body.range(of: Data(#","kind":"#.utf8)) {
            body.insert(contentsOf: Data(#","decision":"#.utf8) + decision, at: place.lowerBound)
        }
        let hash = Digest.sha256(body)
        let open = String(decoding: body.dropLast(), as: UTF8.self)
        return ("\(open),\"hash\":\"\(hash)\"}", hash, decision)
    }

    /// The tail that `sealed()` puts behind the body: `,"hash":"` + 64 digits + `"}`.
    private static let sealLength = 75

    /// Splits a written line into its content and the hash it states; nil where it is not whole.
    ///
    /// The stated hash is not yet proven: compare it with `proof`.
    static func opened(
        _ text: some StringProtocol
    ) -> (line: AuditLine, hash: String, proof: String)? {
        let bytes = Array(text.utf8)
        let seal = String(decoding: bytes.suffix(sealLength), as: UTF8.self)
        guard seal.hasPrefix(",\"hash\":\""), seal.hasSuffix("\"}") else { return nil }
        let body = bytes.dropLast(sealLength) + [UInt8(ascii: "}")]
        guard let line = try? JSONDecoder().decode(AuditLine.self, from: Data(body)) else {
            return nil
        }
        return (line, String(seal.dropFirst(9).dropLast(2)), Digest.sha256(body))
    }

    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

/// The hash of a run's decisions, chained in their order; the same decisions give the same hash.
package struct DecisionChain: Sendable, Equatable {
    /// The hash so far, 64 hexadecimal digits.
    package private(set) var hash = String(repeating: "0", count: 64)

    /// Begins with the chain's zero.
    package init() {}

    /// Takes in the next decision.
    ///
    /// - Throws: the encoder's error, never for a record made by the core.
    package mutating func append(_ record: DecisionRecord) throws {
        append(encoded: try AuditLine.encoder.encode(record))
    }

    /// Takes in the next decision as it stands in its line.
    mutating func append(encoded record: Data) {
        hash = Digest.sha256(Array(hash.utf8) + record)
    }
}
