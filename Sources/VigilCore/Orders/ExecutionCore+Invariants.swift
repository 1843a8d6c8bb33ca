import VigilModel

extension ExecutionCore {
    package static func failureRule(of event: Event) -> FailureRule { .cannotFail }

    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        var found =
            desk.violations(orders, strays) + strays.violations(orders) + fates.violations(orders)
        found += orders.open.filter { !strays.contains($0.id) && !desk.works($0) }
            .map { "\($0.id) is open, and nothing works it or asks for its end" }
        return found.sorted()
    }
}
