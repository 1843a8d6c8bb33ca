import VigilModel

/// The whole displayed book of a product: the moving touch, the still levels far from it, and the
/// account's own orders.
struct Ladder: Sendable {
    /// One price of one side, and the quantity that is there now; zero where the level is gone.
    struct Change: Sendable, Equatable {
        let side: Side
        let price: Price
        let quantity: Quantity
    }

    private var bids: LadderSide
    private var asks: LadderSide

    init(levelsMax: Int) {
        bids = LadderSide(.buy, levelsMax: levelsMax)
        asks = LadderSide(.sell, levelsMax: levelsMax)
    }

    /// The levels of a side, best first, as they are shown.
    func levels(_ side: Side, limit: Int = .max) -> [BookLevel] {
        (side == .buy ? bids : asks).shown(limit)
    }

    /// Puts levels far from the touch in, worst first; for the beginning.
    mutating func seed(bids far: [BookLevel], asks farAsks: [BookLevel]) {
        bids.seed(far)
        asks.seed(farAsks)
    }

    /// Takes in the visible touch and the account's own resting quantities by price.
    mutating func update(_ book: OrderBook, own: [Side: [Price: Quantity]]) -> [Change] {
        bids.update(book.bids, own: own[.buy] ?? [:])
            + asks.update(book.asks, own: own[.sell] ?? [:])
    }
}

/// One side of a ladder; its best level is the **last**, so that work near the touch moves nothing else.
struct LadderSide: Sendable {
    private struct Level: Sendable {
        let price: Price
        var external: Quantity
        var own: Quantity

        var shown: Quantity { (try? external + own) ?? external }
    }

    private let side: Side
    private let levelsMax: Int
    private var levels: [Level] = []
    private var hasFarOrders = false
    private var changes: [Ladder.Change] = []

    init(_ side: Side, levelsMax: Int) {
        self.side = side
        self.levelsMax = levelsMax
    }

    func shown(_ limit: Int) -> [BookLevel] {
        levels.reversed().lazy.filter { !$0.shown.isZero }.prefix(limit).map {
            BookLevel(price: $0.price, quantity: $0.shown)
        }
    }

    mutating func seed(_ far: [BookLevel]) {
        // Room for the touch as well, so that it does not double.
        levels.reserveCapacity(levelsMax + 24)
        levels += far.map { Level(price: $0.price, external: $0.quantity, own: .zero) }
    }

    /// Everything at the touch's worst level or better is what the touch says; the rest stays.
    mutating func update(_ touch: [BookLevel], own: [Price: Quantity]) -> [Ladder.Change] {
        var fresh: [Level] = touch.reversed().map {
            Level(price: $0.price, external: $0.quantity, own: .zero)
        }
        var old: [Level] = []
        if let worst = fresh.first?.price {
            while let level = levels.last, !isBetter(worst, level.price) {
                old.append(levels.removeLast())
            }
        }
        var far: [Price: Quantity] = [:]
        for (price, quantity) in own {
            guard let worst = fresh.first?.price, !isBetter(worst, price) else {
                far[price] = quantity
                continue
            }
            let place = fresh.partitioned { !isBetter(price, $0.price) }
            if place == fresh.count || fresh[place].price != price {
                fresh.insert(Level(price: price, external: .zero, own: .zero), at: place)
            }
            fresh[place].own = quantity
        }
        compare(old, fresh)
        placeFar(far)
        levels += fresh
        trim()
        defer { changes = [] }
        return changes
    }

    private func isBetter(_ left: Price, _ right: Price) -> Bool {
        side == .buy ? left > right : left < right
    }

    private mutating func note(_ price: Price, _ quantity: Quantity) {
        changes.append(Ladder.Change(side: side, price: price, quantity: quantity))
    }

    /// Own orders behind the touch's worst level lie among the still levels.
    private mutating func placeFar(_ far: [Price: Quantity]) {
        guard hasFarOrders || !far.isEmpty else { return }
        for index in levels.indices where !levels[index].own.isZero {
            let quantity = far[levels[index].price] ?? .zero
            guard levels[index].own != quantity else { continue }
            levels[index].own = quantity
            note(levels[index].price, levels[index].shown)
        }
        levels.removeAll { $0.shown.isZero }
        for (price, quantity) in far {
            let place = levels.partitioned { !isBetter(price, $0.price) }
            if place == levels.count || levels[place].price != price {
                levels.insert(Level(price: price, external: .zero, own: .zero), at: place)
            }
            guard levels[place].own != quantity else { continue }
            levels[place].own = quantity
            note(price, levels[place].shown)
        }
        hasFarOrders = !far.isEmpty
    }

    private mutating func compare(_ old: [Level], _ new: [Level]) {
        var before: [Price: Quantity] = [:]
        for level in old where !level.shown.isZero {
            before[level.price] = level.shown
        }
        for level in new.reversed() where before.removeValue(forKey: level.price) != level.shown {
            note(level.price, level.shown)
        }
        for level in old where before[level.price] != nil {
            note(level.price, .zero)
        }
    }

    private mutating func trim() {
        let extra = levels.count - levelsMax
        guard extra > 0 else { return }
        for level in levels[..<extra] {
            note(level.price, .zero)
        }
        levels.removeFirst(extra)
    }
}
