package import VigilModel

/// A recording that cannot be read; says where and how to mend it.
package struct CandleFileError: Error, CustomStringConvertible {
    /// The file as it was named.
    package let path: String
    /// The line, where one is to blame.
    package let line: Int?
    /// What is wrong and what would be right.
    package let reason: String

    package var description: String {
        line.map { "\(path):\($0): \(reason)" } ?? "\(path): \(reason)"
    }
}

/// A file of recorded candles, or a part of one: CSV, plain or compressed, or LEAN's minutes and seconds.
package struct CandleFile: Sendable {
    /// The product, from the file's name.
    package let product: ProductID
    /// The one-minute candles, oldest first.
    package let candles: [Candle]
    /// The most digits behind the point of its prices and volumes.
    package let places: (price: Int, volume: Int)

    /// Reads a file of any of the known kinds; a zip is as many as it has entries.
    ///
    /// - Throws: ``CandleFileError``.
    package static func all(path: String) throws(CandleFileError) -> [CandleFile] {
        let entries = try ArchiveReader.entries(of: path)
        var files: [CandleFile] = []
        for entry in entries {
            if let lean = try LeanArchive.read(entry.name, entry.text, path: path) {
                files.append(lean)
                continue
            }
            let place = entries.count > 1 ? "\(path) (\(entry.name))" : path
            guard let product = product(in: entry.name) ?? product(in: path) else {
                throw CandleFileError(
                    path: place,
                    line: nil,
                    reason: "the name has no product; call the file `BTC-USD.csv` or alike"
                )
            }
            files.append(CandleFile(product, try CandleTable(csv: entry.text, path: place)))
        }
        guard !files.isEmpty else {
            throw CandleFileError(path: path, line: nil, reason: "the file is empty")
        }
        return files
    }

    init(_ product: ProductID, _ table: CandleTable) {
        self.product = product
        candles = table.candles
        places = table.places
    }

    private static func product(in path: String) -> ProductID? {
        let name = path.split(separator: "/").last ?? ""
        let parts = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }
        return parts.lazy.compactMap { part -> ProductID? in
            part.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "-" } ? ProductID(part) : nil
        }.first { !$0.quote.description.allSatisfy(\.isNumber) }
    }
}
