import Testing
import VigilCore
import VigilModel

@Suite struct LevelBookTests {
    static let product = ProductID(base: .usd, quote: .usd)
    static let one = FixedPoint.one

    static func change(
        _ levels: [(Bool, Int, Int)],
        snapshot: Bool = false,
        at seconds: Int64 = 1
    ) -> BookChange {
        BookChange(
            product: product,
            isSnapshot: snapshot,
            levels: levels.map {
                LevelChange(isBid: $0.0, price: Int128($0.1) * one, quantity: Int128($0.2) * one)
            },
            occurredAt: Instant(seconds: seconds)
        )
    }

    static func book() throws -> LevelBook {
        var book = LevelBook(product: product)
        try book.apply(
            change(
                [(true, 99, 1), (true, 98, 2), (true, 95, 3), (false, 101, 4), (false, 103, 5)],
                snapshot: true
            )
        )
        return book
    }

    @Test func `a book is what a plain table of its levels says, after 20,000 changes`() throws {
        var random = SeededRandom(seed: 7)
        var book = LevelBook(product: Self.product)
        var table: [Bool: [Int: Int]] = [true: [:], false: [:]]
        var first: [(Bool, Int, Int)] = []
        for step in 0..<500 {
            first.append((true, 10_000 - step * 2, 1 + step % 7))
            first.append((false, 10_001 + step * 2, 1 + step % 5))
        }
        try book.apply(Self.change(first, snapshot: true))
        for (isBid, price, quantity) in first {
            table[isBid]?[price] = quantity
        }
        for step in 0..<20_000 {
            let isBid = random.unit() < 0.5
            // Near the touch for the most part, and sometimes far out.
            let reach = random.unit() < 0.9 ? 20 : 2_000
            let distance = random.integer(in: 0...reach)
            let price = isBid ? 10_000 - distance : 10_001 + distance
            let quantity = random.unit() < 0.4 ? 0 : random.integer(in: 1...9)
            try book.apply(Self.change([(isBid, price, quantity)], at: Int64(step)))
            table[isBid]?[price] = quantity == 0 ? nil : quantity
        }
        let top = book.top(10_000)
        let bids = (table[true] ?? [:]).sorted { $0.key > $1.key }
        let asks = (table[false] ?? [:]).sorted { $0.key < $1.key }
        #expect(top.bids.map(\.price.raw) == bids.map { Int128($0.key) * Self.one })
        #expect(top.bids.map(\.quantity.raw) == bids.map { Int128($0.value) * Self.one })
        #expect(top.asks.map(\.price.raw) == asks.map { Int128($0.key) * Self.one })
        #expect(top.asks.map(\.quantity.raw) == asks.map { Int128($0.value) * Self.one })
        #expect(book.levelCount == bids.count + asks.count)
    }

    @Test func `what a book says of its touch`() throws {
        let book = try Self.book()
        let quote = try #require(book.quote(asOf: Instant(seconds: 9)))
        #expect(quote.bid.description == "99" && quote.ask.description == "101")
        #expect(quote.occurredAt == Instant(seconds: 9))
        // 99 within 100 bp of 100, 101 as well, and nothing else.
        #expect(book.depth(withinBPS: 100) == 99 + 404)
        #expect(book.imbalance(levels: 1) == (1.0 - 4.0) / 5.0)
        #expect(book.microprice == (99.0 * 4 + 101.0) / 5)
    }

    @Test(arguments: [
        ([(true, 101, 1)], LevelBook.Fault.crossed), ([(false, 99, 1)], .crossed),
        ([(true, 0, 1)], .negative), ([(true, 97, -1)], .negative),
    ])
    func `what does not add up makes the book not valid, and is not repaired`(
        _ levels: [(Bool, Int, Int)],
        _ fault: LevelBook.Fault
    ) throws {
        var book = try Self.book()
        #expect(throws: fault) { try book.apply(Self.change(levels)) }
        #expect(!book.isValid && book.levelCount == 0)
        #expect(book.quote(asOf: Instant(seconds: 1)) == nil)
        #expect(throws: LevelBook.Fault.unknown) { try book.apply(Self.change([(true, 97, 1)])) }
        try book.apply(Self.change([(true, 5, 1), (false, 6, 1)], snapshot: true))
        #expect(book.isValid)
    }

    @Test func `a snapshot out of order is no snapshot`() {
        var book = LevelBook(product: Self.product)
        #expect(throws: LevelBook.Fault.outOfOrder) {
            try book.apply(Self.change([(true, 98, 1), (true, 99, 1)], snapshot: true))
        }
        #expect(!book.isValid)
    }

    @Test func `a level that is not there can be taken away`() throws {
        var book = try Self.book()
        try book.apply(Self.change([(true, 97, 0), (false, 120, 0)]))
        #expect(book.levelCount == 5)
    }
}

@Suite struct CandleSeriesTests {
    @Test func `a print makes candles of each length, and a late one amends what was complete`() {
        var series = CandleSeries(.fiveMinutes)
        let start = Instant(seconds: 3_000)
        #expect(series.record(price: 10, volume: 1, at: start) == nil)
        #expect(series.record(price: 12, volume: 1, at: start + .seconds(299)) == nil)
        #expect(series.completed.isEmpty && series.forming?.close == 12)
        #expect(series.record(price: 11, volume: 1, at: start + .seconds(601)) == nil)
        #expect(series.completed.map(\.start) == [start])
        let amended = series.record(price: 20, volume: 3, at: start + .seconds(298))
        #expect(amended?.high == 20 && amended?.volume == 5 && amended?.close == 12)
        // A span without a print, until one comes late.
        let late = series.record(price: 9, volume: 2, at: start + .seconds(301))
        #expect(late?.start == start + .seconds(300) && late?.open == 9)
        #expect(series.forming?.start == start + .seconds(600))
    }

    @Test func `the venue's candles fill the gaps, and its forming one is left out`() {
        var series = CandleSeries(.minute)
        let start = Instant(seconds: 6_000)
        series.record(price: 10, volume: 1, at: start)
        series.record(price: 10, volume: 1, at: start + .seconds(240))
        let now = start + .seconds(250)
        let read = (0...4).map { minute in
            Candle(
                start: start + .seconds(60 * minute),
                open: 5,
                high: 6,
                low: 4,
                close: 5,
                volume: 7
            )
        }
        series.fill(read, at: now)
        #expect(series.completed.map(\.start) == read.dropLast().map(\.start))
        #expect(series.completed.allSatisfy { $0.volume == 7 })
        #expect(series.forming?.start == start + .seconds(240))
    }
}
