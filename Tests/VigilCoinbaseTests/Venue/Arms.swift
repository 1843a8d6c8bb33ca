import Foundation
import Synchronization
import VigilCoinbase
import VigilCore
import VigilExchange
import VigilMarkets
import VigilModel
import VigilTransport

/// How an order was answered.
enum Answer: Equatable {
    case accepted
    case rejected(RejectionReason)
    case unknown(String)
}

/// A venue as the conformance suite sees it: the matching engine in process, or Coinbase over TLS.
protocol Arm: Sendable {
    func quote() async throws -> (bid: Price, ask: Price)
    func submit(_ request: OrderRequest) async throws -> Answer
    /// True where the wish was taken.
    func cancel(_ id: ClientOrderID) async throws -> Bool
    func order(_ id: ClientOrderID) async throws -> VenueOrder?
    func fills(of id: ClientOrderID) async throws -> [Fill]
    func balance(_ currency: Currency) async throws -> Balance
    /// Looks until something is so, while the venue's time goes on.
    func eventually(_ look: () async throws -> Bool) async throws -> Bool
    /// The time at which an order may end.
    func later(_ span: Duration) async -> Instant
    func stop()
}

/// The matching engine in this process, with a market that moves when it is waited for.
final class EngineArm: Arm {
    private struct State {
        var engine: MatchingEngine
        var market: MarketGenerator
        var now: Instant
        var fills: [Fill] = []
    }

    private let state: Mutex<State>

    init() throws {
        let spec = try ProductSpec(FeedTrapTests.btc, tier: 1)
        let start = Instant(seconds: 1_767_571_200)
        let market = MarketGenerator([spec], seed: 1, start: start, warmup: 60, stepsPerMinute: 240)
        var engine = MatchingEngine(products: market.products, fees: ConformanceTests.fees)
        try engine.deposit(Money("100000", .usd))
        state = Mutex(State(engine: engine, market: market, now: start))
        try state.withLock { try Self.step(&$0) }
    }

    private static func step(_ state: inout State) throws {
        state.now = state.now + .milliseconds(250)
        take(try state.engine.expire(at: state.now), &state)
        for move in try state.market.step(at: state.now) {
            guard let book = move.book else { continue }
            take(try state.engine.update(book), &state)
            for trade in move.trades {
                take(try state.engine.trade(trade), &state)
            }
        }
    }

    private static func take(_ events: [VenueEvent], _ state: inout State) {
        for case .fillReported(let fill) in events {
            state.fills.append(fill)
        }
    }

    func quote() throws -> (bid: Price, ask: Price) {
        try state.withLock { state in
            guard let quote = state.engine.books[FeedTrapTests.btc]?.quote else {
                throw MoneyError.divisionByZero
            }
            return (quote.bid, quote.ask)
        }
    }

    func submit(_ request: OrderRequest) -> Answer {
        state.withLock { state in
            let events = state.engine.submit(request, at: state.now)
            Self.take(events, &state)
            for case .orderRejected(_, let reason) in events {
                return .rejected(reason)
            }
            return .accepted
        }
    }

    func cancel(_ id: ClientOrderID) throws -> Bool {
        try state.withLock { try !$0.engine.cancel(id).isEmpty }
    }

    func order(_ id: ClientOrderID) -> VenueOrder? { state.withLock { $0.engine.order(id) } }

    func fills(of id: ClientOrderID) -> [Fill] {
        state.withLock { $0.fills.filter { $0.clientOrderID == id } }
    }

    func balance(_ currency: Currency) throws -> Balance {
        state.withLock { state in
            state.engine.accounts.balances.first { $0.available.currency == currency }
                ?? Balance(available: .zero(currency), onHold: .zero(currency))
        }
    }

    func eventually(_ look: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<20_000 {
            if try await look() { return true }
            try state.withLock { try Self.step(&$0) }
        }
        return false
    }

    func later(_ span: Duration) -> Instant { state.withLock { $0.now } + span }

    func stop() {}
}

/// coinbase-sim over TLS, spoken to by the real client.
final class WireArm: Arm {
    let wire: Wire
    let venue: CoinbaseAccount
    private let box: EventBox

    init(_ options: [String] = [], rowWait: Duration = .zero) throws {
        wire = try Wire(
            Server.sim(options: ["--products", "1", "--speed", "20", "--no-rate-limit"] + options)
        )
        let events = EventBox()
        box = events
        venue = CoinbaseAccount(
            client: wire.client,
            since: .epoch,
            rowWait: rowWait,
            marketTime: { .epoch },
            report: { event in events.add(event) },
            feed: { report in
                if case .lost(let trouble, let detail) = report {
                    events.add("\(trouble): \(detail)")
                }
                if case .regained = report { events.add("regained") }
            }
        )
    }

    var told: [VenueEvent] { box.events }
    var feed: [String] { box.feed }

    /// Follows the feed while a test runs.
    func whileFollowing<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let mint = wire.mint else { throw MoneyError.divisionByZero }
        let venue = venue
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await venue.run(mint, random: SeededRandom(seed: 3)) }
            do {
                guard
                    await VigilCoinbaseTests.eventually(
                        wire.transport,
                        { box.feed.contains("regained") }
                    )
                else {
                    throw MoneyError.divisionByZero
                }
                let value = try await body()
                await venue.stop()
                return value
            } catch {
                await venue.stop()
                throw error
            }
        }
    }

    func quote() async throws -> (bid: Price, ask: Price) {
        let bytes = await wire.control("GET", "truth/book/BTC-USD")
        let text =
            #"{"channel":"l2_data","events":"# + String(decoding: bytes, as: UTF8.self) + "}"
        var book = LevelBook(product: FeedTrapTests.btc)
        guard case .books(let changes) = try FeedParser().read(Array(text.utf8)).content,
            let change = changes.first
        else { throw JSONFault.broken }
        try book.apply(change)
        guard let quote = book.quote(asOf: .epoch) else { throw JSONFault.broken }
        return (quote.bid, quote.ask)
    }

    func submit(_ request: OrderRequest) async -> Answer {
        switch await venue.submit(request, isEntry: request.side == .buy) {
        case .accepted: .accepted
        case .rejected(let reason, _): .rejected(reason)
        case .unknown(let detail): .unknown(detail)
        }
    }

    func cancel(_ id: ClientOrderID) async throws -> Bool {
        if case .ok(nil) = await venue.cancel(id) { true } else { false }
    }

    func order(_ id: ClientOrderID) async throws -> VenueOrder? {
        await venue.find(id, since: .epoch).value ?? nil
    }

    func fills(of id: ClientOrderID) async throws -> [Fill] {
        box.events.compactMap { event in
            if case .fillReported(let fill) = event, fill.clientOrderID == id { fill } else { nil }
        }
    }

    func balance(_ currency: Currency) async throws -> Balance {
        let all = await venue.wallets().value?.held ?? []
        return all.first { $0.available.currency == currency }
            ?? Balance(available: .zero(currency), onHold: .zero(currency))
    }

    func eventually(_ look: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<1_500 {
            if try await look() { return true }
            await wire.transport.sleep(for: .milliseconds(20))
        }
        return false
    }

    func later(_ span: Duration) async -> Instant {
        (await wire.client.time().value ?? .epoch) + span
    }

    func stop() { wire.stop() }
}

/// What a venue told, from whichever thread.
final class EventBox: Sendable {
    private let held = Mutex<(events: [VenueEvent], feed: [String])>(([], []))

    var events: [VenueEvent] { held.withLock(\.events) }
    var feed: [String] { held.withLock(\.feed) }

    func add(_ event: VenueEvent) { held.withLock { $0.events.append(event) } }
    func add(_ text: String) { held.withLock { $0.feed.append(text) } }
}

extension CoinbaseVenue {
    /// A venue that waits for nothing, at the epoch, and has begun.
    static func begun(_ client: CoinbaseClient) async -> CoinbaseVenue {
        let venue = CoinbaseVenue(
            client: client,
            mint: nil,
            products: [],
            rowWait: .zero,
            patience: Patience(told: { _ in }, isOver: { true }, pause: { _ in }),
            random: SeededRandom(seed: 1),
            marketTime: { .epoch }
        )
        await venue.begin(VenueStart(instance: "instance", unfinished: [])) { _ in }
        return venue
    }
}
