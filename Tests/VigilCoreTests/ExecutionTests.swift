import Testing
import VigilModel

@testable import VigilCore

@Suite struct ExecutionTests {
    /// A cancel that is not answered is asked for again.
    private let again = ExecutionCore.Effect.wake(at: Sample.now + .seconds(5))

    private func exit(_ reason: ExitReason, _ quantity: String = "1") throws -> ExecutionCore.Event
    {
        .exitRequested(
            ExitRequest(product: Sample.btc, quantity: try Quantity(quantity), reason: reason)
        )
    }

    @Test func `an entry whose fate is unknown counts at its worst case`() throws {
        var core = try Sample.executionCore()
        let order = try RiskTests().approved("0.02")
        let effects = try core.handle(.entriesApproved(cycle: 1, [order]), at: Sample.now)
        let id = try #require(Sample.intents(effects).first).request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: Sample.now)
        _ = try core.handle(.outcomeLost(id), at: Sample.now)
        let answer = try core.handle(.snapshotRequested(.risk(cycle: 2)), at: Sample.now)
        guard case .reply(_, let snapshot)? = answer.last else {
            Issue.record("no answer")
            return
        }
        #expect(snapshot.unknownOrders == 1)
        #expect(snapshot.working.map(\.product) == [Sample.btc])
        #expect(snapshot.working.first?.worst.isPositive == true)
    }

    @Test func `nothing is sent before its intent is durable`() throws {
        var core = try Sample.executionCore()
        let effects = try core.handle(exit(.stopLoss), at: Sample.now)
        let intent = try #require(Sample.intents(effects).first)
        #expect(effects == [.recordIntents([intent])])
        let sent = try core.handle(.intentsRecorded([intent.request.clientOrderID]), at: Sample.now)
        #expect(sent.last == .submit(intent.request, isEntry: false))
        let again = try core.handle(
            .intentsRecorded([intent.request.clientOrderID]),
            at: Sample.now
        )
        #expect(again.isEmpty)
    }

    @Test func `a stop takes at once inside its tolerance`() throws {
        var core = try Sample.executionCore()
        let intent = try #require(
            Sample.intents(try core.handle(exit(.stopLoss), at: Sample.now)).first
        )
        #expect(
            intent.request.terms
                == .limit(
                    price: try Price("99", .usd),
                    quantity: try Quantity("1"),
                    timeInForce: .immediateOrCancel,
                    postOnly: false
                )
        )
    }

    @Test
    func `defects 5 and 33: a target rests at the ask, is repriced, and the remainder is taken`()
        throws
    {
        var core = try Sample.executionCore()
        var intent = try #require(
            Sample.intents(try core.handle(exit(.takeProfit), at: Sample.now)).first
        )
        var seen = [Self.describe(intent)]
        var time = Sample.now
        for _ in 0..<2 {
            let id = intent.request.clientOrderID
            _ = try core.handle(.intentsRecorded([id]), at: time)
            _ = try core.handle(.venueReported(.orderAccepted(report(intent, .open))), at: time)
            if seen.count == 1 {
                let part = try Sample.fill(.sell, "0.4", "101", order: id.text, entry: "1")
                _ = try core.handle(.venueReported(.fillReported(part)), at: time)
            }
            time = time + .seconds(30)
            #expect(try core.handle(.timerFired, at: time).contains(.cancel(id)))
            let effects = try core.handle(
                .venueReported(.orderUpdated(report(intent, .canceled))),
                at: time
            )
            intent = try #require(Sample.intents(effects).first)
            seen.append(Self.describe(intent))
        }
        #expect(seen == ["1@101 rests", "0.6@101 rests", "0.6@99 takes"])
    }

    private static func describe(_ intent: Intent) -> String {
        guard case .limit(let price, let quantity, _, let postOnly) = intent.request.terms else {
            return "?"
        }
        return "\(quantity)@\(price) \(postOnly ? "rests" : "takes")"
    }

    private func report(_ intent: Intent, _ status: VenueOrderStatus) -> VenueOrder {
        VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: intent.request,
            status: status,
            filledQuantity: .zero,
            createdAt: Sample.now
        )
    }

    @Test func `a stop takes over from a resting exit`() throws {
        var core = try Sample.executionCore()
        let intent = try #require(
            Sample.intents(try core.handle(exit(.takeProfit), at: Sample.now)).first
        )
        let id = intent.request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: Sample.now)
        _ = try core.handle(.venueReported(.orderAccepted(report(intent, .open))), at: Sample.now)
        _ = try core.handle(.quoteChanged(Sample.quote("90", "91")), at: Sample.now)
        #expect(try core.handle(exit(.stopLoss), at: Sample.now) == [.cancel(id), again])
        let effects = try core.handle(
            .venueReported(.orderUpdated(report(intent, .canceled))),
            at: Sample.now
        )
        let next = try #require(Sample.intents(effects).first)
        #expect(Self.describe(next) == "1@89.1 takes")
        #expect(next.purpose == .exit(.stopLoss))
        #expect(next.parent == id)
    }

    @Test func `what was given up before it was sent is never sent`() throws {
        var core = try Sample.executionCore()
        let intent = try #require(
            Sample.intents(try core.handle(exit(.takeProfit), at: Sample.now)).first
        )
        #expect(try core.handle(exit(.stopLoss), at: Sample.now).isEmpty)
        let effects = try core.handle(
            .intentsRecorded([intent.request.clientOrderID]),
            at: Sample.now
        )
        #expect(!effects.contains(.submit(intent.request, isEntry: false)))
        #expect(Self.describe(try #require(Sample.intents(effects).first)).hasSuffix("takes"))
    }

    @Test func `what passed its cancel on the way is canceled once it is known`() throws {
        var core = try Sample.executionCore()
        let intent = try #require(
            Sample.intents(try core.handle(exit(.takeProfit), at: Sample.now)).first
        )
        let id = intent.request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: Sample.now)
        #expect(try core.handle(exit(.stopLoss), at: Sample.now) == [.cancel(id), again])
        let effects = try core.handle(
            .venueReported(.orderAccepted(report(intent, .open))),
            at: Sample.now
        )
        #expect(effects.last == .cancel(id))
    }

    @Test func `a fill that comes before the acknowledgement is booked`() throws {
        var core = try Sample.executionCore()
        let intent = try #require(
            Sample.intents(try core.handle(exit(.stopLoss), at: Sample.now)).first
        )
        let id = intent.request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: Sample.now)
        let fill = try Sample.fill(.sell, "1", "99", order: id.text, entry: "1")
        let effects = try core.handle(.venueReported(.fillReported(fill)), at: Sample.now)
        #expect(effects.first == .recordFill(fill))
        #expect(effects.last == .recordExitEnded(Sample.btc))
        let late = try core.handle(
            .venueReported(.orderAccepted(report(intent, .open))),
            at: Sample.now
        )
        #expect(late.isEmpty)
    }

    @Test func `a report of an order that is not ours is an anomaly`() throws {
        var core = try Sample.executionCore()
        let id = ClientOrderID("stranger")
        #expect(
            try core.handle(.venueReported(.orderRejected(id, .tooSmall)), at: Sample.now)
                == [.reportAnomaly(id, state: .unknown, fact: .rejected)]
        )
    }

    @Test func `intents that could not be recorded are never sent`() throws {
        var core = try Sample.executionCore()
        let intent = try #require(
            Sample.intents(try core.handle(exit(.stopLoss), at: Sample.now)).first
        )
        let id = intent.request.clientOrderID
        let effects = try core.handle(.intentsRefused([id]), at: Sample.now)
        #expect(!effects.contains(.submit(intent.request, isEntry: false)))
        #expect(try core.handle(.intentsRecorded([id]), at: Sample.now).isEmpty)
    }

    @Test func `a stop of the engine ends what is worked, then reports that it is drained`() throws
    {
        var core = try Sample.executionCore()
        let intent = try #require(
            Sample.intents(try core.handle(exit(.takeProfit), at: Sample.now)).first
        )
        let id = intent.request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: Sample.now)
        _ = try core.handle(.venueReported(.orderAccepted(report(intent, .open))), at: Sample.now)
        #expect(try core.handle(.stopRequested, at: Sample.now) == [.cancel(id), again])
        let effects = try core.handle(
            .venueReported(.orderUpdated(report(intent, .canceled))),
            at: Sample.now
        )
        #expect(effects.last == .reportDrained)
        #expect(Sample.intents(effects).isEmpty)
    }

    @Test func `a resting sale stays over a stop where it may, an entry never`() throws {
        let stay = Sample.execution { $0.exitsOutliveStop = true }
        var core = try Sample.executionCore(stay)
        let sale = try #require(
            Sample.intents(try core.handle(exit(.takeProfit), at: Sample.now)).first
        )
        let id = sale.request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: Sample.now)
        // On its way it is waited for, so that it is known where it stands.
        #expect(try core.handle(.stopRequested, at: Sample.now).isEmpty)
        let accepted = try core.handle(
            .venueReported(.orderAccepted(report(sale, .open))),
            at: Sample.now
        )
        #expect(accepted.last == .reportDrained)
        #expect(!accepted.contains(.cancel(id)))

        // What takes is waited for, and so is one whose end was asked for.
        var taking = try Sample.executionCore(stay)
        let stop = try #require(
            Sample.intents(try taking.handle(exit(.stopLoss), at: Sample.now)).first
        )
        _ = try taking.handle(.intentsRecorded([stop.request.clientOrderID]), at: Sample.now)
        let takes = try taking.handle(.stopRequested, at: Sample.now)
        #expect(takes == [.cancel(stop.request.clientOrderID), again])
        let opened = try taking.handle(
            .venueReported(.orderAccepted(report(stop, .open))),
            at: Sample.now
        )
        #expect(!opened.contains(.reportDrained))

        var other = try Sample.executionCore(stay)
        let order = try RiskTests().approved("0.02")
        let effects = try other.handle(.entriesApproved(cycle: 1, [order]), at: Sample.now)
        let entry = try #require(Sample.intents(effects).first)
        _ = try other.handle(.intentsRecorded([entry.request.clientOrderID]), at: Sample.now)
        let open = ExecutionCore.Event.venueReported(.orderAccepted(report(entry, .open)))
        _ = try other.handle(open, at: Sample.now)
        let stopped = try other.handle(.stopRequested, at: Sample.now)
        #expect(stopped == [.cancel(entry.request.clientOrderID), again])
    }

    @Test func `ids are short, plain and never repeat`() {
        var first = OrderIDSource(instance: "abcdefgh", run: RunID("12345678"))
        var second = OrderIDSource(instance: "abcdefgh", run: RunID("12345679"))
        var seen: Set<ClientOrderID> = []
        for _ in 0..<5_000 {
            seen.insert(first.next())
            seen.insert(second.next())
        }
        #expect(seen.count == 10_000)
        let legal = Set("abcdefghijklmnopqrstuvwxyz0123456789-")
        #expect(seen.allSatisfy { $0.text.count <= 36 && $0.text.allSatisfy(legal.contains) })
    }
}
