import VigilModel

/// The displayed book of a product: what others rest and what the account rests, level by level.
struct Ladder: Sendable {
    /// One price of one side, and the quantity that is there now; zero where the level is gone.
    struct Change: Sendable, Equatable {
        let side: Side
        let price: Price
        let quantity: Quantity
    }

    /// Resting buys, best first.
    private(set) var bids: [BookLevel] = []
    /// Resting sells, best first.
    private(set) var asks: [BookLevel] = []

    /// The levels of a side, best first.
    func levels(_ side: Side) -> [BookLevel] { side == .buy ? bids : asks }

    /// The best bid and ask as they are shown; nil where a side is empty.
    var touch: (bid: BookLevel, ask: BookLevel)? {
        guard let bid = bids.first, let ask = asks.first else { return nil }
        return (bid, ask)
    }

    /// Takes in the book of others and the account's own resting quantities by price; gives back what
    /// is different now.
    mutating func update(_ book: OrderBook, own: [Side: [Price: Quantity]]) -> [Change] {
        let newBids = Self.joined(book.bids, own[.buy] ?? [:], .buy)
        let newAsks = Self.joined(book.asks, own[.sell] ?? [:], .sell)
        let old = self
        (bids, asks) = (newBids, newAsks)
        return Self.changes(from: old, to: self)
    }

    /// What leads from one displayed book to another.
    static func changes(from old: Ladder, to new: Ladder) -> [Change] {
        changes(old.bids, new.bids, .buy) + changes(old.asks, new.asks, .sell)
    }

    private static func isBetter(_ left: Price, _ right: Price, _ side: Side) -> Bool {
        side == .buy ? left > right : left < right
    }

    private static func joined(
        _ levels: [BookLevel],
        _ own: [Price: Quantity],
        _ side: Side
    ) -> [BookLevel] {
        var levels = levels
        for (price, quantity) in own {
            let place = levels.partitioned { !isBetter($0.price, price, side) }
            if place < levels.count, levels[place].price == price {
                let sum = try? levels[place].quantity + quantity
                levels[place].quantity = sum ?? levels[place].quantity
            } else {
                levels.insert(BookLevel(price: price, quantity: quantity), at: place)
            }
        }
        return levels
    }

    /// What leads from one sorted side to another, best first.
    private static func changes(
        _ old: [BookLevel],
        _ new: [BookLevel],
        _ side: Side
    ) -> [Change] {
        var changes: [Change] = []
        var (before, after) = (0, 0)
        while before < old.count || after < new.count {
            let isGone =
                after == new.count
                || (before < old.count && isBetter(old[before].price, new[after].price, side))
            if isGone {
                changes.append(Change(side: side, price: old[before].price, quantity: .zero))
                before += 1
                continue
            }
            let level = new[after]
            let isOld = before < old.count && old[before].price == level.price
            if !isOld || old[before].quantity != level.quantity {
                changes.append(Change(side: side, price: level.price, quantity: level.quantity))
            }
            before += isOld ? 1 : 0
            after += 1
        }
        return changes
    }
}
