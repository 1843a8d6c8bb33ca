internal import Foundation
import VigilCrypto
import VigilExchange
import VigilModel

/// Money that moves from outside, of either sign.
private struct BalanceOrder: Decodable {
    let currency: String
    let amount: String
}

extension SimVenue {
    /// Answers the control endpoint: faults in and out, money from outside, and the venue's own truth.
    package mutating func control(_ request: SimRequest, at now: Moment) -> SimResponse {
        let parts = request.path.split(separator: "/").dropFirst().map(String.init)
        switch (request.method, parts.first ?? "", parts.count) {
        case ("GET", "faults", 1):
            return SimResponse([
                "faults": .array(faults.faults.map { $0.body(at: now.real) }),
                "kinds": .array(FaultKind.allCases.map { .string($0.rawValue) }),
            ])
        case ("POST", "faults", 1): return inject(request.body, at: now)
        case ("DELETE", "faults", 1):
            faults.clearAll()
            return cleared(at: now)
        case ("DELETE", "faults", 2):
            guard let id = Int(parts[1]), faults.clear(id) else {
                return .failure(404, "NOT_FOUND", "no fault \(parts[1].prefix(20))")
            }
            return cleared(at: now)
        case ("POST", "balance", 1): return move(request.body)
        case ("GET", "truth", 1): return SimResponse(truth)
        case ("GET", "truth", 3) where parts[1] == "book":
            guard let id = ProductID(parts[2]), market.ladders[id] != nil else {
                return .noProduct(parts[2])
            }
            var response = SimResponse(status: 200, contentType: "application/json", text: "")
            response.body = levelSnapshot(of: id, at: now)
            return response
        default:
            return .failure(
                404,
                "NOT_FOUND",
                "GET /_sim/truth, /_sim/truth/book/{product}, GET POST DELETE /_sim/faults, "
                    + "POST /_sim/balance"
            )
        }
    }

    private mutating func inject(_ bytes: [UInt8], at now: Moment) -> SimResponse {
        let order: FaultOrder
        do {
            order = try JSONDecoder().decode(FaultOrder.self, from: Data(bytes))
        } catch {
            return .invalid(
                "kind: one of \(FaultKind.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        let words = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:]
        let strangers = order.strangers(in: words.keys)
        guard strangers.isEmpty else {
            let list = strangers.joined(separator: ", ")
            return .invalid("\(list): not an option of \(order.kind.rawValue)")
        }
        if let complaint = order.complaint { return .invalid(complaint) }
        if let product = order.product,
            market.listings[ProductID(product) ?? .init(base: .usd, quote: .usd)] == nil
        {
            return .noProduct(product)
        }
        let fault = faults.inject(order, at: now.real)
        applyStandingFaults(at: now)
        return SimResponse(fault.body(at: now.real))
    }

    private mutating func cleared(at now: Moment) -> SimResponse {
        applyStandingFaults(at: now)
        if faults.standing(.failAfterAccept, at: now.real) == nil {
            hastenFailures(at: now)
        }
        return SimResponse(["faults": .array(faults.faults.map { $0.body(at: now.real) })])
    }

    private mutating func move(_ bytes: [UInt8]) -> SimResponse {
        guard let order = try? JSONDecoder().decode(BalanceOrder.self, from: Data(bytes)),
            let currency = Currency(order.currency), let amount = try? Money(order.amount, currency)
        else { return .invalid("currency and amount, such as USD and -100") }
        let available = engine.accounts.row(currency).available
        guard let after = try? available + amount, !after.isNegative,
            after.raw <= SimSettings.depositMax, (try? engine.deposit(amount)) != nil
        else { return .invalid("amount: from -\(available.amount) to what makes a trillion") }
        return SimResponse(["available": .string(after.amount), "currency": .text(currency)])
    }

    /// What really is: orders, fills, balances, what is missing in the books, and a hash of it all.
    package var truth: JSON {
        let orders: [JSON] = desk.sequence.compactMap { id in
            desk.records[id].map { record in
                [
                    "order_id": .string(id),
                    "client_order_id": .string(record.clientID),
                    "product_id": .text(record.product),
                    "side": .string(record.side == .buy ? "BUY" : "SELL"),
                    "status": .string(record.status.rawValue),
                    "filled_size": .text(record.filled),
                    "filled_value": .string(record.filledValue.amount),
                    "total_fees": .string(record.fees.amount),
                ]
            }
        }
        let fills: [JSON] = desk.fills.map { row in
            [
                "entry_id": .string(row.entryID), "order_id": .string(row.orderID),
                "price": .text(row.fill.price), "size": .text(row.fill.quantity),
                "commission": .string(row.fill.fee.amount),
            ]
        }
        let balances: [JSON] = engine.accounts.rows.keys.sorted().map { currency in
            let row = engine.accounts.row(currency)
            let imbalance = (try? engine.accounts.imbalance(currency).amount) ?? "overflow"
            return [
                "currency": .text(currency), "available": .string(row.available.amount),
                "hold": .string(row.onHold.amount), "imbalance": .string(imbalance),
            ]
        }
        let body: JSON = [
            "orders": .array(orders), "fills": .array(fills), "balances": .array(balances),
        ]
        return body.with([
            "failure": failure.map { .string($0) } ?? nil,
            "is_balanced": .bool(isBalanced), "hash": .string(Digest.sha256(body.bytes)),
        ])
    }

    /// The hash of the truth.
    package var truthHash: String {
        if case .string(let hash) = truth["hash"] { hash } else { "" }
    }

    /// True where nothing has appeared or vanished and nothing is below zero.
    ///
    /// What is on hold is what the open orders hold, no more and no less.
    package var isBalanced: Bool {
        engine.accounts.rows.allSatisfy { currency, row in
            let imbalance = try? engine.accounts.imbalance(currency)
            return imbalance?.isZero == true && !row.available.isNegative
                && (try? engine.heldByOrders(currency)) == row.onHold
        }
    }
}
