import Testing
import VigilCoinbase
import VigilCore
import VigilModel

/// Numbers of the venue are bounded where they enter, so that what is computed of them can be held.
@Suite struct NumberBoundTests {
    /// The largest number that is taken, and the smallest that is not.
    private static let most = "1000000000000000"
    private static let beyond = "1000000000000000.000000000000000001"
    /// With more places than can be held.
    private static let fine = "0000000000000000001"

    private func read<Value>(
        _ text: String,
        _ body: (JSONNode) throws(JSONFault) -> Value
    ) throws(JSONFault) -> Value {
        try JSONReader().read(Array(text.utf8), body)
    }

    private func fill(
        price: String = "2",
        size: String = "3",
        commission: String = "0"
    ) throws -> Fill {
        let row = #"""
            {"entry_id":"e","trade_id":"t","order_id":"o","trade_type":"FILL","side":"SELL",
            "trade_time":"2026-01-01T00:00:00Z","product_id":"BTC-USD","price":"\#(price)",
            "size":"\#(size)","commission":"\#(commission)"}
            """#
        let listed = try read(row) { ListedFill($0) }
        guard let fill = listed.fill(of: ClientOrderID("c")) else {
            throw Unreadable(trouble: listed.trouble ?? "")
        }
        return fill
    }

    /// A row that says which of its fields is at fault.
    private struct Unreadable: Error, Equatable {
        let trouble: String

        init(trouble: String) { self.trouble = String(trouble.prefix { $0 != " " }) }
    }

    private static func unreadable(_ field: String) -> Unreadable {
        Unreadable(trouble: "`\(field)`")
    }

    @Test func `a fill's numbers are taken up to the bound, and beyond it are none`() throws {
        #expect(try fill(price: Self.most).price.description == Self.most)
        #expect(try fill(size: Self.most).quantity.description == Self.most)
        #expect(try fill(commission: Self.most).fee.amount == Self.most)
        #expect(try fill(commission: "-" + Self.most).fee.amount == "-" + Self.most)
        #expect(throws: Self.unreadable("price")) { try fill(price: Self.beyond) }
        #expect(throws: Self.unreadable("size")) { try fill(size: Self.beyond) }
        #expect(throws: Self.unreadable("commission")) { try fill(commission: Self.beyond) }
        #expect(throws: Self.unreadable("commission")) { try fill(commission: "-" + Self.beyond) }
        // Those that cannot be held at all are refused for the same reason.
        #expect(throws: Self.unreadable("price")) { try fill(price: "1" + Self.most + "0000000") }
    }

    @Test func `what the venue computed is bounded before it is rounded`() throws {
        #expect(try fill(size: "\(Self.most).\(Self.fine)").quantity.description == Self.most)
        #expect(try fill(commission: "1.\(Self.fine)").fee.amount == "1.000000000000000001")
        let over = "1000000000000001.\(Self.fine)"
        #expect(throws: Self.unreadable("size")) { try fill(size: over) }
        #expect(throws: Self.unreadable("commission")) { try fill(commission: over) }
        #expect(throws: Self.unreadable("commission")) { try fill(commission: "-" + over) }
    }

    @Test func `a balance and an order are bounded as well`() throws {
        func balance(_ available: String, _ hold: String) throws(JSONFault) -> Balance {
            let row =
                #"{"currency":"USD","available_balance":{"value":"\#(available)"},"hold":{"value":"\#(hold)"}}"#
            return try read(row) { node throws(JSONFault) in try Balance(node) }
        }
        func filled(_ size: String) throws -> Quantity {
            let row =
                #"{"order_id":"o","product_id":"BTC-USD","side":"BUY","filled_size":"\#(size)"}"#
            let listed = try read(row) { ListedOrder($0) }
            guard let trouble = listed.trouble else { return listed.filledQuantity }
            throw Unreadable(trouble: trouble)
        }
        let held = try balance(Self.most, Self.most)
        #expect(held.available.amount == Self.most && held.onHold.amount == Self.most)
        let available = JSONFault.number("available_balance")
        #expect(throws: available) { try balance(Self.beyond, "0") }
        #expect(throws: available) { try balance("-" + Self.beyond, "0") }
        #expect(throws: JSONFault.number("hold")) { try balance("0", Self.beyond) }
        #expect(try filled(Self.most).description == Self.most)
        #expect(throws: Self.unreadable("filled_size")) { try filled(Self.beyond) }
    }

    // MARK: Prints

    private func prints(_ rows: [String]) throws(JSONFault) -> (numbers: [Int64], [String: Int]) {
        let rows = rows.joined(separator: ",")
        let text = #"{"channel":"market_trades","sequence_num":0,"events":[{"trades":[\#(rows)]}]}"#
        let frame = try FeedParser().read(Array(text.utf8))
        guard case .trades(let trades) = frame.content else { throw .broken }
        return (trades.map(\.number), frame.unknownValues)
    }

    private func row(_ number: Int, price: String = "100", size: String = "1") -> String {
        #"{"trade_id":"\#(number)","product_id":"BTC-USD","price":"\#(price)","size":"\#(size)","side":"BUY","time":"2026-09-07T10:00:00Z"}"#
    }

    @Test(arguments: ["10000000000000000000", beyond, "99999999999999999999999"])
    func `a print of a number that none has is counted, and costs no other`(
        _ number: String
    ) throws {
        let (numbers, unknown) = try prints([
            row(14, size: number), row(13), row(12, price: number), row(11, price: Self.most),
        ])
        #expect(numbers == [11, 13])
        #expect(unknown == ["trade_number": 2])
        #expect(try prints([row(12), row(11)]).1 == [:])
    }

    @Test(arguments: [
        ("\"side\":\"BUY\",", ""), ("\"BUY\"", "\"UNKNOWN_ORDER_SIDE\""),
        ("BTC-USD", "BIT-25DEC26-CDE"),
        ("\"12\"", "null"), ("2026-09-07T10:00:00Z", "yesterday"),
    ])
    func `a print that cannot be read is counted, and costs no other`(
        _ whole: String,
        _ odd: String
    ) throws {
        let broken = row(12).replacing(whole, with: odd)
        #expect(broken != row(12))
        let (numbers, unknown) = try prints([row(13), broken, row(11)])
        #expect(numbers == [11, 13])
        #expect(unknown == ["trade_field": 1])
    }
}
