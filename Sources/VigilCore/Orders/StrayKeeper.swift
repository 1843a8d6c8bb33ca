package import VigilModel

/// Orders that are not ended and that no route works: they only come to their end.
///
/// They are what an earlier run left, what stands at the venue without a record of ours, and purchases of unknown fate
/// that a sell order did not wait for.
package struct StrayKeeper: Sendable {
    private var strays: Set<ClientOrderID> = []
    /// When each of them is asked to end again.
    private var deadline: Instant?
    /// Sells of an earlier run that may rest on for a while.
    private var restingOn: [ClientOrderID: Instant] = [:]
    /// Products whose sell waits for a stray of theirs.
    private var waiting: Set<ProductID> = []

    /// Keeps none.
    package init() {}

    /// True for an order that no route works.
    package func contains(_ id: ClientOrderID) -> Bool { strays.contains(id) }

    /// In the order of their ids.
    package var ids: [ClientOrderID] { strays.sorted() }

    /// True where one of a product stands in the way, or of one of its sides.
    package func has(
        _ product: ProductID,
        _ side: Side? = nil,
        in orders: OrderRegistry
    ) -> Bool {
        strays.contains { id in
            guard let request = orders[id]?.intent.request else { return false }
            return request.product == product && (side == nil || side == request.side)
        }
    }

    /// Keeps an order that no route works; `restsUntil` where its end is not asked for before.
    package mutating func keep(_ id: ClientOrderID, restsUntil: Instant? = nil) {
        strays.insert(id)
        restingOn[id] = restsUntil
    }

    /// True where one rests on, its end not being asked for yet.
    package func restsOn(_ id: ClientOrderID) -> Bool { restingOn[id] != nil }

    /// A sell waits for what stands in its way; a stop does not let it rest on.
    package mutating func makeWay(
        for request: ExitRequest,
        in orders: OrderRegistry,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        // It holds the coins, or may have sold them: what is left is known when it has ended.
        waiting.insert(request.product)
        if request.reason == .stopLoss {
            restingOn = restingOn.filter {
                orders[$0.key]?.intent.request.product != request.product
            }
        }
        return end(in: orders, at: now)
    }

    /// Asks for the end of every stray that stands at the venue, and again until the venue says so.
    package mutating func end(
        in orders: OrderRegistry,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        let standing = strays.sorted().filter { id in
            orders[id].map { $0.state != .unknown && $0.state != .intended } ?? false
        }
        let due = standing.filter { id in
            restingOn[id].map { $0 <= now } ?? true
        }
        // Once its end is asked for, it rests on no more.
        for id in due { restingOn[id] = nil }
        let again = due.isEmpty ? nil : now + RouteDesk.cancelPatience
        deadline = (standing.compactMap { restingOn[$0] } + [again]).compactMap(\.self).min()
        return due.map { .cancel($0) } + (deadline.map { [.wake(at: $0)] } ?? [])
    }

    /// Asks again where it is time to.
    package mutating func overdue(
        in orders: OrderRegistry,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        guard let deadline, deadline <= now else { return [] }
        return end(in: orders, at: now)
    }

    /// An order has ended: a sell that waited for it is asked for again.
    package mutating func ended(
        _ id: ClientOrderID,
        in orders: OrderRegistry
    ) -> [ExecutionCore.Effect] {
        restingOn[id] = nil
        guard strays.remove(id) != nil, let product = orders[id]?.intent.request.product,
            !has(product, .sell, in: orders), waiting.remove(product) != nil
        else { return [] }
        return [.recordExitEnded(product)]
    }

    /// What must always hold.
    func violations(_ orders: OrderRegistry) -> [String] {
        strays.filter { orders[$0]?.state.isFinal != false }
            .map { "\($0) has ended, and its end is waited for" }
            + restingOn.keys.filter { !strays.contains($0) }
            .map { "\($0) rests on, and is no order of an earlier run" }
            + waiting.filter { !has($0, .sell, in: orders) }
            .map { "a sell of \($0) waits, and nothing is in its way" }
    }
}
