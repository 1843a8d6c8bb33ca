internal import GRDB
internal import VigilModel

/// How long fills took from the venue's time of the trade to the ledger.
package struct FillLatency: Sendable {
    /// The spans, shortest first; clocks that differ can make one negative, which counts as nothing.
    package let spans: [Duration]

    /// Reads a ledger that may be in use.
    ///
    /// - Throws: SQLite's error, where there is no ledger or it cannot be read.
    package init(path: String) throws {
        spans = try ReadableLedger.read(path) { database in
            try Int64.fetchAll(
                database,
                sql: """
                    SELECT MAX(recorded_at - occurred_at, 0) AS span FROM fills
                      WHERE recorded_at IS NOT NULL AND kind = 'fill' ORDER BY span
                    """
            ).map { .nanoseconds($0) }
        }
    }

    /// The span that a share of the fills did not exceed; nil without a fill.
    package func share(_ share: Double) -> Duration? {
        guard !spans.isEmpty else { return nil }
        return spans[min(spans.count - 1, Int(Double(spans.count) * share))]
    }

    /// The wait after which a row is there as often as not, in seconds with one decimal.
    package var recommendation: String {
        let tenths = ((share(0.5) ?? .zero).nanoseconds + 99_999_999) / 100_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
