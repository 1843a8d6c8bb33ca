import Testing
import VigilModel

@Suite struct ModelTests {
    private let usd = Currency.usd

    @Test func `amounts of two currencies never meet`() throws {
        let euro = try #require(Currency("EUR"))
        #expect(throws: MoneyError.currencyMismatch(usd, euro)) {
            try Money("1", usd) + Money("1", euro)
        }
    }

    @Test func `a quantity or price below zero is refused`() {
        #expect(throws: MoneyError.negative("-0.1")) { try Quantity("-0.1") }
        #expect(throws: MoneyError.negative("-1")) { try Price("-1", usd) }
        #expect(throws: MoneyError.self) { try Quantity("1") - Quantity("2") }
    }

    @Test func `a product without increments cannot be made`() throws {
        let id = try #require(ProductID("BTC-USD"))
        #expect(throws: MoneyError.divisionByZero) {
            try Product(
                id: id,
                baseIncrement: .zero,
                priceIncrement: Price("0.01", usd),
                baseMin: Quantity("0.001"),
                quoteMin: Money("1", usd),
                status: .online
            )
        }
    }

    @Test func `an off-grid minimum is rounded up to the increment`() throws {
        let id = try #require(ProductID("SHIB-USD"))
        let product = try Product(
            id: id,
            baseIncrement: Quantity("1"),
            priceIncrement: Price("0.00000001", usd),
            baseMin: Quantity("26.7187147229469674"),
            quoteMin: Money("1", usd),
            status: .online
        )
        #expect(product.baseMin == (try Quantity("27")))
    }

    @Test(arguments: [
        ("0.123456789", "0.00000001", "0.12345678"), ("0.000000009", "0.00000001", "0"),
        ("10.456", "0.01", "10.45"), ("10.99", "0.1", "10.9"), ("0.3", "0.1", "0.3"),
    ])
    func `quantities round down to the increment, never by a float`(
        text: String,
        step: String,
        expected: String
    ) throws {
        let rounded = try Quantity(text).rounded(.down, to: Quantity(step))
        #expect(rounded == (try Quantity(expected)))
    }

    @Test func `a sum of money buys what it can at a price`() throws {
        let quantity = try Quantity(buying: Money("1000", usd), at: Price("50000", usd), .down)
        #expect(quantity == (try Quantity("0.02")))
    }

    @Test(arguments: [
        "1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "2026-11-22T12:34:56.123456789Z",
        "2100-03-01T00:00:00.5Z", "1969-12-31T23:59:59.999Z",
    ])
    func `times are read and written without loss`(text: String) throws {
        let instant = try #require(Instant(text))
        #expect(instant.description == text)
    }

    @Test(arguments: ["2026-02-30T00:00:00Z", "2026-1-1", "yesterday", "2026-01-01T25:00:00Z", ""])
    func `a time that does not exist is refused`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `weeks begin on Monday`() throws {
        let sunday = try #require(Instant("2026-11-22T23:59:59Z"))
        let monday = try #require(Instant("2026-11-23T00:00:00Z"))
        #expect(monday.week == sunday.week + 1)
        #expect((sunday - .seconds(6 * 86_400 - 1)).week == sunday.week)
    }

    @Test func `product and currency names survive a round trip`() throws {
        for text in ["BTC-USD", "1INCH-USDC", "00-USD", "ABCDEFGHIJKLMNOP-EUR"] {
            #expect(ProductID(text)?.description == text)
        }
        for text in ["BTCUSD", "-USD", "BTC-", "A-B-C", "ABCDEFGHIJKLMNOPQ-USD", "B C-USD"] {
            #expect(ProductID(text) == nil)
        }
    }

    @Test func `one seed gives one sequence`() {
        var first = SeededRandom(seed: 7)
        var second = SeededRandom(seed: 7)
        var other = SeededRandom(seed: 8)
        let sequence = (0..<5).map { _ in first.next() }
        #expect(sequence == (0..<5).map { _ in second.next() })
        #expect(sequence != (0..<5).map { _ in other.next() })
        // The published test vector of SplitMix64.
        var known = SeededRandom(seed: 1_234_567)
        #expect(known.next() == 6_457_827_717_110_365_317)
    }
}
