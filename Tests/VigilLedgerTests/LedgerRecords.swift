import GRDB
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// Records for ledgers whose rows are looked at one by one.
extension LedgerFixture {
    static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
    static let sol = ProductID(base: Currency("SOL") ?? .usd, quote: .usd)

    static func at(_ seconds: Int) -> Instant { now + .seconds(seconds) }

    static func limit(
        _ quantity: String,
        at price: String = "100",
        _ time: TimeInForce = .immediateOrCancel,
        postOnly: Bool = false
    ) throws -> OrderTerms {
        .limit(
            price: try Price(price, .usd),
            quantity: try Quantity(quantity),
            timeInForce: time,
            postOnly: postOnly
        )
    }

    static func order(
        _ id: String,
        _ product: ProductID = btc,
        side: Side = .buy,
        terms: OrderTerms? = nil,
        exit: ExitReason? = nil,
        parent: String? = nil,
        cycle: Int? = nil,
        strategy: String = "",
        at seconds: Int = 0
    ) throws -> Intent {
        let plan = ExitPlan(
            stopLoss: try Rate("0.03"),
            takeProfit: try Rate("0.05"),
            holdMax: .seconds(3_600)
        )
        return Intent(
            request: OrderRequest(
                clientOrderID: ClientOrderID(id),
                product: product,
                side: side,
                terms: try terms ?? limit("1")
            ),
            purpose: exit.map { .exit($0) } ?? .entry(plan),
            parent: parent.map { ClientOrderID($0) },
            cycle: cycle,
            strategy: strategy,
            createdAt: at(seconds)
        )
    }

    static func trade(
        _ entry: String,
        of order: String,
        _ product: ProductID = btc,
        side: Side = .buy,
        _ quantity: String = "0.25",
        price: String = "100",
        fee: String = "0",
        role: LiquidityRole = .maker,
        kind: FillKind = .fill,
        at seconds: Int = 0,
        less nanoseconds: Int64 = 0
    ) throws -> Fill {
        Fill(
            entryID: EntryID(entry),
            tradeID: TradeID("trade-\(entry)"),
            clientOrderID: ClientOrderID(order),
            product: product,
            side: side,
            price: try Price(price, product.quote),
            quantity: try Quantity(quantity),
            fee: try Money(fee, product.quote),
            role: role,
            kind: kind,
            occurredAt: at(seconds) - .nanoseconds(nanoseconds)
        )
    }

    /// A request of which only the name matters.
    static func asked(_ id: String) -> OrderRequest {
        OrderRequest(
            clientOrderID: ClientOrderID(id),
            product: btc,
            side: .buy,
            terms: .marketBase(.zero)
        )
    }

    static func step(
        _ id: String,
        _ from: OrderState,
        _ fact: OrderFact,
        _ to: OrderState,
        venue: String? = nil,
        at seconds: Int = 0
    ) -> LedgerRecord {
        let transition = Transition(
            asked(id),
            from: from,
            to: to,
            fact: fact,
            at: at(seconds)
        )
        return .transition(transition, venue.map { VenueOrderID($0) })
    }

    static func decision(
        _ cycle: Int,
        _ outcome: String = "executed",
        _ reason: String? = nil,
        excluded: [String: Ineligibility] = [:],
        triggers: [DecisionRecord.TriggerRow] = [],
        verdicts: [DecisionRecord.VerdictRow] = [],
        worth: String? = nil,
        at seconds: Int = 0
    ) throws -> DecisionRecord {
        let nlv = try worth.map { try Money($0, .usd) }
        return DecisionRecord(
            cycle: cycle,
            at: at(seconds),
            outcome: outcome,
            reason: reason,
            regime: .bull,
            eligible: [btc, eth],
            excluded: excluded,
            triggers: triggers,
            proposals: verdicts.count,
            verdicts: verdicts,
            reductions: ["trim BTC-USD 0.1", "purge ETH-USD 2", "nothing of a product"],
            halts: [Halt(.kill), Halt(.spread, eth), Halt(.volatility, btc)],
            nlv: nlv,
            exposure: try nlv.map { _ in try Money("250", .usd) },
            realised: nil,
            drawdown: try nlv.map { _ in try Rate("0.0125") },
            openPositions: 1
        )
    }

    static func alert(_ kind: AlertKind, _ severity: Severity, _ detail: String) -> LedgerRecord {
        .alert(
            Alert(
                kind: kind,
                severity: severity,
                detail: detail,
                raisedAt: now,
                count: 3,
                escalated: true
            )
        )
    }

    /// What SQLite holds, as text; `-` for nothing.
    func rows(_ sql: String) throws -> [[String]] {
        try DatabaseQueue(path: path).read { database in
            try Row.fetchAll(database, sql: sql).map { row in
                row.databaseValues.map { value in
                    switch value.storage {
                    case .null: "-"
                    case .int64(let number): "\(number)"
                    case .double(let number): "\(number)"
                    case .string(let text): text
                    case .blob: "blob"
                    }
                }
            }
        }
    }
}
