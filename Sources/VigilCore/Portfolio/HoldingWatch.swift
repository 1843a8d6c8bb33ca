import VigilModel

/// Sees that what is held can be sold, and that its stop has a price to fire on.
///
/// A halt of one product's entries is worth knowing; the same fault in a product that is held takes its protection
/// away, and is worth waking up for.
struct HoldingWatch: Sendable {
    /// How long a position may be without a fresh quote; a connection that comes back takes seconds.
    static let unseenMax = Duration.seconds(60)

    private var unsellable: Set<ProductID> = []
    private var unseen: Set<ProductID> = []
    private var beganAt: Instant?

    /// The engine begins: what has no quote yet is waited for from here on.
    mutating func begin(at now: Instant) {
        beganAt = now
    }

    /// True where an order that takes is taken in.
    private static func isOpen(_ status: TradingStatus) -> Bool {
        switch status {
        case .online, .limitOnly: true
        case .postOnly, .cancelOnly, .disabled: false
        }
    }

    /// A product that is held has other rules.
    mutating func look(at product: Product) -> [PortfolioCore.Effect] {
        if Self.isOpen(product.status) {
            return unsellable.remove(product.id) == nil ? [] : [.reportSellable(product.id)]
        }
        let isNew = unsellable.insert(product.id).inserted
        return isNew ? [.reportUnsellable(product.id, product.status)] : []
    }

    /// Looks at all that is held.
    mutating func look(
        _ held: [ProductID],
        _ products: [ProductID: Product],
        _ quotes: [ProductID: Quote],
        at now: Instant
    ) -> [PortfolioCore.Effect] {
        held.flatMap { id -> [PortfolioCore.Effect] in
            // What has no market here at all is told at the start.
            guard let product = products[id] else { return [] }
            let last = quotes[id]?.occurredAt
            let isLate = (last ?? beganAt).map { now - $0 > Self.unseenMax } ?? false
            // Of a market that is closed no quote is awaited, and that it is closed is told.
            let isAwaited = isLate && Self.isOpen(product.status)
            let isNew = isAwaited && unseen.insert(id).inserted
            return look(at: product) + (isNew ? [.reportUnseen(id, since: last)] : [])
        }
    }

    /// A quote came.
    mutating func quoted(_ product: ProductID) -> [PortfolioCore.Effect] {
        unseen.remove(product) == nil ? [] : [.reportSeen(product)]
    }

    /// Why a product's stop cannot fire now, in words; nil where nothing speaks against it.
    func hindrance(of id: ProductID, _ products: [ProductID: Product]) -> String? {
        guard let product = products[id] else { return "it has no market in this run" }
        if unsellable.contains(id) { return "the venue lists it as `\(product.status.rawValue)`" }
        return unseen.contains(id) ? "no quotes arrive for it" : nil
    }

    /// A position is left: nothing of it is watched any more.
    mutating func left(_ product: ProductID) {
        unsellable.remove(product)
        unseen.remove(product)
    }
}
