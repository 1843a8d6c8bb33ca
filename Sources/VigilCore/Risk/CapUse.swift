package import VigilModel

/// How much of a cap is used, working entries at their worst case included.
package struct CapUse: Sendable, Equatable {
    /// The check that the cap belongs to.
    package let code: RiskCode
    /// What it is about, where there are several: a theme, a strategy, a product.
    package let subject: String
    /// What is used, in USD.
    package let used: Money
    /// What may be used, in USD.
    package let limit: Money

    /// Every cap on exposure that the policy has, in the order of the risk pass.
    ///
    /// - Throws: `overflow`.
    package static func all(
        _ policy: RiskPolicy,
        _ portfolio: PortfolioSnapshot,
        working: [WorkingEntry]
    ) throws(MoneyError) -> [CapUse] {
        let base = try portfolio.nlv.smaller(policy.capitalMax)
        var used = try RiskUse(policy, portfolio, working, base: base)
        var result: [CapUse] = []
        func add(
            _ code: RiskCode,
            _ subject: String,
            _ use: Money,
            _ share: Rate
        ) throws(MoneyError) {
            let limit = try base.times(share, .down)
            result.append(CapUse(code: code, subject: subject, used: use, limit: limit))
        }
        for (name, share) in policy.strategyBudget.sorted(by: { $0.key < $1.key }) {
            let sum = used.strategy(at: try used.place(ofStrategy: name))
            try add(.strategyBudget, name, sum.used, share)
        }
        for (name, share) in policy.themeMax.sorted(by: { $0.key < $1.key }) {
            let sum = used.theme(at: try used.place(ofTheme: name))
            try add(.theme, name, sum.used, share)
        }
        let products = Set(portfolio.exposures.keys).union(working.map(\.product))
        for product in products.sorted() {
            let use = used.use(at: used.place(of: product))
            try add(.assetSize, product.description, use.worst, policy.assetMax)
        }
        try add(.totalAtRisk, "", used.total, policy.totalAtRiskMax)
        try result.append(
            CapUse(
                code: .capitalFence,
                subject: "",
                used: used.total,
                limit: portfolio.nlv.smaller(policy.capitalMax)
            )
        )
        return result
    }
}
