import VigilExchange
import VigilMarkets
import VigilModel

/// What the venue says of a product beyond the rules that the matching engine keeps.
struct Listing: Sendable {
    let product: Product
    /// The smallest quantity as the venue states it, which may lie off the increment grid.
    let baseMinText: String
    /// The largest quantity an order may have.
    let baseMax: Quantity
    /// The largest notional an order may have.
    let quoteMax: Money

    var id: ProductID { product.id }

    init(_ product: Product) throws(MoneyError) {
        self.product = product
        // **Source**: real minimums lie off the grid: base_min_size "26.7187147229469674" at an
        // increment of 1. Where the increment is coarse, ours does too.
        let coarse = product.baseIncrement >= (try Quantity("0.1"))
        baseMinText = coarse ? "0.0718714722946967" : product.baseMin.description
        baseMax = try Quantity("10000000")
        quoteMax = try Money("150000000", product.id.quote)
    }

    private static let names = [
        "BTC": "Bitcoin", "ETH": "Ethereum", "SOL": "Solana", "XRP": "XRP", "ADA": "Cardano",
        "DOGE": "Dogecoin", "AVAX": "Avalanche", "LINK": "Chainlink", "DOT": "Polkadot",
        "UNI": "Uniswap", "USD": "US Dollar", "USDC": "USDC",
    ]

    /// What people call a currency.
    static func name(of currency: Currency) -> String {
        names[currency.description] ?? currency.description
    }

    /// The first products of a list that begins with the well-known ones, and how they move.
    static func specs(_ count: Int) throws(MoneyError) -> [ProductSpec] {
        let known = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "AVAX", "LINK", "DOT", "UNI"]
        var specs: [ProductSpec] = []
        for index in 0..<count {
            let base = index < known.count ? known[index] : "SIM\(index + 1)"
            guard let id = ProductID("\(base)-USD") else { continue }
            specs.append(try ProductSpec(id, tier: index < 2 ? 1 : index < 10 ? 2 : 3))
        }
        return specs
    }
}
