/// The values of all metrics; a label value that was not declared is refused.
package struct MetricsRegistry: Sendable {
    private var values: [Metric: [String: Double]] = [:]
    private var observed: [Int] = Array(repeating: 0, count: Metric.buckets.count + 1)
    private var observedSum = 0.0

    /// Begins with every series there is at zero: a series that is missing cannot be alerted on.
    package init() {
        for metric in Metric.allCases where metric.kind != .histogram {
            let labels = metric.label?.values ?? [""]
            values[metric] = Dictionary(labels.map { ($0, 0) }) { first, _ in first }
        }
    }

    /// Adds to a counter.
    package mutating func add(_ metric: Metric, _ amount: Double = 1, label: String = "") {
        update(metric, .counter, label) { $0 + amount }
    }

    /// Brings a counter up to what somebody else has counted since the start; it never goes down.
    package mutating func raise(_ metric: Metric, to count: Double, label: String = "") {
        update(metric, .counter, label) { max($0, count) }
    }

    /// Sets a gauge.
    package mutating func set(_ metric: Metric, _ value: Double, label: String = "") {
        update(metric, .gauge, label) { _ in value }
    }

    /// Counts a cycle's duration in seconds.
    package mutating func observe(seconds: Double) {
        let bucket = Metric.buckets.firstIndex { seconds <= $0 } ?? Metric.buckets.count
        observed[bucket] += 1
        observedSum += seconds
    }

    private mutating func update(
        _ metric: Metric,
        _ kind: Metric.Kind,
        _ label: String,
        _ change: (Double) -> Double
    ) {
        precondition(metric.kind == kind, "Invariant: `\(metric.rawValue)` is a \(kind)")
        guard let old = values[metric]?[label] else {
            preconditionFailure("Invariant: `\(label)` is declared for `\(metric.rawValue)`")
        }
        values[metric]?[label] = change(old)
    }

    /// All metrics in Prometheus's text format, in their declared order.
    package var exposition: String {
        var text = ""
        for metric in Metric.allCases {
            let name = metric.rawValue
            text += "# HELP \(name) \(metric.help)\n# TYPE \(name) \(metric.kind.rawValue)\n"
            if metric.kind == .histogram {
                text += histogram(name)
                continue
            }
            for label in metric.label?.values ?? [""] {
                let tag = metric.label.map { "{\($0.name)=\"\(label)\"}" } ?? ""
                text += "\(name)\(tag) \(values[metric]?[label] ?? 0)\n"
            }
        }
        return text
    }

    private func histogram(_ name: String) -> String {
        var text = ""
        var count = 0
        for (index, bound) in Metric.buckets.enumerated() {
            count += observed[index]
            text += "\(name)_bucket{le=\"\(bound)\"} \(count)\n"
        }
        count += observed[Metric.buckets.count]
        return text + "\(name)_bucket{le=\"+Inf\"} \(count)\n\(name)_sum \(observedSum)\n"
            + "\(name)_count \(count)\n"
    }
}
