import VigilModel

/// What is used of the limits at one point of a risk pass: held, worked, and granted before.
struct RiskUse {
    /// Entries granted in this pass.
    private(set) var granted = 0
    /// Positions opened in this pass.
    private(set) var opened = 0
    /// Positions held, worked or granted.
    private(set) var positions: Int
    /// Everything at risk, in USD.
    private(set) var total: Money
    private var byProduct: [ProductID: Money]
    private var byTheme: [String: Money] = [:]
    private var byStrategy: [String: Money]
    private var spent: [Currency: Money] = [:]
    private var tradesByStrategy: [String: Int] = [:]
    private var working: Set<ProductID> = []
    private let held: Set<ProductID>
    private let themes: [ProductID: [String]]
    private let rates: [Currency: Rate]

    init(_ policy: RiskPolicy, _ input: RiskInput) throws(MoneyError) {
        let portfolio = input.portfolio
        held = Set(portfolio.exposures.keys)
        byProduct = portfolio.exposures
        total = portfolio.exposure
        byStrategy = [:]
        themes = policy.themesByProduct
        rates = portfolio.rates
        positions = held.count
        for (product, value) in portfolio.exposures {
            let strategy = portfolio.strategies[product] ?? ""
            byStrategy[strategy] = try (byStrategy[strategy] ?? .zero(.usd)) + value
            for theme in themes[product] ?? [] {
                byTheme[theme] = try (byTheme[theme] ?? .zero(.usd)) + value
            }
        }
        for entry in input.working where !Mutation.isOn("use.working_ignored") {
            try take(entry.product, entry.worst, entry.strategy)
            working.insert(entry.product)
        }
    }

    func isHeld(_ product: ProductID) -> Bool { held.contains(product) }
    func isWorking(_ product: ProductID) -> Bool { working.contains(product) }
    func trades(of strategy: String) -> Int { tradesByStrategy[strategy] ?? 0 }
    func used(by product: ProductID) -> Money { byProduct[product] ?? .zero(.usd) }
    func used(by strategy: String) -> Money { byStrategy[strategy] ?? .zero(.usd) }
    func used(byTheme theme: String) -> Money { byTheme[theme] ?? .zero(.usd) }
    func themes(of product: ProductID) -> [String] { themes[product] ?? [] }

    /// What working entries and grants take out of a currency's cash, in USD.
    func spent(of currency: Currency) -> Money { spent[currency] ?? .zero(.usd) }

    mutating func grant(_ order: NewOrder, worst: Money) throws(MoneyError) {
        if !held.contains(order.product) {
            opened += 1
        }
        if !Mutation.isOn("use.granted_ignored") {
            try take(order.product, worst, order.proposal.strategy)
        }
        working.insert(order.product)
        granted += 1
        tradesByStrategy[order.proposal.strategy, default: 0] += 1
    }

    private mutating func take(
        _ product: ProductID,
        _ worst: Money,
        _ strategy: String
    ) throws(MoneyError) {
        // What has no rate was refused before; one that lost it since counts in full.
        let cost = try worst.inUSD(rates[worst.currency] ?? .one, .up)
        if byProduct[product] == nil {
            positions += 1
        }
        total = try total + cost
        byProduct[product] = try used(by: product) + cost
        byStrategy[strategy] = try used(by: strategy) + cost
        spent[product.quote] = try spent(of: product.quote) + cost
        for theme in themes[product] ?? [] {
            byTheme[theme] = try used(byTheme: theme) + cost
        }
    }
}

extension Money {
    /// The worth in US dollars at a rate.
    func inUSD(_ rate: Rate, _ rounding: Rounding) throws(MoneyError) -> Money {
        guard currency != .usd else { return self }
        let raw = try FixedPoint.scaled(raw, times: rate.raw, over: FixedPoint.one, rounding)
        return Money(raw: raw, currency: .usd)
    }
}
