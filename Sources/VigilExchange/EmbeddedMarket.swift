internal import Synchronization
package import VigilModel

/// A market in this process, which outlives the engines that look at it.
package final class EmbeddedMarket: Sendable {
    /// The products it has.
    package let products: [Product]
    /// One-minute candles before its first instant, oldest first, by product.
    package let history: [ProductID: [Candle]]
    /// The span between two steps.
    package let interval: Duration
    /// The instant after its last step; nil where it never ends.
    package let end: Instant?
    private let source: Lock<any MarketSource>
    private let rules = Lock<[ProductID: Product]>([:])
    private let complaint: @Sendable () -> MarketOutage?

    /// A market from a source; `outage` says what a feed of it would complain of.
    package init(
        _ source: any MarketSource,
        outage: @escaping @Sendable () -> MarketOutage? = { nil }
    ) {
        products = source.products
        history = source.history
        interval = source.interval
        end = source.end
        complaint = outage
        self.source = Lock(source)
    }

    /// What a feed of it would complain of; nil where all is heard.
    package var outage: MarketOutage? { complaint() }

    /// Its step at an instant of its grid.
    ///
    /// - Throws: `MoneyError` where a number cannot be held; the market is over then.
    package func step(at now: Instant) throws(MoneyError) -> [MarketStep] {
        let result: Result<[MarketStep], MoneyError> = source.withLock { source in
            Result { () throws(MoneyError) in try source.step(at: now) }
        }
        let steps = try result.get()
        for step in steps {
            guard let changed = step.rules else { continue }
            rules.withLock { $0[step.product] = changed }
        }
        return steps
    }

    /// The rules that are not those of ``products`` any more, as whoever begins to look at it must know.
    package var changedRules: [ProductID: Product] { rules.withLock(\.self) }
}

/// What a feed of a market complains of.
package enum MarketOutage: Sendable, Equatable {
    /// Nothing is heard of it.
    case disconnected
    /// Messages of a product are lost, and its book does not come anew.
    case gap(ProductID)
}
