import VigilModel

/// What is used of the limits at one point of a risk pass: held, worked, and granted before.
///
/// Sums stand in lists: there are few names, and a list is faster than a table. Not to be copied, which is
/// dear, and of which one alone would be the right one.
struct RiskUse: ~Copyable {
    /// Entries granted in this pass.
    private(set) var granted = 0
    /// Positions opened in this pass.
    private(set) var opened = 0
    /// Positions held, worked or granted.
    private(set) var positions: Int
    /// Everything at risk, in USD.
    private(set) var total: Money
    private var products: [Use] = []
    private var places: [ProductID: Int]
    private var strategies: [Sum] = []
    private var themes: [Sum] = []
    private var currencies: [Purse] = []
    private let policy: RiskPolicy
    private let portfolio: PortfolioSnapshot
    private let base: Money

    /// What is used by one product.
    struct Use {
        /// Held, worked and granted, in USD.
        var worst = Money.zero(.usd)
        /// True where there is a position.
        var isHeld = false
        /// True where an entry is worked or was granted.
        var isWorking = false
        /// Its themes.
        var themes: [String] = []
    }

    /// What is used under one name.
    struct Sum {
        /// The strategy or theme.
        let name: String
        /// The most in USD; nil where there is no limit.
        let limit: Money?
        /// The most entries in one cycle; nil where there is no limit.
        var tradesMax: Int?
        /// In USD.
        var used = Money.zero(.usd)
        /// Entries granted in this pass.
        var trades = 0
    }

    /// A currency that entries are paid with.
    struct Purse {
        let currency: Currency
        /// In US dollars; nil where no market says.
        let rate: Rate?
        /// Cash at that rate.
        let cash: Money
        /// What working entries and grants take out of the cash, in USD.
        var spent = Money.zero(.usd)
    }

    init(
        _ policy: RiskPolicy,
        _ portfolio: PortfolioSnapshot,
        _ working: [WorkingEntry],
        base: Money
    ) throws(MoneyError) {
        self.policy = policy
        self.portfolio = portfolio
        self.base = base
        total = portfolio.exposure
        positions = portfolio.exposures.count
        places = Dictionary(minimumCapacity: 2 * (positions + working.count))
        for (product, value) in portfolio.exposures {
            let place = place(of: product)
            products[place].worst = value
            products[place].isHeld = true
            try add(value, portfolio.strategies[product] ?? "", products[place].themes)
        }
        for entry in working {
            try take(place(of: entry.product), entry.worst, entry.strategy)
        }
    }

    // MARK: Looking up

    /// The place of a product's use, which is made where it is missing; looked up once a proposal, for
    /// this is most of what a pass costs.
    mutating func place(of product: ProductID) -> Int {
        let next = products.count
        let place = places[product, defaultingTo: next]
        if place == next {
            products.append(Use(themes: policy.themesByProduct[product] ?? []))
        }
        return place
    }

    /// A product's use by its place.
    func use(at place: Int) -> Use { products[place] }

    /// The place of a strategy's sum, which is made where it is missing.
    mutating func place(ofStrategy name: String) throws(MoneyError) -> Int {
        if let place = strategies.firstIndex(where: { $0.name == name }) { return place }
        var sum = Sum(name: name, limit: try limit(policy.strategyBudget[name]))
        sum.tradesMax = policy.strategyTradesMax[name]
        strategies.append(sum)
        return strategies.count - 1
    }

    /// The place of a theme's sum, which is made where it is missing.
    mutating func place(ofTheme name: String) throws(MoneyError) -> Int {
        if let place = themes.firstIndex(where: { $0.name == name }) { return place }
        themes.append(Sum(name: name, limit: try limit(policy.themeMax[name])))
        return themes.count - 1
    }

    /// The place of a currency's purse, which is made where it is missing.
    mutating func place(of currency: Currency) throws(MoneyError) -> Int {
        if let place = currencies.firstIndex(where: { $0.currency == currency }) { return place }
        let rate = portfolio.rates[currency].flatMap { $0 > .zero ? $0 : nil }
        let cash = portfolio.holdings[currency] ?? .zero(currency)
        let purse = Purse(
            currency: currency,
            rate: rate,
            cash: try cash.inUSD(rate ?? .zero, .down)
        )
        currencies.append(purse)
        return currencies.count - 1
    }

    /// A strategy's sum by its place.
    func strategy(at place: Int) -> Sum { strategies[place] }
    /// A theme's sum by its place.
    func theme(at place: Int) -> Sum { themes[place] }
    /// A purse by its place.
    func purse(at place: Int) -> Purse { currencies[place] }

    private func limit(_ share: Rate?) throws(MoneyError) -> Money? {
        guard let share else { return nil }
        return try base.times(share, .down)
    }

    // MARK: Counting

    /// Counts an entry that costs at worst this much in its quote currency.
    mutating func grant(
        _ order: NewOrder,
        at place: Int,
        worst: Money
    ) throws(MoneyError) {
        if !products[place].isHeld {
            opened += 1
        }
        let strategy = order.proposal.strategy
        try take(place, worst, strategy)
        granted += 1
        strategies[try self.place(ofStrategy: strategy)].trades += 1
    }

    private mutating func take(
        _ place: Int,
        _ worst: Money,
        _ strategy: String
    ) throws(MoneyError) {
        let paid = try self.place(of: worst.currency)
        // What has no rate was refused before; one that lost it since counts in full.
        let cost = try worst.inUSD(currencies[paid].rate ?? .one, .up)
        if !products[place].isHeld, !products[place].isWorking {
            positions += 1
        }
        try products[place].worst += cost
        products[place].isWorking = true
        try total += cost
        try currencies[paid].spent += cost
        try add(cost, strategy, products[place].themes)
    }

    private mutating func add(
        _ cost: Money,
        _ strategy: String,
        _ names: [String]
    ) throws(MoneyError) {
        let place = try place(ofStrategy: strategy)
        try strategies[place].used += cost
        for name in names {
            let place = try self.place(ofTheme: name)
            try themes[place].used += cost
        }
    }
}

extension [ProductID: Int] {
    /// What stands there, put there before where nothing does; one look-up for both.
    fileprivate subscript(product: ProductID, defaultingTo next: Int) -> Int {
        mutating get {
            func read(_ place: inout Int) -> Int { place }
            return read(&self[product, default: next])
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

    /// The larger of two amounts of one currency.
    func larger(_ other: Money) throws(MoneyError) -> Money {
        try isLess(than: other) ? other : self
    }
}
