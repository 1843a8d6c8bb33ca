import Testing
import VigilModel

@testable import VigilCore

/// How an order is worked, as data.
@Suite struct RoutePlanTests {
    private func policy(_ change: (inout ExecutionPolicy) -> Void = { _ in }) -> ExecutionPolicy {
        Sample.execution { policy in
            policy.postOnlyTTL = .seconds(40)
            policy.repricesMax = 2
            change(&policy)
        }
    }

    private let resting: [RouteStep] = [
        .postOnly(attempt: 0), .postOnly(attempt: 1), .postOnly(attempt: 2),
    ]

    private func entry(
        _ notional: String,
        allowance: Int = 20,
        _ policy: ExecutionPolicy
    ) throws -> [RouteStep] {
        RoutePlan.entry(
            policy,
            notional: try Money(notional, .usd),
            allowance: Rate(basisPoints: allowance)
        )
    }

    @Test func `defect 21: an entry rests, is repriced, and takes the remainder only where it may`()
        throws
    {
        #expect(try entry("100", policy()) == resting + [.immediate])
        #expect(try entry("100", policy { $0.takerFallback = false }) == resting)
        // The fee alone exhausts the budget: resting is all that is left.
        #expect(try entry("100", allowance: -1, policy()) == resting)
    }

    @Test func `what is small is taken at once, where it may be taken at all`() throws {
        let small = policy { $0.takenBelow = Money(raw: 50 * FixedPoint.one, currency: .usd) }
        #expect(try entry("49.99", small) == [.immediate])
        #expect(try entry("50", small) == resting + [.immediate])
        #expect(try entry("49.99", allowance: -1, small) == resting)
    }

    @Test func `a stop takes at once, and every other exit takes in the end`() {
        for reason in ExitReason.allCases {
            let expected = reason == .stopLoss ? [.immediate] : resting + [.immediate]
            #expect(RoutePlan.exit(reason, policy()) == expected)
            #expect(RoutePlan.exit(reason, policy { $0.exitsRestFirst = false }) == [.immediate])
        }
    }

    @Test(arguments: [
        (0, 1.0, 20), (0, 2.0, 20), (0, 5.0, 30), (0, 5.1, 40), (1, 9.0, 20), (2, 9.0, 10),
        (2, 1.0, 5),
    ])
    func `patience follows the spread and shrinks with every attempt`(
        attempt: Int,
        spread: Double,
        seconds: Int
    ) throws {
        let ttl = try RoutePlan.timeToLive(attempt: attempt, spreadBPS: spread, policy())
        #expect(ttl == .seconds(seconds))
    }

    @Test func `patience stays inside what the configuration allows`() throws {
        let bounded = policy {
            $0.postOnlyTTLMax = .seconds(25)
            $0.firstTTLMin = .seconds(22)
            $0.retryTTLMin = .seconds(15)
        }
        func ttl(_ attempt: Int, _ spread: Double) throws -> Duration {
            try RoutePlan.timeToLive(attempt: attempt, spreadBPS: spread, bounded)
        }
        #expect(try ttl(0, 9) == .seconds(25))
        #expect(try ttl(0, 1) == .seconds(22))
        #expect(try ttl(2, 1) == .seconds(15))
    }

    @Test func `a resting order is canceled at its age, whatever its own deadline says`() throws {
        var core = try Sample.executionCore(policy { $0.cancelAfter = .seconds(20) })
        let id = try enter(&core, at: Sample.now)
        _ = try core.handle(.venueReported(.orderAccepted(report(core, id, .open))), at: Sample.now)
        func maintain(_ seconds: Int) throws -> [ExecutionCore.Effect] {
            let now = Sample.now + .seconds(seconds)
            return try core.handle(.snapshotRequested(.maintenance(cycle: 1)), at: now)
        }
        #expect(try !maintain(19).contains(.cancel(id)))
        #expect(try maintain(20).contains(.cancel(id)))
        #expect(core.orders[id]?.state == .open, "canceled means that the venue said so")
    }

    @Test func `after a refused order its product is left alone for a while`() throws {
        var core = try Sample.executionCore(policy { $0.refusalCooldown = .seconds(60) })
        let id = try enter(&core, at: Sample.now)
        _ = try core.handle(
            .venueReported(.orderRejected(id, .insufficientFunds)),
            at: Sample.now
        )
        let order = try RiskTests().approved("0.02")
        func placed(_ seconds: Int) throws -> ExecutionCore.Effect? {
            let event = ExecutionCore.Event.entriesApproved(cycle: 2, [order])
            return try core.handle(event, at: Sample.now + .seconds(seconds)).last
        }
        #expect(try placed(59) == .replyPlaced(cycle: 2, count: 0))
        #expect(try placed(60) == .replyPlaced(cycle: 2, count: 1))
    }

    private func enter(_ core: inout ExecutionCore, at now: Instant) throws -> ClientOrderID {
        let order = try RiskTests().approved("0.02")
        let effects = try core.handle(.entriesApproved(cycle: 1, [order]), at: now)
        let id = try #require(Sample.intents(effects).first).request.clientOrderID
        _ = try core.handle(.intentsRecorded([id]), at: now)
        return id
    }

    private func report(
        _ core: ExecutionCore,
        _ id: ClientOrderID,
        _ status: VenueOrderStatus
    ) throws -> VenueOrder {
        VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: try #require(core.orders[id]).intent.request,
            status: status,
            filledQuantity: .zero,
            createdAt: Sample.now
        )
    }
}
