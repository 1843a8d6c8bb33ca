import VigilModel

/// The JSON of one variant of `order_configuration`; every amount is text, as at the venue.
struct ConfigurationBody: Decodable, Sendable, Equatable {
    var quoteSize: String?
    var baseSize: String?
    var limitPrice: String?
    var stopPrice: String?
    var stopDirection: String?
    var endTime: String?
    var postOnly: Bool?
    var rfqDisabled: Bool?

    enum CodingKeys: String, CodingKey {
        case quoteSize = "quote_size"
        case baseSize = "base_size"
        case limitPrice = "limit_price"
        case stopPrice = "stop_price"
        case stopDirection = "stop_direction"
        case endTime = "end_time"
        case postOnly = "post_only"
        case rfqDisabled = "rfq_disabled"
    }
}

/// What kind of order a configuration asks for, by the venue's own key.
enum ConfigurationKind: String, Sendable, CaseIterable {
    case marketIOC = "market_market_ioc"
    case limitIOC = "sor_limit_ioc"
    case limitGTC = "limit_limit_gtc"
    case limitGTD = "limit_limit_gtd"
    case limitFOK = "limit_limit_fok"
    case stopLimitGTC = "stop_limit_stop_limit_gtc"
    case stopLimitGTD = "stop_limit_stop_limit_gtd"

    /// **Source**: the names that the venue has, of which spot trading here does without.
    static let unsupported: Set = [
        "market_market_fok", "trigger_bracket_gtc", "trigger_bracket_gtd", "twap_limit_gtd",
        "scaled_limit_gtc",
    ]

    var orderType: String {
        switch self {
        case .marketIOC: "MARKET"
        case .limitIOC, .limitGTC, .limitGTD, .limitFOK: "LIMIT"
        case .stopLimitGTC, .stopLimitGTD: "STOP_LIMIT"
        }
    }

    /// **Source**: every example of a user frame has title case.
    var feedOrderType: String {
        switch self {
        case .marketIOC: "Market"
        case .limitIOC, .limitGTC, .limitGTD, .limitFOK: "Limit"
        case .stopLimitGTC, .stopLimitGTD: "Stop Limit"
        }
    }

    var timeInForce: String {
        switch self {
        case .marketIOC, .limitIOC: "IMMEDIATE_OR_CANCEL"
        case .limitGTC, .stopLimitGTC: "GOOD_UNTIL_CANCELLED"
        case .limitGTD, .stopLimitGTD: "GOOD_UNTIL_DATE_TIME"
        case .limitFOK: "FILL_OR_KILL"
        }
    }

    var mayBePostOnly: Bool { self == .limitGTC || self == .limitGTD }

    var isStop: Bool { self == .stopLimitGTC || self == .stopLimitGTD }
}

/// A configuration that was understood, and what it is for the matching engine.
struct OrderConfiguration: Sendable, Equatable {
    let kind: ConfigurationKind
    var body: ConfigurationBody
    var terms: OrderTerms
    /// When a good-till-date order ends.
    let endTime: Instant?

    /// True where the size is a sum of the quote currency.
    var isQuoteSized: Bool {
        if case .marketQuote = terms { true } else { false }
    }

    /// The size as it was asked for, in the order's own currency.
    var size: String {
        switch terms {
        case .marketQuote(let amount): amount.amount
        case .marketBase(let quantity): quantity.description
        case .limit(_, let quantity, _, _): quantity.description
        case .stopLimit(_, _, let quantity, _): quantity.description
        }
    }

    /// The quantity of the base that was asked for; nil for a quote-sized order.
    var quantity: Quantity? {
        switch terms {
        case .marketQuote: nil
        case .marketBase(let quantity): quantity
        case .limit(_, let quantity, _, _): quantity
        case .stopLimit(_, _, let quantity, _): quantity
        }
    }

    /// The worst price; nil for a market order.
    var limitPrice: Price? {
        switch terms {
        case .marketQuote, .marketBase: nil
        case .limit(let price, _, _, _): price
        case .stopLimit(_, let price, _, _): price
        }
    }

    /// The order as the venue repeats it in every answer.
    var echo: JSON { [kind.rawValue: body.echo(withPostOnly: kind.mayBePostOnly)] }

    /// What was sent, repeated where it was not understood as an order.
    static func echo(_ bodies: [String: ConfigurationBody]) -> JSON {
        .object(
            bodies.keys.sorted().map { key in
                JSON.Member(name: key, value: bodies[key]?.echo(withPostOnly: false) ?? [:])
            }
        )
    }
}

extension ConfigurationBody {
    func echo(withPostOnly isWhole: Bool) -> JSON {
        var members: [JSON.Member] = []
        func add(_ name: String, _ value: JSON?) {
            if let value { members.append(JSON.Member(name: name, value: value)) }
        }
        add("quote_size", quoteSize.map { .string($0) })
        add("base_size", baseSize.map { .string($0) })
        add("limit_price", limitPrice.map { .string($0) })
        add("stop_price", stopPrice.map { .string($0) })
        add("end_time", endTime.map { .string($0) })
        add("post_only", isWhole ? .bool(postOnly ?? false) : postOnly.map { .bool($0) })
        add("stop_direction", stopDirection.map { .string($0) })
        add("rfq_disabled", rfqDisabled.map { .bool($0) })
        return .object(members)
    }
}
