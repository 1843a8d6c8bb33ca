internal import VigilCore
package import VigilExchange
package import VigilModel

/// The market of a paper venue that is shown the real one: it has products, and makes no steps itself.
package struct ObservedMarket: MarketSource {
    package let products: [Product]
    /// How often the paper venue looks at what has ended.
    package let interval = Duration.seconds(1)
    package let start: Instant
    package var end: Instant? { nil }
    package var history: [ProductID: [Candle]] { [:] }

    /// A market of these products from a time on.
    package init(products: [Product], start: Instant) {
        self.products = products
        self.start = start
    }

    package func step(at now: Instant) throws(MoneyError) -> [MarketStep] { [] }
}
