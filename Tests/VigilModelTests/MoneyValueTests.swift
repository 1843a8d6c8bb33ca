import Foundation
import Testing
import VigilModel

@Suite struct MoneyValueTests {
    private let usd = Currency.usd
    private func money(_ text: String) throws -> Money { try Money(text, .usd) }
    private func price(_ text: String) throws -> Price { try Price(text, .usd) }
    private func euros() throws -> Currency { try #require(Currency("EUR")) }
    /// A third of the smallest unit's place: it has to be rounded.
    private func third() throws -> Rate { try Rate("0.333333333333333333") }

    @Test func `sums, differences and shares by value`() throws {
        #expect(try money("1.5") + money("2.25") == money("3.75"))
        #expect(try money("1.5") - money("2.25") == money("-0.75"))
        var cash = try money("10")
        try cash += money("2.5")
        #expect(cash == (try money("12.5")))
        try cash -= money("20")
        #expect(cash == (try money("-7.5")))
        #expect(cash.negated == (try money("7.5")))
        #expect(try money("10").share(Quantity("1"), of: Quantity("4"), .down) == money("2.5"))
        #expect(
            try money("1").share(Quantity("1"), of: Quantity("3"), .down)
                == money("0.333333333333333333")
        )
        #expect(
            try money("1").share(Quantity("1"), of: Quantity("3"), .up)
                == money("0.333333333333333334")
        )
        #expect(try money("7").smaller(money("6")) == money("6"))
        #expect(try money("6").smaller(money("7")) == money("6"))
        #expect(try money("6").isLess(than: money("6")) == false)
        #expect(try money("5.99").isLess(than: money("6")))
    }

    @Test func `signs by value`() throws {
        for (text, signs) in [
            ("0.01", [true, false, false]), ("0", [false, true, false]),
            ("-0.01", [false, false, true]),
        ] {
            let amount = try money(text)
            #expect([amount.isPositive, amount.isZero, amount.isNegative] == signs)
        }
        #expect(Money.zero(usd).description == "0 USD")
        #expect(Quantity.zero.isZero)
        #expect(!(try Quantity("0.1").isZero))
    }

    @Test func `a fee is rounded as it is asked for`() throws {
        #expect(try money("1").times(third(), .down) == money("0.333333333333333333"))
        #expect(
            try money("0.000000000000000001").times(third(), .up) == money("0.000000000000000001")
        )
        #expect(try money("0.000000000000000001").times(third(), .down) == money("0"))
        #expect(
            try Quantity("0.000000000000000001").times(third(), .up)
                == Quantity("0.000000000000000001")
        )
        #expect(try Quantity("0.000000000000000001").times(third(), .down) == .zero)
        #expect(try Quantity("4").times(Rate("0.25"), .down) == Quantity("1"))
        #expect(
            try price("0.000000000000000001").scaled(by: third(), .up)
                == price("0.000000000000000001")
        )
        #expect(try price("100").scaled(by: Rate("0.99"), .down) == price("99"))
        #expect(try price("3").notional(of: Quantity("0.5"), .down) == money("1.5"))
        #expect(
            try price("0.3").notional(of: Quantity("0.000000000000000001"), .up)
                == money("0.000000000000000001")
        )
        #expect(
            try price("0.3").notional(of: Quantity("0.000000000000000001"), .down) == money("0")
        )
    }

    @Test func `a change is a part of what was before`() throws {
        #expect(try price("110").change(from: price("100")) == Rate("0.1"))
        #expect(try price("90").change(from: price("100")) == Rate("-0.1"))
        // Towards zero, on both sides of it.
        #expect(try price("4").change(from: price("3")) == third())
        #expect(try price("2").change(from: price("3")) == Rate("-0.333333333333333333"))
        #expect(try money("1").ratio(to: money("3")) == third())
        #expect(try money("-1").ratio(to: money("4")) == Rate("-0.25"))
        #expect(throws: MoneyError.divisionByZero) { try price("1").change(from: price("0")) }
    }

    @Test func `the grid of a product by value`() throws {
        #expect(try price("10.019").rounded(.down, to: price("0.01")) == price("10.01"))
        #expect(try price("10.011").rounded(.up, to: price("0.01")) == price("10.02"))
        #expect(try price("10.015").rounded(.halfEven, to: price("0.01")) == price("10.02"))
        #expect(try price("10.025").rounded(.halfEven, to: price("0.01")) == price("10.02"))
        #expect(try money("10.011").rounded(.up, to: money("0.01")) == money("10.02"))
        #expect(try money("-10.011").rounded(.up, to: money("0.01")) == money("-10.02"))
        #expect(try money("-10.019").rounded(.down, to: money("0.01")) == money("-10.01"))
        #expect(try Quantity("0.0011").rounded(.up, to: Quantity("0.001")) == Quantity("0.002"))
        #expect(throws: MoneyError.divisionByZero) { try price("1").rounded(.down, to: price("0")) }
    }

    @Test(arguments: [
        "1.-5", "1.-", "-.5", "1..5", "1.5.", "5-", "--5", "-", ".", "1.", "1,5", " 1", "1e3",
    ])
    func `a sign or a point out of its place is no number`(text: String) {
        #expect(throws: MoneyError.malformed(text)) { try DecimalText.parse(text) }
    }

    @Test func `what cannot be held is refused, not wrapped`() {
        let (most, one) = (Rate(raw: .max), Rate(raw: 1))
        #expect(throws: MoneyError.overflow) { try most + one }
        #expect(throws: MoneyError.overflow) { try Rate(raw: .min) - one }
        #expect(throws: MoneyError.overflow) { try most * most }
        #expect(throws: MoneyError.overflow) {
            try Money(raw: .max, currency: .usd) + Money(raw: 1, currency: .usd)
        }
        #expect(throws: MoneyError.overflow) {
            try Money(raw: .min, currency: .usd) - Money(raw: 1, currency: .usd)
        }
        #expect(throws: MoneyError.overflow) { try Quantity(raw: .max) + Quantity(raw: 1) }
    }

    @Test func `no operation takes two currencies`() throws {
        let euro = try euros()
        let mismatch = MoneyError.currencyMismatch(usd, euro)
        let (one, other) = (try money("1"), try Money("1", euro))
        let (here, there) = (try price("1"), try Price("1", euro))
        #expect(throws: mismatch) { try one - other }
        #expect(throws: mismatch) { try one.ratio(to: other) }
        #expect(throws: mismatch) { try one.isLess(than: other) }
        #expect(throws: mismatch) { try one.smaller(other) }
        #expect(throws: mismatch) { try one.rounded(.down, to: other) }
        #expect(throws: mismatch) { try here.rounded(.down, to: there) }
        #expect(throws: mismatch) { try here.change(from: there) }
        #expect(throws: mismatch) { try Quantity(buying: one, at: there, .down) }
    }

    @Test func `prices are compared by their numbers, at the edge as well`() throws {
        let (low, same, high) = (try price("9.99"), try price("9.99"), try price("10"))
        #expect([low < high, low < same, high < low] == [true, false, false])
        #expect([high > low, low > same, low > high] == [true, false, false])
        #expect([low <= high, low <= same, high <= low] == [true, true, false])
        #expect([high >= low, low >= same, low >= high] == [true, true, false])
    }

    @Test func `what is left of a quantity is nothing where all of it is taken, or more`() throws {
        let five = try Quantity("5")
        for (part, rest) in [
            ("0", "5"), ("2", "3"), ("4.999999999999999999", "0.000000000000000001"), ("5", "0"),
            ("5.000000000000000001", "0"), ("99999999999999999999", "0"),
        ] {
            #expect(try five.less(Quantity(part)) == Quantity(rest), "\(part)")
        }
        let most = try Quantity(raw: .max)
        #expect(most.less(.zero) == most)
        #expect(Quantity.zero.less(most) == .zero)
    }

    @Test func `rates by value`() throws {
        #expect(try Rate(percent: "12.5") == Rate("0.125"))
        #expect(Rate(basisPoints: 60) == (try Rate("0.006")))
        #expect(Rate.one == (try Rate("1")))
        #expect(try Rate("0.5") + Rate("0.25") == Rate("0.75"))
        #expect(try Rate("0.5") - Rate("0.75") == Rate("-0.25"))
        #expect(try Rate("0.5") * Rate("0.3") == Rate("0.15"))
        #expect(try third() * third() == Rate("0.111111111111111110"))
        #expect(try Rate("0.1") < Rate("0.2"))
        #expect(!(try Rate("0.2") < Rate("0.2")))
        #expect(Rate(indicator: 0.123_456_49) == (try Rate("0.123456")))
        #expect(Rate(indicator: 0.000_000_5) == (try Rate("0")))
        #expect(Rate(indicator: 0.000_001_5) == (try Rate("0.000002")))
        #expect(Rate(indicator: -2.5) == (try Rate("-2.5")))
        #expect(Rate(indicator: 1e30) == (try Rate("1000000000")))
        #expect(Rate(indicator: -1e30) == (try Rate("-1000000000")))
    }
}
