import Testing
import VigilModel

@testable import VigilCore

/// A row that cannot be of its order is never booked; what a venue may round, improve or charge is.
@Suite struct FillDoubtTests {
    private static func request(
        _ terms: OrderTerms? = nil,
        _ side: Side = .buy
    ) throws -> OrderRequest {
        OrderRequest(
            clientOrderID: ClientOrderID("one"),
            product: Sample.btc,
            side: side,
            terms: try terms
                ?? .limit(
                    price: Price("100", .usd),
                    quantity: Quantity("2"),
                    timeInForce: .goodTillCanceled,
                    postOnly: false
                )
        )
    }

    private static func fill(
        price: String = "100",
        _ quantity: String = "2",
        fee: String = "1",
        side: Side = .buy,
        kind: FillKind = .fill,
        of product: ProductID = Sample.btc
    ) throws -> Fill {
        Fill(
            entryID: EntryID("row"),
            tradeID: TradeID("trade"),
            clientOrderID: ClientOrderID("one"),
            product: product,
            side: side,
            price: try Price(price, .usd),
            quantity: try Quantity(quantity),
            fee: try Money(fee, .usd),
            role: .taker,
            kind: kind,
            occurredAt: Sample.now
        )
    }

    private static func isDoubted(
        _ fill: Fill,
        _ request: OrderRequest? = nil,
        filled: String = "0"
    ) throws -> Bool {
        try fill.doubt(about: request ?? Self.request(), filled: Quantity(filled)) != nil
    }

    @Test func `a fill at the limit, better, a little more or a dear one is a fill`() throws {
        #expect(try !Self.isDoubted(Self.fill()))
        #expect(try !Self.isDoubted(Self.fill(price: "1", fee: "0.2")))
        #expect(try !Self.isDoubted(Self.fill(price: "200", fee: "0")))
        #expect(try !Self.isDoubted(Self.fill("4")))
        #expect(try !Self.isDoubted(Self.fill(fee: "20.01")))
        #expect(try !Self.isDoubted(Self.fill(fee: "-20.01")))
        #expect(try !Self.isDoubted(Self.fill("0.0001", fee: "0.01")))
        #expect(try !Self.isDoubted(Self.fill(), filled: "2"))
    }

    @Test(arguments: [
        ("0.99", "2", "0", "0"), ("200.01", "2", "0", "0"), ("10000000000000", "2", "0", "0"),
        ("100", "4.01", "0", "0"), ("100", "100000000000000", "0", "0"),
        ("100", "2", "20.02", "0"), ("100", "2", "-20.02", "0"),
        ("100", "2", "100000000000000", "0"), ("100", "2", "0", "2.01"),
    ])
    func `beyond its bounds a price, a quantity, a fee or a sum is none`(
        price: String,
        quantity: String,
        fee: String,
        filled: String
    ) throws {
        #expect(try Self.isDoubted(Self.fill(price: price, quantity, fee: fee), filled: filled))
    }

    @Test func `what has filled may be as large as a number can be`() throws {
        let most = "170141183460469231731"
        #expect(try Self.isDoubted(Self.fill(price: "1", "1", fee: "0"), filled: most))
        #expect(try Self.isDoubted(Self.fill(price: "1", most, fee: "0"), filled: "1"))
        #expect(try !Self.isDoubted(Self.fill("1", kind: .reversal), filled: most))
    }

    @Test func `a sell may fill far above its limit and not far below`() throws {
        let sell = try Self.request(nil, .sell)
        #expect(try !Self.isDoubted(Self.fill(price: "10000", "0.001", side: .sell), sell))
        #expect(try Self.isDoubted(Self.fill(price: "10001", "0.001", side: .sell), sell))
        #expect(try !Self.isDoubted(Self.fill(price: "50", side: .sell), sell))
        #expect(try Self.isDoubted(Self.fill(price: "49.99", side: .sell), sell))
    }

    @Test func `a fill of another side or product is none`() throws {
        let other = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        #expect(try Self.isDoubted(Self.fill(side: .sell)))
        #expect(try Self.isDoubted(Self.fill(of: other)))
    }

    @Test func `an order without a limit is judged by what it spends or sells`() throws {
        let spend = try Self.request(.marketQuote(Money("200", .usd)))
        #expect(try !Self.isDoubted(Self.fill(price: "200", "2"), spend))
        #expect(try Self.isDoubted(Self.fill(price: "200", "2.01"), spend))
        #expect(try !Self.isDoubted(Self.fill(price: "200", "2.01", kind: .reversal), spend))
        let base = try Self.request(.marketBase(Quantity("2")))
        #expect(try !Self.isDoubted(Self.fill(price: "900", "4"), base))
        #expect(try Self.isDoubted(Self.fill(price: "900", "4.01"), base))
    }

    @Test func `what takes a row back, or restates it, is not counted as more of the order`() throws
    {
        #expect(try !Self.isDoubted(Self.fill(kind: .reversal), filled: "4"))
        #expect(try !Self.isDoubted(Self.fill(kind: .correction), filled: "4"))
        #expect(try Self.isDoubted(Self.fill("4.5", kind: .reversal), filled: "4"))
    }

    @Test func `an absurd row is kept apart, and the true one behind it is booked`() throws {
        var core = try Sample.executionCore()
        core.orders.add(
            OrderRecord(
                intent: Intent(
                    request: try Self.request(),
                    purpose: .entry(try Sample.plan()),
                    parent: nil,
                    cycle: nil,
                    createdAt: Sample.now
                ),
                state: .open,
                filled: .zero
            )
        )
        let absurd = try Self.fill("2000000")
        #expect(
            core.book(absurd, at: Sample.now) == [
                .quarantine(
                    QuarantinedFill(
                        fill: absurd,
                        product: Sample.btc,
                        why: "its quantity is 2000000, and the order's 2, filled 0"
                    )
                )
            ]
        )
        let whole = try Self.fill()
        #expect(core.book(whole, at: Sample.now).first == .recordFill(whole))
        #expect(core.orders[ClientOrderID("one")]?.state == .filled)
        // What is told again is counted once, and not doubted for it.
        #expect(core.book(whole, at: Sample.now) == [.recordFill(whole)])
    }

    /// Execution with one order that stands, and what the venue says of its end.
    private static func standing(
        _ purpose: OrderPurpose? = nil
    ) throws -> (ExecutionCore, VenueOrder) {
        var core = try Sample.executionCore()
        let intent = Intent(
            request: try request(),
            purpose: try purpose ?? .entry(Sample.plan()),
            parent: nil,
            cycle: nil,
            createdAt: Sample.now
        )
        core.orders.add(OrderRecord(intent: intent, state: .open, filled: .zero))
        let end = VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: intent.request,
            status: .filled,
            filledQuantity: try Quantity("2"),
            createdAt: Sample.now
        )
        return (core, end)
    }

    @Test func `an end whose own row was kept apart comes a minute later, and not before`() throws {
        var (core, end) = try Self.standing()
        let id = end.request.clientOrderID
        _ = core.book(try Self.fill(fee: "100"), at: Sample.now)
        _ = core.settle(end, evidence: "", at: Sample.now)
        #expect(core.orders[id]?.state == .open)
        for (later, state) in [(59, OrderState.open), (60, .filled)] {
            _ = try core.handle(
                .snapshotRequested(.maintenance(cycle: 1)),
                at: Sample.now + .seconds(later)
            )
            #expect(core.orders[id]?.state == state)
        }
        // The minute begins with the end, however long ago a row was kept apart.
        (core, end) = try Self.standing()
        _ = core.book(try Self.fill(fee: "100"), at: Sample.now - .seconds(600))
        _ = core.settle(end, evidence: "", at: Sample.now)
        for (later, state) in [(59, OrderState.open), (60, .filled)] {
            // What is told again begins no minute anew.
            _ = core.settle(end, evidence: "", at: Sample.now + .seconds(later))
            _ = try core.handle(
                .snapshotRequested(.maintenance(cycle: 1)),
                at: Sample.now + .seconds(later)
            )
            #expect(core.orders[id]?.state == state)
        }
        // Without a row that was kept apart an end waits for its rows, however long they take.
        (core, end) = try Self.standing()
        _ = core.settle(end, evidence: "", at: Sample.now)
        _ = try core.handle(
            .snapshotRequested(.maintenance(cycle: 1)),
            at: Sample.now + .seconds(3_600)
        )
        #expect(core.orders[id]?.state == .open)
    }

    @Test func `a sell whose own row was kept apart is not sold again, however long it takes`()
        throws
    {
        var (core, end) = try Self.standing(.exit(.stopLoss))
        _ = core.book(try Self.fill(fee: "100"), at: Sample.now)
        _ = core.settle(end, evidence: "", at: Sample.now)
        let effects = try core.handle(
            .snapshotRequested(.maintenance(cycle: 1)),
            at: Sample.now + .seconds(86_400)
        )
        #expect(effects.count == 1, "\(effects)")
        #expect(core.orders[end.request.clientOrderID]?.state == .open)
    }

    @Test func `a row of another product stops its order's product, whatever it names`() throws {
        var (core, _) = try Self.standing()
        let other = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        guard
            case .quarantine(let doubted)? = core.book(try Self.fill(of: other), at: Sample.now)
                .first
        else {
            Issue.record("it was booked")
            return
        }
        #expect(doubted.halt == Halt(.oddFill, Sample.btc))
    }

    @Test func `a start judges rows in their order, and counts each once`() throws {
        let (core, end) = try Self.standing()
        let order = try #require(core.orders[end.request.clientOrderID])
        let half = try Self.fill("1", fee: "0")
        let absurd = try Self.fill("2000000")
        let judged = FillJudge(orders: [order]).judge([absurd, half, half, half])
        #expect(judged.sound == [half, half, half])
        #expect(judged.doubted.map(\.fill) == [absurd])
        #expect(FillJudge(orders: []).judge([absurd]).sound == [absurd])
    }
}
