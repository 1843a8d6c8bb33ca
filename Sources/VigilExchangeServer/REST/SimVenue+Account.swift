import VigilExchange
import VigilModel

extension SimVenue {
    private var currencies: [Currency] {
        var found: Set<Currency> = Set(engine.accounts.rows.keys)
        for id in market.products {
            found.insert(id.base)
            found.insert(id.quote)
        }
        return found.sorted()
    }

    private func accountID(_ currency: Currency) -> String { names.uuid("account \(currency)", 0) }

    func accounts(_ query: Query, at now: Moment) throws(InvalidArgument) -> SimResponse {
        let all = currencies
        // **Source**: 49 where nothing is said, 250 at most; the cursor is opaque.
        let limit = try query.count("limit", else: 49, max: 250)
        let start = min(try Cursor.place(in: query) ?? 0, all.count)
        let end = min(start + limit, all.count)
        return SimResponse([
            "accounts": .array(
                salted(all[start..<end].map { accountBody($0) }, .accounts, at: now)
            ),
            "has_next": .bool(end < all.count),
            "cursor": .string(end < all.count ? Cursor.text(end) : ""),
            "size": .integer(Int64(end - start)),
        ])
    }

    func account(_ id: String) -> SimResponse {
        guard let currency = currencies.first(where: { accountID($0) == id }) else {
            return .failure(404, "NOT_FOUND", "account not found")
        }
        return SimResponse(["account": accountBody(currency)])
    }

    private func accountBody(_ currency: Currency) -> JSON {
        let row = engine.accounts.row(currency)
        let isCash = currency == .usd
        func amount(_ money: Money) -> JSON {
            ["value": .string(money.amount), "currency": .text(currency)]
        }
        return [
            "uuid": .string(accountID(currency)),
            "name": .string("\(currency) Wallet"),
            "currency": .text(currency),
            "available_balance": amount(row.available),
            "default": true,
            "active": true,
            "created_at": "2023-01-04T06:20:06.456Z",
            "updated_at": "2023-01-04T06:20:07.181Z",
            "deleted_at": nil,
            "type": .string(isCash ? "ACCOUNT_TYPE_FIAT" : "ACCOUNT_TYPE_CRYPTO"),
            "ready": .bool(isCash),
            "hold": amount(row.onHold),
            "retail_portfolio_id": .string(names.portfolio),
            "platform": "ACCOUNT_PLATFORM_CONSUMER",
        ]
    }

    /// What an amount is worth in dollars at the last price; nil where there is none.
    private func dollars(_ amount: Money) -> Money? {
        guard amount.currency != .usd else { return amount }
        guard let price = market.lastPrice(ProductID(base: amount.currency, quote: .usd)),
            let quantity = try? Quantity(raw: amount.raw)
        else { return nil }
        return try? price.notional(of: quantity, .down)
    }

    /// What the account is worth in dollars at the last prices.
    private var worth: Money {
        var total = Money.zero(.usd)
        for currency in currencies {
            let row = engine.accounts.row(currency)
            guard let held = try? row.available + row.onHold, let worth = dollars(held) else {
                continue
            }
            total = (try? total + worth) ?? total
        }
        return (try? total.rounded(.down, to: Money("0.01", .usd))) ?? total
    }

    func summary(at now: Moment) -> SimResponse {
        let isStandard = engine.fees == settings.fees
        let tier: JSON = [
            "pricing_tier": .string(isStandard ? "Intro 1" : "Advanced 1"),
            "usd_from": "", "usd_to": "",
            "taker_fee_rate": .text(engine.fees.taker),
            "maker_fee_rate": .text(engine.fees.maker),
            "aop_from": "0", "aop_to": "1000000",
            "perps_vol_from": "", "perps_vol_to": "",
            "futures_vol_from": "", "futures_vol_to": "",
            "volume_types_and_range": [
                [
                    "volume_types": ["VOLUME_TYPE_SPOT", "VOLUME_TYPE_US_DERIVATIVES"],
                    "vol_from": "0", "vol_to": "10000",
                ]
            ],
        ]
        // **Source**: volumes and fees are JSON numbers here, unlike everywhere else.
        return SimResponse([
            "total_volume": .number(desk.volume.amount),
            "total_fees": .number(desk.fees.amount),
            "fee_tier": tier,
            "margin_rate": nil,
            "goods_and_services_tax": nil,
            "advanced_trade_only_volume": .number(desk.volume.amount),
            "advanced_trade_only_fees": .number(desk.fees.amount),
            "coinbase_pro_volume": 0,
            "coinbase_pro_fees": 0,
            "total_balance": .string(worth.amount),
            "has_promo_fee": false,
            "volume_breakdown": [
                ["volume_type": "VOLUME_TYPE_SPOT", "volume": .number(desk.volume.amount)],
                ["volume_type": "VOLUME_TYPE_US_DERIVATIVES", "volume": 0],
            ],
            "has_cost_plus_commission": false,
        ])
    }

    func permissions(_ key: APIKey?) -> SimResponse {
        SimResponse([
            "can_view": .bool(key?.canView ?? false),
            "can_trade": .bool(key?.canTrade ?? false),
            "can_transfer": .bool(key?.canTransfer ?? false),
            "can_receive": false,
            "portfolio_uuid": .string(names.portfolio),
            "portfolio_type": "DEFAULT",
        ])
    }

    func portfolios() -> SimResponse {
        SimResponse(["portfolios": [portfolioBody]])
    }

    private var portfolioBody: JSON {
        [
            "name": "Default", "uuid": .string(names.portfolio), "type": "DEFAULT",
            "deleted": false,
        ]
    }

    func portfolio(_ id: String) -> SimResponse {
        guard id == names.portfolio else {
            return .failure(404, "NOT_FOUND", "portfolio not found")
        }
        func amount(_ money: Money) -> JSON {
            ["value": .string(money.amount), "currency": "USD"]
        }
        let none = amount(.zero(.usd))
        let cash = (try? engine.accounts.row(.usd).available + engine.accounts.row(.usd).onHold)
        let coins = try? worth - (cash ?? .zero(.usd))
        let positions: [JSON] = currencies.compactMap { currency in
            spotPosition(currency)
        }
        return SimResponse([
            "breakdown": [
                "portfolio": portfolioBody,
                "portfolio_balances": [
                    "total_balance": amount(worth),
                    "total_futures_balance": none,
                    "total_cash_equivalent_balance": amount(cash ?? .zero(.usd)),
                    "total_crypto_balance": amount(coins ?? .zero(.usd)),
                    "futures_unrealized_pnl": none,
                    "perp_unrealized_pnl": none,
                ],
                "spot_positions": .array(positions),
                "perp_positions": [],
                "futures_positions": [],
            ]
        ])
    }
}

extension SimVenue {
    /// A currency's row of the breakdown; nil where nothing of it is held.
    ///
    /// **Source**: what is in dollars, and the shares, are JSON numbers; amounts of coins are texts.
    private func spotPosition(_ currency: Currency) -> JSON? {
        let row = engine.accounts.row(currency)
        guard let held = try? row.available + row.onHold, held.isPositive else { return nil }
        let none = Money.zero(.usd)
        let (value, free) = (dollars(held) ?? none, dollars(row.available) ?? none)
        let whole = Double(worth.raw)
        let share = whole > 0 ? Rate(indicator: Double(value.raw) / whole) : .zero
        let product = ProductID(base: currency, quote: .usd)
        let change = currency == .usd ? "0" : dayFigures(product).change
        return [
            "asset": .text(currency),
            "account_uuid": .string(accountID(currency)),
            "total_balance_fiat": .number(value.amount),
            "total_balance_crypto": .number(held.amount),
            "available_to_trade_fiat": .number(free.amount),
            "available_to_trade_crypto": .number(row.available.amount),
            "allocation": .number(share.description),
            "one_day_change": .number(change.isEmpty ? "0" : change),
            // What was paid is not kept by currency.
            "cost_basis": ["value": "0", "currency": "USD"],
            "asset_img_url": "",
            "is_cash": .bool(currency == .usd),
        ]
    }
}

/// A place in a list, in a form that nobody is tempted to count with.
enum Cursor {
    static func text(_ offset: Int) -> String {
        "c" + String(UInt64(offset) &* 0x9e37_79b9_7f4a_7c15, radix: 36)
    }

    /// The place behind a query's cursor; nil where it has none.
    static func place(in query: Query) throws(InvalidArgument) -> Int? {
        guard let text = query["cursor"] else { return nil }
        guard let place = place(text) else { throw InvalidArgument(details: "cursor: unknown") }
        return place
    }

    /// The place behind a cursor; nil for a text that was never given out.
    static func place(_ text: String) -> Int? {
        guard text.hasPrefix("c"), let value = UInt64(text.dropFirst(), radix: 36) else {
            return nil
        }
        // The inverse of the odd factor above, modulo 2^64.
        return Int(exactly: value &* 0xf1de_83e1_9937_733d)
    }
}
