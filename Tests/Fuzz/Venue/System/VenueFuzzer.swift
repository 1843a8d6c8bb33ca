import Foundation
import VigilCoinbase
import VigilCore
import VigilCrypto
import VigilModel

/// libFuzzer's entry: any bytes as a feed's message, as a body of REST, as a key file, as a secret, as what a token
/// names, as an address, as names of orders and products.
///
/// The first byte says which. Nothing of it may trap, and a book that took a message in holds together.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzVenue(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    switch first % 7 {
    case 0: feed(rest)
    case 1: body(rest)
    case 2: _ = try? APIKey(file: SecretBytes(copying: rest))
    case 3: token(rest)
    case 4: address(rest)
    case 5: names(rest)
    default: _ = unsafe SecretBytes(copying: rest).lend { unsafe SigningKey(text: $0) }
    }
    return 0
}

private let mint: TokenMint? = {
    guard let pem = SigningKey.generate(.ed25519)?.pem else { return nil }
    let file =
        #"{"name":"n","privateKey":"\#(pem.split(separator: "\n").joined(separator: "\\n"))"}"#
    return (try? APIKey(file: SecretBytes(copying: file.utf8))).map { TokenMint(key: $0) { 1 } }
}()

/// What a token names is one value, whatever stands in it.
private func token(_ bytes: [UInt8]) {
    let uri = String(decoding: bytes, as: UTF8.self)
    guard let mint, let text = mint.token(uri: uri)?.text else { preconditionFailure("no token") }
    let parts = text.split(separator: ".")
    var body = String(parts[1]).replacingOccurrences(of: "-", with: "+").replacingOccurrences(
        of: "_",
        with: "/"
    )
    body += String(repeating: "=", count: (4 - body.count % 4) % 4)
    let claims =
        Data(base64Encoded: body).flatMap { try? JSONSerialization.jsonObject(with: $0) }
        as? [String: Any]
    precondition(parts.count == 3 && claims?.count == 5, "a token has its five claims")
    precondition(
        (claims?["uri"] as? String).map { Array($0.utf8) } == Array(uri.utf8),
        "and names what it was asked to"
    )
}

/// A host is one that everybody reads as it is written.
private func address(_ bytes: [UInt8]) {
    guard let address = VenueAddress(endpoint: String(decoding: bytes, as: UTF8.self)) else {
        return
    }
    precondition(
        address.host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"%@/?#\\".utf8.contains($0) },
        "a host is nothing else besides"
    )
}

private func names(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    _ = OrderOwner(of: ClientOrderID(text), instance: text)
    if let product = ProductID(text) {
        precondition(
            product.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x2f },
            "no path within a name"
        )
    }
    precondition(
        text.printable().unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f },
        "one plain line"
    )
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
