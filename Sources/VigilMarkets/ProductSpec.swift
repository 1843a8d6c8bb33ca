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
    package init(_ id: ProductID, tier: Int) throws(MoneyError) {
        let known = Self.usual[id.base.description]
        let tick = known?.tick ?? "0.0001"
        startPrice = known?.price ?? 10
        product = try Product(
            id: id,
            baseIncrement: Quantity(known?.increment ?? "0.01"),
            priceIncrement: Price(tick, id.quote),
            baseMin: Quantity(known?.increment ?? "0.01"),
            quoteMin: Money("1", id.quote),
            status: .online
        )
        switch tier {
        case 1:
            sigma = id.base.description == "BTC" ? 0.000_62 : 0.001
            (spreadBPS, touchNotional, dailyNotional) = (2, 20_000, 900_000_000)
        case 2:
            (sigma, spreadBPS, touchNotional, dailyNotional) = (0.0018, 8, 3_000, 60_000_000)
        default:
            let isStable = [Currency.usdc, .usdt].contains(id.base)
            sigma = isStable ? 0.000_02 : 0.003
            (spreadBPS, touchNotional, dailyNotional) = (isStable ? 2 : 25, 800, 8_000_000)
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
