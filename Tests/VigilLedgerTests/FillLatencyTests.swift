import Testing
import VigilCore
import VigilLedger
import VigilModel

/// How long fills took to the ledger, and the wait that follows from it.
@Suite struct FillLatencyTests {
    private typealias Fixture = LedgerFixture

    /// A ledger with a fill for each span, in nanoseconds; what is undone counts for none.
    private func latency(_ spans: [Int64]) throws -> FillLatency {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let fills = try spans.enumerated().flatMap { number, span in
            [
                try Fixture.trade("e\(number)", of: "a", less: span),
                try Fixture.trade("r\(number)", of: "a", kind: .reversal, less: 1),
            ]
        }
        _ = try store.write(
            [.intents([Fixture.order("a")])] + fills.map { .fill($0) },
            at: Fixture.now
        )
        return try FillLatency(path: fixture.path)
    }

    @Test func `spans are told shortest first, and none is below nothing`() throws {
        let found = try latency([700, 5, -40, 0, 60])
        #expect(found.spans == [0, 0, 5, 60, 700].map { .nanoseconds($0) })
    }

    @Test func `a share of the fills did not exceed a span`() throws {
        let found = try latency([50, 10, 40, 20, 30])
        let shares: [(Double, Int64)] = [
            (0, 10), (0.19, 10), (0.2, 20), (0.5, 30), (0.79, 40), (0.8, 50), (0.99, 50), (1, 50),
        ]
        for (share, span) in shares {
            #expect(found.share(share) == .nanoseconds(span), "\(share)")
        }
    }

    @Test func `without a fill there is no span, and no wait`() throws {
        let found = try latency([])
        #expect(found.share(0.5) == nil)
        #expect(found.recommendation == "0.0")
    }

    @Test(arguments: [
        (0, "0.0"), (1, "0.1"), (100_000_000, "0.1"), (100_000_001, "0.2"),
        (999_999_999, "1.0"), (1_234_000_000, "1.3"), (12_000_000_000, "12.0"),
    ])
    func `the wait is the middle span, in tenths of a second that are begun`(
        span: Int64,
        wait: String
    ) throws {
        let found = try latency([90_000_000_000, span, 0, span, 80_000_000_000])
        #expect(found.spans.count == 5)
        #expect(found.recommendation == wait)
    }
}
