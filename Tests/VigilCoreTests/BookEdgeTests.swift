import Testing
import VigilCore
import VigilModel

/// A book at its edges: one level, equal levels, the smallest quantities, and times that go back.
@Suite struct BookEdgeTests {
    private func change(
        _ levels: [(Bool, Int, Int)],
        snapshot: Bool = false,
        at seconds: Int64 = 1
    ) -> BookChange {
        LevelBookTests.change(levels, snapshot: snapshot, at: seconds)
    }

    private func book(_ levels: [(Bool, Int, Int)]) throws -> LevelBook {
        var book = LevelBook(product: LevelBookTests.product)
        try book.apply(change(levels, snapshot: true))
        return book
    }

    private func text(_ book: LevelBook, _ count: Int = 9) -> [String] {
        let top = book.top(count)
        return [top.bids, top.asks].map { side in
            side.map { "\($0.quantity)@\($0.price)" }.joined(separator: " ")
        }
    }

    @Test func `a level takes its place whether it is the best, the worst or between`() throws {
        var single = try book([(true, 99, 1), (false, 101, 1)])
        try single.apply(change([(true, 98, 2), (false, 102, 2)]))
        #expect(text(single) == ["1@99 2@98", "1@101 2@102"])
        try single.apply(change([(true, 100, 3), (true, 97, 4), (false, 103, 4)]))
        #expect(text(single) == ["3@100 1@99 2@98 4@97", "1@101 2@102 4@103"])
        try single.apply(change([(true, 99, 9), (true, 100, 0), (false, 101, 0)]))
        #expect(text(single) == ["9@99 2@98 4@97", "2@102 4@103"])
        #expect(text(single, 1) == ["9@99", "2@102"])
        #expect(text(single, 2) == ["9@99 2@98", "2@102 4@103"])
        #expect(single.levelCount == 5)
    }

    @Test func `taking a level away takes its own quantity with it`() throws {
        var book = try book([(true, 99, 1), (true, 98, 2), (true, 97, 3), (false, 101, 1)])
        try book.apply(change([(true, 98, 0)]))
        #expect(text(book) == ["1@99 3@97", "1@101"])
        try book.apply(change([(true, 96, 0)]))
        #expect(book.levelCount == 3)
    }

    @Test(arguments: [
        [(true, 99, 1), (true, 99, 2), (false, 101, 1)],
        [(true, 99, 1), (false, 101, 1), (false, 101, 2)],
        [(true, 99, 1), (false, 102, 1), (false, 101, 2)],
    ])
    func `a snapshot with a level twice, or out of order, is none`(_ levels: [(Bool, Int, Int)]) {
        #expect(throws: LevelBook.Fault.outOfOrder) { try book(levels) }
    }

    @Test(arguments: [
        [(true, 0, 1)], [(false, 0, 1)], [(true, 99, -1)], [(false, 101, -1)], [(true, -1, 1)],
    ])
    func `a snapshot with what cannot be is none`(_ levels: [(Bool, Int, Int)]) {
        #expect(throws: LevelBook.Fault.negative) { try book(levels) }
    }

    @Test func `an empty level of a snapshot is not there, and one side alone is no quote`() throws
    {
        let bids = try book([(true, 99, 1), (true, 98, 0), (true, 97, 3), (false, 101, 0)])
        #expect(text(bids) == ["1@99 3@97", ""])
        #expect(bids.isValid)
        #expect(bids.quote(asOf: Instant(seconds: 1)) == nil)
        #expect(bids.depth(withinBPS: 10_000) == 0)
        #expect(bids.microprice == nil)
        #expect(bids.imbalance(levels: 9) == 1)
        let asks = try book([(false, 101, 2)])
        #expect(asks.imbalance(levels: 9) == -1)
        #expect(try book([]).imbalance(levels: 9) == 0)
    }

    @Test func `the smallest quantity that can be counts`() throws {
        var book = LevelBook(product: LevelBookTests.product)
        let one = LevelBookTests.one
        try book.apply(
            BookChange(
                product: LevelBookTests.product,
                isSnapshot: true,
                levels: [LevelChange(isBid: true, price: 99 * one, quantity: 1)],
                occurredAt: Instant(seconds: 1)
            )
        )
        #expect(book.imbalance(levels: 1) == 1)
        #expect(book.top(1).bids.map(\.quantity.raw) == [1])
    }

    @Test func `the smallest price that can be counts, in a snapshot and in a change`() throws {
        var book = LevelBook(product: LevelBookTests.product)
        func change(_ isBid: Bool, _ price: Int128, snapshot: Bool) -> BookChange {
            BookChange(
                product: LevelBookTests.product,
                isSnapshot: snapshot,
                levels: [LevelChange(isBid: isBid, price: price, quantity: 1)],
                occurredAt: Instant(seconds: 1)
            )
        }
        try book.apply(change(false, 1, snapshot: true))
        #expect(book.top(9).asks.map(\.price.raw) == [1])
        try book.apply(change(false, 2, snapshot: true))
        try book.apply(change(true, 1, snapshot: false))
        let quote = try #require(book.quote(asOf: Instant(seconds: 1)))
        #expect(quote.bid.raw == 1 && quote.ask.raw == 2 && quote.bidQuantity.raw == 1)
        try book.apply(change(false, 3, snapshot: false))
        #expect(book.top(9).asks.map(\.price.raw) == [2, 3])
    }

    @Test func `an imbalance looks at so many levels from the touch`() throws {
        let book = try book([
            (true, 99, 3), (true, 98, 5), (true, 97, 8), (false, 101, 1), (false, 102, 1),
            (false, 103, 6),
        ])
        #expect(book.imbalance(levels: 1) == 0.5)
        #expect(book.imbalance(levels: 2) == 0.6)
        #expect(book.imbalance(levels: 3) == 8.0 / 24)
    }

    @Test func `a depth counts what lies at its edge, and nothing beyond`() throws {
        let book = try book([
            (true, 99, 1), (true, 98, 2), (true, 90, 4), (false, 101, 1), (false, 102, 2),
            (false, 110, 4),
        ])
        // The middle is 100.
        #expect(book.depth(withinBPS: 99) == 0)
        #expect(book.depth(withinBPS: 100) == 99 + 101)
        #expect(book.depth(withinBPS: 200) == 99 + 101 + 196 + 204)
        #expect(book.depth(withinBPS: 999) == 600)
        #expect(book.depth(withinBPS: 1_000) == 600 + 360 + 440)
    }

    @Test func `a book's time never goes back, until it is forgotten`() throws {
        var book = try book([(true, 99, 1), (false, 101, 1)])
        try book.apply(change([(true, 98, 1)], at: 9))
        try book.apply(change([(true, 97, 1)], at: 5))
        #expect(book.occurredAt == Instant(seconds: 9))
        #expect(book.top(1).occurredAt == Instant(seconds: 9))
        book.invalidate()
        #expect(!book.isValid && book.occurredAt == .epoch && book.levelCount == 0)
        #expect(book.product == LevelBookTests.product)
        try book.apply(change([(true, 99, 1), (false, 101, 1)], snapshot: true, at: 3))
        #expect(book.occurredAt == Instant(seconds: 3))
        let quote = book.quote(asOf: Instant(seconds: 7))
        #expect(quote?.bidQuantity.description == "1" && quote?.askQuantity.description == "1")
    }

    @Test func `a snapshot replaces all that was there`() throws {
        var book = try book([(true, 99, 1), (true, 98, 1), (false, 101, 1)])
        try book.apply(change([(true, 89, 2), (false, 91, 3)], snapshot: true))
        #expect(text(book) == ["2@89", "3@91"])
        let weighted = try #require(book.microprice)
        #expect(abs(weighted - 89.8) < 1e-9)
    }
}
