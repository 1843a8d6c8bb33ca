import VigilCoinbase
import VigilCore
import VigilModel

/// libFuzzer's entry: any bytes as a feed's message, as a body of REST, as a key file, as a secret.
///
/// The first byte says which. Nothing of it may trap, and a book that took a message in holds together.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzVenue(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    switch first % 4 {
    case 0: feed(rest)
    case 1: body(rest)
    case 2: _ = try? APIKey(file: rest)
    default: _ = try? APIKey(name: "n", secret: Secret(String(decoding: rest, as: UTF8.self)))
    }
    return 0
}

private func feed(_ bytes: [UInt8]) {
    guard let frame = try? FeedParser().read(bytes) else { return }
    var session = FeedSession(
        channels: [.heartbeats, .level2, .user],
        products: [],
        random: SeededRandom(seed: 1)
    )
    _ = session.handle(.started, at: .epoch)
    _ = session.handle(.opened, at: .epoch)
    _ = session.handle(.received(frame), at: .epoch)
    guard case .books(let changes) = frame.content, let product = changes.first?.product else {
        return
    }
    if var deciders = try? Deciders(holding: product) {
        for change in changes {
            deciders.take(.bookChanged(change, receivedAt: .epoch))
        }
    }
    var book = LevelBook(product: product)
    for change in changes where change.product == product {
        try? book.apply(change)
        guard let quote = book.quote(asOf: .epoch) else { continue }
        precondition(quote.bid < quote.ask, "a valid book is not crossed")
        _ = (book.depth(withinBPS: 20), book.imbalance(levels: 3), book.microprice)
    }
}

private func body(_ bytes: [UInt8]) {
    _ = try? JSONReader().read(bytes) { node throws(JSONFault) in
        for rows in [
            node["products"], node["candles"], node["trades"], node["orders"],
            node["fills"], node["accounts"],
        ] {
            for row in rows?.items ?? [] {
                _ = ListedProduct(row)
                _ = try? Candle(row)
                _ = try? PrintedTrade(row)
                _ = ListedOrder(row)
                _ = ListedFill(row)
                _ = try? Balance(row)
            }
        }
    }
}
