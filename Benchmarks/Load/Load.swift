// coinbase-sim-load asks a running coinbase-sim as much as it can take, over TLS and keep-alive, and says
// how much that was as one JSON object. `./dev bench` builds and runs it.
import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization
import VigilCrypto

@main
struct Load: ParsableCommand {
    enum Mode: String, ExpressibleByArgument {
        /// Authenticated orders, one after the other on each connection.
        case orders
        /// Listeners to `level2`.
        case level2
        /// Requests for the time, which need no key: what the sockets alone cost.
        case time
    }

    @Argument(help: "orders, level2 or time")
    var mode: Mode
    @Option(help: "The venue's TLS port.")
    var port: Int
    @Option(help: "The venue's directory of certificates and keys.")
    var tlsDir: String
    @Option(help: "How many connections.")
    var connections = 16
    @Option(help: "For how long, in seconds.")
    var seconds = 5
    @Option(help: "Products to listen to.")
    var products = 4

    func run() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file("\(tlsDir)/ca.pem")
        let context = try NIOSSLContext(configuration: configuration)
        let counter = Counter()
        let key = try LoadKey(file: "\(tlsDir)/key.json")
        for _ in 0..<connections {
            _ = try ClientBootstrap(group: group)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: "localhost")
                        )
                        try furnish(pipeline, key, counter)
                    }
                }
                .connect(host: "127.0.0.1", port: port).wait()
        }
        // What comes in the first second is warming up, snapshots included.
        Thread.sleep(forTimeInterval: 1)
        let start = (counter.read, Date())
        Thread.sleep(forTimeInterval: Double(seconds))
        let end = (counter.read, Date())
        try group.syncShutdownGracefully()
        let rate = Double(end.0.done - start.0.done) / end.1.timeIntervalSince(start.1)
        print(
            #"{"mode":"\#(mode.rawValue)","connections":\#(connections),"per_second":\#(rate),"#
                + #""failed":\#(end.0.failed)}"#
        )
    }

    private func furnish(
        _ pipeline: ChannelPipeline.SynchronousOperations,
        _ key: LoadKey,
        _ counter: Counter
    ) throws {
        guard mode == .level2 else {
            try pipeline.addHTTPClientHandlers()
            try pipeline.addHandler(Asker(mode == .orders ? key : nil, port, counter))
            return
        }
        let names = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "AVAX", "LINK"].prefix(products)
        let wanted = names.map { "\"\($0)-USD\"" }.joined(separator: ",")
        let upgrader = NIOWebSocketClientUpgrader(
            maxFrameSize: 1 << 26,
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Listener(wanted, counter))
                }
            }
        )
        let first = UpgradeAsker()
        try pipeline.addHTTPClientHandlers(
            withClientUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(name: "first", promise: nil)
                }
            )
        )
        try pipeline.addHandler(first, name: "first")
    }
}

/// What was answered, and how often it was not what was wanted.
final class Counter: Sendable {
    private let done = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)

    var read: (done: Int, failed: Int) {
        (done.load(ordering: .relaxed), failed.load(ordering: .relaxed))
    }

    func add(_ count: Int, isGood: Bool = true) {
        if isGood {
            done.add(count, ordering: .relaxed)
        } else {
            failed.add(count, ordering: .relaxed)
        }
    }
}

/// A key that makes a token for each request, as the venue wants it.
struct LoadKey: Sendable {
    private struct File: Decodable {
        let name: String
        let privateKey: String
    }

    private let name: String
    private let key: SigningKey
    private let head: String

    init(file: String) throws {
        let read = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(filePath: file)))
        guard let key = SigningKey(pem: read.privateKey) else {
            throw CocoaError(.fileReadCorruptFile)
        }
        self.key = key
        name = read.name
        head = Self.text(#"{"alg":"ES256","kid":"\#(name)","nonce":"00","typ":"JWT"}"#.utf8)
    }

    func token(_ uri: String) -> String {
        let now = Int(Date().timeIntervalSince1970)
        let claims =
            #"{"sub":"\#(name)","iss":"cdp","nbf":\#(now),"exp":\#(now + 120),"uri":"\#(uri)"}"#
        let signed = head + "." + Self.text(claims.utf8)
        return signed + "." + Self.text(key.signature(of: Array(signed.utf8)) ?? [])
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}

/// Asks again as soon as it is answered.
final class Asker: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let key: LoadKey?
    private let host: String
    private let counter: Counter
    private var count = 0
    private var isGood = true

    init(_ key: LoadKey?, _ port: Int, _ counter: Counter) {
        self.key = key
        host = "127.0.0.1:\(port)"
        self.counter = counter
    }

    func channelActive(context: ChannelHandlerContext) { ask(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): isGood = head.status == .ok
        case .body(let body):
            isGood =
                isGood
                && (key == nil || body.readableBytesView.starts(with: #"{"success":true"#.utf8))
        case .end:
            counter.add(1, isGood: isGood)
            ask(context)
        }
    }

    private func ask(_ context: ChannelHandlerContext) {
        count += 1
        let path = "/api/v3/brokerage/" + (key == nil ? "time" : "orders")
        var headers: HTTPHeaders = ["host": host, "content-type": "application/json"]
        var body = ByteBuffer()
        if let key {
            headers.add(name: "authorization", value: "Bearer " + key.token("POST \(host)\(path)"))
            // It does not reach the touch, so it is taken, killed and forgotten: the venue does not fill up.
            body.writeString(
                #"{"client_order_id":"\#(ObjectIdentifier(self).hashValue)-\#(count)","#
                    + #""product_id":"BTC-USD","side":"BUY","order_configuration":"#
                    + #"{"sor_limit_ioc":{"base_size":"0.001","limit_price":"50000"}}}"#
            )
        }
        headers.add(name: "content-length", value: "\(body.readableBytes)")
        let head = HTTPRequestHead(
            version: .http1_1,
            method: key == nil ? .GET : .POST,
            uri: path,
            headers: headers
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

/// Asks for a WebSocket.
final class UpgradeAsker: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    func channelActive(context: ChannelHandlerContext) {
        let head = HTTPRequestHead(
            version: .http1_1,
            method: .GET,
            uri: "/",
            headers: ["host": "localhost"]
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

/// Counts level updates.
final class Listener: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let products: String
    private let counter: Counter

    init(_ products: String, _ counter: Counter) {
        self.products = products
        self.counter = counter
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let text = #"{"type":"subscribe","channel":"level2","product_ids":[\#(products)]}"#
        let frame = WebSocketFrame(
            fin: true,
            opcode: .text,
            maskKey: .random(),
            data: ByteBuffer(string: text)
        )
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data).data.readableBytesView
        // Each update is an object; so are the frame and its event.
        let objects = bytes.withUnsafeBytes { $0.count { $0 == UInt8(ascii: "{") } }
        counter.add(max(0, objects - 2))
    }
}
