import Testing
import VigilCore
import VigilEngine
import VigilModel
import VigilSimulation

@Suite struct MailboxTests {
    private static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)

    private static func simulated<Result: Sendable>(
        _ body: @escaping @Sendable (SimulationExecutor) async -> Result
    ) throws -> Result {
        let executor = SimulationExecutor(start: .epoch)
        return try executor.run { await body(executor) }
    }

    @Test func `the reader gets all that waits in one resume`() throws {
        let batches = try Self.simulated { clock in
            let box = Mailbox<Int>(bound: 10, clock: clock)
            for number in 1...3 {
                box.post(number)
            }
            box.close()
            return [await box.next(), await box.next()]
        }
        #expect(batches == [[1, 2, 3], nil])
    }

    @Test func `an event over the bound is kept, and the poster is told`() throws {
        let (within, kept) = try Self.simulated { clock in
            let box = Mailbox<Int>(bound: 2, clock: clock)
            let within = (1...3).map { box.post($0) }
            return (within, await box.next() ?? [])
        }
        #expect(within == [true, true, false])
        #expect(kept == [1, 2, 3])
    }

    @Test func `a command waits for room`() throws {
        let order = try Self.simulated { clock in
            let box = Mailbox<Int>(bound: 1, clock: clock)
            return await withTaskGroup { group in
                group.addTask {
                    for number in 1...4 {
                        await box.send(number)
                    }
                    box.close()
                }
                var seen: [Int] = []
                var largest = 0
                for await batch in box {
                    largest = max(largest, batch.count)
                    seen += batch
                }
                return seen + [largest]
            }
        }
        #expect(order == [1, 2, 3, 4, 1])
    }

    @Test func `the newest of a product replaces the one that waits, and passes no event`() throws {
        let (batch, depth) = try Self.simulated { clock in
            let box = Mailbox<String>(bound: 10, clock: clock)
            box.post("old", conflating: Self.btc)
            box.post("event")
            box.post("new", conflating: Self.btc)
            let depth = box.depth
            return (await box.next() ?? [], depth)
        }
        #expect(batch == ["event", "new"])
        #expect(depth == 2)
    }

    @Test func `a reader that hangs keeps the newest alone, however many have come`() throws {
        let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        let (batch, depth) = try Self.simulated { clock in
            let box = Mailbox<String>(bound: 10, clock: clock)
            box.post("event")
            for number in 1...1_000 {
                box.post("btc \(number)", conflating: Self.btc)
                box.post("eth \(number)", conflating: eth)
            }
            let depth = box.depth
            return (await box.next() ?? [], depth)
        }
        #expect(batch == ["event", "btc 1000", "eth 1000"])
        #expect(depth == 3)
    }

    @Test func `a task that is canceled reads no more, sends no more and sleeps no longer`() throws
    {
        let (read, left, slept) = try Self.simulated { clock in
            let empty = Mailbox<Int>(bound: 1, clock: clock)
            let full = Mailbox<Int>(bound: 1, clock: clock)
            full.post(1)
            let read = await withTaskGroup { group in
                group.addTask {
                    var batches = 0
                    for await _ in empty { batches += 1 }
                    return batches
                }
                group.addTask {
                    await full.send(2)
                    return 0
                }
                group.addTask {
                    await clock.sleep(until: .epoch + .seconds(3_600))
                    return 0
                }
                await clock.sleep(until: .epoch + .seconds(1))
                group.cancelAll()
                return await group.reduce(0, +)
            }
            let slept = clock.now
            full.close()
            return (read, await full.next() ?? [], slept)
        }
        #expect(read == 0)
        // What was not put in is not there.
        #expect(left == [1])
        #expect(slept == .epoch + .seconds(1))
    }

    @Test func `what is being handled still counts as waiting`() throws {
        let ages = try Self.simulated { clock in
            let box = Mailbox<Int>(bound: 10, clock: clock)
            box.post(1)
            await clock.sleep(until: .epoch + .seconds(3))
            let waiting = box.age(at: clock.now)
            _ = await box.next()
            await clock.sleep(until: .epoch + .seconds(5))
            return [waiting, box.age(at: clock.now)]
        }
        #expect(ages == [.seconds(3), .seconds(5)])
    }
}
