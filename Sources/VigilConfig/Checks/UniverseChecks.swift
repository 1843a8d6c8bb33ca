internal import VigilCore
internal import VigilModel

extension ConfigCheck {
    private static func symbols(_ tier: Tier) -> Key<[ProductID]> {
        Keys.universe.tier(tier).products
    }

    private static func text(_ tier: String, _ products: String) -> String {
        "tiers:\n  \(tier):\n    symbols: [\(products)]\n"
    }

    /// Products that cannot be what they are listed as.
    static let universe: [ConfigCheck] = [
        ConfigCheck(
            code: "V0151",
            title: "a product is in two tiers",
            severity: .error,
            prevents: "two sets of requirements for one product, the wrong one being used",
            help: "keep it in one",
            keys: tiers(\.products),
            failing: .init(file: "universe", text: text("tier_2_rotational", "BTC-USD, XRP-USD")),
            passing: .init(file: "universe", text: text("tier_2_rotational", "XRP-USD, ADA-USD")),
            find: { configuration in
                var homes: [ProductID: Tier] = [:]
                var findings: [Finding] = []
                for (product, tier) in configuration.policy.universe.products {
                    guard let first = homes[product] else {
                        homes[product] = tier
                        continue
                    }
                    findings.append(
                        Finding(
                            summary: "`\(product)` is in two tiers",
                            keys: [(symbols(tier), "here"), (symbols(first), "and here")]
                        )
                    )
                }
                return findings
            }
        ),
        ConfigCheck(
            code: "V0152",
            title: "fewer products are listed than must be eligible",
            severity: .error,
            prevents: "an engine that runs for weeks and is never allowed to enter",
            help: "list more products, exclude fewer, or lower the minimum",
            keys: [
                Keys.breakers.eligibleMin, Keys.universe.neverTrade,
            ]
                + tiers(\.products),
            failing: .init(file: "policy", text: "circuit_breakers:\n  min_eligible_assets: 9\n"),
            passing: .init(file: "policy", text: "circuit_breakers:\n  min_eligible_assets: 8\n"),
            find: { configuration in
                let policy = configuration.policy.universe
                let listed = Set(policy.products.map(\.product)).subtracting(policy.neverTrade)
                guard listed.count < policy.eligibleMin else { return [] }
                return [
                    Finding(
                        summary: "\(listed.count) products may be traded, "
                            + "\(policy.eligibleMin) must be eligible: entries would never be allowed",
                        keys: [(Keys.breakers.eligibleMin, "required")]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0168",
            title: "a product that is never traded is listed in a tier",
            severity: .warning,
            prevents: "wondering for a week why a product is not traded",
            help: "take it out of one of the two lists",
            keys: [Keys.universe.neverTrade] + tiers(\.products),
            failing: .init(file: "universe", text: "exclusions:\n  never_trade: [XRP-USD]\n"),
            passing: .init(file: "universe", text: "exclusions:\n  never_trade: [PEPE-USD]\n"),
            find: { configuration in
                let policy = configuration.policy.universe
                return policy.products.filter { policy.neverTrade.contains($0.product) }.map {
                    Finding(
                        summary: "`\($0.product)` is listed, and never traded",
                        keys: [
                            (Keys.universe.neverTrade, "excluded"),
                            (symbols($0.tier), "listed"),
                        ]
                    )
                }
            }
        ),
        ConfigCheck(
            code: "V0169",
            title: "a lower tier accepts less than a higher one",
            severity: .warning,
            prevents: "tiers that were swapped",
            help: "let the demands fall from tier to tier",
            keys: tiers(\.spreadMax),
            failing: .init(
                file: "universe",
                text:
                    "tiers:\n  tier_2_rotational:\n    symbols: [XRP-USD]\n    constraints: {max_spread_bps: 10}\n"
            ),
            passing: .init(
                file: "universe",
                text:
                    "tiers:\n  tier_2_rotational:\n    symbols: [XRP-USD]\n    constraints: {max_spread_bps: 30}\n"
            ),
            find: { configuration in
                let tiers = configuration.policy.universe.tiers
                return zip(Tier.allCases, Tier.allCases.dropFirst()).compactMap { upper, lower in
                    guard let above = tiers[upper], let below = tiers[lower],
                        below.spreadMaxBPS < above.spreadMaxBPS
                    else { return nil }
                    return Finding(
                        summary:
                            "tier \(lower.rawValue) accepts less spread than tier \(upper.rawValue)",
                        keys: [
                            (
                                Keys.universe.tier(lower).spreadMax,
                                "\(below.spreadMaxBPS)"
                            ),
                            (
                                Keys.universe.tier(upper).spreadMax,
                                "\(above.spreadMaxBPS)"
                            ),
                        ]
                    )
                }
            }
        ),
    ]
}
