internal import VigilCore
internal import VigilModel

/// What the latest orders are for, and which of their fills were told: for a disk that does not even read.
struct OrderMemory {
    private struct Order {
        let origin: FillOrigin
        /// Nil for an order of an earlier run, whose rows the ledger alone knows.
        var told: Set<EntryID>?
    }

    /// How many orders of this run are remembered; of older ones the ledger is asked.
    private static let countMax = 2_000
    private var orders: [ClientOrderID: Order]
    private var sequence: [ClientOrderID] = []

    /// Begins with the orders of earlier runs that are not ended.
    init(_ earlier: [ClientOrderID: FillOrigin]) {
        orders = earlier.mapValues { Order(origin: $0) }
    }

    /// Remembers what a run's orders are for.
    mutating func remember(_ intents: [Intent], of run: RunID) {
        for intent in intents where orders[intent.request.clientOrderID] == nil {
            let key = intent.cycle.map { EntryKey(run: run, cycle: $0) }
            let origin = FillOrigin(intent.purpose, key: key, strategy: intent.strategy)
            orders[intent.request.clientOrderID] = Order(origin: origin, told: [])
            sequence.append(intent.request.clientOrderID)
        }
        while sequence.count > Self.countMax {
            orders[sequence.removeFirst()] = nil
        }
    }

    /// Remembers that a fill was told.
    mutating func tell(_ fill: Fill) {
        orders[fill.clientOrderID]?.told?.insert(fill.entryID)
    }

    /// What an order is for; nil where only the ledger can say.
    func origin(of id: ClientOrderID) -> FillOrigin? { orders[id]?.origin }

    /// Whether a fill was told; nil where only the ledger can say.
    func isTold(_ fill: Fill) -> Bool? { orders[fill.clientOrderID]?.told?.contains(fill.entryID) }
}
