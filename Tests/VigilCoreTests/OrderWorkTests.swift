import Testing
import VigilModel

@testable import VigilCore

/// What Execution sends, and what it asks for again, by value.
@Suite struct OrderWorkTests {
    private let start = Sample.now

    private func at(_ seconds: Double) -> Instant {
        start + .nanoseconds(Int64(seconds * 1_000_000_000))
    }

    private func exit(_ reason: ExitReason, _ quantity: String = "1") throws -> ExecutionCore.Event
    {
        .exitRequested(
            ExitRequest(product: Sample.btc, quantity: try Quantity(quantity), reason: reason)
        )
    }

    private func report(_ intent: Intent, _ status: VenueOrderStatus) -> VenueOrder {
        VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: intent.request,
            status: status,
            filledQuantity: .zero,
            createdAt: start
        )
    }

    /// Sends what an event leads to, and has the venue take it.
    private func rest(
        _ core: inout ExecutionCore,
        _ event: ExecutionCore.Event
    ) throws -> Intent {
        let intent = try #require(Sample.intents(try core.handle(event, at: start)).first)
        _ = try core.handle(.intentsRecorded([intent.request.clientOrderID]), at: start)
        _ = try core.handle(.venueReported(.orderAccepted(report(intent, .open))), at: start)
        return intent
    }

    private func entry() throws -> ExecutionCore.Event {
        .entriesApproved(cycle: 1, [try RiskTests().approved("0.02")])
    }

    private func sent(_ effects: [ExecutionCore.Effect]) -> [ClientOrderID] {
        effects.compactMap { effect in
            guard case .submit(let request, _) = effect else { return nil }
            return request.clientOrderID
        }
    }

    // MARK: Cancels

    @Test func `a cancel that nobody answers is asked for again every five seconds`() throws {
        var core = try Sample.executionCore()
        let id = try rest(&core, exit(.takeProfit)).request.clientOrderID
        #expect(try core.handle(.timerFired, at: at(29.9)).isEmpty)
        #expect(try core.handle(.timerFired, at: at(30)) == [.cancel(id), .wake(at: at(35))])
        #expect(try core.handle(.timerFired, at: at(34.9)).isEmpty)
        #expect(try core.handle(.timerFired, at: at(35)) == [.cancel(id), .wake(at: at(40))])
        #expect(try core.handle(.timerFired, at: at(40)) == [.cancel(id), .wake(at: at(45))])
    }

    @Test(arguments: ["stop", "halt", "halt of the product", "shutdown"])
    func `what is given up is asked to end until the venue says so, whoever gave it up`(
        why: String
    ) throws {
        var core = try Sample.executionCore()
        let intent = try rest(&core, why == "stop" ? exit(.takeProfit) : entry())
        let id = intent.request.clientOrderID
        let event: ExecutionCore.Event =
            switch why {
            case "stop": try exit(.stopLoss)
            case "halt": .haltChanged(active: true, products: [])
            case "halt of the product": .haltChanged(active: false, products: [Sample.btc])
            default: .stopRequested
            }
        #expect(try core.handle(event, at: at(1)) == [.cancel(id), .wake(at: at(6))])
        #expect(try core.handle(.timerFired, at: at(5.9)).isEmpty)
        #expect(try core.handle(.timerFired, at: at(6)) == [.cancel(id), .wake(at: at(11))])
        let ended = VenueEvent.orderUpdated(report(intent, .canceled))
        _ = try core.handle(.venueReported(ended), at: at(7))
        #expect(try !core.handle(.timerFired, at: at(11)).contains(.cancel(id)))
    }

    @Test func `what is canceled for its age is asked again, too`() throws {
        var policy = Sample.execution { $0.postOnlyTTL = .seconds(500) }
        policy.cancelAfter = .seconds(20)
        var core = try Sample.executionCore(policy)
        let id = try rest(&core, exit(.takeProfit)).request.clientOrderID
        let maintain = ExecutionCore.Event.snapshotRequested(.maintenance(cycle: 1))
        let asked = try core.handle(maintain, at: at(20))
        #expect(asked.prefix(2) == [.cancel(id), .wake(at: at(25))])
        #expect(try core.handle(.timerFired, at: at(25)) == [.cancel(id), .wake(at: at(30))])
    }

    // MARK: Intents that the disk refuses

    @Test func `an entry whose intent was refused is not sent, now or ever`() throws {
        var core = try Sample.executionCore(quote: Sample.quote("99", "100"))
        var effects = try core.handle(entry(), at: start)
        var refused: [ClientOrderID] = []
        // The disk refuses each of its steps before any halt has come here.
        while let intent = Sample.intents(effects).first, refused.count < 9 {
            refused.append(intent.request.clientOrderID)
            effects = try core.handle(.intentsRefused([intent.request.clientOrderID]), at: start)
            #expect(sent(effects).isEmpty)
        }
        #expect(refused.count == 3, "two that rest and one that takes")
        #expect(Set(refused).count == 3)
        for id in refused {
            #expect(core.orders[id]?.state == .denied)
            #expect(try core.handle(.intentsRecorded([id]), at: start).isEmpty)
        }
        let answer = try core.handle(.snapshotRequested(.risk(cycle: 2)), at: start)
        guard case .reply(_, let snapshot)? = answer.last else { throw MoneyError.overflow }
        #expect(snapshot.working.isEmpty && snapshot.open.isEmpty)
    }

    @Test func `an exit whose intent was refused is not sent, and is asked for again`() throws {
        var core = try Sample.executionCore()
        let intent = try #require(
            Sample.intents(try core.handle(exit(.stopLoss), at: start)).first
        )
        let id = intent.request.clientOrderID
        let effects = try core.handle(.intentsRefused([id]), at: start)
        #expect(sent(effects).isEmpty)
        // The portfolio hears that it has ended, and asks anew while the position is there.
        #expect(effects.last == .recordExitEnded(Sample.btc))
        let again = try #require(
            Sample.intents(try core.handle(exit(.stopLoss), at: start)).first
        )
        let next = again.request.clientOrderID
        #expect(next != id)
        #expect(sent(try core.handle(.intentsRecorded([next]), at: start)) == [next])
    }

    @Test func `of several intents only those that are durable are sent`() throws {
        var core = try Sample.executionCore()
        let intent = try #require(Sample.intents(try core.handle(entry(), at: start)).first)
        let id = intent.request.clientOrderID
        let other = ClientOrderID("another")
        #expect(try core.handle(.intentsRecorded([other]), at: start).isEmpty)
        #expect(sent(try core.handle(.intentsRecorded([other, id]), at: start)) == [id])
    }

    @Test(arguments: [
        ExecutionCore.Event.haltChanged(active: true, products: []),
        .haltChanged(active: false, products: [Sample.btc]), .stopRequested,
    ])
    func `an entry that was halted before its intent was durable is denied`(
        event: ExecutionCore.Event
    ) throws {
        var core = try Sample.executionCore()
        let intent = try #require(Sample.intents(try core.handle(entry(), at: start)).first)
        let id = intent.request.clientOrderID
        #expect(try core.handle(event, at: start).isEmpty)
        let effects = try core.handle(.intentsRecorded([id]), at: start)
        #expect(sent(effects).isEmpty && Sample.intents(effects).isEmpty)
        #expect(core.orders[id]?.state == .denied)
    }

    @Test func `a halt of one product stops no entry of another, and no exit at all`() throws {
        let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        var core = try Sample.executionCore()
        _ = try core.handle(.haltChanged(active: false, products: [eth]), at: start)
        let entered = try core.handle(entry(), at: start)
        #expect(entered.last == .replyPlaced(cycle: 1, count: 1))
        var halted = try Sample.executionCore()
        _ = try halted.handle(.haltChanged(active: false, products: [Sample.btc]), at: start)
        #expect(try halted.handle(entry(), at: start) == [.replyPlaced(cycle: 1, count: 0)])
        let intent = try #require(
            Sample.intents(try halted.handle(exit(.stopLoss), at: start)).first
        )
        let id = intent.request.clientOrderID
        #expect(sent(try halted.handle(.intentsRecorded([id]), at: start)) == [id])
    }

    // MARK: Quotes and minimums

    @Test func `a quote at its greatest age is used, and an older one is not`() throws {
        func core() throws -> ExecutionCore {
            try Sample.executionCore(Sample.execution { $0.quoteAgeMax = .seconds(15) })
        }
        for event in [try exit(.stopLoss), try exit(.takeProfit), try entry()] {
            var fresh = try core()
            #expect(Sample.intents(try fresh.handle(event, at: at(15))).count == 1)
            var stale = try core()
            #expect(Sample.intents(try stale.handle(event, at: at(15.1))).isEmpty)
        }
    }

    @Test func `a product that is off takes no order`() throws {
        var product = try Sample.product()
        product.status = .disabled
        for event in [try exit(.stopLoss), try entry()] {
            var core = try Sample.executionCore(product: product)
            #expect(Sample.intents(try core.handle(event, at: start)).isEmpty)
        }
    }

    /// At 99, the worst price of a sale, a tenth is worth 9.9.
    @Test(arguments: [("9.9", "0.001", true), ("9.91", "0.001", false), ("1", "0.1", true)])
    func `a sale below the venue's least notional is not sent`(
        quoteMin: String,
        baseMin: String,
        isSent: Bool
    ) throws {
        let product = try self.product(baseMin: baseMin, quoteMin: quoteMin)
        var core = try Sample.executionCore(product: product)
        let effects = try core.handle(exit(.stopLoss, "0.1"), at: start)
        #expect(Sample.intents(effects).count == (isSent ? 1 : 0))
        #expect(effects.contains(.recordExitEnded(Sample.btc)) == !isSent)
    }

    @Test func `a sale below the venue's least quantity is not sent`() throws {
        var core = try Sample.executionCore(product: product(baseMin: "0.101", quoteMin: "1"))
        #expect(Sample.intents(try core.handle(exit(.stopLoss, "0.1"), at: start)).isEmpty)
        #expect(Sample.intents(try core.handle(exit(.stopLoss, "0.101"), at: start)).count == 1)
    }

    /// An entry of 200 dollars at the ask of 100 is two coins, which are 200 at the bid, too.
    @Test(arguments: [("200", "1", 1), ("200.01", "1", 0), ("1", "200", 1), ("1", "200.01", 0)])
    func `an entry that is below the venue's least or ours is not begun`(
        quoteMin: String,
        ours: String,
        count: Int
    ) throws {
        let least = try Money(ours, .usd)
        var core = try Sample.executionCore(
            Sample.execution {
                ($0.notionalMin, $0.takerFallback) = (least, false)
            },
            product: product(baseMin: "0.001", quoteMin: quoteMin)
        )
        let effects = try core.handle(entry(), at: start)
        #expect(effects.last == .replyPlaced(cycle: 1, count: count))
        #expect(Sample.intents(effects).count == count)
    }

    @Test func `an exit is never too small for us, only for the venue`() throws {
        let large = try Money("1000", .usd)
        var core = try Sample.executionCore(Sample.execution { $0.notionalMin = large })
        #expect(Sample.intents(try core.handle(exit(.stopLoss, "0.1"), at: start)).count == 1)
    }

    @Test func `what was paid for in a stable coin is left like anything else`() throws {
        let id = ProductID(base: Sample.btc.base, quote: .usdc)
        func level(_ price: String) throws -> BookLevel {
            BookLevel(price: try Price(price, .usdc), quantity: try Quantity("1"))
        }
        let product = try Product(
            id: id,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usdc),
            baseMin: Quantity("0.001"),
            quoteMin: Money("1", .usdc),
            status: .online
        )
        let quote = Quote(
            product: id,
            bid: try level("100"),
            ask: try level("101"),
            occurredAt: start
        )
        for reason in [ExitReason.stopLoss, .takeProfit, .maxHold] {
            var core = try Sample.executionCore(product: product, quote: quote)
            let wish = ExitRequest(product: id, quantity: try Quantity("1"), reason: reason)
            let effects = try core.handle(.exitRequested(wish), at: start)
            #expect(Sample.intents(effects).first?.request.product == id)
        }
    }

    private func product(baseMin: String, quoteMin: String) throws -> Product {
        try Product(
            id: Sample.btc,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity(baseMin),
            quoteMin: Money(quoteMin, .usd),
            status: .online
        )
    }
}
