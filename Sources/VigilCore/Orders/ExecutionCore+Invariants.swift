import VigilModel

extension ExecutionCore {
    package static func failureRule(of event: Event) -> FailureRule { .cannotFail }

    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        let found =
            desk.violations(orders, strays) + strays.violations(orders) + fates.violations(orders)
        return found.sorted()
    }
}
