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
    /// Sums by name; there are few, so that a list is faster than a table.
    private var strategies: [Sum] = []
    private var themes: [Sum] = []
    private var currencies: [(code: Currency, rate: Rate, spent: Money)] = []
    private let themesByProduct: [ProductID: [String]]
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

    /// What is used under one name.
    private struct Sum {
        let name: String
        var used = Money.zero(.usd)
        /// Entries granted in this pass.
        var trades = 0
    }

    init(_ policy: RiskPolicy, _ input: RiskInput) throws(MoneyError) {
        let portfolio = input.portfolio
        total = portfolio.exposure
        themesByProduct = policy.themesByProduct
        rates = portfolio.rates
        positions = portfolio.exposures.count
        products = Dictionary(minimumCapacity: 2 * (positions + input.working.count))
        for (product, value) in portfolio.exposures {
            products[product] = Use(worst: value, isHeld: true)
            let strategy = portfolio.strategies[product] ?? ""
            try strategies[Self.index(of: strategy, in: &strategies)].used += value
            for theme in themes(of: product) {
                try themes[Self.index(of: theme, in: &themes)].used += value
            }
        }
        for entry in input.working where !Mutation.isOn("use.working_ignored") {
            try take(entry.product, entry.worst, entry.strategy)
        }
    }

    private static func index(of name: String, in sums: inout [Sum]) -> Int {
        if let index = sums.firstIndex(where: { $0.name == name }) { return index }
        sums.append(Sum(name: name))
        return sums.count - 1
    }

    private mutating func index(of currency: Currency) -> Int {
        if let index = currencies.firstIndex(where: { $0.code == currency }) { return index }
        // What has no rate was refused before; one that lost it since counts in full.
        currencies.append((currency, rates[currency] ?? .one, .zero(.usd)))
        return currencies.count - 1
    }

    func use(of product: ProductID) -> Use { products[product] ?? Use() }
    func trades(of strategy: String) -> Int {
        strategies.first { $0.name == strategy }?.trades ?? 0
    }
    func used(by strategy: String) -> Money {
        strategies.first { $0.name == strategy }?.used ?? .zero(.usd)
    }
    func used(byTheme theme: String) -> Money {
        themes.first { $0.name == theme }?.used ?? .zero(.usd)
    }
    func themes(of product: ProductID) -> [String] { themesByProduct[product] ?? [] }

    /// What working entries and grants take out of a currency's cash, in USD.
    func spent(of currency: Currency) -> Money {
        currencies.first { $0.code == currency }?.spent ?? .zero(.usd)
    }

    mutating func grant(_ order: NewOrder, worst: Money) throws(MoneyError) {
        let strategy = order.proposal.strategy
        let index = Self.index(of: strategy, in: &strategies)
        if !use(of: order.product).isHeld {
            opened += 1
        }
        if Mutation.isOn("use.granted_ignored") {
            products[order.product, default: Use()].isWorking = true
        } else {
            try take(order.product, worst, strategy)
        }
        granted += 1
        strategies[index].trades += 1
    }

    private mutating func take(
        _ product: ProductID,
        _ worst: Money,
        _ strategy: String
    ) throws(MoneyError) {
        let paid = index(of: product.quote)
        let cost = try worst.inUSD(currencies[paid].rate, .up)
        var use: Use
        if let known = products[product] {
            use = known
        } else {
            use = Use()
            positions += 1
        }
        try use.worst += cost
        use.isWorking = true
        products[product] = use
        try total += cost
        try strategies[Self.index(of: strategy, in: &strategies)].used += cost
        try currencies[paid].spent += cost
        for theme in themes(of: product) {
            try themes[Self.index(of: theme, in: &themes)].used += cost
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
