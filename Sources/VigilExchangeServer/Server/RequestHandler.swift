internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket
internal import Synchronization
import VigilModel

/// HTTP requests of one connection, one after the other.
final class RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// No request of the venue's is larger.
    private static let bodyMax = 1 << 20

    private let server: SimServer
    private let watch: RequestWatch
    private let http: HTTPHandlers
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var hasOfferedUpgrade = false

    init(_ server: SimServer, _ watch: RequestWatch, _ http: HTTPHandlers) {
        self.server = server
        self.watch = watch
        self.http = http
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if head.headers.contains(name: "upgrade"), !hasOfferedUpgrade {
                if let refusal = Self.refusal(ofFeed: head) {
                    return send(SimReply(response: refusal), to: head, keepsAlive: false, context)
                }
                hasOfferedUpgrade = true
                return offerUpgrade(context, data)
            }
            hasOfferedUpgrade = false
            self.head = head
            body = []
            let expected = head.headers[canonicalForm: "expect"].map { $0.lowercased() }
            if expected.contains("100-continue") {
                let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
            }
        case .body(let part):
            guard let head else { return }
            guard body.count + part.readableBytes <= Self.bodyMax else {
                self.head = nil
                let reply = SimReply(response: .page(413, "Payload Too Large"))
                return send(reply, to: head, keepsAlive: false, context)
            }
            body += part.readableBytesView
        case .end:
            guard let head else { return }
            self.head = nil
            watch.requestEnded()
            let request = SimRequest(
                method: head.method.rawValue,
                target: head.uri,
                host: head.headers.first(name: "host") ?? "",
                authorization: head.headers.first(name: "authorization"),
                body: body
            )
            // An idle connection keeps nothing.
            body = []
            let reply = server.answer(request)
            guard reply.delay > .zero else {
                return send(reply, to: head, keepsAlive: head.isKeepAlive, context)
            }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .nanoseconds(reply.delay.nanoseconds)) {
                let (handler, context) = bound.value
                handler.send(reply, to: head, keepsAlive: head.isKeepAlive, context)
            }
        }
    }

    /// A connection may become a WebSocket at any request, not at its first alone: clients that keep
    /// connections for both come so.
    private func offerUpgrade(_ context: ChannelHandlerContext, _ head: NIOAny) {
        let pipeline = context.pipeline.syncOperations
        let (watch, name) = (watch, context.name)
        let upgrade = HTTPServerUpgradeHandler(
            upgraders: [server.upgrader],
            httpEncoder: http.encoder,
            extraHTTPHandlers: http.others,
            upgradeCompletionHandler: { context in
                watch.isOver = true
                context.pipeline.syncOperations.removeHandler(name: name, promise: nil)
            }
        )
        do {
            try pipeline.addHandler(upgrade, position: .before(self))
            upgrade.channelRead(context: try pipeline.context(handler: upgrade), data: head)
        } catch {
            context.close(promise: nil)
        }
    }

    /// Why a request to become a WebSocket is none; nil where it is one.
    private static func refusal(ofFeed head: HTTPRequestHead) -> SimResponse? {
        let keys = head.headers["sec-websocket-key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            return .page(400, "Bad Request")
        }
        guard head.headers["sec-websocket-version"] == ["13"] else {
            return .page(426, "Upgrade Required")
        }
        return nil
    }

    private func send(
        _ reply: SimReply,
        to request: HTTPRequestHead,
        keepsAlive: Bool,
        _ context: ChannelHandlerContext
    ) {
        guard reply.arrival != .nothing else { return context.close(promise: nil) }
        let response = reply.response
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: response.contentType)
        headers.add(name: "content-length", value: String(response.body.count))
        for (name, value) in response.headers {
            headers.add(name: name, value: value)
        }
        let isLast = !keepsAlive || reply.arrival == .half
        if isLast {
            headers.add(name: "connection", value: "close")
        }
        let status = HTTPResponseStatus(statusCode: response.status)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        // The answer to HEAD is that to GET without its body.
        let whole = request.method == .HEAD ? [] : response.body
        let sent = reply.arrival == .half ? whole.prefix(whole.count / 2) : whole[...]
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: sent)))), promise: nil)
        guard reply.arrival == .whole else {
            context.flush()
            return context.close(promise: nil)
        }
        let done = isLast ? context.eventLoop.makePromise(of: Void.self) : nil
        done?.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: done)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            return context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A WebSocket that is not wanted is answered as any other request.
        guard !(error is NIOWebSocketUpgradeError) else { return }
        context.close(promise: nil)
    }
}

/// The handlers that make bytes into requests, and are taken out where a WebSocket begins.
struct HTTPHandlers {
    let encoder = HTTPResponseEncoder()
    let others: [any RemovableChannelHandler] = [
        ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)),
        HTTPServerPipelineHandler(),
        HTTPServerProtocolErrorHandler(),
    ]

    func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandlers([encoder as any ChannelHandler] + others)
    }
}

/// Whether a request of a connection has begun and not ended; used on its event loop alone.
final class RequestWatch: Sendable {
    private let state = Lock(State())

    private struct State {
        var isUnderWay = false
        var count = 0
        var isOver = false
    }

    /// True from the moment at which the connection is no HTTP any more.
    var isOver: Bool {
        get { state.withLock { $0.isOver } }
        set { state.withLock { $0.isOver = newValue } }
    }

    /// Notes bytes; gives a number where they begin a request.
    func bytesArrived() -> Int? {
        state.withLock { state in
            guard !state.isUnderWay, !state.isOver else { return nil }
            state.isUnderWay = true
            state.count += 1
            return state.count
        }
    }

    /// Notes the end of a request.
    func requestEnded() {
        state.withLock { $0.isUnderWay = false }
    }

    /// True where the request of this number has not ended.
    func isStuck(_ number: Int) -> Bool {
        state.withLock { $0.isUnderWay && !$0.isOver && $0.count == number }
    }
}

/// Ends connections whose request does not arrive whole in ten seconds.
final class SlowRequestGuard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let watch: RequestWatch

    init(_ watch: RequestWatch) {
        self.watch = watch
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let number = watch.bytesArrived() {
            let (watch, channel) = (watch, context.channel)
            context.eventLoop.scheduleTask(in: .seconds(10)) {
                if watch.isStuck(number) {
                    channel.close(promise: nil)
                }
            }
        }
        context.fireChannelRead(data)
    }
}
