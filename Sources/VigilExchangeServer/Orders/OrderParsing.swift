import VigilModel

/// The body of POST /orders, and of its preview.
struct CreateBody: Decodable, Sendable {
    let clientOrderID: String?
    let productID: String
    let side: String
    let orderConfiguration: [String: ConfigurationBody]

    enum CodingKeys: String, CodingKey {
        case clientOrderID = "client_order_id"
        case productID = "product_id"
        case side
        case orderConfiguration = "order_configuration"
    }
}

/// A request that the venue answers with 400 INVALID_ARGUMENT.
struct InvalidArgument: Error, Sendable, Equatable {
    let details: String
}

extension OrderConfiguration {
    /// Understands a configuration for a side of a product.
    ///
    /// - Throws: ``InvalidArgument`` for what is no order at all, ``Refusal`` for a legal order that the
    ///   venue does not take.
    init(_ bodies: [String: ConfigurationBody], _ side: Side, _ listing: Listing) throws {
        guard bodies.count == 1, let (key, body) = bodies.first else {
            throw InvalidArgument(details: "order_configuration must have exactly one variant")
        }
        guard let kind = ConfigurationKind(rawValue: key) else {
            if ConfigurationKind.unsupported.contains(key) {
                throw Refusal(
                    "UNSUPPORTED_ORDER_CONFIGURATION",
                    preview: "PREVIEW_INVALID_ORDER_CONFIG"
                )
            }
            throw InvalidArgument(details: "unknown field \"\(key)\" in order_configuration")
        }
        var endTime: Instant?
        if kind == .limitGTD || kind == .stopLimitGTD {
            guard let text = body.endTime, !text.isEmpty else {
                throw Refusal(
                    "GTD_ORDERS_MUST_HAVE_END_TIME",
                    preview: "PREVIEW_GTD_ORDERS_MUST_HAVE_END_TIME"
                )
            }
            guard let instant = Instant(text) else {
                throw InvalidArgument(details: "end_time: not an RFC 3339 time")
            }
            endTime = instant
        }
        self.kind = kind
        self.body = body
        self.endTime = endTime
        terms = try Self.terms(kind, body, side, endTime, listing)
    }

    private static func terms(
        _ kind: ConfigurationKind,
        _ body: ConfigurationBody,
        _ side: Side,
        _ endTime: Instant?,
        _ listing: Listing
    ) throws -> OrderTerms {
        let quote = listing.id.quote
        if kind == .marketIOC {
            if let text = body.quoteSize, !text.isEmpty {
                guard side == .buy else {
                    throw Refusal(
                        "UNSUPPORTED_ORDER_CONFIGURATION",
                        preview: "PREVIEW_INVALID_ORDER_CONFIG",
                        message: "a market sell is sized in the base currency"
                    )
                }
                let raw = try number(text, "quote_size")
                return .marketQuote(Money(raw: raw, currency: quote))
            }
            return .marketBase(try Quantity(raw: number(body.baseSize, "base_size")))
        }
        let price = try Price(raw: number(body.limitPrice, "limit_price"), currency: quote)
        var size: Quantity
        if let text = body.quoteSize, !text.isEmpty, body.baseSize ?? "" == "" {
            // **Source**: a limit order may be sized in the quote; what it buys at its limit is its size.
            let amount = Money(raw: try number(text, "quote_size"), currency: quote)
            size = try Quantity(buying: amount, at: price, .down)
                .rounded(.down, to: listing.product.baseIncrement)
        } else {
            size = try Quantity(raw: number(body.baseSize, "base_size"))
        }
        switch kind {
        case .limitIOC:
            return limit(price, size, .immediateOrCancel)
        case .limitFOK:
            return limit(price, size, .fillOrKill)
        case .limitGTD:
            return limit(price, size, .goodTillTime(endTime ?? .epoch), body.postOnly ?? false)
        case .stopLimitGTC, .stopLimitGTD:
            let stop = try Price(raw: number(body.stopPrice, "stop_price"), currency: quote)
            let falls = body.stopDirection == "STOP_DIRECTION_STOP_DOWN"
            guard falls || body.stopDirection == "STOP_DIRECTION_STOP_UP" else {
                throw InvalidArgument(details: "stop_direction: not a direction")
            }
            return .stopLimit(
                stop: stop,
                limit: price,
                quantity: size,
                direction: falls ? .falling : .rising
            )
        case .limitGTC, .marketIOC:
            return limit(price, size, .goodTillCanceled, body.postOnly ?? false)
        }
    }

    private static func limit(
        _ price: Price,
        _ size: Quantity,
        _ timeInForce: TimeInForce,
        _ postOnly: Bool = false
    ) -> OrderTerms {
        .limit(price: price, quantity: size, timeInForce: timeInForce, postOnly: postOnly)
    }

    /// A positive amount in text.
    static func number(_ text: String?, _ field: String) throws -> Int128 {
        guard let text, !text.isEmpty else {
            throw InvalidArgument(details: "\(field): is missing")
        }
        do {
            let raw = try DecimalText.parse(text)
            guard raw > 0 else { throw InvalidArgument(details: "\(field): must be positive") }
            return raw
        } catch MoneyError.tooManyPlaces {
            throw field.hasSuffix("price")
                ? Refusal("INVALID_PRICE_PRECISION", preview: "PREVIEW_INVALID_PRICE_PRECISION")
                : Refusal("INVALID_SIZE_PRECISION", preview: "PREVIEW_INVALID_SIZE_PRECISION")
        } catch MoneyError.overflow {
            throw Refusal(
                preview: field.hasSuffix("price")
                    ? "PREVIEW_INVALID_PRICE_TOO_LARGE" : "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE"
            )
        } catch MoneyError.malformed {
            throw InvalidArgument(details: "\(field): not a decimal number")
        }
    }
}
