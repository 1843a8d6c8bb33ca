package import VigilModel

/// How a product's synthetic market behaves.
package struct ProductSpec: Sendable {
    /// The product's rules.
    package let product: Product
    /// Its first price.
    package let startPrice: Double
    /// The standard deviation of a one-minute return.
    package let sigma: Double
    /// The usual spread in basis points.
    package let spreadBPS: Double
    /// What usually rests at the touch, in the quote currency.
    package let touchNotional: Double
    /// What is usually traded in a day, in the quote currency.
    package let dailyNotional: Double

    /// The spec of a product by its tier (1 to 3) and, where it is well known, its usual price.
    ///
    /// - Throws: never for the tiers and prices given here; the type is that of exact parsing.
    package init(_ id: ProductID, tier: Int, written digits: Digits? = nil) throws(MoneyError) {
        let known = Self.usual[id.base.description]
        var tick = known?.tick ?? "0.0001"
        var increment = known?.increment ?? "0.01"
        // What nobody knows, or what is finer than what is known, is as the recording writes it.
        if let digits {
            let (price, volume) = (digits.tick, digits.increment)
            let isFiner = try Price(price, id.quote) < Price(tick, id.quote)
            tick = known == nil || isFiner ? price : tick
            increment = known == nil ? volume : increment
        }
        startPrice = known?.price ?? 10
        product = try Product(
            id: id,
            baseIncrement: Quantity(increment),
            priceIncrement: Price(tick, id.quote),
            baseMin: Quantity(increment),
            quoteMin: Money("1", id.quote),
            status: .online
        )
        switch tier {
        case 1:
            sigma = id.base.description == "BTC" ? 0.000_62 : 0.001
            (spreadBPS, touchNotional, dailyNotional) = (2, 20_000, 900_000_000)
        case 2:
            (sigma, spreadBPS, touchNotional, dailyNotional) = (0.0012, 8, 3_000, 60_000_000)
        default:
            let isStable = [Currency.usdc, .usdt].contains(id.base)
            // 116 % a year: what is listed there moves so, and twice that would be halted all day.
            sigma = isStable ? 0.000_02 : 0.0016
            (spreadBPS, touchNotional, dailyNotional) = (isStable ? 2 : 25, 800, 8_000_000)
        }
    }

    /// How finely a recording is written, from which a product's steps follow.
    package struct Digits: Sendable {
        let price: Int
        let volume: Int
        let lowest: Double

        /// Takes the most digits behind the point, and the lowest price.
        package init(price: Int, volume: Int, lowest: Double) {
            (self.price, self.volume, self.lowest) = (price, volume, lowest)
        }

        /// A step of the last digit, and of no more than a hundred-millionth of the price: what is finer was computed.
        var tick: String {
            var (most, step) = (0, 1.0)
            while most < 18, step > lowest * 1e-8 { (most, step) = (most + 1, step / 10) }
            return Self.step(min(price, most))
        }

        var increment: String { Self.step(min(volume, 8)) }

        private static func step(_ places: Int) -> String {
            places == 0 ? "1" : "0." + String(repeating: "0", count: places - 1) + "1"
        }
    }

    private static let usual: [String: (price: Double, tick: String, increment: String)] = [
        "BTC": (86_000, "0.01", "0.00000001"),
        "ETH": (2_900, "0.01", "0.00000001"),
        "SOL": (135, "0.01", "0.00000001"),
        "XRP": (2.1, "0.0001", "0.000001"),
        "ADA": (0.41, "0.0001", "0.00000001"),
        "DOGE": (0.15, "0.00001", "0.1"),
        "AVAX": (14, "0.01", "0.00000001"),
        "LINK": (13, "0.001", "0.01"),
        "DOT": (2.3, "0.001", "0.00000001"),
        "USDC": (1, "0.0001", "0.01"),
        "USDT": (1, "0.0001", "0.01"),
        "UNI": (6.1, "0.001", "0.000001"),
    ]
}
