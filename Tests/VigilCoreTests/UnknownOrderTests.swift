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

/// What an earlier run left behind.
@Suite struct StrayOrderTests {
    private let start = Sample.now

    private func record(_ id: String, _ side: Side, _ state: OrderState) throws -> OrderRecord {
        let request = OrderRequest(
            clientOrderID: ClientOrderID(id),
            product: Sample.btc,
            side: side,
            terms: .limit(
                price: try Price("100", .usd),
                quantity: try Quantity("1"),
                timeInForce: .goodTillTime(start + .seconds(120)),
                postOnly: true
            )
        )
        let intent = Intent(
            request: request,
            purpose: side == .buy ? .entry(try Sample.plan()) : .exit(.takeProfit),
            parent: nil,
            cycle: nil,
            createdAt: start
        )
        var record = OrderRecord(intent: intent, state: state, filled: .zero)
        record.venueOrderID = VenueOrderID("v-\(id)")
        return record
    }

    private func core(_ records: [OrderRecord]) throws -> (ExecutionCore, [ExecutionCore.Effect]) {
        var core = try Sample.executionCore(run: "running2")
        let effects = try core.handle(.restored(records), at: start)
        return (core, effects)
    }

    private func canceled(_ record: OrderRecord) throws -> ExecutionCore.Event {
        .venueReported(
            .orderUpdated(
                VenueOrder(
                    venueOrderID: record.venueOrderID ?? VenueOrderID(""),
                    request: record.intent.request,
                    status: .canceled,
                    filledQuantity: .zero,
                    createdAt: start
                )
            )
        )
    }

    @Test func `a sale that outlived the stop rests to its age, and gives way to a stop-loss`()
        throws
    {
        var policy = Sample.execution { $0.exitsOutliveStop = true }
        policy.cancelAfter = .seconds(60)
        let left = try [record("sale", .sell, .open), record("entry", .buy, .open)]
        let aged = start + .seconds(20)
        func restored() throws -> (ExecutionCore, [ExecutionCore.Effect]) {
            var core = try Sample.executionCore(policy, run: "running2")
            let effects = try core.handle(.restored(left), at: aged)
            return (core, effects)
        }
        var (core, effects) = try restored()
        #expect(effects == [.cancel(left[1].id), .wake(at: aged + .seconds(5))])
        _ = try core.handle(canceled(left[1]), at: aged)
        let early = try core.handle(.timerFired, at: aged + .seconds(5))
        #expect(early == [.wake(at: start + .seconds(60))])
        let target = ExitRequest(
            product: Sample.btc,
            quantity: try Quantity("1"),
            reason: .takeProfit
        )
        let again = try core.handle(.exitRequested(target), at: aged + .seconds(6))
        #expect(!again.contains(.cancel(left[0].id)), "it is what the target asks for")
        let due = try core.handle(.timerFired, at: start + .seconds(60))
        #expect(due.first == .cancel(left[0].id))

        (core, _) = try restored()
        let stop = ExitRequest(product: Sample.btc, quantity: try Quantity("1"), reason: .stopLoss)
        let gives = try core.handle(.exitRequested(stop), at: aged + .seconds(6))
        #expect(gives.contains(.cancel(left[0].id)))
        let ended = try core.handle(canceled(left[0]), at: aged + .seconds(7))
        #expect(ended.contains(.recordExitEnded(Sample.btc)))
    }

    @Test
    func `what the venue tells once more of an order that ended in an earlier run is no news`()
        throws
    {
        var filled = try record("filled", .buy, .filled)
        filled.filled = try Quantity("1")
        let row = try Sample.fill(.buy, "1", "100", order: "filled", entry: "row")
        filled.rows = [row.entryID]
        let gone = try record("gone", .sell, .canceled)
        let failed = try record("failed", .buy, .rejected)
        let expired = try record("expired", .buy, .expired)
        var (core, effects) = try core([filled, gone, failed, expired])
        #expect(effects.isEmpty)
        func report(_ record: OrderRecord, _ status: VenueOrderStatus) throws -> VenueOrder {
            VenueOrder(
                venueOrderID: try #require(record.venueOrderID),
                request: record.intent.request,
                status: status,
                filledQuantity: record.filled,
                createdAt: start
            )
        }
        let statuses: [VenueOrderStatus] = [.filled, .canceled, .failed, .expired]
        for (record, status) in zip([filled, gone, failed, expired], statuses) {
            let accepted = ExecutionCore.Event.venueReported(
                .orderAccepted(try report(record, .open))
            )
            #expect(try core.handle(accepted, at: start).isEmpty)
            let ended = ExecutionCore.Event.venueReported(
                .orderUpdated(try report(record, status))
            )
            #expect(try core.handle(ended, at: start).isEmpty)
        }
        let again = try core.handle(.venueReported(.fillReported(row)), at: start)
        #expect(again == [.recordFill(row)], "the ledger knows its rows")
    }

    @Test func `what was taken for absent and stands is asked to end until it does`() throws {
        var absent = try record("absent", .buy, .canceled)
        absent.venueOrderID = nil
        var (core, _) = try core([absent])
        let standing = VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: absent.intent.request,
            status: .open,
            filledQuantity: .zero,
            createdAt: start
        )
        for _ in 0..<3 {
            let effects = try core.handle(.strangerFound(standing), at: start)
            #expect(effects.first == .cancel(absent.id))
        }
    }

    @Test
    func `defect 32: what rests from an earlier run is canceled until the venue says it has ended`()
        throws
    {
        let left = try record("old", .buy, .open)
        var (core, effects) = try core([left])
        #expect(effects == [.cancel(left.id), .wake(at: start + .seconds(5))])
        let again = try core.handle(.timerFired, at: start + .seconds(5))
        #expect(again.first == .cancel(left.id), "canceled means that the venue said so")
        let order = try RiskTests().approved("0.02")
        let blocked = try core.handle(.entriesApproved(cycle: 1, [order]), at: start)
        #expect(blocked == [.replyPlaced(cycle: 1, count: 0)])
        _ = try core.handle(canceled(left), at: start + .seconds(6))
        #expect(try core.handle(.timerFired, at: start + .seconds(10)).isEmpty)
        let entered = try core.handle(.entriesApproved(cycle: 2, [order]), at: start + .seconds(7))
        #expect(entered.last == .replyPlaced(cycle: 2, count: 1))
    }

    @Test func `an order of an earlier run is ended once it is found, whoever finds it`() throws {
        let left = try record("old", .buy, .unknown)
        var (core, _) = try core([left])
        let open = VenueOrder(
            venueOrderID: try #require(left.venueOrderID),
            request: left.intent.request,
            status: .open,
            filledQuantity: .zero,
            createdAt: start
        )
        let told = try core.handle(.venueReported(.orderUpdated(open)), at: start)
        #expect(told.contains(.cancel(left.id)))
    }

    @Test func `a sale waits for an older one that may have sold the same coins`() throws {
        let left = try record("old", .sell, .unknown)
        var (core, effects) = try core([left])
        #expect(effects == [.wake(at: start + .seconds(1))])
        let request = ExitRequest(
            product: Sample.btc,
            quantity: try Quantity("1"),
            reason: .stopLoss
        )
        #expect(try core.handle(.exitRequested(request), at: start).isEmpty)
        let ended = try core.handle(canceled(left), at: start + .seconds(3))
        #expect(ended.last == .recordExitEnded(Sample.btc), "the portfolio asks again at once")
    }

    @Test func `an order of ours that we have no record of is taken over and ended`() throws {
        var (core, _) = try core([])
        let stranger = try record("v-instance-running0-1", .buy, .open)
        let order = VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: stranger.intent.request,
            status: .open,
            filledQuantity: .zero,
            createdAt: start
        )
        let effects = try core.handle(.strangerFound(order), at: start)
        #expect(effects.contains(.cancel(stranger.id)))
        #expect(
            effects.contains(.recordIntents([Intent(adopting: order, plan: try Sample.plan())]))
        )
        #expect(try core.handle(.strangerFound(order), at: start).isEmpty)
    }

    @Test func `whose order it is stands in its id`() {
        func owner(_ id: String) -> OrderOwner {
            OrderOwner(of: ClientOrderID(id), instance: "abcdefgh")
        }
        #expect(owner("v-abcdefgh-12345678-1z") == .us)
        #expect(owner("v-zzzzzzzz-12345678-1") == .anotherInstance("zzzzzzzz"))
        for id in ["", "my order", "9f8b-1", "v-abcdefgh-1", "x-abcdefgh-12345678-1"] {
            #expect(owner(id) == .foreign)
        }
    }

    @Test func `defect 35: a start takes an order for absent only where nothing can be on its way`()
        throws
    {
        let sent = try record("sent", .buy, .submitting)
        for isExhaustive in [true, false] {
            let recovery = try Recovery(
                unfinished: [sent],
                reports: [:],
                rows: [:],
                isExhaustive: isExhaustive,
                at: start
            )
            #expect(recovery.transitions.map(\.to) == [isExhaustive ? .canceled : .unknown])
            #expect(recovery.open.map(\.id) == (isExhaustive ? [] : [sent.id]))
        }
    }

    @Test func `a start does not end an order before all its rows are there`() throws {
        let left = try record("old", .buy, .open)
        let ended = VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: left.intent.request,
            status: .filled,
            filledQuantity: try Quantity("1"),
            createdAt: start
        )
        func open(_ rows: [EntryID: Quantity]) throws -> [OrderState] {
            try Recovery(
                unfinished: [left],
                reports: [left.id: ended],
                rows: [left.id: rows],
                isExhaustive: false,
                at: start
            ).open.map(\.state)
        }
        #expect(try open([EntryID("1"): Quantity("0.4")]) == [.open])
        #expect(try open([EntryID("1"): Quantity("0.4"), EntryID("2"): Quantity("0.6")]).isEmpty)
    }
}

@Suite struct LivePermitTests {
    private let good = PermitEvidence(
        certificate: .simulatedVenue,
        canTrade: true,
        canTransfer: false,
        skew: .milliseconds(20),
        skewMax: .milliseconds(150)
    )

    @Test func `a permit needs every piece of evidence, and each objection names its mend`() {
        #expect(LivePermit.judge(good).permit != nil)
        let spoilt: [(inout PermitEvidence) -> Void] = [
            { $0.certificate = .missing }, { $0.canTrade = false }, { $0.canTransfer = true },
            { $0.skew = .milliseconds(151) }, { $0.skew = .milliseconds(-151) },
        ]
        for spoil in spoilt {
            var evidence = good
            spoil(&evidence)
            let judged = LivePermit.judge(evidence)
            #expect(judged.permit == nil && judged.objections.count == 1)
        }
    }
}
