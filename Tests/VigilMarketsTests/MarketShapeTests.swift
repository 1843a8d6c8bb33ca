import Foundation
import Testing
import VigilExchange
import VigilMarkets
import VigilModel

@Suite struct MarketShapeTests {
    private struct Shape {
        let kurtosis: Double
        let magnitudes: [Int: Double]
        let returns: [Int: Double]
        let quantiles: [Double: Double]

        init(_ closes: [Double]) {
            let moves = zip(closes, closes.dropFirst()).map { $1 / $0 - 1 }
            let mean = moves.reduce(0, +) / Double(moves.count)
            let variance = moves.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(moves.count)
            let fourth = moves.reduce(0) { sum, move in
                let square = (move - mean) * (move - mean)
                return sum + square * square
            }
            kurtosis = fourth / Double(moves.count) / (variance * variance)
            let sizes = moves.map { abs($0) }
            let lags = [1, 5, 15, 30, 60]
            magnitudes = Dictionary(
                uniqueKeysWithValues: lags.map { ($0, Self.autocorrelation(sizes, $0)) }
            )
            returns = Dictionary(
                uniqueKeysWithValues: lags.map { ($0, Self.autocorrelation(moves, $0)) }
            )
            let sorted = moves.sorted()
            let points = [0.001, 0.01, 0.05, 0.25, 0.75, 0.95, 0.99, 0.999]
            quantiles = Dictionary(
                uniqueKeysWithValues: points.map { ($0, sorted[Int(Double(sorted.count) * $0)]) }
            )
        }

        private static func autocorrelation(_ values: [Double], _ lag: Int) -> Double {
            let mean = values.reduce(0, +) / Double(values.count)
            let whole = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let shifted = zip(values, values.dropFirst(lag)).reduce(0) { sum, pair in
                sum + (pair.0 - mean) * (pair.1 - mean)
            }
            return shifted / whole
        }
    }

    private static let generated: Shape? = {
        guard let btc = ProductID("BTC-USD"), let spec = try? ProductSpec(btc, tier: 1) else {
            return nil
        }
        let market = MarketGenerator([spec], seed: 11, start: .epoch, warmup: 50_000)
        return market.history[btc].map { Shape($0.map(\.close)) }
    }()

    @Test func `one-minute returns have fat tails`() throws {
        let shape = try #require(Self.generated)
        print("kurtosis of one-minute returns: \(shape.kurtosis)")
        #expect(shape.kurtosis > 5)
    }

    @Test func `wild minutes come in clusters out to an hour, directions do not`() throws {
        let shape = try #require(Self.generated)
        for lag in shape.magnitudes.keys.sorted() {
            let size = try #require(shape.magnitudes[lag])
            let move = try #require(shape.returns[lag])
            print("lag \(lag): |return| \(size), return \(move)")
            #expect(size > 0.05)
            #expect(abs(move) < 0.05)
        }
    }

    private static let recording = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("shared/data/coinbase_BTC-USD_1m_2025-11-23_50000.csv.gz").path

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: MarketShapeTests.recording),
            "the recorded minutes are not on this machine"
        )
    )
    func `quantiles are within a factor of two of 50,000 recorded minutes`() throws {
        let file = try #require(CandleFile.all(path: Self.recording).first)
        #expect(file.candles.count == 50_000)
        #expect(file.product.description == "BTC-USD")
        let recorded = Shape(file.candles.map(\.close))
        let shape = try #require(Self.generated)
        for point in recorded.quantiles.keys.sorted() {
            let real = try #require(recorded.quantiles[point])
            let made = try #require(shape.quantiles[point])
            print("quantile \(point): recorded \(real), generated \(made)")
            #expect(made / real > 0.5 && made / real < 2)
        }
    }

    @Test func `spreads and depth follow the tier, and products halt now and then`() throws {
        let specs = try (1...3).map { tier in
            try ProductSpec(try #require(ProductID("T\(tier)-USD")), tier: tier)
        }
        var market = MarketGenerator(specs, seed: 3, start: .epoch, warmup: 60)
        var spreads = [0.0, 0.0, 0.0]
        var depths = [0.0, 0.0, 0.0]
        var halts = 0
        for step in 0..<60_000 {
            let now = Instant(seconds: Int64(step) * 5)
            for (index, product) in try market.step(at: now).enumerated() {
                guard let book = product.book, let quote = book.quote else {
                    halts += 1
                    continue
                }
                #expect(book.bids.count == 10 && book.asks.count == 10)
                spreads[index] += quote.spreadBPS
                depths[index] += book.depth(withinBPS: 100)
            }
        }
        print("mean spreads \(spreads.map { $0 / 60_000 }), halted steps \(halts)")
        #expect(spreads[0] < spreads[1] && spreads[1] < spreads[2])
        #expect(depths[0] > depths[1] && depths[1] > depths[2])
        #expect(halts > 0)
    }
}
