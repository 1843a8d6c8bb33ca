package import VigilModel

/// Fills that the books could not take in yet, such as a sell that was recorded before its buy; oldest first.
package struct OwedFills: Sendable {
    /// The fills, with what their orders were for.
    package private(set) var rows: [(fill: Fill, origin: FillOrigin)] = []

    /// Begins with none.
    package init() {}

    /// Keeps one.
    package mutating func add(_ fill: Fill, _ origin: FillOrigin) {
        rows.append((fill, origin))
    }

    /// Tries each until nothing more goes through.
    package mutating func settle(_ take: (Fill, FillOrigin) throws(MoneyError) -> Void) {
        var before = rows.count + 1
        while rows.count < before {
            before = rows.count
            let waiting = rows
            rows = []
            for (fill, origin) in waiting {
                do throws(MoneyError) {
                    try take(fill, origin)
                } catch {
                    rows.append((fill, origin))
                }
            }
        }
    }

    /// True where one has taken coins of a product: what the books still have of it may be gone.
    package func haveTaken(_ product: ProductID) -> Bool {
        rows.contains { fill, _ in
            fill.product == product && (fill.side == .sell) == (fill.kind != .reversal)
        }
    }
}
