import Testing
import VigilCoinbase
import VigilModel

@Suite struct RequestBudgetTests {
    static let start = Instant(seconds: 1_000)

    @Test func `what changes something is sent once, and what only reads is tried five times`() {
        #expect(CallClass.allCases.map(\.attemptsMax) == [1, 1, 5, 5])
        #expect(CallClass.allCases.map(\.timeout) == [5, 5, 10, 10].map { .seconds($0) })
    }

    @Test func `a burst leaves at once, and then the rate holds`() {
        var budget = RequestBudget(at: Self.start)
        var now = Self.start
        var left: [Instant] = []
        for _ in 0..<50 {
            let ticket = budget.enter(.authenticated, .reconciliation)
            var wait = budget.take(ticket, at: now)
            while wait > .zero {
                now = now + wait
                wait = budget.take(ticket, at: now)
            }
            left.append(now)
        }
        #expect(left[19] == Self.start)
        #expect(left[20] > Self.start)
        // Thirty more at ten a second.
        let span = (left[49] - Self.start).nanoseconds
        #expect((2_990_000_000...3_010_000_000).contains(span), "\(span)")
    }

    @Test func `cancels go before orders, orders before reading, whoever came first`() {
        var limits = RequestBudget.Limits()
        limits.authenticatedBurst = 1
        limits.authenticatedPerSecond = 1
        var budget = RequestBudget(limits, at: Self.start)
        let first = budget.enter(.authenticated, .reconciliation)
        #expect(budget.take(first, at: Self.start) == .zero)
        let waiting = [CallClass.marketData, .reconciliation, .order, .cancel].map {
            budget.enter(.authenticated, $0)
        }
        var order: [Int] = []
        for second in 1...4 {
            let now = Self.start + .seconds(second)
            for (index, ticket) in waiting.enumerated() where !order.contains(index) {
                if budget.take(ticket, at: now) == .zero { order.append(index) }
            }
        }
        #expect(order == [3, 2, 1, 0])
        #expect(budget.depth == 0)
    }

    @Test func `the limits of a configuration are kept, each lane by its own`() {
        var limits = RequestBudget.Limits()
        limits.authenticatedPerSecond = 3
        limits.authenticatedBurst = 3
        limits.openPerSecond = 2
        var budget = RequestBudget(limits, at: Self.start)
        func atOnce(_ lane: RequestLane) -> Int {
            (0..<10).count { _ in
                let ticket = budget.enter(lane, .marketData)
                defer { budget.leave(ticket) }
                return budget.take(ticket, at: Self.start) == .zero
            }
        }
        #expect(atOnce(.authenticated) == 3)
        #expect(atOnce(.open) == 2)
    }

    @Test func `of the hour a part is kept for orders and cancels`() {
        var limits = RequestBudget.Limits.wide
        limits.perHour = 100
        limits.hourReserve = 10
        limits.marketReserve = 40
        var budget = RequestBudget(limits, at: Self.start)
        func passes(_ callClass: CallClass, at now: Instant) -> Bool {
            let ticket = budget.enter(.authenticated, callClass)
            defer { budget.leave(ticket) }
            return budget.take(ticket, at: now) == .zero
        }
        #expect((0..<200).count { _ in passes(.marketData, at: Self.start) } == 60)
        #expect((0..<200).count { _ in passes(.reconciliation, at: Self.start) } == 30)
        #expect((0..<200).count { _ in passes(.cancel, at: Self.start) } == 10)
        // In no hour more than is allowed: the first minute's calls count for a whole hour after it.
        #expect(!passes(.cancel, at: Self.start + .seconds(3_600)))
        #expect(passes(.cancel, at: Self.start + .seconds(3_680)))
    }

    @Test func `a lane that was too much rests, and the other does not`() {
        var budget = RequestBudget(at: Self.start)
        budget.pause(.open, until: Self.start + .seconds(7), at: Self.start)
        let ticket = budget.enter(.open, .marketData)
        #expect(budget.take(ticket, at: Self.start) >= .seconds(7))
        #expect(budget.take(budget.enter(.authenticated, .cancel), at: Self.start) == .zero)
    }

    @Test func `while a lane rests cancels trickle, and lift the rest for nobody`() {
        var budget = RequestBudget(at: Self.start)
        budget.pause(.authenticated, until: Self.start + .seconds(30), at: Self.start)
        let order = budget.enter(.authenticated, .order)
        var left: [Int] = []
        for second in 0..<40 {
            let now = Self.start + .seconds(second)
            let cancel = budget.enter(.authenticated, .cancel)
            if budget.take(cancel, at: now) == .zero {
                left.append(second)
            } else {
                budget.leave(cancel)
            }
            let wait = budget.take(order, at: now)
            if second < 30 { #expect(wait >= .seconds(30 - second), "\(second) s") }
        }
        // One in two seconds while it rests, all of them behind.
        #expect(left == Array(stride(from: 1, to: 30, by: 2)) + Array(30..<40))
    }
}

@Suite struct BackoffTests {
    @Test func `waits are anything below a bound that doubles up to its end`() {
        var bounds: [Duration] = Array(repeating: .zero, count: 12)
        for seed in 0..<200 {
            var backoff = Backoff(
                base: .milliseconds(250),
                cap: .seconds(30),
                random: SeededRandom(seed: UInt64(seed))
            )
            for index in bounds.indices {
                bounds[index] = max(bounds[index], backoff.next())
            }
        }
        #expect(bounds[0] <= .milliseconds(250) && bounds[0] > .milliseconds(200))
        #expect(bounds[3] <= .seconds(2) && bounds[3] > .seconds(1))
        #expect(bounds[11] <= .seconds(30) && bounds[11] > .seconds(25))
    }

    @Test func `what the venue asks for is kept, up to a minute`() {
        var backoff = Backoff(
            base: .milliseconds(1),
            cap: .milliseconds(1),
            random: SeededRandom(seed: 1)
        )
        #expect(backoff.next(retryAfter: .seconds(7)) >= .seconds(7))
        #expect(backoff.next(retryAfter: .seconds(7_000)) < .seconds(62))
    }
}
