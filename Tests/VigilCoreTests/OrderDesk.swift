import Testing
import VigilModel

@testable import VigilCore

/// Execution with what it is told, by seconds from a start.
struct OrderDesk {
    static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)

    var core: ExecutionCore

    init(
        _ policy: ExecutionPolicy = Sample.execution(),
        product: Product? = nil,
        quote: Quote? = nil
    ) throws {
        core = try Sample.executionCore(policy, product: product, quote: quote)
    }

    static func at(_ seconds: Double) -> Instant {
        Sample.now + .nanoseconds(Int64(seconds * 1_000_000_000))
    }

    /// A second product, with a quote of 100 to 101.
    mutating func open(_ id: ProductID) throws {
        let product = try Product(
            id: id,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.001"),
            quoteMin: Money("1", .usd),
            status: .online
        )
        let quote = Quote(
            product: id,
            bid: BookLevel(price: try Price("100", .usd), quantity: try Quantity("1")),
            ask: BookLevel(price: try Price("101", .usd), quantity: try Quantity("1")),
            occurredAt: Sample.now
        )
        try tell(.productChanged(product))
        try tell(.quoteChanged(quote))
    }

    @discardableResult
    mutating func tell(
        _ event: ExecutionCore.Event,
        at seconds: Double = 0
    ) throws -> [ExecutionCore.Effect] {
        let effects = try core.handle(event, at: Self.at(seconds))
        #expect(core.violations(after: event, effects) == [])
        return effects
    }

    mutating func exit(
        _ reason: ExitReason,
        _ quantity: String = "1",
        of product: ProductID = Sample.btc,
        at seconds: Double = 0
    ) throws -> [ExecutionCore.Effect] {
        let request = ExitRequest(
            product: product,
            quantity: try Quantity(quantity),
            reason: reason
        )
        return try tell(.exitRequested(request), at: seconds)
    }

    /// An entry of two coins at 100.
    mutating func enter(
        cycle: Int = 1,
        at seconds: Double = 0
    ) throws -> [ExecutionCore.Effect] {
        try tell(
            .entriesApproved(cycle: cycle, [RiskTests().approved("0.02")]),
            at: seconds
        )
    }

    /// Makes the intent among effects durable, so that its order is sent.
    mutating func send(
        _ effects: [ExecutionCore.Effect],
        at seconds: Double = 0
    ) throws -> Intent {
        let intent = try #require(Sample.intents(effects).first)
        try tell(.intentsRecorded([intent.request.clientOrderID]), at: seconds)
        return intent
    }

    /// Sends the intent among effects, and has the venue take it.
    mutating func rest(
        _ effects: [ExecutionCore.Effect],
        at seconds: Double = 0
    ) throws -> Intent {
        let intent = try send(effects, at: seconds)
        try tell(.venueReported(.orderAccepted(Self.report(intent, .open))), at: seconds)
        return intent
    }

    static func report(
        _ intent: Intent,
        _ status: VenueOrderStatus,
        filled: String = "0",
        name: String = "v"
    ) throws -> VenueOrder {
        VenueOrder(
            venueOrderID: VenueOrderID(name),
            request: intent.request,
            status: status,
            filledQuantity: try Quantity(filled),
            createdAt: Sample.now
        )
    }

    @discardableResult
    mutating func update(
        _ intent: Intent,
        _ status: VenueOrderStatus,
        filled: String = "0",
        at seconds: Double = 0
    ) throws -> [ExecutionCore.Effect] {
        let order = try Self.report(intent, status, filled: filled)
        return try tell(.venueReported(.orderUpdated(order)), at: seconds)
    }

    @discardableResult
    mutating func fill(
        _ intent: Intent,
        _ quantity: String,
        entry: String = "1",
        at seconds: Double = 0
    ) throws -> [ExecutionCore.Effect] {
        let id = intent.request.clientOrderID.text
        let fill = try Sample.fill(
            intent.request.side,
            quantity,
            "100",
            order: id,
            entry: entry
        )
        return try tell(.venueReported(.fillReported(fill)), at: seconds)
    }

    mutating func snapshot(at seconds: Double = 0) throws -> ExecutionSnapshot {
        let answer = try tell(.snapshotRequested(.risk(cycle: 9)), at: seconds)
        guard case .reply(_, let snapshot)? = answer.last else { throw MoneyError.overflow }
        return snapshot
    }

    static func terms(_ intent: Intent?) -> String {
        guard case .limit(let price, let quantity, let life, let postOnly)? = intent?.request.terms
        else { return "-" }
        let end: String =
            switch life {
            case .goodTillTime(let time): "to \((time - Sample.now).nanoseconds / 1_000_000_000)"
            case .immediateOrCancel: "at once"
            default: "?"
            }
        return "\(quantity) at \(price) \(end)\(postOnly ? " resting" : "")"
    }
}
