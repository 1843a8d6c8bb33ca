import Testing
import VigilModel

@testable import VigilCore

/// Exits that are refused come again, ever more slowly, for what there is to sell.
@Suite struct RefusedExitsTests {
    private let btc = Sample.btc

    /// When an exit that is refused at each of these seconds comes again.
    private func rests(_ seconds: [Double]) -> [Double] {
        var refused = RefusedExits()
        return seconds.map { second in
            let effects = refused.rest(btc, after: .other, at: OrderDesk.at(second))
            guard case .wake(let at)? = effects.last, effects.count == 1 else { return -1 }
            return Double((at - OrderDesk.at(second)).nanoseconds) / 1e9
        }
    }

    @Test func `each rest is twice as long, to thirty seconds, and forgotten after a minute`() {
        #expect(rests([0, 1, 3, 7, 15, 31, 61, 91]) == [1, 2, 4, 8, 16, 30, 30, 30])
        #expect(rests([0, 1, 61]) == [1, 2, 4])
        #expect(rests([0, 1, 61.1]) == [1, 2, 1])
    }

    @Test func `a rest is over once, and a stop or other rules end it at once`() {
        var refused = RefusedExits()
        _ = refused.rest(btc, after: .other, at: Sample.now)
        #expect(refused.rests(btc))
        #expect(refused.over(at: OrderDesk.at(0.9)).isEmpty)
        var (stopped, ruled) = (refused, refused)
        #expect(refused.over(at: OrderDesk.at(1)) == [btc])
        #expect(refused.over(at: OrderDesk.at(2)).isEmpty && !refused.rests(btc))
        stopped.stopComes(btc)
        #expect(!stopped.rests(btc))
        #expect(ruled.rulesChanged(btc, at: OrderDesk.at(0.5)) == true)
        #expect(ruled.over(at: OrderDesk.at(0.5)) == [btc])
        #expect(ruled.rulesChanged(btc, at: OrderDesk.at(0.6)) == false, "it rests no more")
    }

    @Test func `for want of coins the next exit goes by what is there, while that is fresh`() throws
    {
        let (product, one) = (try Sample.product(), try Quantity("1"))
        func sold(_ there: String, at seconds: Double) throws -> Quantity? {
            var refused = RefusedExits()
            #expect(
                refused.rest(btc, after: .insufficientFunds, at: Sample.now).first
                    == .readAvailable(btc)
            )
            refused.learn(available: try Quantity(there), of: btc)
            _ = refused.over(at: OrderDesk.at(1))
            return refused.sellable(one, of: product, at: OrderDesk.at(seconds)).quantity
        }
        #expect(try sold("0.7", at: 6) == (try Quantity("0.7")))
        #expect(try sold("0.7", at: 6.1) == one, "it is too old")
        #expect(try sold("0.7777", at: 1) == (try Quantity("0.777")), "on the product's grid")
        #expect(try sold("3", at: 1) == one)
        #expect(try sold("0.0001", at: 1) == nil, "too little: it rests on")
        var calm = RefusedExits()
        calm.learn(available: try Quantity("0.1"), of: btc)
        #expect(calm.sellable(one, of: product, at: Sample.now).quantity == one)
    }

    @Test func `what is all there is not told as missing, however often it was refused`() throws {
        let (product, one) = (try Sample.product(), try Quantity("1"))
        func told(_ there: String) throws -> [ExecutionCore.Effect] {
            var refused = RefusedExits()
            for second in [0.0, 1, 3] {
                _ = refused.rest(btc, after: .insufficientFunds, at: OrderDesk.at(second))
            }
            refused.learn(available: try Quantity(there), of: btc)
            _ = refused.over(at: OrderDesk.at(7))
            return refused.sellable(one, of: product, at: OrderDesk.at(7)).effects
        }
        #expect(try told("1").isEmpty)
        // What was told once is not told again because a part of it was sold.
        var short = RefusedExits()
        for (start, count) in [(0.0, 1), (100, 0)] {
            for second in [0.0, 1, 3] {
                _ = short.rest(btc, after: .insufficientFunds, at: OrderDesk.at(start + second))
            }
            short.learn(available: try Quantity("0.7"), of: btc)
            _ = short.over(at: OrderDesk.at(start + 7))
            let sold = short.sellable(one, of: product, at: OrderDesk.at(start + 7))
            #expect(sold.effects.count == count)
            short.traded(btc, .sell)
        }
        let nearly = try Quantity("0.999")
        #expect(try told("0.999") == [.reportShort(btc, wanted: one, available: nearly)])
    }

    @Test func `what was traded makes the next refusal the first`() {
        var refused = RefusedExits()
        for second in [0.0, 1, 3] { _ = refused.rest(btc, after: .other, at: OrderDesk.at(second)) }
        refused.traded(btc, .sell)
        #expect(refused.rests(btc), "it is asked for again all the same")
        #expect(
            refused.rest(btc, after: .other, at: OrderDesk.at(4)) == [.wake(at: OrderDesk.at(5))]
        )
    }
}
