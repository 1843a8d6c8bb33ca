import Synchronization
import Testing
import VigilCore
import VigilExchange
import VigilMarkets
import VigilModel

/// The paper venue as the engine asks it, beside a market that is its own and beside one that is not.
@Suite struct PaperVenueTests {
    private static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)
    private static let start = Instant(seconds: 1_767_571_200)

    /// What a venue said, in words.
    private final class Heard: Sendable {
        private let words = Mutex<[String]>([])
        private let due = Mutex<Instant?>(nil)

        func add(_ report: VenueReport) {
            if case .wake(let instant) = report { due.withLock { $0 = instant } }
            let word =
                switch report {
                case .event(.orderAccepted): "accepted"
                case .event(.orderUpdated(let order)): order.status.rawValue
                case .event(.orderRejected(_, let reason)): reason.rawValue
                case .event(.fillReported): "fill"
                case .answered: "answered"
                case .clockCompared: "clock"
                case .listed: "listed"
                case .wake: "wake"
                default: "other"
                }
            words.withLock { $0.append(word) }
        }

        var all: [String] {
            words.withLock { words in
                defer { words = [] }
                return words
            }
        }
        /// When the venue wants to be woken.
        var wanted: Instant? { due.withLock(\.self) }
    }

    private func venue(interval: Duration?) throws -> PaperVenue {
        let spec = try ProductSpec(Self.btc, tier: 1)
        var market = MarketGenerator([spec], seed: 1, start: Self.start, warmup: 10)
        let venue = try PaperVenue(
            products: market.products,
            fees: FeeSchedule(maker: .zero, taker: .zero),
            store: PaperStore(path: nil),
            seed: 1,
            interval: interval,
            mayEnter: { true }
        )
        try venue.deposit(Money("100000", .usd))
        _ = venue.observe(try market.step(at: Self.start).map(\.move), at: Self.start)
        return venue
    }

    private func order(until end: Instant) throws -> VenueRequest {
        .submit(
            OrderRequest(
                clientOrderID: ClientOrderID("order"),
                product: Self.btc,
                side: .buy,
                terms: .limit(
                    price: try Price("100", .usd),
                    quantity: try Quantity("0.1"),
                    timeInForce: .goodTillTime(end),
                    postOnly: true
                )
            ),
            isEntry: true
        )
    }

    @Test func `beside a market that is not its own it looks each second at what has ended`()
        throws
    {
        let venue = try venue(interval: .seconds(1))
        let heard = Heard()
        func take(_ request: VenueRequest, _ milliseconds: Int) -> [String] {
            _ = venue.take(request, at: Self.start + .milliseconds(milliseconds)) { heard.add($0) }
            return heard.all
        }
        // Each engine begins anew, however soon after the one before it.
        for _ in 0...1 {
            venue.begin(VenueStart(instance: "i", unfinished: [])) { heard.add($0) }
            #expect(heard.all == ["wake"])
            #expect(take(.wake, 100) == ["wake"])
            #expect(heard.wanted == Self.start + .seconds(1))
        }
        #expect(take(try order(until: Self.start + .milliseconds(2_500)), 200) == ["wake"])
        #expect(take(.wake, 400) == ["accepted"])
        #expect(venue.openEntries == 1)
        #expect(take(.wake, 1_000) == ["wake"] && take(.wake, 2_000) == ["wake"])
        // Nothing moved, and nobody asked for it: its time is over.
        #expect(take(.wake, 3_000) == ["expired", "wake"])
        #expect(venue.openEntries == 0)
    }

    @Test func `it speaks of answers and clocks only where there is no real venue to speak of`()
        throws
    {
        let own = Heard()
        _ = try venue(interval: nil).take(.list(cycle: 1), at: Self.start) { own.add($0) }
        #expect(own.all == ["answered", "listed"])
        let shown = Heard()
        _ = try venue(interval: .seconds(1)).take(.list(cycle: 1), at: Self.start) {
            shown.add($0)
        }
        #expect(shown.all == ["listed"])
    }
}
