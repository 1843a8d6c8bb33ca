import Foundation
import Testing
import VigilMarkets
import VigilModel
import VigilTestSupport

@Suite struct RecordedMarketTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
    }

    private func written(_ name: String, _ text: String) throws -> String {
        let path = scratch.file(name)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static let head = "timestamp,open,high,low,close,volume\n"

    @Test func `inside a minute the low comes before the high`() {
        let candle = Candle(start: .epoch, open: 100, high: 110, low: 90, close: 105, volume: 12)
        let path = (0..<12).map { RecordedMarket.price(in: candle, at: Double($0)) }
        #expect(path[0] == 100)
        #expect(path.firstIndex(of: 90) == 3)
        #expect(path.firstIndex(of: 110) == 7)
        #expect(path[11] == 105)
        #expect(path.min() == 90 && path.max() == 110)
    }

    @Test func `the product comes from the file's name, times in both forms`() throws {
        let unix = try written(
            "coinbase_ETH-USD_1m.csv",
            Self.head + "1767571200,1,2,1,2,5\n1767571260,2,2,1,1,5\n"
        )
        let file = try CandleFile(path: unix)
        #expect(file.product.description == "ETH-USD")
        #expect(file.candles[0].start == Instant("2026-01-05T00:00:00Z"))
    }

    @Test(arguments: [
        ("x.csv", "timestamp,open,high,low,close,volume\n1,1,1,1,1,1\n", "the name has no product"),
        ("A-USD.csv", "", "the file is empty"),
        ("A-USD.csv", "timestamp,open,high,low,close\n", "A-USD.csv:1: no `volume` column"),
        (
            "A-USD.csv", "timestamp,open,high,low,close,volume\n60,1,1,1,-1,1\n",
            "A-USD.csv:2: a price"
        ),
        (
            "A-USD.csv", "timestamp,open,high,low,close,volume\n60,1,1,2,1,1\n",
            "A-USD.csv:2: low and"
        ),
        (
            "A-USD.csv", "timestamp,open,high,low,close,volume\n60,1,1,1,1,1\n60,1,1,1,1,1\n",
            "A-USD.csv:3: not later"
        ),
        (
            "A-USD.csv", "timestamp,open,high,low,close,volume\n60,1,1\n",
            "A-USD.csv:2: not 6 fields"
        ),
        (
            "A-USD.csv", "timestamp,open,high,low,close,volume\n1700000000000,1,1,1,1,1\n",
            "A-USD.csv:2: not 6 fields beginning with a time, in seconds"
        ),
        ("A-USD.csv", "timestamp,open,high,low,close,volume\n61,1,1,1,1,1\n", "not a whole minute"),
    ])
    func `a malformed recording names its line and the mend`(
        name: String,
        text: String,
        expected: String
    ) throws {
        let path = try written(name, text)
        let error = #expect(throws: CandleFileError.self) { try CandleFile(path: path) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test func `a missing recording says that it cannot be opened`() {
        let error = #expect(throws: CandleFileError.self) {
            try CandleFile(path: "/nowhere/BTC-USD.csv")
        }
        #expect(error?.description.contains("cannot be opened") == true)
    }
}
