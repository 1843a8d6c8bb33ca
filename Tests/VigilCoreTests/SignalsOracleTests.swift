import Foundation
import Testing
import VigilCore
import VigilModel
import VigilTestSupport

/// Regimes, triggers, sizes and the universe of random days against an independent reading in Python.
@Suite struct SignalsOracleTests {
    @Test func `signals, sizes and the universe agree with the oracle on random days`() throws {
        var days: [SignalDay] = []
        let markets = try (0..<4).map { try SignalDay.history(seed: $0) }
        for seed in 0..<60 {
            days.append(try SignalDay(seed: UInt64(seed), markets[seed % markets.count]))
        }
        let folder = try ScratchFolder()
        let file = folder.file("days.jsonl")
        let encoder = JSONEncoder()
        try days.map { String(decoding: try encoder.encode($0.asked), as: UTF8.self) }
            .joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let lines = try Oracle.lines("signals.py", file)
        #expect(lines.count == days.count)
        var regimes: Set<String> = []
        var kinds: Set<String> = []
        var proposed = 0
        for (index, (day, line)) in zip(days, lines).enumerated() {
            let expected = try JSONDecoder().decode(SignalAnswer.self, from: Data(line.utf8))
            let answer = try day.answer()
            #expect(answer.regime == expected.regime, "day \(index)")
            #expect(answer.realised == expected.realised, "day \(index)")
            #expect(answer.triggers == expected.triggers, "day \(index)")
            #expect(answer.proposals == expected.proposals, "day \(index)")
            #expect(answer.universe == expected.universe, "day \(index)")
            regimes.insert(answer.regime)
            kinds.formUnion(answer.triggers.map(\.kind))
            proposed += answer.proposals.count
        }
        // Days on which nothing happens would agree with anything.
        #expect(regimes.count == Regime.allCases.count, "\(regimes)")
        #expect(kinds.count == TriggerKind.allCases.count, "\(kinds)")
        #expect(proposed > 25)
    }
}

/// What follows from a day; what both readings say.
struct SignalAnswer: Codable, Equatable {
    struct Trigger: Codable, Equatable {
        let product: String
        let tier: Int
        let kind: String
        let strength: Double
        let confidence: Double
        let change: Double
        let volatility: Double
    }
    struct Proposal: Codable, Equatable {
        let product: String
        let conviction: Double
        let steps: [String]
    }
    struct Universe: Codable, Equatable {
        let eligible: [String]
        let excluded: [String: String]
    }
    let regime: String
    let realised: Double?
    let triggers: [Trigger]
    let proposals: [Proposal]
    let universe: [Universe]
}
