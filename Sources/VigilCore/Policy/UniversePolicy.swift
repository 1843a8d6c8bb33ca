package import VigilModel

/// A class of products with common demands.
package enum Tier: Int, Sendable, Comparable, CaseIterable, Codable {
    /// The most liquid.
    case core = 1
    /// Liquid.
    case rotational
    /// Event driven.
    case eventDriven

    package static func < (left: Tier, right: Tier) -> Bool { left.rawValue < right.rawValue }
}

/// Which products may be traded.
package struct UniversePolicy: Sendable {
    /// What a tier demands; indicators.
    package struct TierDemands: Sendable {
        /// The products of the tier, in their configured order.
        package var products: [ProductID]
        /// The least notional traded in 24 hours, in USD.
        package var volumeMin: Double
        /// The widest spread in basis points.
        package var spreadMaxBPS: Double
        /// The least notional within 20 basis points of the middle, in USD.
        package var depthMin: Double

        /// Joins the parts.
        package init(
            products: [ProductID],
            volumeMin: Double,
            spreadMaxBPS: Double,
            depthMin: Double
        ) {
            self.products = products
            self.volumeMin = volumeMin
            self.spreadMaxBPS = spreadMaxBPS
            self.depthMin = depthMin
        }
    }

    /// Demands by tier.
    package var tiers: [Tier: TierDemands]
    /// Products that are never entered.
    package var neverTrade: Set<ProductID>
    /// How many readings in a row must fail before an eligible product is dropped.
    package var graceReadings: Int
    /// Fewer eligible products than this stop entries.
    package var eligibleMin: Int

    /// Joins the parts.
    package init(
        tiers: [Tier: TierDemands],
        neverTrade: Set<ProductID>,
        graceReadings: Int,
        eligibleMin: Int
    ) {
        self.tiers = tiers
        self.neverTrade = neverTrade
        self.graceReadings = graceReadings
        self.eligibleMin = eligibleMin
    }

    /// All products by tier, then in their configured order.
    package var products: [(product: ProductID, tier: Tier)] {
        Tier.allCases.flatMap { tier in
            (tiers[tier]?.products ?? []).map { ($0, tier) }
        }
    }
}
