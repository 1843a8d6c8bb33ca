import Foundation
import Testing
import VigilModel

@testable import VigilCore

/// What each halt is, how it ends, and what the operator is told of that.
@Suite struct HaltWordsTests {
    private static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
    private static let rules: [HaltReason: ClearingRule] = [
        .kill: .operator, .arithmetic: .operator, .oddFill: .operator, .dailyStop: .nextDay,
        .weeklyStop: .nextWeek,
        .overload: .time, .rateLimited: .time, .rejectionBurst: .time, .exceptionBurst: .time,
        .lossStreak: .time, .priceOutlier: .time,
    ]

    private static let words: [HaltReason: String] = [
        .kill: "`vigil resume --reason …`",
        .overload: "a minute without an overfull mailbox",
        .arithmetic: "`vigil resume --reason …`, after the cause is understood",
        .ledger: "the next record that is written",
        .audit: "the next line that is written",
        .metrics: "the next metrics file that is written",
        .diskLow: "more free space than circuit_breakers.min_free_disk_mb",
        .memory: "less memory than circuit_breakers.max_memory_mb, as after a restart",
        .permit: "a start with a permit",
        .mismatch:
            "a reconciliation without a difference; what you moved yourself is booked by `vigil account explain`",
        .recovering: "the end of the start-up reconciliation",
        .connectivity: "a connection that is whole",
        .apiErrors: "the next request that is answered",
        .rateLimited: "circuit_breakers.rate_limit_cooldown_seconds without another refusal",
        .clockSkew: "clocks that agree within exchange.clock_tolerance_ms",
        .rejectionBurst: "ten minutes without another rejection",
        .exceptionBurst: "five minutes without another broken cycle",
        .depeg: "a rate within 1 % of a dollar",
        .universe: "enough eligible products",
        .dailyStop: "the next UTC day",
        .weeklyStop: "the next Monday, 00:00 UTC",
        .drawdown: "`vigil resume --reason …`, or a recovery above the limit",
        .lossStreak: "the end of its cooldown",
        .productStatus: "a product that is open again",
        .feedGap: "a book that came anew",
        .quoteStale: "a quote that is fresh",
        .candleStale: "a candle that is fresh",
        .priceOutlier: "five minutes without another such move",
        .volatility:
            "fifteen minutes with volatility a tenth below circuit_breakers.max_realized_volatility_pct",
        .spread: "a spread within liquidity.max_spread_bps",
        .oddFill:
            "`vigil resume --reason …`, after you have compared the order with the venue's own page",
    ]

    private static let ofProducts: Set<HaltReason> = [
        .productStatus, .feedGap, .quoteStale, .candleStale, .priceOutlier, .volatility, .spread,
        .oddFill,
    ]

    @Test(arguments: HaltReason.allCases)
    func `each halt says what it stops, how it ends, how grave it is, and what lifts it`(
        reason: HaltReason
    ) {
        #expect(reason.concernsProduct == Self.ofProducts.contains(reason))
        #expect(reason.rule == Self.rules[reason] ?? .recovery)
        #expect(reason.clearing == Self.words[reason])
        let severity: Severity =
            reason == .oddFill
            ? .critical
            : Self.ofProducts.contains(reason)
                ? .info
                : reason == .universe || [.time, .nextDay].contains(reason.rule)
                    ? .warning : .critical
        #expect(Halt(reason).severity == severity)
    }

    @Test func `halts are ordered by their reasons, then all products before single ones`() {
        let sorted = [
            Halt(.kill), Halt(.mismatch), Halt(.feedGap), Halt(.feedGap, Sample.btc),
            Halt(.feedGap, Self.eth), Halt(.spread, Sample.btc),
        ]
        for (left, one) in sorted.enumerated() {
            for (right, other) in sorted.enumerated() {
                #expect((one < other) == (left < right), "\(one) and \(other)")
            }
        }
    }

    @Test(
        arguments: [
            ("kill", Halt(.kill)), ("disk_low", Halt(.diskLow)),
            ("spread BTC-USD", Halt(.spread, Sample.btc)), ("spreads", nil), ("", nil), (" ", nil),
            ("BTC-USD spread", nil),
        ] as [(String, Halt?)]
    )
    func `a halt is read from what is written of it, and from nothing else`(
        text: String,
        expected: Halt?
    ) {
        #expect(Halt(text) == expected)
        #expect(expected.map(\.description) == (expected == nil ? nil : text))
    }

    @Test func `halts survive their way through a file, and a broken one is refused`() throws {
        let halts = [Halt(.apiErrors), Halt(.quoteStale, Self.eth)]
        let data = try JSONEncoder().encode(halts)
        #expect(String(decoding: data, as: UTF8.self) == #"["api_errors","quote_stale ETH-USD"]"#)
        #expect(try JSONDecoder().decode([Halt].self, from: data) == halts)
        #expect(throws: MoneyError.malformed("nothing")) {
            try JSONDecoder().decode([Halt].self, from: Data(#"["nothing"]"#.utf8))
        }
    }
}
