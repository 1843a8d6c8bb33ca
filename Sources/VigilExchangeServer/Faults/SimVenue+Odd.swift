import VigilModel

// Rows that are nobody's business, as a real account has them: of futures, of vaults, of programs that send
// what no spot order can have.
extension SimVenue {
    /// What is odd in each list.
    enum OddList {
        case accounts
        case orders
        case fills
    }

    /// A list with odd rows before, between and behind its own, while that fault is on.
    func salted(_ rows: [JSON], _ list: OddList, at now: Moment) -> [JSON] {
        guard faults.standing(.oddRows, at: now.real) != nil else { return rows }
        let odd: [JSON] =
            switch list {
            case .accounts: Self.oddAccounts
            case .orders: Self.oddOrders
            case .fills: oddFills(at: now)
            }
        var salted = rows
        for (index, row) in odd.enumerated() {
            salted.insert(row, at: salted.count * index / max(odd.count - 1, 1))
        }
        return salted
    }

    private static let future: JSON = "BIT-25DEC26-CDE"

    private static let oddAccounts: [JSON] = [
        oddAccount("1", "AVERYLONGCURRENCYCODE", "1E-8", "0E-16", "ACCOUNT_TYPE_CRYPTO"),
        oddAccount("2", "USD", "250", "0", "ACCOUNT_TYPE_VAULT"),
        oddAccount("3", "ZZZ", "many", "", "ACCOUNT_TYPE_CRYPTO"),
        ["uuid": "odd-4", "currency": nil],
    ]

    private static func oddAccount(
        _ id: String,
        _ currency: String,
        _ available: String,
        _ hold: String,
        _ type: String
    ) -> JSON {
        [
            "uuid": .string("odd-\(id)"), "currency": .string(currency),
            "available_balance": ["value": .string(available), "currency": .string(currency)],
            "hold": ["value": .string(hold), "currency": .string(currency)],
            "type": .string(type),
        ]
    }

    static let oddOrders: [JSON] = [
        [
            "order_id": "odd-1", "client_order_id": "a-future", "product_id": future,
            "side": "BUY", "status": "OPEN", "filled_size": "1",
        ],
        [
            "order_id": "odd-2", "client_order_id": "", "product_id": "BTC-USD", "side": "BOTH",
            "status": "HIBERNATING", "filled_size": "many", "created_time": "yesterday",
        ],
        ["order_id": nil, "client_order_id": nil, "status": 7],
    ]

    private func oddFills(at now: Moment) -> [JSON] {
        func row(_ id: String, _ product: JSON, _ type: JSON, _ price: JSON) -> JSON {
            [
                "entry_id": .string("odd-\(id)"), "trade_id": .string("odd-\(id)"),
                "order_id": .string("odd-order-\(id)"), "trade_type": type,
                "trade_time": .text(stamp(now)), "sequence_timestamp": .text(stamp(now)),
                "price": price, "size": "1", "commission": "0.15", "product_id": product,
                "side": "BUY", "size_in_quote": false,
            ]
        }
        return [
            row("1", Self.future, "FILL", "97000"), row("2", "BTC-USD", "FILL", "86000"),
            row("3", "BTC-USD", "GIFT", "86000"), row("4", "BTC-USD", "FILL", "0E-8"),
        ]
    }
}
