import VigilModel

extension ExecutionCore {
    package static func failureRule(of event: Event) -> FailureRule { .cannotFail }

    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        var found: [String] = []
        for (product, route) in routes {
            guard let id = route.current, let record = orders[id] else {
                found.append("\(product) is worked without an order")
                continue
            }
            if record.state.isFinal {
                found.append("\(product) waits for \(id), which is \(record.state.rawValue)")
            }
            if record.intent.request.product != product || route.product != product {
                found.append("\(product) is worked by \(id), an order of another product")
            }
            if strays.contains(id) {
                found.append("\(id) is worked, and taken for one that nothing works")
            }
        }
        for id in strays where orders[id]?.state.isFinal != false {
            found.append("\(id) has ended, and its end is waited for")
        }
        for id in unsettled.keys where orders[id]?.state != .unknown {
            found.append("\(id) is looked for, and its fate is known")
        }
        for id in restingOn.keys where !strays.contains(id) {
            found.append("\(id) rests on, and is no order of an earlier run")
        }
        for product in waitingExits where !hasStray(product, .sell) {
            found.append("a sell of \(product) waits, and nothing is in its way")
        }
        return found.sorted()
    }
}
