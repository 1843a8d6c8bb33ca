import Foundation
import Synchronization
import Testing
import VigilCore
import VigilModel
import VigilTransport

@testable import VigilCoinbase

/// What an answer's status means: for the caller, for asking again, and for the breakers.
@Suite(.certificates) struct OutcomeTests {
    /// What a breaker is told of an answer; its words are for people.
    enum Told: String { case answered, limited, failed }

    struct Row: Sendable, CustomStringConvertible {
        let status: Int
        /// A question that is answered so is asked again.
        let isAskedAgain: Bool
        /// What the asker of a question gets, where it was not asked again.
        let question: CallRefusal.Kind?
        /// What becomes of an order; nil is unknown.
        let order: CallRefusal.Kind?
        let told: Told

        var description: String { "HTTP \(status)" }

        init(
            _ status: Int,
            again: Bool,
            question: CallRefusal.Kind?,
            order: CallRefusal.Kind?,
            _ told: Told
        ) {
            self.status = status
            isAskedAgain = again
            self.question = question
            self.order = order
            self.told = told
        }
    }

    static let table = [
        Row(400, again: false, question: .invalid, order: .invalid, .answered),
        // Once more, on a connection of its own: see trap 22.
        Row(401, again: true, question: nil, order: .unauthorized, .failed),
        Row(403, again: false, question: .forbidden, order: .forbidden, .failed),
        Row(404, again: false, question: .notFound, order: .notFound, .answered),
        Row(408, again: true, question: nil, order: nil, .failed),
        Row(409, again: false, question: .invalid, order: .invalid, .answered),
        Row(422, again: false, question: .invalid, order: .invalid, .answered),
        Row(429, again: true, question: nil, order: .rateLimited, .limited),
        Row(500, again: true, question: nil, order: nil, .failed),
        Row(502, again: true, question: nil, order: nil, .failed),
        Row(503, again: true, question: nil, order: nil, .failed),
        Row(504, again: true, question: nil, order: nil, .failed),
    ]

    static let permissions = #"{"can_view":true,"can_trade":true,"can_transfer":false}"#

    static func told(_ answer: VenueAnswer) -> Told {
        switch answer {
        case .answered: .answered
        case .limited: .limited
        case .failed: .failed
        }
    }

    @Test(arguments: table)
    func `a question's status says whether it is asked again`(_ row: Row) async throws {
        let wire = try RestTrapTests.wire([
            RestTrapTests.Entry(status: row.status, body: "{}", times: 1),
            RestTrapTests.Entry(body: Self.permissions),
        ])
        defer { wire.stop() }
        let heard = Heard()
        await wire.client.report { heard.add($0) }
        let outcome = await wire.client.permissions()
        #expect(try await RestTrapTests.log(wire).count == (row.isAskedAgain ? 2 : 1))
        #expect((outcome.value != nil) == row.isAskedAgain)
        if case .refused(let refusal) = outcome {
            #expect(refusal.kind == row.question && refusal.status == row.status)
        }
        #expect(heard.all.first == row.told)
        #expect(heard.all.dropFirst().allSatisfy { $0 == .answered })
    }

    @Test(arguments: table)
    func `an order's status says whether it is refused or unknown, and it is sent once`(
        _ row: Row
    ) async throws {
        let wire = try RestTrapTests.wire([RestTrapTests.Entry(status: row.status, body: "{}")])
        defer { wire.stop() }
        let heard = Heard()
        await wire.client.report { heard.add($0) }
        switch await wire.client.create(RestTrapTests.order, isEntry: true) {
        case .ok: Issue.record("taken")
        case .refused(let refusal):
            #expect(refusal.kind == row.order && refusal.status == row.status)
        case .unknown: #expect(row.order == nil)
        }
        // A key that was refused has not reached the engine: once more, with another token.
        let count = row.status == 401 ? 2 : 1
        #expect(try await RestTrapTests.log(wire).count == count)
        // Of an order it may be about the product alone.
        let told: Told = row.status == 403 ? .answered : row.told
        #expect(heard.all == Array(repeating: told, count: count))
        let counters = await wire.client.counters
        #expect(counters.unknown == (row.order == nil ? 1 : 0))
        #expect(counters.rateLimited == (row.told == .limited ? 1 : 0))
        #expect(counters.failures == (row.order == nil ? 1 : 0))
        #expect(counters.retries == 0)
    }

    @Test(arguments: ["drop", "reset"])
    func `a connection that breaks leaves an order unknown, and a question is asked again`(
        _ then: String
    ) async throws {
        let wire = try RestTrapTests.wire([
            RestTrapTests.Entry(path: "/api/v3/brokerage/orders", then: then),
            RestTrapTests.Entry(then: then, times: 1),
            RestTrapTests.Entry(body: Self.permissions),
        ])
        defer { wire.stop() }
        let heard = Heard()
        await wire.client.report { heard.add($0) }
        guard case .unknown = await wire.client.create(RestTrapTests.order, isEntry: true) else {
            Issue.record("known")
            return
        }
        #expect(await wire.client.permissions().value?.canTrade == true)
        #expect(heard.all == [.failed, .failed, .answered])
        #expect(await wire.client.counters.failures == 2)
    }

    @Test func `how far a request came is told apart by its end`() async throws {
        let wire = try RestTrapTests.wire([
            RestTrapTests.Entry(path: "/silent", then: "silent"),
            RestTrapTests.Entry(path: "/drop", then: "drop"),
            RestTrapTests.Entry(path: "/reset", then: "reset"),
            RestTrapTests.Entry(path: "/", body: "{}"),
        ])
        defer { wire.stop() }
        func fate(_ path: String, host: String) async -> HTTPAnswer.Fate {
            var request = HTTPRequest(
                method: "POST",
                url: "https://\(host)\(path)",
                // Long enough for a handshake on any machine: this one is about what comes after it.
                timeout: .seconds(path == "/silent" ? 5 : 60)
            )
            request.leavesOnce = true
            return await wire.transport.send(request).fate
        }
        let host = wire.client.address.host
        #expect(await fate("/silent", host: host) == .timedOut)
        #expect(await fate("/drop", host: host) == .lost)
        #expect(await fate("/reset", host: host) == .lost)
        #expect(await fate("/other", host: host) == .answered)
        #expect(await fate("/other", host: "127.0.0.1:1") == .notSent)
        #expect(await fate("/other", host: "nowhere.invalid") == .notSent)
    }

    @Test func `a request whose task is canceled is waited for no longer, and its fate not known`()
        async throws
    {
        let wire = try RestTrapTests.wire([RestTrapTests.Entry(path: "/silent", then: "silent")])
        defer { wire.stop() }
        var request = HTTPRequest(
            method: "POST",
            url: "https://\(wire.client.address.host)/silent",
            timeout: .seconds(3_600)
        )
        request.leavesOnce = true
        let (transport, asked) = (wire.transport, request)
        let fates = await withTaskGroup { group in
            group.addTask { await transport.send(asked).fate }
            // A span in which it leaves on most machines; where it has not, nothing left.
            await transport.sleep(for: .milliseconds(300))
            group.cancelAll()
            group.addTask { await transport.send(asked).fate }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(fates.count == 2)
        #expect(Set(fates).isSubset(of: [.lost, .notSent]))
        #expect(fates.contains(.notSent))
    }

    @Test func `of all answers that there can be only these speak against the venue`() {
        for status in 100..<600 {
            let answer = HTTPAnswer(fate: .answered, status: status)
            let expected: Told =
                switch status {
                case 401, 403, 408, 500...: .failed
                case 429: .limited
                default: .answered
                }
            #expect(Self.told(AnswerWatch.outcome("GET /x", answer)) == expected, "\(status)")
        }
        for fate in [HTTPAnswer.Fate.notSent, .lost, .timedOut, .tooLong] {
            #expect(Self.told(AnswerWatch.outcome("GET /x", HTTPAnswer(fate: fate))) == .failed)
        }
        // Our own gate says nothing of the venue.
        #expect(Self.told(AnswerWatch.outcome("POST /x", HTTPAnswer(fate: .gated))) == .answered)
    }

    @Test(
        arguments: [
            (
                #"{"error":"PERMISSION_DENIED","error_details":"Missing required scopes"}"#,
                "refuses our key"
            ),
            (
                #"{"error":"PERMISSION_DENIED","message":"product is not available in your region"}"#,
                nil
            ),
            ("<html>request blocked</html>", "out of order"), ("", "out of order"),
        ] as [(String, String?)]
    )
    func `a 403 is about the key, the product or the edge, as its body says`(
        body: String,
        said: String?
    ) {
        var answer = HTTPAnswer(fate: .answered, status: 403)
        answer.body = Array(body.utf8)
        var watch = AnswerWatch()
        let notice = watch.note("POST /orders", answer, took: .zero)
        #expect(
            notice.map { $0.isTrouble && $0.text.contains(said ?? "nothing") }
                == said.map { _ in true }
        )
        let isFailed = Self.told(AnswerWatch.outcome("POST /orders", answer)) == .failed
        #expect(isFailed == (said != nil))
        // Whatever else is refused with the same words is refused to the key.
        let listed = AnswerWatch.outcome("GET /accounts", answer)
        #expect(Self.told(listed) == .failed)
        let refusal = CallRefusal(
            kind: .forbidden,
            status: 403,
            message: said == nil ? "product is not available" : "Missing required scopes"
        )
        #expect(refusal.rejection == (said == nil ? .productNotTradable : .other))
    }

    @Test func `a change for the worse is told once, and one for the better after three good ones`()
    {
        var watch = AnswerWatch()
        func note(_ status: Int, took span: Duration = .zero) -> Bool? {
            let answer = HTTPAnswer(fate: .answered, status: status)
            return watch.note("GET /x", answer, took: span)?.isTrouble
        }
        #expect(note(200) == nil)
        #expect(note(503) == true)
        #expect(note(500) == nil)
        #expect(note(200) == nil && note(200) == nil)
        #expect(note(401) == true)
        #expect(note(200) == nil && note(404) == nil)
        #expect(note(200) == false)
        #expect(note(200) == nil)
        #expect(note(429) == true)
        #expect(note(200, took: .milliseconds(2_001)) == true)
        #expect(note(200, took: .seconds(2)) == nil)
    }
}

/// What the breakers were told.
private final class Heard: Sendable {
    private let answers = Mutex<[OutcomeTests.Told]>([])

    var all: [OutcomeTests.Told] { answers.withLock { $0 } }

    func add(_ answer: VenueAnswer) {
        answers.withLock { $0.append(OutcomeTests.told(answer)) }
    }
}
