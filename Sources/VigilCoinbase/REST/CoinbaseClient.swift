package import VigilCore
package import VigilModel
package import VigilTransport

/// The REST interface: every call is budgeted, gated, tried as often as its kind allows, and has an end.
///
/// It lives on the network's thread.
package actor CoinbaseClient {
    /// One call of an endpoint.
    struct Call: Sendable {
        var method = "GET"
        /// Below `/api/v3/brokerage`.
        var path: String
        var query: [(String, String)] = []
        var body: String?
        var callClass = CallClass.marketData
        var lane = RequestLane.open
        /// True where a closed entry gate stops it.
        var isEntry = false
    }

    /// What is counted, for metrics and the breakers.
    package struct Counters: Sendable, Equatable {
        /// Requests that left.
        package var requests = 0
        /// Answers 429.
        package var rateLimited = 0
        /// Answers 408 and 5xx, time-outs and broken connections.
        package var failures = 0
        /// Calls whose fate is not known.
        package var unknown = 0
        /// Tries after the first.
        package var retries = 0
        /// Bodies that were not what they should be, by what was wrong.
        package var unreadable: [String: Int] = [:]
        /// Values of an enumeration that we do not know, by the field.
        package var unknownValues: [String: Int] = [:]
    }

    /// The network that it lives on.
    package nonisolated let transport: Transport
    /// Where the venue is.
    package nonisolated let address: VenueAddress
    private let mint: TokenMint?
    private var budget: RequestBudget
    private var random: SeededRandom
    private let reader = JSONReader()
    private var readyToken: (uri: String, token: TokenMint.Token)?
    /// What was counted so far.
    package var counters = Counters()
    /// When the last byte of the latest order or cancel went to TLS, on the monotonic clock.
    package private(set) var lastDepartureNanoseconds: Int64 = 0
    private var watch = AnswerWatch()
    private var onNotice: (@Sendable (AnswerWatch.Notice) -> Void)?
    private var onAnswer: (@Sendable (VenueAnswer) -> Void)?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe transport.asUnownedSerialExecutor()
    }

    /// Speaks to a venue; without a mint only what needs no key.
    package init(
        transport: Transport,
        address: VenueAddress,
        mint: TokenMint?,
        limits: RequestBudget.Limits = .init(),
        random: SeededRandom
    ) {
        self.transport = transport
        self.address = address
        self.mint = mint
        self.random = random
        budget = RequestBudget(limits, at: Self.realTime)
    }

    /// True where calls that need a key can be made.
    package nonisolated var hasKey: Bool { mint != nil }

    private static var realTime: Instant {
        Instant(nanoseconds: MonotonicTime.nanoseconds)
    }

    func countUnknown(_ field: String) {
        counters.unknownValues[field, default: 0] += 1
    }

    /// Makes a call and reads its answer.
    func call<Value: Sendable>(
        _ call: Call,
        _ read: (JSONNode) throws(JSONFault) -> Value
    ) async -> Outcome<Value> {
        if call.lane == .authenticated, mint == nil {
            return .refused(CallRefusal(kind: .unauthorized, message: "there is no key"))
        }
        var backoff = Backoff(
            base: .milliseconds(250),
            cap: .seconds(10),
            random: random.forked(UInt64(counters.requests))
        )
        var wasFresh = false
        for attempt in 1... {
            await waitForBudget(call)
            let began = MonotonicTime.nanoseconds
            let answer = await transport.send(request(call, fresh: wasFresh))
            note(answer, call, took: .nanoseconds(MonotonicTime.nanoseconds - began))
            if answer.status == 401, !wasFresh, call.lane == .authenticated {
                // Contract 1.7: a good token may be refused on a kept connection, once.
                wasFresh = true
                continue
            }
            let last = attempt >= call.callClass.attemptsMax
            guard !last, Self.mayRetry(answer), !transport.isAbandoned else {
                return judge(answer, call, read)
            }
            counters.retries += 1
            await transport.sleep(for: backoff.next(retryAfter: answer.retryAfter))
        }
        return .unknown("")
    }

    private func waitForBudget(_ call: Call) async {
        let ticket = budget.enter(call.lane, call.callClass)
        while true {
            let wait = budget.take(ticket, at: Self.realTime)
            guard wait > .zero, !transport.isAbandoned, !Task.isCancelled else {
                return budget.leave(ticket)
            }
            await transport.sleep(for: min(wait, .milliseconds(250)))
        }
    }

    private func request(_ call: Call, fresh: Bool) -> HTTPRequest {
        let path = "/api/v3/brokerage" + call.path
        let query = call.query.map { $0.0 + "=" + $0.1.percentEncoded }.joined(separator: "&")
        var request = HTTPRequest(
            method: call.method,
            url: "https://\(address.host)\(path)" + (query.isEmpty ? "" : "?" + query),
            headers: ["Accept: application/json", "User-Agent: vigil"],
            timeout: call.callClass.timeout
        )
        if let body = call.body {
            request.body = Array(body.utf8)
            request.headers.append("Content-Type: application/json")
        }
        if call.lane == .open {
            request.headers.append("Cache-Control: no-cache")
        } else if let token = token("\(call.method) \(address.host)\(path)") {
            request.headers.append("Authorization: Bearer \(token)")
        }
        request.isFresh = fresh
        request.leavesOnce = call.callClass <= .order
        request.isEntry = call.isEntry
        return request
    }

    /// A token for one request; the one made ahead is used where it fits and is young.
    private func token(_ uri: String) -> String? {
        if let ready = readyToken, ready.uri == uri {
            readyToken = nil
            if mint?.isYoung(ready.token) == true { return ready.token.text }
        }
        return mint?.token(uri: uri)?.text
    }

    /// Makes the token of the next order now, so that the order need not wait for it.
    package func prepareOrderToken() {
        let uri = "POST \(address.host)/api/v3/brokerage/orders"
        if let token = mint?.token(uri: uri) {
            readyToken = (uri, token)
        }
    }

    /// Has every change in how the venue answers told to someone.
    package func tell(_ listener: @escaping @Sendable (AnswerWatch.Notice) -> Void) {
        onNotice = listener
    }

    /// Has every answer told to someone, the good ones too.
    package func report(_ listener: @escaping @Sendable (VenueAnswer) -> Void) {
        onAnswer = listener
    }

    private func note(_ answer: HTTPAnswer, _ call: Call, took span: Duration) {
        guard answer.fate != .gated else { return }
        onAnswer?(AnswerWatch.outcome("\(call.method) \(call.path)", answer))
        counters.requests += 1
        if answer.sentAtNanoseconds > 0 {
            lastDepartureNanoseconds = answer.sentAtNanoseconds
        }
        if let notice = watch.note("\(call.method) \(call.path)", answer, took: span) {
            onNotice?(notice)
        }
        if answer.status == 429 {
            counters.rateLimited += 1
            let now = Self.realTime
            let rest = min(answer.retryAfter ?? .seconds(1), .seconds(60))
            budget.pause(call.lane, until: now + rest, at: now)
        } else if answer.fate != .answered || answer.status >= 500 || answer.status == 408 {
            counters.failures += 1
        }
    }

    private static func mayRetry(_ answer: HTTPAnswer) -> Bool {
        switch answer.fate {
        case .gated, .tooLong: false
        case .notSent, .lost, .timedOut: true
        case .answered: answer.status == 429 || answer.status >= 500 || answer.status == 408
        }
    }

    private func judge<Value: Sendable>(
        _ answer: HTTPAnswer,
        _ call: Call,
        _ read: (JSONNode) throws(JSONFault) -> Value
    ) -> Outcome<Value> {
        let changes = call.callClass <= .order
        switch answer.fate {
        case .gated: return .refused(CallRefusal(kind: .gateClosed))
        case .notSent:
            return .refused(CallRefusal(kind: .notSent, message: answer.detail))
        case .lost, .timedOut, .tooLong:
            counters.unknown += changes ? 1 : 0
            return .unknown(answer.detail)
        case .answered: break
        }
        let isClientError = (400..<500).contains(answer.status) && answer.status != 408
        if changes, !(200..<300).contains(answer.status), !isClientError {
            // A 5xx, and anything odd, may come from an edge behind which the order was taken.
            counters.unknown += 1
            return .unknown("HTTP \(answer.status)")
        }
        guard (200..<300).contains(answer.status) else { return .refused(refusal(answer)) }
        do throws(JSONFault) {
            return .ok(try reader.read(answer.body, read))
        } catch {
            counters.unreadable[error.code, default: 0] += 1
            if changes {
                counters.unknown += 1
                return .unknown("the answer is \(error.description)")
            }
            return .refused(
                CallRefusal(
                    kind: .unreadable,
                    status: answer.status,
                    code: error.code,
                    message: error.description
                )
            )
        }
    }

    /// Reads an error's body, which may be anything: JSON of several shapes, a web page, nothing.
    private func refusal(_ answer: HTTPAnswer) -> CallRefusal {
        // A body that cannot be read has no words; its status says enough.
        let words = try? reader.read(answer.body) { node throws(JSONFault) in
            let listed = node["errors"]?.items?.first
            return (
                code: node["error"]?.text ?? listed?["id"]?.text ?? "",
                message: node["message"]?.text ?? node["error_details"]?.text
                    ?? listed?["message"]?.text ?? ""
            )
        }
        if words == nil {
            counters.unreadable["error_body", default: 0] += 1
        }
        let kind: CallRefusal.Kind =
            switch answer.status {
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 429: .rateLimited
            case 400..<500: .invalid
            default: .server
            }
        return CallRefusal(
            kind: kind,
            status: answer.status,
            code: String((words?.code ?? "").prefix(80)),
            message: String((words?.message ?? "").prefix(200))
        )
    }

    /// Reads pages until the venue says that there are no more.
    ///
    /// A cursor that comes back ends it without a result: half a list is not a list.
    func pages<Row: Sendable>(
        _ first: Call,
        _ read: (JSONNode) throws(JSONFault) -> (rows: [Row], cursor: String?)
    ) async -> Outcome<[Row]> {
        var call = first
        var rows: [Row] = []
        var seen: Set<String> = []
        while true {
            switch await self.call(call, read) {
            case .refused(let refusal): return .refused(refusal)
            case .unknown(let detail): return .unknown(detail)
            case .ok(let page):
                rows += page.rows
                guard let cursor = page.cursor, !cursor.isEmpty else { return .ok(rows) }
                guard seen.insert(cursor).inserted, seen.count < 1_000 else {
                    return .refused(
                        CallRefusal(
                            kind: .unreadable,
                            message: "the list does not end: a cursor came back, or a thousand came"
                        )
                    )
                }
                call = first
                call.query.append(("cursor", cursor))
            }
        }
    }
}

extension JSONNode {
    /// Where the next page of a list begins; nil where this one is the last.
    ///
    /// - Throws: ``JSONFault`` where there is more, and it is not said where: half a list is not a list.
    func nextCursor() throws(JSONFault) -> String? {
        guard self["has_next"]?.bool == true else { return nil }
        guard let cursor = self["cursor"]?.text, !cursor.isEmpty else { throw .field("cursor") }
        return cursor
    }
}

extension HTTPAnswer {
    /// What the venue asks us to wait, in seconds; dates are not read.
    var retryAfter: Duration? {
        headers["retry-after"].flatMap { Int64($0) }.flatMap { $0 >= 0 ? .seconds($0) : nil }
    }
}

extension String {
    /// As a part of a query.
    fileprivate var percentEncoded: String {
        var text = ""
        for byte in utf8 {
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80,
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "-._~".unicodeScalars.contains(scalar)
            {
                text.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return text
    }
}
