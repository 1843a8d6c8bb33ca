import Dispatch
import Foundation
import Testing
import VigilCore
import VigilModel
import VigilSimulation

@Suite struct SimulationExecutorTests {
    private static let start = Instant(seconds: 1_000)

    private actor Log {
        private(set) var entries: [String] = []

        func add(_ entry: String) {
            entries.append(entry)
        }
    }

    private static func race(_ executor: SimulationExecutor) throws -> [String] {
        let log = Log()
        return try executor.run {
            await withTaskGroup { group in
                for index in 0..<6 {
                    group.addTask {
                        await executor.sleep(until: start + .seconds(index % 3))
                        await log.add("\(index)@\((executor.now - start).components.seconds)")
                    }
                }
            }
            return await log.entries
        }
    }

    @Test func `virtual time moves only when everything waits, and hours take no time`() throws {
        let executor = SimulationExecutor(start: Self.start)
        let end = try executor.run {
            await executor.sleep(until: Self.start + .seconds(86_400))
            return executor.now
        }
        #expect(end == Self.start + .seconds(86_400))
    }

    @Test func `first in, first out is the same every time`() throws {
        let first = try Self.race(SimulationExecutor(start: Self.start))
        #expect(first == (try Self.race(SimulationExecutor(start: Self.start))))
        #expect(first == ["0@0", "3@0", "1@1", "4@1", "2@2", "5@2"])
    }

    @Test func `a shuffle is reproduced by its seed, and differs from another's`() throws {
        let runs = try (1...8).map { seed in
            try Self.race(SimulationExecutor(start: Self.start, shuffle: seed))
        }
        #expect(runs[0] == (try Self.race(SimulationExecutor(start: Self.start, shuffle: 1))))
        #expect(Set(runs).count > 1)
    }

    @Test func `waiting for nothing is an error, not a hang`() {
        let executor = SimulationExecutor(start: Self.start)
        #expect(throws: SimulationStall.self) {
            try executor.run {
                await withCheckedContinuation { (_: CheckedContinuation<Void, Never>) in }
            }
        }
    }

    @Test func `a foreign enqueue traps`() async {
        await #expect(processExitsWith: .failure) { @Sendable () -> Void in
            let executor = SimulationExecutor(start: Instant(seconds: 0))
            let done = DispatchSemaphore(value: 0)
            Thread {
                executor.schedule(at: Instant(seconds: 1)) {}
                done.signal()
            }.start()
            done.wait()
        }
    }
}
