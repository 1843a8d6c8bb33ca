internal import Foundation
import VigilCrypto
import VigilModel

/// One line of a session's journal.
enum JournalLine: Codable, Sendable {
    /// How the session began.
    case opened(SimOptions, real: Int64, market: Int64, keys: [JournalKey])
    /// The market moved.
    case ticked(real: Int64, market: Int64)
    /// A request came, with the name of its key.
    case asked(JournalRequest, real: Int64, market: Int64)
    /// The session ended, with the hash of its truth.
    case closed(hash: String)
}

/// A key without its secret.
struct JournalKey: Codable, Sendable {
    let name: String
    let canTrade: Bool
    let canTransfer: Bool
}

/// A request without its token.
struct JournalRequest: Codable, Sendable {
    let method: String
    let target: String
    let key: String
    /// The body as text, or nil where it is none and stands in `bytes`.
    let body: String?
    let bytes: Data?
}

/// Everything that came in, one JSON object a line, so that a session can be had again.
struct Journal: Sendable {
    private let path: String
    private let descriptor: FileHandle

    /// Begins a journal.
    ///
    /// - Throws: ``OptionError`` where the file cannot be made, or is there already.
    init(path: String, _ first: JournalLine) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw OptionError("--journal \(path): the file exists; name a new one")
        }
        let made = FileManager.default.createFile(
            atPath: path,
            contents: nil,
            attributes: [.posixPermissions: 0o600]
        )
        guard made, let handle = FileHandle(forWritingAtPath: path) else {
            throw OptionError("--journal \(path): cannot be written")
        }
        self.path = path
        descriptor = handle
        write(first)
    }

    /// Notes what the venue was asked, or that a tick moved it.
    func note(_ request: SimRequest?, _ trace: SimVenue.Trace, at now: Moment) {
        let (real, market) = (now.real.nanoseconds, now.market.nanoseconds)
        if let request {
            let body = String(validating: request.body, as: UTF8.self)
            let line = JournalRequest(
                method: request.method,
                target: request.target,
                key: trace.key,
                body: body,
                bytes: body == nil ? Data(request.body) : nil
            )
            write(.asked(line, real: real, market: market))
        } else if trace.hasMoved {
            write(.ticked(real: real, market: market))
        }
    }

    /// Notes the end.
    func close(_ venue: SimVenue) {
        write(.closed(hash: venue.truthHash))
    }

    private func write(_ line: JournalLine) {
        guard let data = try? JSONEncoder().encode(line) else { return }
        do {
            try descriptor.write(contentsOf: data + Data("\n".utf8))
        } catch {
            // A full disk must not stop the venue; `--verify` says where the journal ends.
        }
    }
}

/// A journal played again.
enum JournalReplay {
    /// What came out.
    struct Outcome: Sendable {
        let lines: Int
        let hash: String
        /// What the session itself had; nil where it did not end in order.
        let recorded: String?
        let isBalanced: Bool
    }

    /// Plays a journal from its first line.
    ///
    /// - Throws: ``OptionError`` naming file and line.
    static func play(path: String) throws -> Outcome {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw OptionError("\(path): cannot be read")
        }
        var venue: SimVenue?
        var recorded: String?
        var count = 0
        for (index, line) in text.split(separator: "\n").enumerated() {
            guard let read = try? JSONDecoder().decode(JournalLine.self, from: Data(line.utf8))
            else {
                // The last line may be torn by a crash; any other is damage.
                if index == text.split(separator: "\n").count - 1 { break }
                throw OptionError("\(path):\(index + 1): not a line of a journal")
            }
            count += 1
            switch read {
            case .opened(let options, let real, let market, let keys):
                venue = try opened(options, moment(real, market), keys)
            case .ticked(let real, let market): _ = venue?.tick(at: moment(real, market))
            case .asked(let request, let real, let market):
                ask(&venue, request, at: moment(real, market))
            case .closed(let hash): recorded = hash
            }
        }
        guard let venue else { throw OptionError("\(path):1: does not begin with `opened`") }
        return Outcome(
            lines: count,
            hash: venue.truthHash,
            recorded: recorded,
            isBalanced: venue.isBalanced
        )
    }

    private static func moment(_ real: Int64, _ market: Int64) -> Moment {
        Moment(real: Instant(nanoseconds: real), market: Instant(nanoseconds: market))
    }

    private static func opened(
        _ options: SimOptions,
        _ now: Moment,
        _ keys: [JournalKey]
    ) throws -> SimVenue {
        let ring = keys.map {
            APIKey(name: $0.name, key: nil, canTrade: $0.canTrade, canTransfer: $0.canTransfer)
        }
        return try SimVenue(
            options.market(from: now.market),
            options.settings(),
            keys: KeyRing(ring, hosts: []),
            at: now
        )
    }

    private static func ask(_ venue: inout SimVenue?, _ request: JournalRequest, at now: Moment) {
        let asked = SimRequest(
            method: request.method,
            target: request.target,
            body: request.body.map { Array($0.utf8) } ?? request.bytes.map { Array($0) } ?? [],
            credential: venue?.keys.key(named: request.key).map { Credential(replayed: $0) }
        )
        if asked.path.hasPrefix("/_sim") {
            _ = venue?.control(asked, at: now)
        } else {
            _ = venue?.handle(asked, at: now)
        }
    }
}
