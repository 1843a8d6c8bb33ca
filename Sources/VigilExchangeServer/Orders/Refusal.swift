import VigilModel

/// A business refusal: HTTP 200 with `success: false`.
///
/// **Source**: which of the three reason fields is filled differs by case and year; these are the
/// recorded ones, and the official enums where nothing was recorded.
struct Refusal: Error, Sendable, Equatable {
    var reason = "UNKNOWN_FAILURE_REASON"
    var preview = "UNKNOWN_PREVIEW_FAILURE_REASON"
    var message = ""

    init(_ reason: String? = nil, preview: String? = nil, message: String = "") {
        self.reason = reason ?? self.reason
        self.preview = preview ?? self.preview
        self.message = message
    }

    /// What the venue says where its matching engine refuses.
    init(_ reason: RejectionReason, _ configuration: OrderConfiguration, _ status: TradingStatus) {
        switch reason {
        case .insufficientFunds:
            self.init(
                "INSUFFICIENT_FUND",
                preview: "PREVIEW_INSUFFICIENT_FUND",
                message: "Insufficient balance in source account"
            )
        case .postOnlyWouldCross:
            self.init(
                "INVALID_LIMIT_PRICE_POST_ONLY",
                preview: "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY"
            )
        case .quantityPrecision:
            self.init(
                "INVALID_SIZE_PRECISION",
                preview: configuration.isQuoteSized
                    ? "PREVIEW_INVALID_QUOTE_SIZE_PRECISION" : "PREVIEW_INVALID_SIZE_PRECISION"
            )
        case .pricePrecision:
            self.init("INVALID_PRICE_PRECISION", preview: "PREVIEW_INVALID_PRICE_PRECISION")
        case .tooSmall:
            self.init(
                preview: configuration.isQuoteSized
                    ? "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL" : "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"
            )
        case .stopPrice:
            let falls = configuration.body.stopDirection == "STOP_DIRECTION_STOP_DOWN"
            self.init(
                preview: falls
                    ? "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"
                    : "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE"
            )
        case .endTimeInPast:
            self.init("END_TIME_IS_IN_THE_PAST", preview: "PREVIEW_END_TIME_IS_IN_THE_PAST")
        case .productNotTradable: self = Self.untradable(status)
        case .selfTrade: self.init("COMMANDER_REJECTED_NEW_ORDER", message: "self trade")
        case .notFillable:
            self.init("INVALID_NO_LIQUIDITY", preview: "PREVIEW_INVALID_NO_LIQUIDITY")
        case .gateClosed, .arithmetic, .other:
            self.init(preview: "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE")
        }
    }

    private static func untradable(_ status: TradingStatus) -> Refusal {
        switch status {
        case .disabled: Refusal("TRADING_DISABLED", preview: "PREVIEW_TRADING_DISABLED")
        case .cancelOnly:
            Refusal("PRODUCT_TRADING_HALTED", preview: "PREVIEW_PRODUCT_TRADING_HALTED")
        case .postOnly, .limitOnly:
            Refusal("ORDER_ENTRY_DISABLED", preview: "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE")
        case .online: Refusal("INVALID_NO_LIQUIDITY", preview: "PREVIEW_INVALID_NO_LIQUIDITY")
        }
    }

    func body(echo: JSON) -> JSON {
        [
            "success": false,
            "failure_reason": "UNKNOWN_FAILURE_REASON",
            "order_id": "",
            "error_response": [
                "error": .string(reason),
                "message": .string(message),
                "error_details": "",
                "preview_failure_reason": .string(preview),
                "new_order_failure_reason": .string(reason),
            ],
            "order_configuration": echo,
        ]
    }
}
