import Synchronization
import Testing
import VigilCore
import VigilExchange
import VigilModel

@testable import VigilMarkets
@testable import VigilSimulation

/// A bad way to a venue: what is asked, what arrives, and what is heard of it.
@Suite struct FaultyVenueTests {
    private static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)
    private static let start = Instant(seconds: 1_767_571_200)

    /// A venue with a market, and what it has said so far.
    private struct Stand {
        let paper: PaperVenue
        let venue: FaultyVenue
        let faults = VenueFaultSwitch()

        init(_ fault: VenueWeather.Fault? = nil) throws {
            let spec = try ProductSpec(FaultyVenueTests.btc, tier: 1)
            var market = MarketGenerator([spec], seed: 1, start: start, warmup: 10)
            paper = try PaperVenue(
                products: market.products,
                fees: FeeSchedule(maker: .zero, taker: .zero),
                store: PaperStore(path: nil),
                seed: 1,
                mayEnter: { true }
            )
            try paper.deposit(Money("1000000", .usd))
            let weather = fault.map {
                VenueWeather(seed: 1, faults: [$0], calmFrom: start + .seconds(3_600))
            }
            venue = FaultyVenue(paper, weather: weather, faults: faults)
            _ = paper.observe(try market.step(at: start).map(\.move), at: start)
        }

        func take(_ request: VenueRequest, at now: Instant = start) -> [VenueReport] {
            let heard = Box()
            _ = venue.take(request, at: now) { heard.add($0) }
            return heard.all
        }
    }

    private final class Box: Sendable {
        private let reports = Mutex<[VenueReport]>([])

        func add(_ report: VenueReport) { reports.withLock { $0.append(report) } }

        var all: [VenueReport] { reports.withLock(\.self) }
    }

    private static func order(_ number: Int) throws -> VenueRequest {
        let request = OrderRequest(
            clientOrderID: ClientOrderID("order-\(number)"),
            product: btc,
            side: .buy,
            terms: .limit(
                price: try Price("100", .usd),
                quantity: try Quantity("0.1"),
                timeInForce: .goodTillCanceled,
                postOnly: true
            )
        )
        return .submit(request, isEntry: true)
    }

    private static func lost(_ reports: [VenueReport]) -> Bool {
        reports.contains { report in
            if case .delayed(VenueWeather.patience, .outcomeLost) = report { true } else { false }
        }
    }

    @Test func `an order whose answer is lost is there, and is said to be lost`() throws {
        let stand = try Stand(.answers)
        var lost = 0
        for number in 0..<100 {
            lost += Self.lost(stand.take(try Self.order(number))) ? 1 : 0
        }
        let accepted = stand.take(.wake, at: Self.start + .seconds(1)).count { report in
            if case .event(.orderAccepted) = report { true } else { false }
        }
        #expect(lost > 0)
        #expect(stand.paper.openEntries == 100)
        #expect(accepted == 100 - lost)
    }

    @Test func `an order that is lost never arrives`() throws {
        let stand = try Stand(.requests)
        var lost = 0
        for number in 0..<100 {
            lost += Self.lost(stand.take(try Self.order(number))) ? 1 : 0
        }
        _ = stand.take(.wake, at: Self.start + .seconds(60))
        #expect(lost > 0 && stand.paper.openEntries == 100 - lost)
    }

    @Test func `an order that is late arrives with a later engine, and none of its answers does`()
        throws
    {
        let stand = try Stand(.arrivals)
        var lost = 0
        for number in 0..<100 {
            lost += Self.lost(stand.take(try Self.order(number))) ? 1 : 0
        }
        _ = stand.take(.wake, at: Self.start + .milliseconds(500))
        #expect(lost > 0 && stand.paper.openEntries == 100 - lost)
        // Whoever asks next wakes it, and it still has its way through the venue.
        _ = stand.take(.wake, at: Self.start + .seconds(10))
        _ = stand.take(.wake, at: Self.start + .seconds(11))
        #expect(stand.paper.openEntries == 100)
    }

    @Test func `the engine after the one that died is woken for what is still under way`()
        async throws
    {
        let stand = try Stand(.arrivals)
        while !Self.lost(stand.take(try Self.order(stand.paper.openEntries))) {
            _ = stand.take(.wake, at: Self.start + .milliseconds(200))
        }
        let heard = Box()
        await stand.venue.begin(VenueStart(instance: "next", unfinished: [])) { heard.add($0) }
        let due = heard.all.compactMap { report in
            if case .wake(let due) = report { due } else { Instant?.none }
        }
        #expect(due.count == 1)
        let before = stand.paper.openEntries
        for span in 0...1 {
            _ = stand.take(.wake, at: try #require(due.first) + .seconds(span))
        }
        #expect(stand.paper.openEntries == before + 1)
    }

    @Test func `a kill ends an entry that is still under way`() throws {
        let stand = try Stand(.arrivals)
        var number = 0
        while !Self.lost(stand.take(try Self.order(number))) {
            number += 1
        }
        let told = stand.venue.cancelEntriesNow().contains { event in
            guard case .orderRejected(let id, _) = event else { return false }
            return id == ClientOrderID("order-\(number)")
        }
        // Its answer was given up before: a look-up says what became of it.
        #expect(!told)
        _ = stand.take(.wake, at: Self.start + .seconds(30))
        _ = stand.take(.wake, at: Self.start + .seconds(31))
        #expect(stand.paper.openEntries == 0)
    }

    /// A venue that hands back what it is asked, as one far away does.
    private final class Far: Venue {
        let done = Mutex<[ClientOrderID]>([])
        var products: [Product] { [] }
        var openEntries: Int { 0 }

        func truth(for past: LedgerPast) -> VenueTruth { VenueTruth() }
        func begin(_ start: VenueStart, _ report: @escaping VenueSink) {}
        func follow() {}
        func cancelEntriesNow() -> [VenueEvent] { [] }
        func end() {}

        func take(
            _ request: VenueRequest,
            at now: Instant,
            _ report: @escaping VenueSink
        ) -> VenueWork? {
            guard case .submit(let order, _) = request else { return nil }
            return { [self] in done.withLock { $0.append(order.clientOrderID) } }
        }
    }

    @Test func `what is late is done at a venue far away as well`() async throws {
        let far = Far()
        let weather = VenueWeather(
            seed: 1,
            faults: [.arrivals],
            calmFrom: Self.start + .seconds(60)
        )
        let venue = FaultyVenue(far, weather: weather)
        for number in 0..<100 {
            await venue.take(try Self.order(number), at: Self.start) { _ in }?()
        }
        let early = far.done.withLock(\.count)
        #expect(early < 100)
        await venue.take(.wake, at: Self.start + .seconds(10)) { _ in }?()
        #expect(far.done.withLock(\.count) == 100)
    }

    @Test func `a cancel that is lost ends nothing`() throws {
        let stand = try Stand(.cancels)
        _ = stand.take(try Self.order(1))
        _ = stand.take(.wake, at: Self.start + .seconds(1))
        var tries = 0
        while stand.paper.openEntries == 1, tries < 100 {
            tries += 1
            let reports = stand.take(
                .cancel(ClientOrderID("order-1")),
                at: Self.start + .seconds(2)
            )
            let isLost = reports.contains { if case .noted = $0 { true } else { false } }
            _ = stand.take(.wake, at: Self.start + .seconds(3))
            #expect((stand.paper.openEntries == 1) == isLost)
        }
        #expect(stand.paper.openEntries == 0)
    }

    @Test func `a list that breaks off is unreadable, and never empty`() throws {
        let stand = try Stand(.lists)
        var broken = 0
        for cycle in 0..<100 {
            let reports = stand.take(.list(cycle: cycle))
            let isBroken = reports.contains { if case .unreadable = $0 { true } else { false } }
            let isListed = reports.contains { if case .listed = $0 { true } else { false } }
            #expect(isBroken != isListed)
            broken += isBroken ? 1 : 0
        }
        #expect((1..<100).contains(broken))
    }

    @Test func `a wallet that cannot be read is named, and the others are listed`() throws {
        let stand = try Stand(.rows)
        var odd = 0
        for cycle in 0..<100 {
            for case .listed(_, let listing) in stand.take(.list(cycle: cycle)) {
                #expect(listing.balances.count + listing.unreadable.count == 1)
                odd += listing.unreadable.count
            }
        }
        #expect((1..<100).contains(odd))
    }

    @Test func `of an order that is listed in an odd way nothing is learned, and it is not absent`()
        throws
    {
        let stand = try Stand(.rows)
        _ = stand.take(try Self.order(1))
        _ = stand.take(.wake, at: Self.start + .seconds(1))
        let ids = [ClientOrderID("order-1")]
        var odd = 0
        for number in 0..<100 {
            let asked = VenueRequest.lookUp(number: number, ids, since: Self.start)
            for case .lookedUp(let lookUp) in stand.take(asked, at: Self.start + .seconds(2)) {
                #expect(lookUp.asked.isEmpty || lookUp.found?[ids[0]] != nil)
                odd += lookUp.asked.isEmpty ? 1 : 0
            }
        }
        #expect((1..<100).contains(odd))
    }

    @Test func `coins that are not free are not sold for a while, and what is free is said`() throws
    {
        let stand = try Stand(.funds)
        func sell(_ number: Int, _ quantity: String, at seconds: Int64) throws -> Bool {
            let request = OrderRequest(
                clientOrderID: ClientOrderID("sell-\(number)"),
                product: Self.btc,
                side: .sell,
                terms: .marketBase(try Quantity(quantity))
            )
            let said = stand.take(
                .submit(request, isEntry: false),
                at: Self.start + .seconds(seconds)
            )
            return !said.contains { report in
                guard case .delayed(_, .event(.orderRejected(_, .insufficientFunds))) = report
                else { return false }
                return true
            }
        }
        var number = 0
        while try sell(number, "2", at: 0) {
            number += 1
        }
        // Half of what was asked for is free: a sell of it passes, and then nothing is left.
        #expect(try !sell(1_000, "1.1", at: 1))
        #expect(try sell(1_001, "1", at: 1))
        #expect(try !sell(1_002, "0.1", at: 1))
        let free = stand.take(.readAvailable(Self.btc), at: Self.start + .seconds(1)).compactMap {
            if case .availableRead(_, let free) = $0 { free } else { Quantity?.none }
        }
        #expect(free == [.zero])
    }

    @Test func `price steps get coarser for a while, and at last are those of before`() throws {
        let spec = try ProductSpec(Self.btc, tier: 1)
        let market = MarketGenerator([spec], seed: 1, start: Self.start, warmup: 10)
        let own = try #require(market.products.first)
        let calm = Self.start + .seconds(7_200)
        var weather = RuleWeather(market, seed: 1, calmFrom: calm)
        var seen: [Product] = []
        var now = Self.start
        while now < calm + .seconds(60) {
            seen += try weather.step(at: now).compactMap(\.rules)
            now = now + market.interval
        }
        #expect(seen.count > 1 && seen.last == own)
        for product in seen {
            #expect(product.priceIncrement.raw % own.priceIncrement.raw == 0)
        }
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.priceIncrement != $1.priceIncrement })
    }

    @Test func `what a venue is told to suffer is what is heard of it`() throws {
        let stand = try Stand()
        func heard(_ fault: VenueFault?) -> [String] {
            stand.faults.set(fault)
            return stand.take(.list(cycle: 1)).map { report in
                switch report {
                case .answered(.answered): "answered"
                case .answered(.limited): "limited"
                case .answered(.failed): "failed"
                case .clockCompared(let ahead, _): "ahead \(ahead / .seconds(1))"
                case .listed: "listed"
                case .unreadable: "unreadable"
                default: "other"
                }
            }
        }
        #expect(heard(nil) == ["ahead 0.0", "answered", "listed"])
        #expect(heard(.unreachable) == ["failed", "unreadable"])
        #expect(heard(.failing) == ["failed", "unreadable"])
        #expect(heard(.limiting) == ["limited", "unreadable"])
        #expect(heard(.silent) == [])
        #expect(heard(.ahead(.seconds(5))) == ["ahead 5.0", "answered", "listed"])
        #expect(stand.faults.outage == nil)
        stand.faults.set(.gap(Self.btc))
        #expect(stand.faults.outage == .gap(Self.btc))
        stand.faults.set(.unreachable)
        #expect(stand.faults.outage == .disconnected)
        stand.faults.set(.rejecting)
        let reports = stand.take(try Self.order(1))
        guard case .delayed(_, .event(.orderRejected(_, .other))) = try #require(reports.first)
        else {
            Issue.record("\(reports)")
            return
        }
    }

    @Test func `a start over a bad way hides what is not shown yet, and proves nothing absent`()
        async throws
    {
        let stand = try Stand(.visibility)
        for number in 0..<20 {
            _ = stand.take(try Self.order(number))
        }
        _ = stand.take(.wake, at: Self.start + .seconds(1))
        let ids = (0..<20).map { ClientOrderID("order-\($0)") }
        func truth(at now: Instant) async throws -> VenueTruth {
            try await stand.venue.truth(
                for: LedgerPast(
                    instance: "instance",
                    unfinished: [],
                    fillCount: 0,
                    since: Self.start,
                    at: now,
                    missing: { _ in ids }
                )
            )
        }
        let early = try await truth(at: Self.start + .milliseconds(1_100))
        #expect(!early.isExhaustive && early.canceled == 0)
        #expect(early.orders.count < 20)
        let late = try await truth(at: Self.start + .seconds(60))
        #expect(late.orders.count == 20)
    }
}
