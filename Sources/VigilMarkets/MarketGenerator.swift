package import VigilExchange
package import VigilModel

/// A synthetic market from a seed: clustered volatility, fat tails, common moves, halts.
///
/// The variance of one-minute returns follows its own past (GARCH 1,1), so that quiet and wild hours
/// come in clusters; rare jumps and a common factor do the rest. The constants were fitted against
/// 50,000 recorded minutes of BTC-USD.
package struct MarketGenerator: MarketSource {
    /// How finely the minutes before the start move; nobody sees inside them.
    private static let historySteps = 12
    private static let reaction = 0.07
    private static let persistence = 0.923
    private static let common = 0.6

    package let products: [Product]
    package let interval: Duration
    package let start: Instant
    package let end: Instant? = nil
    package private(set) var history: [ProductID: [Candle]] = [:]
    private var states: [State] = []
    private var random: SeededRandom
    private var count = 0
    private let steps: Int

    private struct State: Sendable {
        let maker: BookMaker
        var price: Double
        var variance: Double
        var minuteOpen: Double
        var haltedUntil: Instant?
        var random: SeededRandom
    }

    /// Begins a market; `marks` are prices to go on from after a restart, `warmup` the minutes of
    /// history that lie before the start, `stepsPerMinute` how finely it moves (a divisor of 60,000).
    package init(
        _ specs: [ProductSpec],
        seed: UInt64,
        start: Instant,
        marks: [ProductID: Price] = [:],
        warmup: Int = 1_500,
        stepsPerMinute: Int = 12
    ) {
        self.start = start
        steps = stepsPerMinute
        interval = .milliseconds(60_000 / stepsPerMinute)
        products = specs.map(\.product)
        random = SeededRandom(seed: seed)
        for (index, spec) in specs.enumerated() {
            states.append(
                State(
                    maker: BookMaker(spec),
                    price: marks[spec.product.id]?.indicator ?? spec.startPrice,
                    variance: spec.sigma * spec.sigma,
                    minuteOpen: 0,
                    random: random.forked(UInt64(index + 1))
                )
            )
        }
        for index in states.indices {
            states[index].minuteOpen = states[index].price
        }
        for spec in specs {
            history[spec.product.id, default: []].reserveCapacity(warmup)
        }
        for minute in 0..<warmup {
            rollMinute(start - .seconds(60 * (warmup - minute)))
        }
        rescale(marks)
    }

    package mutating func step(at now: Instant) throws(MoneyError) -> [MarketStep] {
        let shared = random.normal()
        var result: [MarketStep] = []
        result.reserveCapacity(states.count)
        for index in states.indices {
            let move = advance(&states[index], shared, steps: steps)
            result.append(try emit(&states[index], move, at: now))
        }
        count += 1
        if count % steps == 0 {
            for index in states.indices {
                endMinute(&states[index])
                halt(&states[index], at: now)
            }
        }
        return result
    }

    private mutating func rollMinute(_ minute: Instant) {
        var candles = states.map { Candle(at: minute, $0.price) }
        for _ in 0..<Self.historySteps {
            let shared = random.normal()
            for index in states.indices {
                _ = advance(&states[index], shared, steps: Self.historySteps)
                candles[index].extend(to: states[index].price)
            }
        }
        for index in states.indices {
            let volume = volume(states[index]) * Double(steps) / states[index].price
            candles[index].volume = volume * (0.5 + states[index].random.unit())
            endMinute(&states[index])
            history[states[index].maker.id, default: []].append(candles[index])
        }
    }

    /// Lets the history end at the price the market goes on from.
    private mutating func rescale(_ marks: [ProductID: Price]) {
        for index in states.indices {
            let id = states[index].maker.id
            let target = marks[id]?.indicator ?? states[index].maker.spec.startPrice
            let factor = target / states[index].price
            states[index].price = target
            states[index].minuteOpen = target
            history[id] = history[id]?.map { $0.scaled(by: factor) }
        }
    }

    private func advance(_ state: inout State, _ shared: Double, steps: Int) -> Double {
        let own = state.random.normal()
        // A fat tail in 0.3 % of the steps at twelve a minute, and as many an hour at any other pace.
        let tails = state.random.unit() < 0.036 / Double(steps) ? 3.5 : 1
        let mixed = Self.common * shared + (1 - Self.common * Self.common).squareRoot() * own
        let move = (state.variance / Double(steps)).squareRoot() * mixed * tails
        state.price *= 1 + move
        return move
    }

    private func endMinute(_ state: inout State) {
        let usual = state.maker.spec.sigma * state.maker.spec.sigma
        let change = state.price / state.minuteOpen - 1
        let base = usual * (1 - Self.reaction - Self.persistence)
        let next = base + Self.reaction * change * change + Self.persistence * state.variance
        state.variance = min(next, 60 * usual)
        state.minuteOpen = state.price
    }

    private func halt(_ state: inout State, at now: Instant) {
        if let until = state.haltedUntil, until <= now {
            state.haltedUntil = nil
        }
        guard state.haltedUntil == nil, state.random.unit() < 1.0 / 10_000 else { return }
        state.haltedUntil = now + .seconds(60 * state.random.integer(in: 5...30))
    }

    private func emit(
        _ state: inout State,
        _ move: Double,
        at now: Instant
    ) throws(MoneyError) -> MarketStep {
        let maker = state.maker
        guard state.haltedUntil == nil else {
            return MarketStep(product: maker.id, status: .cancelOnly, book: nil, trades: [])
        }
        let book = try maker.book(
            middle: state.price,
            stress: stress(state),
            at: now,
            &state.random
        )
        let trades = try maker.trades(
            notional: volume(state) * 4 * state.random.unit() * state.random.unit(),
            upward: move > 0 ? 0.7 : 0.3,
            book,
            at: now,
            &state.random
        )
        return MarketStep(product: maker.id, status: .online, book: book, trades: trades)
    }

    private func stress(_ state: State) -> Double {
        let usual = state.maker.spec.sigma * state.maker.spec.sigma
        return min(max((state.variance / usual).squareRoot(), 0.7), 4)
    }

    /// The usual notional of one step; it grows with volatility, as real volume does.
    private func volume(_ state: State) -> Double {
        let activity = min(stress(state) * stress(state), 8)
        return state.maker.spec.dailyNotional / (1_440 * Double(steps)) * (0.3 + 0.7 * activity)
    }
}

extension Candle {
    init(at start: Instant, _ price: Double) {
        self.init(start: start, open: price, high: price, low: price, close: price, volume: 0)
    }

    mutating func extend(to price: Double) {
        high = max(high, price)
        low = min(low, price)
        close = price
    }
}
