import Foundation
import Testing
import VigilExchange
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

    @Test func `the product comes from the file's name, times in both forms`() throws {
        let unix = try written(
            "coinbase_ETH-USD_1m.csv",
            Self.head + "1767571200,1,2,1,2,5\n1767571260,2,2,1,1,5\n"
        )
        let file = try #require(CandleFile.all(path: unix).first)
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
        (
            "A-USD.csv", "timestamp,open,high,low,close,volume\n61,1,1,1,1,1\n121,1,1,1,1,1\n",
            "do not begin with whole minutes"
        ),
        ("A-USD.csv", "timestamp,open,high,low,close,volume\n60,1,1,1,1,1\n", "fewer than two"),
        (
            "A-USD.csv",
            "timestamp,open,high,low,close,volume\n60,1,1,1,1,1\n\n\r\n120,1,1,2,1,1\n",
            "A-USD.csv:5: low and"
        ),
        (
            "A-USD.csv", "timestamp,open,high,low,close,volume\n60,0x10,16,16,16,1\n",
            "A-USD.csv:2: a price or volume is negative or not a number"
        ),
        (
            "A-USD.csv",
            "timestamp,open,high,low,close,volume\n0,1,1,1,1,1\n600,1,1,1,1,1\n900,1,1,1,1,1\n",
            "its candles are 5 minutes apart"
        ),
        (
            "A-USD.csv", "timestamp,open,high,low,close,volume\n0,1,1,1,1,1\n86400,1,1,1,1,1\n",
            "its candles are 24 hours apart"
        ),
    ])
    func `a malformed recording names its line and the mend`(
        name: String,
        text: String,
        expected: String
    ) throws {
        let path = try written(name, text)
        let error = #expect(throws: CandleFileError.self) { try CandleFile.all(path: path) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test func `a missing recording says that it cannot be opened`() {
        let error = #expect(throws: CandleFileError.self) {
            try CandleFile.all(path: "/nowhere/BTC-USD.csv")
        }
        #expect(error?.description.contains("cannot be opened") == true)
    }

    @Test func `a name in quotes, blanks and a byte order mark are read as what they mean`() throws
    {
        let text =
            "\u{feff}\"timestamp\", Open ,\"high\",low,close,volume\r\n\r\n\"60\", 1,2,1,2,5\r\n120,2,2,1,1,5"
        let file = try #require(CandleFile.all(path: written("BTC-USD.csv", text)).first)
        #expect(file.candles.map(\.close) == [2, 1])
    }

    @Test func `seconds become minutes`() throws {
        let rows = [
            (0, 5, 6, 4, 5, 1), (59, 5, 9, 5, 8, 2), (61, 8, 8, 2, 3, 4), (240, 3, 3, 3, 3, 1),
        ]
        let text = rows.map { "\($0.0),\($0.1),\($0.2),\($0.3),\($0.4),\($0.5)\n" }.joined()
        let file = try #require(
            CandleFile.all(path: written("BTC-USD.csv", Self.head + text)).first
        )
        #expect(
            file.candles == [
                Candle(start: .epoch, open: 5, high: 9, low: 4, close: 8, volume: 3),
                Candle(start: Instant(seconds: 60), open: 8, high: 8, low: 2, close: 3, volume: 4),
                Candle(start: Instant(seconds: 240), open: 3, high: 3, low: 3, close: 3, volume: 1),
            ]
        )
    }

    @Test func `files of one product are joined, and what is missing between them is counted`()
        throws
    {
        func minutes(_ range: Range<Int>) -> String {
            range.map { "\(60 * $0),1,1,1,1,1\n" }.joined()
        }
        let paths = [
            try written("b_BTC-USD.csv", Self.head + minutes(8..<12)),
            try written("a_BTC-USD.csv", Self.head + minutes(0..<3) + minutes(4..<6)),
        ]
        let recordings = try Recording.read(paths)
        #expect(recordings.count == 1)
        let coverage = try #require(recordings.first?.coverage)
        #expect(coverage.files == paths)
        #expect((coverage.first, coverage.last) == (.epoch, Instant(seconds: 660)))
        #expect((coverage.minutes, coverage.missing, coverage.longestHole) == (9, 3, 2))
    }

    @Test func `steps of a product that nobody knows are as its recording writes them`() throws {
        func steps(_ id: String, _ rows: String) throws -> [String] {
            let path = try written("\(id).csv", Self.head + rows)
            let product = try #require(Recording.read([path]).first?.spec.product)
            return [product.priceIncrement.description, product.baseIncrement.description]
        }
        let shib = "60,0.0000078000,0.0000078039,0.0000077971,0.0000078038,709198849.31\n"
        #expect(
            try steps("SHIB-USD", shib + "120,0.0000078,0.0000078,0.0000078,0.0000078,1\n") == [
                "0.0000000001", "0.01",
            ]
        )
        let pepe =
            "60,8.21e-06,8.3e-6,8.21e-06,8.3e-06,1e3\n120,8.3e-06,8.3e-06,8.3e-06,8.3e-06,5\n"
        #expect(try steps("PEPE-USD", pepe) == ["0.00000001", "1"])
        #expect(try steps("NEO-USD", "60,7,8,7,8,3\n120,8,8,8,8,3\n") == ["1", "1"])
        // Digits of a computation are no steps, and what is known is only ever made finer.
        #expect(
            try steps("NEO-USD", "60,7.30000000000000004,8,7,8,3\n120,8,8,8,8,3\n") == [
                "0.00000001", "1",
            ]
        )
        #expect(
            try steps("BTC-USD", "60,86000,86000,86000,86000,3\n120,86000,86000,86000,86000,3\n")
                == ["0.01", "0.00000001"]
        )
        #expect(
            try steps("ADA-USD", "60,0.41234,0.42,0.41,0.41,3\n120,0.41,0.41,0.41,0.41,3\n") == [
                "0.00001", "0.00000001",
            ]
        )
    }

    @Test func `what is no plain file is refused and not waited for`() throws {
        let pipe = scratch.file("BTC-USD.csv")
        let made = unsafe mkfifo(pipe, 0o600)
        #expect(made == 0)
        for (path, said) in [
            (pipe, "not a plain file"), (scratch.path, "a directory; name its files"),
        ] {
            let error = #expect(throws: CandleFileError.self) { try CandleFile.all(path: path) }
            #expect(error?.description == "\(path): \(said)")
        }
    }
}
