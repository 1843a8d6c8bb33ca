import Testing
import VigilModel

@testable import VigilCore

/// Orders whose fate is not known, that an earlier run left, or whose story is told in no order.
///
/// What others were told of by their users, and what answers it here: a time-out taken for a refusal
/// (hummingbot 493, nautilus 4152), a retry after acceptance (nautilus 4215), orders doubled at a restart
/// (nautilus 3176), fills replayed at a restart (nautilus 3046), working orders that nobody manages after
/// one (nautilus 5057), and an order not found that became canceled (freqtrade's start-up).
@Suite struct UnknownOrderTests {
    private let start = Sample.now

    /// An entry of 2 that was sent, and of which nothing was heard.
    private func lost(_ core: inout ExecutionCore) throws -> Intent {
        let order = try RiskTests().approved("0.02")
        let effects = try core.handle(.entriesApproved(cycle: 1, [order]), at: start)
        let intent = try #require(Sample.intents(effects).first)
        _ = try core.handle(.intentsRecorded([intent.request.clientOrderID]), at: start)
        let answer = try core.handle(.outcomeLost(intent.request.clientOrderID), at: start)
        #expect(answer.last == .wake(at: start + .seconds(1)))
        return intent
    }

    private func exit(_ reason: ExitReason) throws -> ExecutionCore.Event {
        .exitRequested(
            ExitRequest(product: Sample.btc, quantity: try Quantity("1"), reason: reason)
        )
    }

    private func report(
        _ request: OrderRequest,
        _ status: VenueOrderStatus,
        filled: String = "0",
        name: String = "v"
    ) throws -> VenueOrder {
        VenueOrder(
            venueOrderID: VenueOrderID(name),
            request: request,
            status: status,
            filledQuantity: try Quantity(filled),
            createdAt: start
        )
    }

    private func look(
        _ core: inout ExecutionCore,
        after seconds: Int,
        found: [ClientOrderID: VenueOrder]? = [:]
    ) throws -> [ExecutionCore.Effect] {
        let now = start + .seconds(seconds)
        let asked = try core.handle(.timerFired, at: now)
        for case .lookUp(let number, let ids, let since) in asked {
            let lookUp = LookUp(
                number: number,
                at: now,
                since: since,
                asked: ids,
                found: found,
                detail: ""
            )
            return try core.handle(.lookedUp(lookUp), at: now)
        }
        return []
    }

    private func states(_ effects: [ExecutionCore.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .recordTransition(let step, _) = effect else { return nil }
            return "\(step.to.rawValue)\(step.evidence.isEmpty ? "" : " by \(step.evidence)")"
        }
    }

    @Test func `three complete listings over ten seconds prove an order absent, fewer do not`()
        throws
    {
        var core = try Sample.executionCore()
        let intent = try lost(&core)
        for seconds in [1, 6] {
            #expect(states(try look(&core, after: seconds)).isEmpty)
        }
        let effects = try look(&core, after: 11)
        #expect(states(effects) == ["canceled by look-ups 1, 2, 3"])
        // Only now does its route go on, as a new order with a link to it.
        #expect(Sample.intents(effects).first?.parent == intent.request.clientOrderID)
        #expect(
            Sample.intents(effects).first?.request.clientOrderID != intent.request.clientOrderID
        )
    }

    @Test func `defect 11: a listing that could not be read to its end proves nothing`() throws {
        var core = try Sample.executionCore()
        _ = try lost(&core)
        for seconds in [1, 6, 11, 16, 21] {
            #expect(states(try look(&core, after: seconds, found: nil)).isEmpty)
        }
        for seconds in [26, 31] {
            #expect(states(try look(&core, after: seconds)).isEmpty)
        }
        #expect(states(try look(&core, after: 36)) == ["canceled by look-ups 6, 7, 8"])
    }

    @Test func `listings at one moment are one listing`() throws {
        var core = try Sample.executionCore()
        let id = try lost(&core).request.clientOrderID
        var seen: [String] = []
        for number in 1...5 {
            let lookUp = LookUp(
                number: number,
                at: start + .seconds(1),
                since: start,
                asked: [id],
                found: [:],
                detail: ""
            )
            seen += states(try core.handle(.lookedUp(lookUp), at: start + .seconds(1)))
        }
        #expect(seen.isEmpty)
    }

    @Test
    func
        `defect 47: while a fate is unknown its product takes no entry, and nothing is sent for it`()
        throws
    {
        var core = try Sample.executionCore()
        _ = try lost(&core)
        let order = try RiskTests().approved("0.02")
        let now = start + .seconds(40)
        let effects = try core.handle(.entriesApproved(cycle: 2, [order]), at: now)
        #expect(effects == [.replyPlaced(cycle: 2, count: 0)])
        #expect(Sample.intents(try look(&core, after: 45, found: nil)).isEmpty)
    }

    @Test func `an order that a look finds goes on where it stands`() throws {
        var core = try Sample.executionCore()
        let intent = try lost(&core)
        let id = intent.request.clientOrderID
        let open = try report(intent.request, .open)
        #expect(states(try look(&core, after: 1, found: [id: open])) == ["open by look-up 1"])
        #expect(try look(&core, after: 6).isEmpty, "a settled fate is not looked for again")
    }

    @Test func `a fate that stays unknown for a minute is told, and so is its end`() throws {
        var core = try Sample.executionCore()
        let id = try lost(&core).request.clientOrderID
        for seconds in stride(from: 1, to: 60, by: 5) {
            _ = try look(&core, after: seconds, found: nil)
        }
        let told = try core.handle(.timerFired, at: start + .seconds(61))
        #expect(told.contains(.reportUnsettled(id, since: start)))
        let again = try core.handle(.timerFired, at: start + .seconds(66))
        #expect(!again.contains(.reportUnsettled(id, since: start)))
        let canceled = try report(try #require(core.orders[id]).intent.request, .canceled)
        let end = try core.handle(.venueReported(.orderUpdated(canceled)), at: start + .seconds(70))
        #expect(end.contains(.reportSettled(id)))
    }

    @Test func `a purchase of unknown fate does not hold up a stop`() throws {
        var core = try Sample.executionCore()
        _ = try lost(&core)
        let sale = try #require(Sample.intents(try core.handle(exit(.stopLoss), at: start)).first)
        #expect(sale.request.side == .sell)
        let answer = try core.handle(.snapshotRequested(.risk(cycle: 2)), at: start)
        guard case .reply(_, let snapshot)? = answer.last else { throw MoneyError.overflow }
        #expect(snapshot.working.count == 1, "it still counts at its worst case")
    }

    @Test func `an end that comes before its fills does not buy the remainder twice`() throws {
        var core = try Sample.executionCore()
        let order = try RiskTests().approved("0.02")
        let effects = try core.handle(.entriesApproved(cycle: 1, [order]), at: start)
        let intent = try #require(Sample.intents(effects).first)
        let id = intent.request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: start)
        _ = try core.handle(
            .venueReported(.orderAccepted(report(intent.request, .open))),
            at: start
        )
        let ended = try report(intent.request, .canceled, filled: "1.5")
        #expect(try core.handle(.venueReported(.orderUpdated(ended)), at: start).isEmpty)
        let part = try Sample.fill(.buy, "1.5", "100", order: id.text, entry: "1")
        let after = try core.handle(.venueReported(.fillReported(part)), at: start)
        #expect(states(after) == ["partially_filled", "canceled"])
        let rest = try #require(Sample.intents(after).first)
        guard case .limit(_, let quantity, _, _) = rest.request.terms,
            case .limit(_, let wanted, _, _) = intent.request.terms
        else { throw MoneyError.overflow }
        #expect(try quantity == wanted - Quantity("1.5"))
    }

    @Test func `defect 4: a fill that is told twice counts once`() throws {
        var core = try Sample.executionCore()
        let intent = try #require(Sample.intents(try core.handle(exit(.stopLoss), at: start)).first)
        let id = intent.request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: start)
        let part = try Sample.fill(.sell, "0.5", "99", order: id.text, entry: "1")
        _ = try core.handle(.venueReported(.fillReported(part)), at: start)
        _ = try core.handle(.venueReported(.fillReported(part)), at: start)
        #expect(core.orders[id]?.filled == (try Quantity("0.5")))
        #expect(core.orders[id]?.state == .partiallyFilled)
    }

    @Test func `an order that we believed ended and that stands at the venue is ended there`()
        throws
    {
        var core = try Sample.executionCore()
        let intent = try lost(&core)
        let id = intent.request.clientOrderID
        for seconds in [1, 6, 11] {
            _ = try look(&core, after: seconds)
        }
        let open = try report(intent.request, .open)
        let effects = try core.handle(
            .venueReported(.orderAccepted(open)),
            at: start + .seconds(20)
        )
        #expect(effects == [.cancel(id), .reportAnomaly(id, state: .canceled, fact: .accepted)])
    }

    @Test func `defect 34: a post-only order that would have crossed comes again as a new order`()
        throws
    {
        var core = try Sample.executionCore()
        let order = try RiskTests().approved("0.02")
        let first = try #require(
            Sample.intents(try core.handle(.entriesApproved(cycle: 1, [order]), at: start)).first
        )
        let id = first.request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: start)
        let refused = VenueEvent.orderRejected(id, .postOnlyWouldCross)
        let again = try core.handle(.venueReported(refused), at: start)
        let second = try #require(Sample.intents(again).first)
        #expect(second.request.clientOrderID != id)
        #expect(second.parent == id)
    }

    @Test
    func
        `defect 68: what a position is left by comes with its own order, whatever became of others`()
        throws
    {
        var core = try Sample.executionCore()
        let order = try RiskTests().approved("0.02")
        let effects = try core.handle(.entriesApproved(cycle: 1, [order]), at: start)
        let intent = try #require(Sample.intents(effects).first)
        #expect(intent.purpose == .entry(order.subject.exits))
        #expect(intent.request.product == order.subject.product)
    }

    @Test func `one order under two names is an anomaly`() throws {
        var core = try Sample.executionCore()
        let intent = try lost(&core)
        _ = try core.handle(
            .venueReported(.orderAccepted(report(intent.request, .open))),
            at: start
        )
        let other = try report(intent.request, .canceled, name: "w")
        let effects = try core.handle(.venueReported(.orderUpdated(other)), at: start)
        let id = intent.request.clientOrderID
        #expect(effects == [.reportAnomaly(id, state: .open, fact: .canceled)])
    }
}
