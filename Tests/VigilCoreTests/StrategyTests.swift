import Testing
import VigilModel

@testable import VigilCore

/// What every strategy has to keep to.
@Suite struct StrategyTests {
    @Test func `each strategy has a name of its own`() {
        let names = StrategyRegistry.makers.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.contains("rules_engine"))
    }

    @Test func `a strategy that was started in between decides as one that has run all the while`()
        throws
    {
        let market = try SignalDay.history(seed: 1)
        let days = try (0..<12).map { try SignalDay(seed: $0, market) }
        var wishes = 0
        for day in days {
            for place in StrategyRegistry.makers.indices {
                var policy = CycleScene.policy
                (policy.triggers, policy.strategy) = (day.triggers, day.strategy)
                // One has seen all that came before, the other begins here, as after a kill.
                var old = StrategyRegistry.makers[place].make(policy)
                for earlier in days {
                    _ = try old.decide(earlier.view)
                }
                var fresh = StrategyRegistry.makers[place].make(policy)
                let advice = try fresh.decide(day.view)
                #expect(try old.decide(day.view) == advice)
                wishes += advice.proposals.count
            }
        }
        #expect(wishes > 0)
    }
}
