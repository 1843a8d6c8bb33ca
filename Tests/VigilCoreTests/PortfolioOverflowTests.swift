import Testing
import VigilModel

@testable import VigilCore

/// What cannot be valued is left as it should be all the same, and what cannot be booked is not booked.
@Suite struct PortfolioOverflowTests {
    /// A price that can be held, and that two coins are not worth.
    private static let most = "99999999999999999999"
    /// The smallest price.
    private static let unit = "0.000000000000000001"
    private let start = Sample.now

    private func quote(_ id: ProductID, _ bid: String) throws -> PortfolioCore.Event {
        let level = BookLevel(price: try Price(bid, .usd), quantity: try Quantity("1"))
        return .quoteChanged(Quote(product: id, bid: level, ask: level, occurredAt: start))
    }

    private func fill(
        _ side: Side,
        _ id: ProductID = Sample.btc,
        _ quantity: String = "1",
        target: String = "0.05",
        entry: String,
        kind: FillKind = .fill
    ) throws -> PortfolioCore.Event {
        let fill = Fill(
            entryID: EntryID(entry),
            tradeID: TradeID("trade-\(entry)"),
            clientOrderID: ClientOrderID("o1"),
            product: id,
            side: side,
            price: try Price("100", .usd),
            quantity: try Quantity(quantity),
            fee: .zero(.usd),
            role: .maker,
            kind: kind,
            occurredAt: start
        )
        return .fillRecorded(fill, FillOrigin(.entry(try Sample.plan("0.03", target))))
    }

    private func text(_ effect: PortfolioCore.Effect) -> String {
        switch effect {
        case .requestExit(let exit):
            "leave \(exit.quantity) \(exit.product) \(exit.reason.rawValue)"
        case .reportUnvalued(.overflow): "unvalued"
        case .reportUnbooked: "unbooked"
        case .recordReferences: "levels"
        case .reply(_, let snapshot):
            "\(snapshot.nlv.amount) fell \(snapshot.drawdown), day \(snapshot.dayChange)"
        case .reportPositionGrown(let product, _): "grown \(product)"
        case .reportPositionOpened(let product, _): "opened \(product)"
        case .reportPositionClosed(let product, let result): "closed \(product) \(result.amount)"
        case .reportUnvalued, .replyHoldings, .reportExitUnfilled, .reportUnsellable,
            .reportSellable, .reportUnseen, .reportSeen:
            "?"
        }
    }

    private func tell(
        _ core: inout PortfolioCore,
        _ event: PortfolioCore.Event,
        at seconds: Int = 0
    ) throws -> [String] {
        let effects = try core.handle(event, at: start + .seconds(seconds))
        #expect(core.violations(after: event, effects) == [])
        return effects.map(text)
    }

    /// A thousand dollars, of which two coins whose target is out of reach cost 200, another one 100.
    private func core() throws -> PortfolioCore {
        var core = PortfolioCore(takerFee: .zero)
        _ = try tell(&core, .flowRecorded(Money("1000", .usd)))
        _ = try tell(&core, .productChanged(Sample.product()))
        let far = "1000000000000000000"
        _ = try tell(&core, fill(.buy, Sample.btc, "2", target: far, entry: "1"))
        _ = try tell(&core, fill(.buy, OrderDesk.eth, entry: "2"))
        #expect(
            try tell(&core, .markRequested(cycle: 1)) == ["levels", "1000 fell 0, day 0"]
        )
        return core
    }

    @Test func `what cannot be valued gets no answer, and what is due is left all the same`() throws
    {
        var core = try core()
        #expect(try tell(&core, quote(Sample.btc, Self.most)).isEmpty)
        #expect(try tell(&core, .markRequested(cycle: 2), at: 1) == ["unvalued"])
        let day = 86_400
        #expect(
            try tell(&core, .markRequested(cycle: 3), at: day) == [
                "?", "leave 2 BTC-USD max_hold", "leave 1 ETH-USD max_hold", "unvalued",
            ]
        )
        #expect(try tell(&core, .markRequested(cycle: 4), at: day) == ["unvalued"])
    }

    @Test func `a quote that cannot be valued holds up no stop, of its own product or another`()
        throws
    {
        var core = try core()
        _ = try tell(&core, quote(Sample.btc, Self.most))
        #expect(try tell(&core, quote(OrderDesk.eth, "97")) == ["leave 1 ETH-USD stop_loss"])
        #expect(try tell(&core, quote(Sample.btc, "97")) == ["leave 2 BTC-USD stop_loss"])
    }

    @Test func `once the quote is sane the books are valued again, from the levels of before`()
        throws
    {
        var core = try core()
        _ = try tell(&core, quote(Sample.btc, Self.most))
        #expect(try tell(&core, .markRequested(cycle: 2), at: 1) == ["unvalued"])
        _ = try tell(&core, quote(Sample.btc, "98"), at: 2)
        #expect(
            try tell(&core, .markRequested(cycle: 3), at: 3) == ["996 fell 0.004, day -0.004"]
        )
    }

    @Test func `a look that fails at its last figure has moved no level`() throws {
        var core = PortfolioCore(takerFee: .zero)
        _ = try tell(&core, .flowRecorded(Money("100", .usd)))
        _ = try tell(&core, fill(.buy, entry: "1"))
        _ = try tell(&core, quote(Sample.btc, Self.unit))
        let calm = "\(Self.unit) fell 0, day 0"
        #expect(try tell(&core, .markRequested(cycle: 1)) == ["levels", calm])
        // It is a new peak; how many times the day's start it is cannot be held.
        _ = try tell(&core, quote(Sample.btc, "1000"))
        #expect(try tell(&core, .markRequested(cycle: 2)) == ["unvalued"])
        _ = try tell(&core, quote(Sample.btc, Self.unit))
        #expect(try tell(&core, .markRequested(cycle: 3)) == [calm])
    }

    // MARK: Facts

    private func holdings(_ core: inout Undoable<PortfolioCore>) throws -> [Currency: String] {
        let answer = try core.handle(.holdingsRequested(cycle: 1), at: start)
        for case .replyHoldings(_, let held, _) in answer { return held.mapValues(\.amount) }
        return [:]
    }

    @Test func `a sell that comes before its buy is owed, and nothing is sold again until then`()
        throws
    {
        var core = Undoable(PortfolioCore(takerFee: .zero))
        _ = try core.handle(fill(.buy, entry: "1"), at: start)
        let sale = try fill(.sell, Sample.btc, "3", entry: "2")
        #expect(try core.handle(sale, at: start).map(text) == ["unbooked"])
        #expect(try holdings(&core) == [.usd: "-100", Sample.btc.base: "1"])
        // The exit has ended and its fill is not booked: what is still in the books is gone.
        _ = try core.handle(.exitEnded(Sample.btc), at: start)
        #expect(try core.handle(quote(Sample.btc, "1"), at: start).isEmpty)
        #expect(
            try core.handle(fill(.buy, Sample.btc, "2", entry: "3"), at: start).map(text).last
                == "closed BTC-USD 0"
        )
        #expect(try holdings(&core) == [.usd: "0"])
    }

    @Test func `what is owed and gives coins back holds up no stop`() throws {
        var core = PortfolioCore(takerFee: .zero)
        _ = try tell(&core, fill(.buy, entry: "1"))
        // The undoing of a sale that nobody knows any more.
        #expect(try tell(&core, fill(.sell, entry: "2", kind: .reversal)) == ["unbooked"])
        #expect(try tell(&core, quote(Sample.btc, "1")) == ["leave 1 BTC-USD stop_loss"])
    }

    @Test func `what is owed and undoes a purchase holds up what it took`() throws {
        var core = PortfolioCore(takerFee: .zero)
        _ = try tell(&core, fill(.buy, entry: "1"))
        #expect(
            try tell(&core, fill(.buy, Sample.btc, "2", entry: "2", kind: .reversal)) == [
                "unbooked"
            ]
        )
        #expect(try tell(&core, quote(Sample.btc, "1")).isEmpty)
    }

    @Test func `what is owed is tried again in each cycle, and told once`() throws {
        var core = PortfolioCore(takerFee: .zero)
        let sale = try fill(.sell, entry: "1")
        #expect(try tell(&core, sale) == ["unbooked"])
        #expect(try tell(&core, .markRequested(cycle: 1)).contains("unbooked") == false)
        #expect(try tell(&core, fill(.buy, entry: "2")).last == "closed BTC-USD 0")
    }

    @Test func `a flow that is booked and then cannot be valued is not booked, and comes again`()
        throws
    {
        var core = Undoable(PortfolioCore(takerFee: .zero))
        _ = try core.handle(fill(.buy, entry: "1"), at: start)
        _ = try core.handle(quote(Sample.btc, "1000"), at: start)
        // With the coin's thousand it is just too much; with five hundred it is not.
        let flow = PortfolioCore.Event.flowRecorded(try Money("170141183460469231000", .usd))
        #expect(PortfolioCore.failureRule(of: flow) == .repeated)
        #expect(throws: MoneyError.overflow) { try core.handle(flow, at: start) }
        #expect(try holdings(&core) == [.usd: "-100", Sample.btc.base: "1"])
        _ = try core.handle(quote(Sample.btc, "500"), at: start)
        #expect(try core.handle(flow, at: start).map(text) == ["levels"])
        #expect(try holdings(&core) == [.usd: "170141183460469230900", Sample.btc.base: "1"])
    }
}
