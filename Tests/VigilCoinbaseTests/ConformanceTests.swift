import Foundation
import Testing
import VigilCoinbase
import VigilCore
import VigilModel

/// One body of tests for both arms: what a venue does with orders is the same in process and over TLS.
@Suite(.serialized) struct ConformanceTests {
    enum ArmName: String, CaseIterable { case engine, wire }

    static let fees = FeeSchedule(maker: Rate(basisPoints: 50), taker: Rate(basisPoints: 90))
    static let base = FeedTrapTests.btc.base

    /// Runs a body against an arm.
    static func on(
        _ name: ArmName,
        _ body: @escaping @Sendable (any Arm) async throws -> Void
    ) async throws {
        switch name {
        case .engine: try await body(EngineArm())
        case .wire:
            let arm = try WireArm()
            defer { arm.stop() }
            try await arm.whileFollowing { try await body(arm) }
        }
    }

    static func request(_ side: Side, _ terms: OrderTerms) -> OrderRequest {
        OrderRequest(
            clientOrderID: ClientOrderID("v-" + UUID().uuidString.lowercased().prefix(30)),
            product: FeedTrapTests.btc,
            side: side,
            terms: terms
        )
    }

    static func limit(
        _ side: Side,
        _ price: Price,
        _ quantity: String,
        _ time: TimeInForce = .goodTillCanceled,
        postOnly: Bool = false
    ) throws -> OrderRequest {
        request(
            side,
            .limit(
                price: price,
                quantity: try Quantity(quantity),
                timeInForce: time,
                postOnly: postOnly
            )
        )
    }

    static func moved(_ price: Price, _ ratio: String) throws -> Price {
        try price.scaled(by: Rate(ratio), .down).rounded(.down, to: Price("0.01", .usd))
    }

    static func fee(_ fill: Fill, _ rate: Rate) throws -> Int128 {
        try FixedPoint.scaled(fill.notional().raw, times: rate.raw, over: FixedPoint.one, .down)
    }

    static func isSettled(
        _ arm: any Arm,
        _ id: ClientOrderID,
        _ status: VenueOrderStatus
    ) async throws -> Bool {
        try await arm.eventually { try await arm.order(id)?.status == status }
    }

    @Test(arguments: ArmName.allCases)
    func `an order that rests holds its cost with fees, and its cancel gives it back`(
        _ name: ArmName
    ) async throws {
        try await Self.on(name) { arm in
            let order = try await Self.limit(
                .buy,
                Self.moved(arm.quote().bid, "0.5"),
                "0.1",
                postOnly: true
            )
            #expect(try await arm.submit(order) == .accepted)
            #expect(try await Self.isSettled(arm, order.clientOrderID, .open))
            guard case .limit(let price, let quantity, _, _) = order.terms else { return }
            let held = try await arm.balance(.usd).onHold
            let notional = try price.notional(of: quantity, .up)
            #expect(
                held.raw >= notional.raw && held.raw <= notional.raw + notional.raw / 50,
                "\(held)"
            )
            #expect(try await arm.cancel(order.clientOrderID))
            #expect(try await Self.isSettled(arm, order.clientOrderID, .canceled))
            let free = Balance(available: try Money("100000", .usd), onHold: .zero(.usd))
            #expect(try await arm.balance(.usd) == free)
            #expect(try await arm.fills(of: order.clientOrderID).isEmpty)
        }
    }

    @Test(arguments: ArmName.allCases)
    func `an order that takes is filled at the makers' prices, for the taker's fee`(
        _ name: ArmName
    ) async throws {
        try await Self.on(name) { arm in
            let limit = try await Self.moved(arm.quote().ask, "1.01")
            let order = try Self.limit(.buy, limit, "0.05", .immediateOrCancel)
            #expect(try await arm.submit(order) == .accepted)
            #expect(try await Self.isSettled(arm, order.clientOrderID, .filled))
            #expect(
                try await arm.eventually { try await !arm.fills(of: order.clientOrderID).isEmpty }
            )
            let found = try #require(try await arm.order(order.clientOrderID))
            #expect(found.filledQuantity == (try Quantity("0.05")))
            #expect(found.request == order)
            var sum = Money.zero(.usd)
            var quantity = Quantity.zero
            for fill in try await arm.fills(of: order.clientOrderID) {
                #expect(fill.price <= limit && fill.role == .taker && fill.side == .buy)
                let fee = try Self.fee(fill, Self.fees.taker)
                #expect(abs(fee - fill.fee.raw) <= 2, "\(fee) \(fill.fee)")
                sum = try sum + fill.cashChange()
                quantity = try quantity + fill.quantity
            }
            #expect(quantity == found.filledQuantity)
            let cash = try await arm.balance(.usd).available
            #expect(abs(cash.raw - (try Money("100000", .usd) + sum).raw) <= 2)
            #expect(try await arm.balance(Self.base).available.raw == quantity.raw)
        }
    }

    @Test(arguments: ArmName.allCases)
    func `coins that were bought can be sold, and no more`(_ name: ArmName) async throws {
        try await Self.on(name) { arm in
            let buy = Self.request(.buy, .marketQuote(try Money("1000", .usd)))
            #expect(try await arm.submit(buy) == .accepted)
            #expect(try await Self.isSettled(arm, buy.clientOrderID, .filled))
            let coins = try await arm.balance(Self.base).available
            // The sum is spent with its fees, and never more than it.
            let spent = 100_000 * FixedPoint.one - (try await arm.balance(.usd).available.raw)
            #expect(spent <= 1_000 * FixedPoint.one && spent > 990 * FixedPoint.one)
            let more = Self.request(
                .sell,
                .marketBase(
                    try Quantity(raw: coins.raw * 2).rounded(.down, to: Quantity("0.00000001"))
                )
            )
            #expect(try await arm.submit(more) == .rejected(.insufficientFunds))
            let all = Self.request(
                .sell,
                .marketBase(try Quantity(raw: coins.raw).rounded(.down, to: Quantity("0.00000001")))
            )
            #expect(try await arm.submit(all) == .accepted)
            #expect(try await Self.isSettled(arm, all.clientOrderID, .filled))
        }
    }

    @Test(arguments: ArmName.allCases)
    func `what a venue refuses, with its reason`(_ name: ArmName) async throws {
        try await Self.on(name) { arm in
            let (bid, ask) = try await arm.quote()
            let low = try Self.moved(bid, "0.5")
            let offTick = try Price(raw: low.raw + FixedPoint.one / 1_000, currency: .usd)
            let past = await arm.later(.seconds(-3_600))
            let cases: [(OrderRequest, RejectionReason)] = [
                (
                    try Self.limit(.buy, Self.moved(ask, "1.001"), "0.01", postOnly: true),
                    .postOnlyWouldCross
                ),
                (try Self.limit(.buy, low, "0.0100000001"), .quantityPrecision),
                (try Self.limit(.buy, offTick, "0.01"), .pricePrecision),
                (try Self.limit(.buy, low, "0.00000001"), .tooSmall),
                (try Self.limit(.buy, low, "1000"), .insufficientFunds),
                (try Self.limit(.sell, Self.moved(ask, "1.5"), "0.01"), .insufficientFunds),
                (try Self.limit(.buy, low, "0.01", .goodTillTime(past)), .endTimeInPast),
            ]
            for (order, reason) in cases {
                #expect(try await arm.submit(order) == .rejected(reason), "\(order.terms)")
            }
            #expect(try await arm.balance(.usd).onHold.isZero)
        }
    }

    @Test(arguments: ArmName.allCases)
    func `fill or kill and immediate orders leave nothing behind`(_ name: ArmName) async throws {
        try await Self.on(name) { arm in
            let low = try Self.moved(await arm.quote().bid, "0.9")
            let ioc = try Self.limit(.buy, low, "0.01", .immediateOrCancel)
            #expect(try await arm.submit(ioc) == .accepted)
            #expect(try await Self.isSettled(arm, ioc.clientOrderID, .canceled))
            let fok = try Self.limit(.buy, low, "0.01", .fillOrKill)
            let answer = try await arm.submit(fok)
            // Refused at once, or accepted and ended without a fill: both are seen at the venue.
            if answer == .accepted {
                #expect(
                    try await arm.eventually {
                        try await arm.order(fok.clientOrderID)?.status.isFinal == true
                    }
                )
            } else {
                #expect(answer == .rejected(.notFillable))
            }
            #expect(try await arm.balance(.usd).onHold.isZero)
        }
    }

    @Test(arguments: ArmName.allCases)
    func `an order ends at its time`(_ name: ArmName) async throws {
        try await Self.on(name) { arm in
            let low = try Self.moved(await arm.quote().bid, "0.5")
            let order = try Self.limit(
                .buy,
                low,
                "0.01",
                .goodTillTime(await arm.later(.seconds(40)))
            )
            #expect(try await arm.submit(order) == .accepted)
            #expect(try await Self.isSettled(arm, order.clientOrderID, .expired))
            #expect(try await arm.balance(.usd).onHold.isZero)
        }
    }

    @Test(arguments: ArmName.allCases)
    func `an order that rests at the touch fills in time, for the maker's fee`(
        _ name: ArmName
    ) async throws {
        try await Self.on(name) { arm in
            var order = try Self.limit(.buy, await arm.quote().bid, "0.001", postOnly: true)
            // The touch may have moved away under the order on its way.
            while try await arm.submit(order) != .accepted {
                order = try Self.limit(.buy, await arm.quote().bid, "0.001", postOnly: true)
            }
            let id = order.clientOrderID
            #expect(try await Self.isSettled(arm, id, .filled))
            #expect(try await arm.eventually { try await !arm.fills(of: id).isEmpty })
            for fill in try await arm.fills(of: id) {
                #expect(fill.role == .maker)
                let fee = try Self.fee(fill, Self.fees.maker)
                #expect(abs(fee - fill.fee.raw) <= 2)
            }
        }
    }
}
