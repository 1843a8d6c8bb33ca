import Testing
import VigilModel
import VigilSimulation
import VigilTelemetry

@testable import VigilCore
@testable import VigilEngine

/// Where effects go, read from the tables alone: nothing is posted in between.
@Suite struct RouterTests {
    private static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)
    private let clock = SimulationExecutor(start: .epoch)

    private func plumbing(submits: Bool = true) -> Plumbing {
        Plumbing(
            clock: clock,
            stopwatch: MonotonicStopwatch(),
            submits: submits,
            eligibleMin: 3
        )
    }

    @Test func `of a product's books the newest reaches the venue, and its rules always do`()
        async throws
    {
        let plumbing = plumbing()
        let rules = try Product(
            id: Self.btc,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.5", .usd),
            baseMin: Quantity("0.001"),
            quoteMin: Money("1", .usd),
            status: .online
        )
        func move(_ rules: Product?) -> MarketDataCore.Effect {
            .moveVenue(
                .init(product: Self.btc, status: .online, rules: rules, book: nil, trades: [])
            )
        }
        for effect in [move(nil), move(rules), move(nil), move(nil)] {
            for post in plumbing.marketRouter.posts(for: effect) {
                await plumbing.marketRouter.deliver(post)
            }
        }
        var arrived: [Product?] = []
        plumbing.venue.close()
        for await batch in plumbing.venue {
            for case .observe(let moves) in batch {
                arrived += moves.map(\.rules)
            }
        }
        #expect(arrived.compactMap(\.self) == [rules])
        #expect(arrived.last == .some(nil))
    }

    @Test func `an exit is told to Risk and sold by Execution, unless the mode proposes only`()
        throws
    {
        let request = ExitRequest(
            product: Self.btc,
            quantity: try Quantity("1"),
            reason: .stopLoss
        )
        for submits in [true, false] {
            let posts = plumbing(submits: submits).portfolioRouter.posts(for: .requestExit(request))
            let sold = posts.contains { post in
                guard case .execution(.exitRequested(let found)) = post else { return false }
                return found == request
            }
            #expect(sold == submits)
            guard case .risk(.exitStarted(let product, .stopLoss)) = posts.first,
                product == Self.btc
            else {
                Issue.record("\(posts)")
                return
            }
        }
    }

    @Test func `a halt of one product stops that product, and one of all stops all`() {
        let router = plumbing().riskRouter
        let gap = ActiveHalt(Halt(.feedGap, Self.btc), detail: "", raisedAt: .epoch)
        let kill = ActiveHalt(Halt(.kill), detail: "", raisedAt: .epoch)
        for (halts, isActive) in [([gap], false), ([gap, kill], true)] {
            let told = router.posts(for: .publishHalts(halts)).compactMap { post in
                guard case .execution(.haltChanged(let active, let products)) = post else {
                    return (active: Bool, products: Set<ProductID>)?.none
                }
                return (active, products)
            }
            #expect(told.count == 1)
            #expect(told.first?.active == isActive)
            #expect(told.first?.products == [Self.btc])
        }
    }

    @Test
    func `a step of an order is written before anybody hears of it, and told with what it is of`()
        throws
    {
        let request = OrderRequest(
            clientOrderID: ClientOrderID("a"),
            product: Self.btc,
            side: .buy,
            terms: .limit(
                price: try Price("86000.5", .usd),
                quantity: try Quantity("0.01"),
                timeInForce: .goodTillCanceled,
                postOnly: true
            )
        )
        let step = Transition(request, from: .open, to: .canceled, fact: .canceled, at: .epoch)
        let posts = plumbing().executionRouter.posts(for: .recordTransition(step, nil))
        guard case .ledger(.transition(let written, nil)) = posts.first else {
            Issue.record("\(posts)")
            return
        }
        #expect(written == step)
        #expect(posts.count == 3)
        guard case .tell(.journal(let entry)) = posts.last else {
            Issue.record("\(posts)")
            return
        }
        #expect(entry.message == "buy 0.01 BTC-USD at 86000.5 USD, post-only: open → canceled")
        #expect(entry.product == Self.btc && entry.clientOrderID == step.id)
    }

    @Test
    func `what the ledger has written is told to who waits for it, and a fill is counted once`()
        throws
    {
        let router = plumbing().ledgerRouter
        let id = ClientOrderID("a")
        guard
            case .execution(.intentsRecorded([id])) = router.posts(
                for: .answered(.intentsRecorded([id]))
            ).first,
            case .execution(.intentsRefused([id])) = router.posts(
                for: .answered(.intentsRefused([id]))
            ).first,
            case .portfolio(.exitEnded(Self.btc)) = router.posts(
                for: .answered(.exitEnded(Self.btc))
            ).first
        else {
            Issue.record("an answer goes elsewhere")
            return
        }
        let fill = try Fill(
            entryID: EntryID("e"),
            tradeID: TradeID("t"),
            clientOrderID: id,
            product: Self.btc,
            side: .sell,
            price: Price("100", .usd),
            quantity: Quantity("1"),
            fee: Money("0", .usd),
            role: .maker,
            kind: .fill,
            occurredAt: .epoch
        )
        let told = router.posts(for: .answered(.fillRecorded(fill, FillOrigin(.exit(.stopLoss)))))
        guard case .portfolio(.fillRecorded(fill, _)) = told.first, told.count == 3,
            case .tell(.count(.fillsTotal, "maker")) = told[1]
        else {
            Issue.record("\(told)")
            return
        }
    }

    @Test func `a row that was kept apart halts its order's product, and is told once`() throws {
        let row = try Fill(
            entryID: EntryID("e"),
            tradeID: TradeID("t"),
            clientOrderID: ClientOrderID("a"),
            product: ProductID(base: .usdt, quote: .usd),
            side: .buy,
            price: Price("100", .usd),
            quantity: Quantity("1"),
            fee: Money("90", .usd),
            role: .maker,
            kind: .fill,
            occurredAt: .epoch
        )
        let doubted = QuarantinedFill(fill: row, product: Self.btc, why: "its fee is too high")
        let asked = plumbing().executionRouter.posts(for: .quarantine(doubted))
        guard case .ledger(.quarantinedFill(doubted))? = asked.first, asked.count == 1 else {
            Issue.record("\(asked)")
            return
        }
        let told = plumbing().ledgerRouter.posts(for: .answered(.fillQuarantined(doubted)))
        guard case .tell(.count(.anomaliesTotal, ""))? = told.first,
            case .tell(.journal(let entry)) = told[1],
            case .risk(.haltRaised(let halt, let detail))? = told.last, told.count == 3
        else {
            Issue.record("\(told)")
            return
        }
        #expect(halt == Halt(.oddFill, Self.btc) && entry.product == Self.btc)
        #expect(detail == "a fill of order a is not booked: its fee is too high")
        #expect(entry.message == detail)
    }

    @Test func `a ledger that cannot be written halts entries and alerts, and both end`() {
        let router = plumbing().ledgerRouter
        let began = router.posts(for: .troubled(.ledger, detail: "the disk is full"))
        guard case .risk(.haltRaised(let raised, "the disk is full")) = began.first,
            case .alerting(.noticed(let alert))? = began.last, began.count == 2
        else {
            Issue.record("\(began)")
            return
        }
        #expect(raised == Halt(.ledger) && alert == .storageRefused(.ledger, "the disk is full"))
        let ended = router.posts(for: .relieved(.ledger))
        guard case .risk(.haltCleared(let cleared)) = ended.first,
            case .alerting(.noticed(let end))? = ended.last, ended.count == 2
        else {
            Issue.record("\(ended)")
            return
        }
        #expect(cleared == Halt(.ledger) && end == .storageWritten(.ledger))
    }

    @Test func `what cannot be worked out or valued halts entries, with the product's name`() {
        let posts = plumbing().executionRouter.posts(for: .reportUnplanned(Self.btc, .overflow))
        guard case .risk(.haltRaised(let halt, let detail)) = posts.first, halt == Halt(.arithmetic)
        else {
            Issue.record("\(posts)")
            return
        }
        #expect(detail.hasPrefix("an order of BTC-USD cannot be worked out: "))
        let unvalued = plumbing().portfolioRouter.posts(for: .reportUnvalued(.overflow))
        guard case .risk(.haltRaised(let other, _)) = unvalued.first, other == Halt(.arithmetic)
        else {
            Issue.record("\(unvalued)")
            return
        }
    }

    @Test func `only a comparison without a difference completes a start`() {
        let router = plumbing().reconciliationRouter
        for (differences, completes) in [(0, true), (1, false), (nil, false)] {
            let posts = router.posts(for: .reply(cycle: 1, differences: differences))
            let cleared = posts.contains { post in
                guard case .risk(.haltCleared(let halt)) = post else { return false }
                return halt == Halt(.recovering)
            }
            #expect(cleared == completes)
        }
    }

    @Test func `a mailbox of events over its bound keeps them and halts entries`() async throws {
        let (depth, halts) = try clock.run { [clock] in
            let box = Mailbox<Int>(bound: 2, clock: clock)
            let risk = Mailbox<RiskCore.Event>(bound: 10, clock: clock)
            let outlet = Outlet(box, risk: risk)
            for number in 1...3 {
                outlet.post(number)
            }
            return (box.depth, risk.depth)
        }
        #expect(depth == 3)
        #expect(halts == 1)
    }
}
