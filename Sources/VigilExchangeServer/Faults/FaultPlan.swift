import VigilModel

/// The faults that are ordered, and the chances they take; a pure part of the venue.
struct FaultPlan: Sendable {
    /// A fault in force, or waiting for its time.
    struct Active: Sendable {
        let id: Int
        let order: FaultOrder
        let from: Instant
        let until: Instant?
        /// Requests and feeds draw apart, so that who listens changes nothing of what requests meet.
        var requests: Draw
        var feeds: Draw

        func isOn(_ now: Instant) -> Bool {
            now >= from && until.map { now < $0 } ?? true
        }
    }

    /// The chances of a fault in one domain.
    struct Draw: Sendable {
        var left: Int?
        var hits = 0
        var random: SeededRandom

        mutating func strikes(_ probability: Double?) -> Bool {
            guard left != 0 else { return false }
            if let probability, random.unit() >= probability { return false }
            hits += 1
            left = left.map { $0 - 1 }
            return true
        }
    }

    private(set) var faults: [Active] = []
    private let seed: UInt64
    private var nextID = 1

    init(seed: UInt64) {
        self.seed = seed
    }

    /// Takes in an order, which has been looked at before.
    mutating func inject(_ order: FaultOrder, at now: Instant) -> Active {
        func seconds(_ value: Double) -> Duration { .nanoseconds(Int64(value * 1e9)) }
        let from = now + seconds(order.afterSeconds ?? 0)
        let random = SeededRandom(seed: seed).forked(UInt64(nextID))
        let fault = Active(
            id: nextID,
            order: order,
            from: from,
            until: order.forSeconds.map { from + seconds($0) },
            requests: Draw(left: order.count, random: random.forked(1)),
            feeds: Draw(left: order.count, random: random.forked(2))
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

    /// The latest fault of a kind that is on, without using it up; for what lasts.
    func standing(_ kind: FaultKind, product: ProductID? = nil, at now: Instant) -> FaultOrder? {
        faults.last { $0.order.kind == kind && $0.isOn(now) && $0.matches(product: product) }?
            .order
    }

    /// True while anything that concerns frames is ordered.
    var concernsFrames: Bool {
        faults.contains {
            switch $0.order.kind {
            case .duplicateFrames, .reorderFrames, .missingFrames, .sequenceGap, .silentFeed: true
            case .latency, .dropBefore, .dropAfter, .dropMidBody, .rateLimited, .serverError,
                .unauthorized, .maintenance, .fillLag, .failAfterAccept, .cancelFills,
                .cancelRefused,
                .oddRows, .clockSkew,
                .productStatus, .productRules, .subscriptionMax, .feeTier, .closeSockets,
                .staleQuotes, .crossedBook, .frozenFeed, .stillMarket:
                false
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
        index(of: kind, on: (endpoint, product, channel), at: now, \.requests).map {
            faults[$0].order
        }
    }

    /// The same for what concerns a feed.
    mutating func strikesFeed(
        _ kind: FaultKind,
        endpoint: String? = nil,
        channel: String? = nil,
        at now: Instant
    ) -> Bool {
        index(of: kind, on: (endpoint, nil, channel), at: now, \.feeds) != nil
    }

    private mutating func index(
        of kind: FaultKind,
        on place: (endpoint: String?, product: ProductID?, channel: String?),
        at now: Instant,
        _ domain: WritableKeyPath<Active, Draw>
    ) -> Int? {
        for index in faults.indices {
            let fault = faults[index]
            guard fault.order.kind == kind, fault.isOn(now),
                fault.matches(endpoint: place.endpoint),
                fault.matches(product: place.product), fault.matches(channel: place.channel)
            else { continue }
            if faults[index][keyPath: domain].strikes(fault.order.probability) { return index }
        }
        return nil
    }

    /// How late the latencies that strike make an answer, all together.
    mutating func delay(_ endpoint: String, at now: Instant) -> Duration {
        var sum = Duration.zero
        for index in faults.indices {
            let (fault, order) = (faults[index], faults[index].order)
            guard order.kind == .latency, fault.isOn(now), fault.matches(endpoint: endpoint),
                faults[index].requests.strikes(order.probability)
            else { continue }
            let jitter = faults[index].requests.random.unit() * Double(order.jitterMS ?? 0) * 1e6
            sum += .milliseconds(order.ms ?? 0) + .nanoseconds(Int64(jitter))
        }
        return sum
    }
}

extension FaultPlan.Active {
    /// `POST /orders` concerns that path alone, `/orders/*` those below it; `GET` alone will do too.
    func matches(endpoint: String?) -> Bool {
        guard let wanted = order.endpoint else { return true }
        guard let endpoint else { return false }
        let parts = endpoint.split(separator: " ")
        let words = wanted.replacing(SimVenue.prefix, with: "").split(separator: " ")
        return words.allSatisfy { word in
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
        // One subscribes to `level2` and hears `l2_data`; both are the same channel.
        return wanted == channel || FeedChannel(rawValue: wanted)?.messageName == channel
    }

    func body(at now: Instant) -> JSON {
        [
            "id": .integer(Int64(id)),
            "kind": .string(order.kind.rawValue),
            "on": .bool(isOn(now)),
            "hits": .integer(Int64(requests.hits + feeds.hits)),
            "left": [requests.left, feeds.left].compactMap { $0 }.min()
                .map { .integer(Int64($0)) } ?? nil,
        ]
    }
}
