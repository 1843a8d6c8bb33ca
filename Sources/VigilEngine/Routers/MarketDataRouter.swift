internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where effects of MarketData go: quotes to who marks and who trades, books to who asked.
struct MarketDataRouter: EffectRouter {
    enum Post: Sendable {
        /// Of one product only the newest matters.
        case quote(Quote)
        case execution(ExecutionCore.Event)
        case portfolio(PortfolioCore.Event)
        case conductor(ConductorCore.Event)
        case feeds(FeedCommand)
        case risk(RiskCore.Event)
        case venue(MarketDataCore.MarketMove)
        case book(OrderBook?, ticket: Int)
        case tell(TelemetryMessage)
    }

    let execution: Outlet<ExecutionCore.Event>
    let portfolio: Outlet<PortfolioCore.Event>
    let conductor: Outlet<ConductorCore.Event>
    let feeds: Outlet<FeedCommand>
    let risk: Outlet<RiskCore.Event>
    let venue: Outlet<VenueRequest>
    let status: StatusBoard
    let desk: TelemetryDesk

    func posts(for effect: MarketDataCore.Effect) -> [Post] {
        switch effect {
        case .publishQuote(let quote): return [.quote(quote)]
        case .publishProduct(let product):
            return [.execution(.productChanged(product)), .portfolio(.productChanged(product))]
        case .reply(let cycle, let snapshot):
            return ages(snapshot) + [.conductor(.marketRead(cycle: cycle, snapshot))]
        case .reportInvalidBook(let product):
            let text = "a book was crossed, empty or beyond all measure"
            return [
                .tell(.count(.anomaliesTotal, "")),
                .tell(.entry(.anomaly, .warning, text, product: product)),
            ]
        case .moveVenue(let move): return [.venue(move)]
        case .dropFeed(let product, let trouble, let detail):
            return [.feeds(.distrust(product, trouble, detail: detail))]
        case .readCandles(let product, let length, let since):
            return [.feeds(.readCandles(product, length, since: since))]
        case .showBook(let ticket, let book): return [.book(book, ticket: ticket)]
        case .reportAmended: return [.tell(.count(.candlesAmended, ""))]
        case .reportFeed(let product, let trouble):
            let halt = Halt(.feedGap, product)
            let detail = trouble.map { "\(product): \($0.rawValue)" }
            return [.risk(detail.map { .haltRaised(halt, detail: $0) } ?? .haltCleared(halt))]
        }
    }

    func deliver(_ post: Post) async {
        switch post {
        case .quote(let quote):
            portfolio.post(.quoteChanged(quote), conflating: quote.product)
            execution.post(.quoteChanged(quote), conflating: quote.product)
        case .execution(let event): execution.post(event)
        case .portfolio(let event): portfolio.post(event)
        case .conductor(let event): conductor.post(event)
        case .feeds(let command): feeds.post(command)
        case .risk(let event): risk.post(event)
        // Prints and rules are never dropped; of the books only the newest matters.
        case .venue(let move) where move.trades.isEmpty && move.rules == nil:
            venue.post(.observe([move]), conflating: move.product)
        case .venue(let move): venue.post(.observe([move]))
        case .book(let book, let ticket): status.show(book, ticket)
        case .tell(let message): desk.tell(message)
        }
    }

    /// How old the oldest books are, where a feed brings them.
    private func ages(_ snapshot: MarketSnapshot) -> [Post] {
        let times = snapshot.products.values.compactMap(\.feedTimes)
        guard let venue = times.map(\.venue).min(), let received = times.map(\.received).min()
        else { return [] }
        return [("venue", venue), ("receive", received)].map { name, time in
            .tell(.gauge(.feedAge, label: name, Double((snapshot.at - time).nanoseconds) / 1e9))
        }
    }
}

/// Where effects of the universe go: to who asked.
struct UniverseRouter: EffectRouter {
    enum Post: Sendable {
        case conductor(ConductorCore.Event)
        case tell(TelemetryMessage)
    }

    let conductor: Outlet<ConductorCore.Event>
    let desk: TelemetryDesk

    func posts(for effect: UniverseCore.Effect) -> [Post] {
        switch effect {
        case .reply(let cycle, let snapshot):
            [
                .tell(.eligible(snapshot.eligible.count)),
                .conductor(.universeRead(cycle: cycle, snapshot)),
            ]
        }
    }

    func deliver(_ post: Post) async {
        switch post {
        case .conductor(let event): conductor.post(event)
        case .tell(let message): desk.tell(message)
        }
    }
}
