import VigilModel

/// The faults that are ordered, and the chances they take; a pure part of the venue.
struct FaultPlan: Sendable {
    /// A fault in force, or waiting for its time.
    struct Active: Sendable {
        let id: Int
        let order: FaultOrder
        let from: Instant
        let until: Instant?
        var left: Int?
        var hits = 0

        func isOn(_ now: Instant) -> Bool {
            now >= from && until.map { now < $0 } ?? true && left != 0
        }
    }

    private(set) var faults: [Active] = []
    private var random: SeededRandom
    private var nextID = 1

    init(seed: UInt64) {
        random = SeededRandom(seed: seed).forked(0x66_6175_6c74)
    }

    /// Takes in an order, which has been looked at before.
    mutating func inject(_ order: FaultOrder, at now: Instant) -> Active {
        func seconds(_ value: Double) -> Duration { .nanoseconds(Int64(value * 1e9)) }
        let from = now + seconds(order.afterSeconds ?? 0)
        let fault = Active(
            id: nextID,
            order: order,
            from: from,
            until: order.forSeconds.map { from + seconds($0) },
            left: order.count
        )
        nextID += 1
        faults.append(fault)
        return fault
    }

    /// Ends a fault; false where there is none of this id.
    mutating func clear(_ id: Int) -> Bool {
        let before = faults.count
        faults.removeAll { $0.id == id }
        return faults.count < before
    }

    /// Ends all faults.
    mutating func clearAll() { faults = [] }

    /// The fault of a kind that is on, without using it up; for what lasts.
    func standing(_ kind: FaultKind, product: ProductID? = nil, at now: Instant) -> FaultOrder? {
        faults.first { $0.order.kind == kind && $0.isOn(now) && $0.matches(product: product) }?
            .order
    }

    /// All products of the faults of a kind that are on; nil among them means every product.
    func products(_ kind: FaultKind, at now: Instant) -> [ProductID?] {
        faults.filter { $0.order.kind == kind && $0.isOn(now) }
            .map { $0.order.product.flatMap { ProductID($0) } }
    }

    /// True while anything that concerns frames is ordered.
    var concernsFrames: Bool {
        faults.contains {
            switch $0.order.kind {
            case .duplicateFrames, .reorderFrames, .missingFrames, .sequenceGap, .silentFeed: true
            default: false
            }
        }
    }

    /// Whether a fault of a kind strikes this time; counts, and takes its chance.
    mutating func strikes(
        _ kind: FaultKind,
        endpoint: String? = nil,
        product: ProductID? = nil,
        channel: String? = nil,
        at now: Instant
    ) -> FaultOrder? {
        for index in faults.indices {
            let fault = faults[index]
            guard fault.order.kind == kind, fault.isOn(now), fault.matches(endpoint: endpoint),
                fault.matches(product: product), fault.matches(channel: channel)
            else { continue }
            if let chance = fault.order.probability, random.unit() >= chance { continue }
            faults[index].hits += 1
            if let left = fault.left {
                faults[index].left = left - 1
            }
            return fault.order
        }
        return nil
    }

    /// A random span up to a bound.
    mutating func jitter(_ milliseconds: Int64) -> Duration {
        .nanoseconds(Int64(random.unit() * Double(milliseconds) * 1e6))
    }
}

extension FaultPlan.Active {
    /// `POST /orders` concerns that path alone, `/orders/*` those below it; `GET` alone will do too.
    func matches(endpoint: String?) -> Bool {
        guard let wanted = order.endpoint else { return true }
        guard let endpoint else { return false }
        let parts = endpoint.split(separator: " ")
        return wanted.split(separator: " ").allSatisfy { word in
            guard word.hasPrefix("/") else { return parts.first == word }
            let path = parts.last ?? ""
            return word.hasSuffix("/*") ? path.hasPrefix(word.dropLast()) : path == word
        }
    }

    func matches(product: ProductID?) -> Bool {
        guard let wanted = order.product, let product else { return true }
        return wanted == product.description
    }

    func matches(channel: String?) -> Bool {
        guard let wanted = order.channel else { return true }
        return wanted == channel
    }

    func body(at now: Instant) -> JSON {
        [
            "id": .integer(Int64(id)),
            "kind": .string(order.kind.rawValue),
            "on": .bool(isOn(now)),
            "hits": .integer(Int64(hits)),
            "left": left.map { .integer(Int64($0)) } ?? nil,
        ]
    }
}
