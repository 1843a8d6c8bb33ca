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
    private var products: [ProductID: Use]
    private var byTheme: [String: Money] = [:]
    private var byStrategy: [String: Money] = [:]
    private var spent: [Currency: Money] = [:]
    private var tradesByStrategy: [String: Int] = [:]
    private let themes: [ProductID: [String]]
    private let rates: [Currency: Rate]

    /// What is used by one product.
    struct Use {
        /// Held, worked and granted, in USD.
        var worst = Money.zero(.usd)
        /// True where there is a position.
        var isHeld = false
        /// True where an entry is worked or was granted.
        var isWorking = false
    }

    init(_ policy: RiskPolicy, _ input: RiskInput) throws(MoneyError) {
        let portfolio = input.portfolio
        total = portfolio.exposure
        themes = policy.themesByProduct
        rates = portfolio.rates
        positions = portfolio.exposures.count
        products = Dictionary(minimumCapacity: 2 * (positions + input.working.count))
        for (product, value) in portfolio.exposures {
            products[product] = Use(worst: value, isHeld: true)
            try add(value, to: &byStrategy[portfolio.strategies[product] ?? ""])
            for theme in themes[product] ?? [] {
                try add(value, to: &byTheme[theme])
            }
        }
        for entry in input.working where !Mutation.isOn("use.working_ignored") {
            try take(entry.product, entry.worst, entry.strategy)
            products[entry.product, default: Use()].isWorking = true
        }
    }

    func use(of product: ProductID) -> Use { products[product] ?? Use() }
    func trades(of strategy: String) -> Int { tradesByStrategy[strategy] ?? 0 }
    func used(by strategy: String) -> Money { byStrategy[strategy] ?? .zero(.usd) }
    func used(byTheme theme: String) -> Money { byTheme[theme] ?? .zero(.usd) }
    func themes(of product: ProductID) -> [String] { themes[product] ?? [] }

    /// What working entries and grants take out of a currency's cash, in USD.
    func spent(of currency: Currency) -> Money { spent[currency] ?? .zero(.usd) }

    mutating func grant(_ order: NewOrder, worst: Money) throws(MoneyError) {
        if !use(of: order.product).isHeld {
            opened += 1
        }
        if !Mutation.isOn("use.granted_ignored") {
            try take(order.product, worst, order.proposal.strategy)
        }
        products[order.product, default: Use()].isWorking = true
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
        if products[product] == nil {
            positions += 1
        }
        total = try total + cost
        var use = use(of: product)
        use.worst = try use.worst + cost
        products[product] = use
        try add(cost, to: &byStrategy[strategy])
        try add(cost, to: &spent[product.quote])
        for theme in themes[product] ?? [] {
            try add(cost, to: &byTheme[theme])
        }
    }

    private func add(_ cost: Money, to sum: inout Money?) throws(MoneyError) {
        sum = try (sum ?? .zero(.usd)) + cost
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
