import Testing
import VigilCore
import VigilModel

/// An event that cannot be taken in whole is not taken in at all.
@Suite struct UndoableTests {
    private enum Coin: Sendable {
        case passing(Int)
        case lasting(Int)
        case sure(Int)

        var value: Int {
            switch self {
            case .passing(let value), .lasting(let value), .sure(let value): value
            }
        }
    }

    /// A till that books a coin before it looks whether there is such a coin.
    private struct Till: DecisionCore {
        private(set) var counts: [Int: Int] = [:]

        mutating func handle(_ event: Coin, at now: Instant) throws(MoneyError) -> [Int] {
            counts[event.value, default: 0] += 1
            guard event.value > 0 else { throw .divisionByZero }
            return counts.values.sorted()
        }

        static func failureRule(of event: Coin) -> FailureRule {
            switch event {
            case .passing: .dropped
            case .lasting: .repeated
            case .sure: .cannotFail
            }
        }

        func violations(after event: Coin, _ effects: [Int]) -> [String] { [] }
    }

    private func till() throws -> Undoable<Till> {
        var till = Undoable(Till())
        #expect(try till.handle(.passing(5), at: Sample.now) == [1])
        return till
    }

    @Test func `what throws half-way leaves the core as it was, whatever becomes of the event`()
        throws
    {
        var till = try till()
        for event in [Coin.passing(0), .lasting(-1)] {
            #expect(throws: MoneyError.divisionByZero) { try till.handle(event, at: Sample.now) }
            #expect(till.core.counts == [5: 1])
        }
        #expect(try till.handle(.lasting(5), at: Sample.now) == [2])
        #expect(till.core.counts == [5: 2])
    }

    @Test func `an event that is made to fail throws, and is undone after all its work`() throws {
        var till = try till()
        for event in [Coin.passing(1), .lasting(1)] {
            #expect(throws: MoneyError.overflow) {
                try till.handle(event, at: Sample.now, failing: true)
            }
            #expect(till.core.counts == [5: 1])
        }
        // Where it fails of itself, that is what is told.
        #expect(throws: MoneyError.divisionByZero) {
            try till.handle(.passing(0), at: Sample.now, failing: true)
        }
        #expect(try till.handle(.passing(1), at: Sample.now) == [1, 1])
        #expect(till.core.counts == [5: 1, 1: 1])
    }

    @Test func `an event that cannot fail is not made to`() throws {
        var till = try till()
        #expect(try till.handle(.sure(1), at: Sample.now, failing: true) == [1, 1])
        #expect(till.core.counts == [5: 1, 1: 1])
    }
}
