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

    /// Goes on with a journal that was played; what a crash tore off its end is cut away.
    ///
    /// - Throws: ``OptionError`` where the file cannot be written.
    init(goingOn path: String, at end: UInt64) throws {
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw OptionError("--journal \(path): cannot be written")
        }
        try handle.truncate(atOffset: end)
        try handle.write(contentsOf: Data("\n".utf8))
        self.path = path
        descriptor = handle
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
    struct Session: Sendable {
        /// The venue as it stood.
        var venue: SimVenue
        /// When it began, by both clocks.
        let began: Moment
        let options: SimOptions
        var lines = 1
        /// The hash that the session itself had; nil where it did not end in order.
        var recorded: String?
        /// How many bytes whole lines take, without the last one's end.
        var bytes: UInt64 = 0
    }

    /// Plays a journal from its first line.
    ///
    /// - Throws: ``OptionError`` naming file and line.
    static func play(path: String) throws -> Session {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OptionError("\(path): cannot be read")
        }
        let lines = data.split(separator: UInt8(ascii: "\n"))
        guard let first = lines.first,
            case .opened(let options, let real, let market, let keys)? = read(first)
        else { throw OptionError("\(path):1: does not begin with `opened`") }
        let began = moment(real, market)
        var session = Session(
            venue: try opened(options, began, keys),
            began: began,
            options: options
        )
        session.bytes = UInt64(first.count)
        for (index, line) in lines.enumerated().dropFirst() {
            guard let read = read(line) else {
                // The last line may be torn by a crash; any other is damage.
                if index == lines.count - 1 { break }
                throw OptionError("\(path):\(index + 1): not a line of a journal")
            }
            session.lines += 1
            session.bytes += UInt64(line.count + 1)
            session.take(read)
        }
        return session
    }

    private static func read(_ line: Data) -> JournalLine? {
        try? JSONDecoder().decode(JournalLine.self, from: line)
    }

    fileprivate static func moment(_ real: Int64, _ market: Int64) -> Moment {
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

    fileprivate static func ask(
        _ venue: inout SimVenue,
        _ request: JournalRequest,
        at now: Moment
    ) {
        let asked = SimRequest(
            method: request.method,
            target: request.target,
            body: request.body.map { Array($0.utf8) } ?? request.bytes.map { Array($0) } ?? [],
            credential: venue.keys.key(named: request.key).map { Credential(replayed: $0) }
        )
        if asked.path.hasPrefix("/_sim") {
            _ = venue.control(asked, at: now)
        } else {
            _ = venue.handle(asked, at: now)
        }
    }
}

extension JournalReplay.Session {
    fileprivate mutating func take(_ line: JournalLine) {
        recorded = nil
        switch line {
        case .opened: break
        case .ticked(let real, let market):
            _ = venue.tick(at: JournalReplay.moment(real, market))
        case .asked(let request, let real, let market):
            JournalReplay.ask(&venue, request, at: JournalReplay.moment(real, market))
        case .closed(let hash): recorded = hash
        }
    }
}
