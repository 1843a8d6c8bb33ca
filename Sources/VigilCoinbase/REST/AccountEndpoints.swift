package import VigilModel

/// What a key may do.
package struct KeyPermissions: Sendable, Hashable {
    /// It may look.
    package let canView: Bool
    /// It may trade.
    package let canTrade: Bool
    /// It may move money out; such a key has no place in an engine that runs alone.
    package let canTransfer: Bool

    /// States permissions.
    package init(canView: Bool, canTrade: Bool, canTransfer: Bool) {
        self.canView = canView
        self.canTrade = canTrade
        self.canTransfer = canTransfer
    }

    /// Why this key must not be used for live trading; nil where it may.
    package var liveObjection: String? {
        if canTransfer {
            return "the key may transfer money out; make one that may only view and trade"
        }
        return canTrade ? nil : "the key may not trade; make one that may view and trade"
    }
}

/// The account's fees.
package struct FeeTier: Sendable, Hashable {
    /// The tier's name.
    package let name: String
    /// The rates.
    package let fees: FeeSchedule

    /// States a tier.
    package init(name: String, fees: FeeSchedule) {
        self.name = name
        self.fees = fees
    }

    /// The worst rates that anyone pays, for when the account's own are not known.
    ///
    /// **Source**: contract 2.14: 0.60 % and 1.20 % in 2025, 0.50 % and 0.90 % since 2026-09-16; the
    /// worse of both, because a rate that is too high only costs a trade.
    package static let worstPublic = FeeTier(
        name: "worst public tier",
        fees: FeeSchedule(maker: Rate(basisPoints: 60), taker: Rate(basisPoints: 120))
    )
}

extension CoinbaseClient {
    /// What our key may do.
    ///
    /// **Source**: contract 2.15. A permission that is not stated counts as given where it is a danger,
    /// and as missing where it is needed.
    package func permissions() async -> Outcome<KeyPermissions> {
        await call(.reading("/key_permissions")) { node throws(JSONFault) in
            KeyPermissions(
                canView: node["can_view"]?.bool ?? false,
                canTrade: node["can_trade"]?.bool ?? false,
                canTransfer: node["can_transfer"]?.bool ?? true
            )
        }
    }

    /// Our fee tier; read it at start and hourly.
    ///
    /// **Source**: contract 2.14: the only place where the account's own rates are stated.
    package func feeTier() async -> Outcome<FeeTier> {
        var call = Call.reading("/transaction_summary")
        call.query = [("product_type", "SPOT")]
        return await self.call(call) { node throws(JSONFault) in
            guard let tier = node["fee_tier"] else { throw .field("fee_tier") }
            guard let maker = try tier["maker_fee_rate"]?.decimal("maker_fee_rate"),
                let taker = try tier["taker_fee_rate"]?.decimal("taker_fee_rate"),
                // A rate of 0.9 would be a percentage, and a guess.
                [maker, taker].allSatisfy({ abs($0) <= FixedPoint.one / 20 }), taker >= 0
            else { throw .field("fee_tier") }
            return FeeTier(
                name: tier["pricing_tier"]?.text ?? "",
                fees: FeeSchedule(maker: Rate(raw: maker), taker: Rate(raw: taker))
            )
        }
    }

    /// Everything that spot orders can be paid with; no answer where what is `needed` of it cannot be read.
    ///
    /// `needed` are the currencies without which a list is none; nil for all.
    package func balances(needed: Set<Currency>? = nil) async -> Outcome<[Balance]> {
        switch await wallets(needed: needed) {
        case .refused(let refusal): return .refused(refusal)
        case .unknown(let detail): return .unknown(detail)
        case .ok(let wallets):
            guard let first = wallets.unreadable.sorted(by: { $0.key < $1.key }).first else {
                return .ok(wallets.held)
            }
            let message = "the wallet of \(first.key) cannot be read: \(first.value)"
            return .refused(CallRefusal(kind: .unreadable, message: message))
        }
    }

    /// Everything that spot orders can be paid with, each currency once; one that is missing was never held.
    ///
    /// What lies in a vault or backs futures is not among it: an order that counted on it would be refused for funds.
    /// Of the currencies in `needed`, nil for all, it is told which cannot be read; a row of another one, and a currency
    /// that we cannot name, is left out and counted.
    ///
    /// **Source**: contract 2.2 and 9: a wallet and a vault of one currency are rows of their own.
    package func wallets(needed: Set<Currency>? = nil) async -> Outcome<Wallets> {
        var call = Call.reading("/accounts")
        call.query = [("limit", "250")]
        var seen: Set<String> = []
        let outcome = await pages(call) { node throws(JSONFault) in
            guard let items = node["accounts"]?.items else { throw .field("accounts") }
            var rows: [WalletRow] = []
            for item in items {
                // A page that repeats a row must not double what it holds.
                if let id = item["uuid"]?.text, !seen.insert(id).inserted { continue }
                rows.append(WalletRow(item))
            }
            return (rows, try node.nextCursor())
        }
        switch outcome {
        case .refused(let refusal): return .refused(refusal)
        case .unknown(let detail): return .unknown(detail)
        case .ok(let rows):
            var wallets = Wallets()
            for row in rows {
                switch row {
                case .held(let balance): wallets.add(balance)
                case .unreadable(let currency?, let trouble)
                where needed?.contains(currency) ?? true:
                    wallets.unreadable[currency] = trouble
                case .unreadable: countUnknown("account_field")
                }
            }
            return .ok(wallets)
        }
    }
}

/// What the rows of the account list come to.
package struct Wallets: Sendable, Equatable {
    /// What can be read, each currency once, in the order of their first rows.
    package private(set) var held: [Balance] = []
    /// What cannot be read: which field, with its value.
    ///
    /// None of these is among what is held.
    package fileprivate(set) var unreadable: [Currency: String] = [:] {
        didSet { held.removeAll { unreadable[$0.available.currency] != nil } }
    }

    fileprivate mutating func add(_ row: Balance) {
        let currency = row.available.currency
        guard unreadable[currency] == nil else { return }
        guard let place = held.firstIndex(where: { $0.available.currency == currency }) else {
            held.append(row)
            return
        }
        do throws(MoneyError) {
            held[place] = Balance(
                available: try held[place].available + row.available,
                onHold: try held[place].onHold + row.onHold
            )
        } catch {
            unreadable[currency] = "its rows cannot be summed: \(error)"
        }
    }
}

/// A row of the account list.
private enum WalletRow: Sendable {
    case held(Balance)
    /// A wallet that is none of ours, or a row that cannot be read.
    case unreadable(Currency?, String)

    init(_ node: JSONNode) {
        guard let currency = node["currency"]?.text.flatMap({ Currency($0) }) else {
            self = .unreadable(nil, node.trouble(.field("currency")))
            return
        }
        guard node.isWallet else {
            self = .unreadable(nil, node.trouble(.field("type")))
            return
        }
        do throws(JSONFault) {
            self = .held(try Balance(node))
        } catch {
            self = .unreadable(currency, node.trouble(error))
        }
    }
}

extension JSONNode {
    /// True for a row that spot orders are paid from; a body without a type is an old one.
    ///
    /// **Source**: contract 2.2: ACCOUNT_TYPE_CRYPTO and _FIAT, CRYPTO and FIAT in older bodies.
    fileprivate var isWallet: Bool {
        let type = self["type"]?.text ?? ""
        return type.isEmpty || type.hasSuffix("CRYPTO") || type.hasSuffix("FIAT")
    }
}

extension CoinbaseClient.Call {
    /// A call that reads what the venue knows of us.
    static func reading(_ path: String) -> Self {
        Self(path: path, callClass: .reconciliation, lane: .authenticated)
    }
}

extension Balance {
    /// Reads a row of the account list.
    ///
    /// - Throws: ``JSONFault`` where a part of it is missing or cannot be held.
    package init(_ node: JSONNode) throws(JSONFault) {
        guard let currency = node["currency"]?.text.flatMap({ Currency($0) }) else {
            throw .field("currency")
        }
        guard let available = try node["available_balance"]?["value"]?.decimal("available_balance")
        else { throw .field("available_balance") }
        let hold = try node["hold"]?["value"]?.decimal("hold") ?? 0
        self.init(
            available: Money(raw: available, currency: currency),
            onHold: Money(raw: hold, currency: currency)
        )
    }
}
