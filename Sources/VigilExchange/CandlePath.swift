package import VigilModel

/// How the price is taken to have moved inside a candle, of which only four prices are known.
package enum CandlePath: String, Sendable, CaseIterable, Codable {
    /// Open, low, high, low, close: a position sees the low before the high, so that a stop and a target in
    /// one minute mean the stop; an order that buys and rests is not filled before the high was seen, and
    /// the low is seen after it; one that takes before then pays the open at least.
    case pessimistic
    /// The high or the low first, as the seed decides for each minute.
    case seeded
    /// Open, high, low, close.
    case ohlc
    /// Open, low, high, close.
    case olhc

    /// The path of a name.
    ///
    /// - Throws: ``Unknown``, which lists the names.
    package static func named(_ text: String) throws(Unknown) -> CandlePath {
        guard let path = CandlePath(rawValue: text) else { throw Unknown(text: text) }
        return path
    }

    /// A name that no path has.
    package struct Unknown: Error, CustomStringConvertible {
        let text: String

        package var description: String {
            "there is no candle path `\(text)`; write "
                + CandlePath.allCases.map(\.rawValue).joined(separator: ", ")
        }
    }

    /// The prices at each of a minute's steps, and the step up to which orders that buy and rest wait.
    ///
    /// Straight lines between the turns; with fewer than five steps, turns are left out.
    package func prices(
        in candle: Candle,
        steps: Int,
        _ random: inout SeededRandom
    ) -> (prices: [Double], waitsBefore: Int) {
        let highFirst = self == .ohlc || (self == .seeded && random.unit() < 0.5)
        let (first, second) = highFirst ? (candle.high, candle.low) : (candle.low, candle.high)
        let isTwice = self == .pessimistic
        let turns: [(twelfth: Double, price: Double)] =
            [(0, candle.open)]
            + (isTwice
                ? [(3, candle.low), (6, candle.high), (9, candle.low)]
                : [(3, first), (7, second)])
            + [(11, candle.close)]
        let places = turns.map { Int(($0.twelfth / 11 * Double(steps - 1)).rounded()) }
        var prices = [Double](repeating: candle.close, count: steps)
        for (index, turn) in turns.enumerated() {
            prices[places[index]] = turn.price
            guard index + 1 < turns.count else { break }
            let (from, to) = (places[index], places[index + 1])
            for step in from..<max(from, to) {
                let part = Double(step - from) / Double(to - from)
                prices[step] = turn.price + (turns[index + 1].price - turn.price) * part
            }
        }
        return (prices, isTwice ? places[2] + 1 : 0)
    }
}

/// How a recording of candles becomes a market.
package struct CandleModel: Sendable, Equatable, Codable {
    /// The way of the price inside a candle.
    package let path: CandlePath
    /// The part of a candle's traded volume that may fill our orders, above 0 and up to 1.
    package let volumeShare: Double

    /// The worst path and a tenth of the volume, unless told otherwise.
    package init(path: CandlePath = .pessimistic, volumeShare: Double = 0.1) {
        (self.path, self.volumeShare) = (path, volumeShare)
    }
}
