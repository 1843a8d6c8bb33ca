import Testing
import VigilCore
import VigilModel
import VigilSimulation

@testable import VigilEngine

/// The shell of every core: effects one after the other, each done before the next begins.
@Suite struct CoreActorTests {
    private struct Chain: DecisionCore {
        enum Effect: Sendable {
            case record(Int)
            case submit(Int)
        }

        mutating func handle(_ event: Int, at now: Instant) throws(MoneyError) -> [Effect] {
            guard event >= 0 else { throw .overflow }
            return [.record(event), .submit(event)]
        }

        static func failureRule(of event: Int) -> FailureRule { .dropped }

        func violations(after event: Int, _ effects: [Effect]) -> [String] { [] }
    }

    /// A number from ten on goes through once the one ten below it was seen: a fact up to nineteen.
    private struct Patient: DecisionCore {
        private var seen: Set<Int> = []

        mutating func handle(_ event: Int, at now: Instant) throws(MoneyError) -> [Int] {
            seen.insert(event)
            guard event < 10 || seen.contains(event - 10) else { throw .negative("\(event)") }
            return seen.sorted()
        }

        static func failureRule(of event: Int) -> FailureRule {
            event < 20 ? .repeated : .dropped
        }

        func violations(after event: Int, _ effects: [Int]) -> [String] { [] }
    }

    /// Shows every effect to a test.
    private struct Shower<Effect: Sendable>: EffectRouter {
        let show: @Sendable (Effect) async -> Void

        func posts(for effect: Effect) -> [Effect] { [effect] }
        func deliver(_ post: Effect) async { await show(post) }
    }

    private actor Witness {
        private(set) var seen: [String] = []

        func see(_ text: String) { seen.append(text) }
    }

    @Test func `what is to be recorded is recorded before what follows from it begins`() throws {
        let clock = SimulationExecutor(start: .epoch)
        let (seen, halts) = try clock.run {
            let risk = Mailbox<RiskCore.Event>(bound: 10, clock: clock)
            let box = Mailbox<Int>(bound: 10, clock: clock)
            let shell = CoreActor(
                Chain(),
                mailbox: box,
                risk: Outlet(risk, risk: risk),
                clock: clock
            )
            let witness = Witness()
            for event in [1, -1, 2] {
                box.post(event)
            }
            box.close()
            let router = Shower<Chain.Effect> { effect in
                switch effect {
                case .record(let number):
                    // As long as a disk may take.
                    await clock.sleep(until: clock.now + .seconds(3))
                    await witness.see("recorded \(number)")
                case .submit(let number): await witness.see("submitted \(number)")
                }
            }
            await shell.run(router)
            return (await witness.seen, risk.depth)
        }
        #expect(seen == ["recorded 1", "submitted 1", "recorded 2", "submitted 2"])
        // The event whose numbers cannot be held had no effect, and halted.
        #expect(halts == 1)
    }

    @Test func `a fact that could not be taken in comes again each second, and nothing else does`()
        throws
    {
        let clock = SimulationExecutor(start: .epoch)
        let (seen, halts) = try clock.run {
            let risk = Mailbox<RiskCore.Event>(bound: 10, clock: clock)
            let box = Mailbox<Int>(bound: 10, clock: clock)
            let shell = CoreActor(
                Patient(),
                mailbox: box,
                risk: Outlet(risk, risk: risk),
                clock: clock
            )
            let witness = Witness()
            // A fact and a wish that come too early, and what comes in between.
            for event in [11, 22, 3] {
                box.post(event)
            }
            clock.schedule(at: .epoch + .milliseconds(1_500)) {
                box.post(1)
                box.post(12)
            }
            clock.schedule(at: .epoch + .milliseconds(1_600)) { box.post(2) }
            clock.schedule(at: .epoch + .seconds(9)) { box.close() }
            let router = Shower<Int> { effect in
                let time = (clock.now - .epoch).nanoseconds / 1_000_000
                await witness.see("\(time): \(effect)")
            }
            await shell.run(router)
            return (await witness.seen, risk.depth)
        }
        // An effect for each number that is known then: what was refused has left none.
        #expect(
            seen == [
                "0: 3", "1500: 1", "1500: 3", "1600: 1", "1600: 2", "1600: 3", "2000: 1", "2000: 2",
                "2000: 3", "2000: 11", "2500: 1", "2500: 2", "2500: 3", "2500: 11", "2500: 12",
            ]
        )
        // The fact failed at 0 and at 1, the wish at 0, the other fact at 1.5 s: each of them halts.
        #expect(halts == 4)
    }
}
