internal import NIOCore
internal import NIOWebSocket
internal import Synchronization

/// The sending side of a WebSocket connection; usable from any thread.
final class FeedSocket: Sendable {
    /// A client that leaves this much unread is let go: the venue does not wait for it.
    private static let pendingMax = 32 << 20

    let id: Int
    private let channel: any Channel
    private let pending = Atomic<Int>(0)

    init(_ id: Int, _ channel: any Channel) {
        self.id = id
        self.channel = channel
    }

    /// Sends frames and ends in their order; never waits.
    func carryOut(_ actions: [Delivery.Action]) {
        let size = actions.reduce(0) { sum, action in
            if case .frame(let bytes) = action { sum + bytes.count } else { sum }
        }
        let (_, waiting) = pending.add(size, ordering: .relaxed)
        // Always by way of the queue, so that threads cannot overtake each other.
        channel.eventLoop.execute { [self] in
            guard waiting <= Self.pendingMax else { return channel.close(promise: nil) }
            for action in actions {
                switch action {
                case .frame(let bytes): send(bytes)
                case .close: hangUp()
                }
            }
            channel.flush()
        }
    }

    private func send(_ bytes: [UInt8]) {
        let frame = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: bytes))
        let done = channel.eventLoop.makePromise(of: Void.self)
        channel.write(frame, promise: done)
        done.futureResult.whenComplete { [self] _ in
            pending.subtract(bytes.count, ordering: .relaxed)
        }
    }

    private func hangUp() {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: .goingAway)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
        let done = channel.eventLoop.makePromise(of: Void.self)
        channel.writeAndFlush(frame, promise: done)
        done.futureResult.whenComplete { [channel] _ in channel.close(promise: nil) }
        // Who does not read does not hear it either.
        channel.eventLoop.scheduleTask(in: .seconds(5)) { [channel] in
            channel.close(promise: nil)
        }
    }
}

/// Ends connections whose frames are not what the protocol demands of a client: masked, and without reserved bits.
final class FrameGuard: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private var isOver = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        let frame = unwrapInboundIn(data)
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            isOver = true
            return Self.refuse(.protocolError, context)
        }
        context.fireChannelRead(data)
    }

    /// Says why, and hangs up.
    static func refuse(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
        context.writeAndFlush(NIOAny(frame), promise: nil)
        context.close(promise: nil)
    }
}

/// The receiving side of a WebSocket connection.
final class FeedHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let server: SimServer
    private let socket: FeedSocket

    init(_ server: SimServer, _ socket: FeedSocket) {
        self.server = server
        self.socket = socket
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text, .binary:
            let bytes = Array(frame.unmaskedData.readableBytesView)
            guard frame.opcode == .binary || String(validating: bytes, as: UTF8.self) != nil else {
                return FrameGuard.refuse(.dataInconsistentWithMessage, context)
            }
            server.receive(bytes, from: socket.id)
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            let answer = WebSocketFrame(
                fin: true,
                opcode: .connectionClose,
                data: frame.unmaskedData
            )
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            context.close(promise: nil)
        // tidy-ok: default the opcodes are NIO's, and it makes up any of sixteen
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        server.disconnect(socket.id)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
