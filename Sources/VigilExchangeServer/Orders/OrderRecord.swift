import VigilModel

/// Where an order stands, in the venue's words.
///
/// **Source**: there is no PARTIALLY_FILLED; a partial fill is OPEN with a filled size above zero.
enum OrderStatus: String, Sendable {
    case pending = "PENDING"
    case open = "OPEN"
    case filled = "FILLED"
    case cancelled = "CANCELLED"
    case expired = "EXPIRED"
    case failed = "FAILED"
    case cancelQueued = "CANCEL_QUEUED"

    var isFinal: Bool {
        switch self {
        case .pending, .open, .cancelQueued: false
        case .filled, .cancelled, .expired, .failed: true
        }
    }

    init(_ status: VenueOrderStatus) {
        switch status {
        case .pending: self = .pending
        case .open: self = .open
        case .filled: self = .filled
        case .canceled: self = .cancelled
        case .expired: self = .expired
        case .failed: self = .failed
        }
    }
}

/// An order as the venue keeps it for its owner.
struct OrderRecord: Sendable {
    /// One change of price and size.
    struct Edit: Sendable {
        let price: String
        let size: String
        let at: Instant
    }

    let id: String
    /// Its place in the order of creation.
    let number: Int
    let clientID: String
    let product: ProductID
    let side: Side
    var configuration: OrderConfiguration
    /// In market time.
    let createdAt: Instant
    /// In real time: before it, a look-up answers 404.
    let visibleFrom: Instant
    /// In real time: before it, an order that rests is PENDING.
    let opensAt: Instant

    var status = OrderStatus.open
    var filled = Quantity.zero
    /// What the fills come to.
    var fillsValue: Money
    var fees: Money
    var hold: Money
    var fillCount = 0
    var lastFillAt: Instant?
    var lastUpdateAt: Instant
    var isTriggered = false
    var rejectReason = "REJECT_REASON_UNSPECIFIED"
    var rejectMessage = ""
    var cancelMessage = ""
    var edits: [Edit] = []

    /// The status at a moment of real time.
    func status(at now: Instant) -> OrderStatus {
        status == .open && now < opensAt ? .pending : status
    }

    /// What its owner is told that the fills come to.
    ///
    /// **Source**: a buy sized in the quote comes to its size to the last digit, fees included, whatever the divisions
    /// on the way lost; the average price carries that.
    var filledValue: Money {
        guard status == .filled, case .marketQuote(let amount) = configuration.terms else {
            return fillsValue
        }
        return (try? amount - fees) ?? fillsValue
    }

    /// Filled value over filled size at sixteen places, with the noise of a division, as recorded.
    var averagePrice: String {
        guard !filled.isZero,
            let exact = try? FixedPoint.scaled(
                filledValue.raw,
                times: FixedPoint.one,
                over: filled.raw,
                .down
            ),
            let snapped = try? FixedPoint.snapped(exact, to: 100, .down)
        else { return "0" }
        return DecimalText.format(snapped)
    }

    /// Filled value and fees together for a buy, less fees for a sell.
    var valueAfterFees: Money {
        let sum = side == .buy ? try? filledValue + fees : try? filledValue - fees
        return sum ?? filledValue
    }

    /// How much of it is filled, in whole percent times a hundred.
    private var completion: Int {
        if status == .filled { return 10_000 }
        let (part, whole): (Int128, Int128) =
            if case .marketQuote(let amount) = configuration.terms {
                (filledValue.raw, amount.raw)
            } else {
                (filled.raw, configuration.quantity?.raw ?? 0)
            }
        guard whole > 0 else { return 0 }
        return Int(min(part / (whole / 10_000 + 1), 9_999))
    }

    private var triggerStatus: String {
        guard configuration.kind.isStop else { return "INVALID_ORDER_TYPE" }
        return isTriggered ? "STOP_TRIGGERED" : "STOP_PENDING"
    }

    /// The order as GET /orders/historical/{id} gives it.
    func body(_ names: VenueNames, at now: Instant) -> JSON {
        let time: (Instant?) -> JSON = { $0.map { .text($0) } ?? nil }
        let edits: [JSON] = edits.suffix(5).map { edit in
            [
                "price": .string(edit.price), "size": .string(edit.size),
                "replace_accept_timestamp": .text(edit.at),
            ]
        }
        let money: JSON = [
            "completion_percentage": .string(decimals(completion, places: 2, trimmed: true)),
            "filled_size": .text(filled),
            "average_filled_price": .string(averagePrice),
            "fee": "",
            "number_of_fills": .text(fillCount),
            "filled_value": .string(filledValue.amount),
            "pending_cancel": .bool(status == .cancelQueued),
            "size_in_quote": .bool(configuration.isQuoteSized),
            "total_fees": .string(fees.amount),
            "size_inclusive_of_fees": .bool(configuration.isQuoteSized),
            "total_value_after_fees": .string(valueAfterFees.amount),
        ]
        let head: JSON = [
            "order_id": .string(id),
            "product_id": .text(product),
            "user_id": .string(names.user),
            "order_configuration": configuration.echo,
            "side": .string(side == .buy ? "BUY" : "SELL"),
            "client_order_id": .string(clientID),
            "status": .string(status(at: now).rawValue),
            "time_in_force": .string(configuration.kind.timeInForce),
            "created_time": .text(createdAt),
        ]
        let tail: JSON = [
            "trigger_status": .string(triggerStatus),
            "order_type": .string(configuration.kind.orderType),
            "reject_reason": .string(rejectReason),
            "settled": .bool(status == .filled),
            "product_type": "SPOT",
            "reject_message": .string(rejectMessage),
            "cancel_message": .string(cancelMessage),
            "order_placement_source": "RETAIL_ADVANCED",
            "outstanding_hold_amount": .string(hold.amount),
            "is_liquidation": false,
            "last_fill_time": time(lastFillAt),
            "edit_history": .array(edits),
            "leverage": "",
            "margin_type": "UNKNOWN_MARGIN_TYPE",
            "retail_portfolio_id": .string(names.portfolio),
            "originating_order_id": "",
            "attached_order_id": "",
            "last_update_time": .text(lastUpdateAt),
        ]
        return .joined([head, money, tail])
    }

    /// The order as the user channel gives it.
    ///
    /// **Source**: cumulative, without trade ids; a terminal status has no leaves.
    func feedBody(_ names: VenueNames, as shown: OrderStatus) -> JSON {
        let leaves: String =
            if shown.isFinal {
                "0"
            } else if case .marketQuote(let amount) = configuration.terms {
                ((try? amount - filledValue) ?? amount).amount
            } else {
                configuration.quantity.flatMap { try? $0 - filled }?.description ?? "0"
            }
        let head: JSON = [
            "avg_price": .string(averagePrice),
            "cancel_reason": .string(cancelMessage),
            "client_order_id": .string(clientID),
            "completion_percentage": .string(decimals(completion, places: 2, trimmed: false)),
            "contract_expiry_type": "UNKNOWN_CONTRACT_EXPIRY_TYPE",
            "cumulative_quantity": .text(filled),
            "filled_value": .string(filledValue.amount),
            "leaves_quantity": .string(leaves),
            "limit_price": .string(configuration.limitPrice?.description ?? ""),
            "number_of_fills": .text(fillCount),
            "order_id": .string(id),
            "order_side": .string(side == .buy ? "BUY" : "SELL"),
            "order_type": .string(configuration.kind.feedOrderType),
            "outstanding_hold_amount": .string(hold.amount),
        ]
        let tail: JSON = [
            "post_only": .string(configuration.body.postOnly == true ? "true" : "false"),
            "product_id": .text(product),
            "product_type": "SPOT",
            "reject_reason": .string(status == .failed ? rejectReason : ""),
            "retail_portfolio_id": .string(names.portfolio),
            "risk_managed_by": "UNKNOWN_RISK_MANAGEMENT_TYPE",
            "status": .string(shown.rawValue),
            "stop_price": .string(configuration.body.stopPrice ?? ""),
            "time_in_force": .string(configuration.kind.timeInForce),
            "total_fees": .string(fees.amount),
            "total_value_after_fees": .string(valueAfterFees.amount),
            "trigger_status": .string(triggerStatus),
            "creation_time": .text(createdAt),
            "end_time": .string(configuration.endTime?.description ?? Self.noTime),
            "start_time": .string(Self.noTime),
        ]
        return .joined([head, tail])
    }

    /// **Source**: the venue's word for a time that is not.
    static let noTime = "0001-01-01T00:00:00Z"

    private func decimals(_ number: Int, places: Int, trimmed: Bool) -> String {
        let text = "\(number / 100).\(number % 100 < 10 ? "0" : "")\(number % 100)"
        guard trimmed else { return text }
        return DecimalText.format((try? DecimalText.parse(text)) ?? 0)
    }
}

extension JSON {
    /// Objects made one; written in parts because a long literal is slow to type-check.
    static func joined(_ parts: [JSON]) -> JSON {
        .object(
            parts.flatMap { part -> [Member] in
                if case .object(let members) = part { members } else { [] }
            }
        )
    }
}
