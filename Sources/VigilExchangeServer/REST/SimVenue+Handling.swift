import VigilModel

extension SimVenue {
    static let prefix = "/api/v3/brokerage"

    /// Answers a request; faults may keep it from being looked at, or its answer from arriving.
    package mutating func handle(_ request: SimRequest, at now: Moment) -> SimReply {
        let path =
            request.path.hasPrefix(Self.prefix + "/")
            ? String(request.path.dropFirst(Self.prefix.count)) : request.path
        let endpoint = "\(request.method) \(path)"
        func strikes(_ kind: FaultKind) -> FaultOrder? {
            faults.strikes(kind, endpoint: endpoint, at: now.real)
        }
        if strikes(.dropBefore) != nil {
            return SimReply(response: .notFound, arrival: .nothing)
        }
        var reply = SimReply(response: .notFound)
        reply.delay = faults.delay(endpoint, at: now.real)
        if faults.standing(.maintenance, at: now.real) != nil {
            reply.response = .page(503, "Service Unavailable")
            return reply
        }
        if let storm = strikes(.rateLimited) {
            reply.response = storm.html == true ? .tooManyPage : .tooMany
            return reply
        }
        let failure = strikes(.serverError)
        if let failure, failure.executed != true {
            reply.response = Self.failed(failure)
            return reply
        }
        reply.response = answer(request, path, endpoint, at: now)
        if let failure {
            reply.response = Self.failed(failure)
        }
        if strikes(.dropAfter) != nil {
            reply.arrival = .nothing
        } else if strikes(.dropMidBody) != nil {
            reply.arrival = .half
        }
        reply.deliveries = hub.takeOutbox()
        return reply
    }

    private static func failed(_ order: FaultOrder) -> SimResponse {
        switch order.status ?? 500 {
        case 502: .page(502, "Bad Gateway")
        case 503: .page(503, "Service Unavailable")
        default: .page(500, "Internal Server Error")
        }
    }

    private mutating func answer(
        _ request: SimRequest,
        _ path: String,
        _ endpoint: String,
        at now: Moment
    ) -> SimResponse {
        guard request.path.hasPrefix(Self.prefix + "/"),
            let route = Route(request.method, path.split(separator: "/").map(String.init))
        else { return .notFound }
        // The venue judges the life of a token by its own clock, right or wrong.
        let key = request.credential.flatMap { $0.isGood(at: clock(now)) ? $0.key : nil }
        trace.key = key?.name ?? ""
        guard route.need != .nothing || key != nil else {
            guard limits.admitsPublic(at: now.real) else { return .tooMany }
            return carryOut(route, request, nil, at: now)
        }
        guard let key,
            faults.strikes(.unauthorized, endpoint: endpoint, at: now.real) == nil
        else { return .unauthorized }
        let (isAdmitted, left) = limits.admits(key.name, at: now.real)
        var response: SimResponse =
            if !isAdmitted {
                .tooMany
            } else if !key.has(route.need) {
                .missingScopes
            } else {
                carryOut(route, request, key, at: now)
            }
        // **Source**: public answers carry no limits.
        response.left = route.need == .nothing ? nil : left
        return response
    }

    private mutating func carryOut(
        _ route: Route,
        _ request: SimRequest,
        _ key: APIKey?,
        at now: Moment
    ) -> SimResponse {
        applyStandingFaults(at: now)
        do throws(InvalidArgument) {
            return try result(of: route, request, key, at: now)
        } catch {
            return .invalid(error.details)
        }
    }

    private mutating func result(
        of route: Route,
        _ request: SimRequest,
        _ key: APIKey?,
        at now: Moment
    ) throws(InvalidArgument) -> SimResponse {
        let query = request.query
        switch route {
        case .time: return time(at: now)
        case .products: return try products(query, at: now)
        case .product(let name, _): return product(name, at: now)
        case .candles(let name, _): return try candles(name, query, at: now)
        case .trades(let name, _): return try trades(name, query, at: now)
        case .book: return try book(query, at: now)
        case .bestBidAsk: return bestBidAsk(query, at: now)
        case .accounts: return try accounts(query, at: now)
        case .account(let id): return account(id)
        case .create: return create(request.body, at: now)
        case .cancel: return cancel(request.body, at: now)
        case .edit: return edit(request.body, at: now)
        case .editPreview: return editPreview(request.body, at: now)
        case .preview: return preview(request.body, at: now)
        case .orders: return try orders(query, at: now)
        case .order(let id): return order(id, at: now)
        case .fills: return try fills(query, at: now)
        case .summary: return summary(at: now)
        case .permissions: return permissions(key)
        case .portfolios: return portfolios()
        case .portfolio(let id): return portfolio(id)
        }
    }
}

extension APIKey {
    func has(_ need: Route.Need) -> Bool {
        switch need {
        case .nothing: true
        case .view: canView
        case .trade: canTrade
        }
    }
}

/// What a path asks for, and what one needs to ask it.
enum Route: Sendable, Equatable {
    /// A permission of a key.
    enum Need: Sendable, Equatable {
        case nothing
        case view
        case trade
    }

    case time
    case products(isPublic: Bool)
    case product(String, isPublic: Bool)
    case candles(String, isPublic: Bool)
    case trades(String, isPublic: Bool)
    case book(isPublic: Bool)
    case bestBidAsk
    case accounts
    case account(String)
    case create
    case cancel
    case edit
    case editPreview
    case preview
    case orders
    case order(String)
    case fills
    case summary
    case permissions
    case portfolios
    case portfolio(String)

    /// Finds the route of a method and a path's parts; nil where there is none.
    init?(_ method: String, _ parts: [String]) {
        guard ["GET", "HEAD", "POST"].contains(method) else { return nil }
        if method == "POST" {
            switch parts {
            case ["orders"]: self = .create
            case ["orders", "batch_cancel"]: self = .cancel
            case ["orders", "edit"]: self = .edit
            case ["orders", "edit_preview"]: self = .editPreview
            case ["orders", "preview"]: self = .preview
            default: return nil
            }
            return
        }
        let isPublic = parts.first == "market"
        let rest = isPublic ? Array(parts.dropFirst()) : parts
        switch (rest.first, rest.count) {
        case ("products", 1): self = .products(isPublic: isPublic)
        case ("products", 2): self = .product(rest[1], isPublic: isPublic)
        case ("products", 3) where rest[2] == "candles":
            self = .candles(rest[1], isPublic: isPublic)
        case ("products", 3) where rest[2] == "ticker": self = .trades(rest[1], isPublic: isPublic)
        case ("product_book", 1): self = .book(isPublic: isPublic)
        default:
            guard !isPublic, let route = Route(account: parts) else { return nil }
            self = route
        }
    }

    private init?(account parts: [String]) {
        switch (parts.first, parts.count) {
        case ("time", 1): self = .time
        case ("best_bid_ask", 1): self = .bestBidAsk
        case ("accounts", 1): self = .accounts
        case ("accounts", 2): self = .account(parts[1])
        case ("orders", 3) where parts[1] == "historical":
            switch parts[2] {
            case "batch": self = .orders
            case "fills": self = .fills
            default: self = .order(parts[2])
            }
        case ("transaction_summary", 1): self = .summary
        case ("key_permissions", 1): self = .permissions
        case ("portfolios", 1): self = .portfolios
        case ("portfolios", 2): self = .portfolio(parts[1])
        default: return nil
        }
    }

    /// **Source**: `/time` and the `/market` twins need no key; the rest needs `view`, what acts `trade`.
    var need: Need {
        switch self {
        case .time: .nothing
        case .products(let isPublic), .product(_, let isPublic), .candles(_, let isPublic),
            .trades(_, let isPublic), .book(let isPublic):
            isPublic ? .nothing : .view
        case .create, .cancel, .edit: .trade
        case .bestBidAsk, .accounts, .account, .editPreview, .preview, .orders, .order, .fills,
            .summary, .permissions, .portfolios, .portfolio:
            .view
        }
    }
}
