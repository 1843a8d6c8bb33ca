internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket
internal import Synchronization
import VigilModel

/// The venue behind its sockets: one lock around the value, two event loops around the lock.
///
/// Frames of a connection are queued on its event loop while the lock is held, so that they leave in the
/// order of their numbers, whichever thread caused them.
final class SimServer: Sendable {
    private struct State {
        var venue: SimVenue
        var sockets: [Int: FeedSocket] = [:]
        var listeners: [any Channel] = []
        var nextSocket = 1
        var journal: Journal?
        var isEnding = false
    }

    /// How market time follows real time.
    struct Clock: Sendable {
        let start: Instant
        let speed: Int

        var now: Moment {
            let real = RealTime.now
            return Moment(real: real, market: start + (real - start) * speed)
        }
    }

    private let state: Lock<State>
    private let group: MultiThreadedEventLoopGroup
    private let clock: Clock
    private let control: String
    private let keys: KeyRing

    init(_ venue: SimVenue, clock: Clock, control: String, journal: Journal?) {
        keys = venue.keys
        state = Lock(State(venue: venue, journal: journal))
        group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        self.clock = clock
        self.control = control
    }

    /// Begins to listen on a port of loopback, of both its families, with TLS where a context is given; says which port.
    ///
    /// - Throws: NIO's error, such as a port that is taken.
    func listen(port: Int, tls: NIOSSLContext?) throws -> Int {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.furnish(channel, tls) }
            }
        let channel = try bootstrap.bind(host: "127.0.0.1", port: port).wait()
        let bound = channel.localAddress?.port ?? port
        // A name such as `localhost` may lead to either; a machine without the second has no one who asks for it.
        let second = try? bootstrap.bind(host: "::1", port: bound).wait()
        state.withLock { $0.listeners += [channel] + (second.map { [$0] } ?? []) }
        return bound
    }

    /// Begins to move time on.
    func start() {
        group.next().scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
            self.perform { venue, now in (venue.tick(at: now), ()) }
        }
    }

    /// Ends everything, and gives back the venue as it stood.
    func stop() -> SimVenue {
        // Sockets whose loop is gone are not told any more.
        let listeners = state.withLock { state in
            state.isEnding = true
            return state.listeners
        }
        // A connection that is accepted while the loops end has no loop to go to, which NIO answers with
        // a trap.
        for listener in listeners {
            // What cannot be closed goes with the process.
            try? listener.close().wait()
        }
        // Nor is there anything left to tell of loops that do not end.
        try? group.syncShutdownGracefully()
        return state.withLock { state in
            state.journal?.close(state.venue)
            return state.venue
        }
    }

    private func furnish(_ channel: any Channel, _ tls: NIOSSLContext?) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls {
            try pipeline.addHandler(NIOSSLServerHandler(context: tls))
        }
        let watch = RequestWatch()
        try pipeline.addHandler(IdleStateHandler(readTimeout: .seconds(400)))
        try pipeline.addHandler(SlowRequestGuard(watch))
        let http = HTTPHandlers()
        try http.add(to: pipeline)
        try pipeline.addHandler(RequestHandler(self, watch, http))
    }

    /// What makes a request a WebSocket, where it may be one.
    var upgrader: NIOWebSocketServerUpgrader {
        NIOWebSocketServerUpgrader(
            maxFrameSize: 1 << 16,
            shouldUpgrade: { channel, head in
                let isFeed =
                    !head.uri.hasPrefix("/_sim") && !head.uri.hasPrefix(SimVenue.prefix)
                    && !self.isClosed
                return channel.eventLoop.makeSucceededFuture(isFeed ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture { try self.openFeed(channel, head) }
            }
        )
    }

    private var isClosed: Bool {
        state.withLock { $0.venue.isClosed(at: clock.now) }
    }

    private func openFeed(_ channel: any Channel, _ head: HTTPRequestHead) throws {
        // **Source**: the user host serves its own channels only; here it is a path or a host name.
        let name = head.headers.first(name: "host") ?? ""
        let isUser = head.uri.hasPrefix("/user") || name.hasPrefix("advanced-trade-ws-user.")
        let id = state.withLock { state in
            defer { state.nextSocket += 1 }
            return state.nextSocket
        }
        let socket = FeedSocket(id, channel)
        let isWelcome = state.withLock { state in
            state.sockets[id] = socket
            return state.venue.connect(id, isUser ? .user : .market, at: clock.now)
        }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(FrameGuard())
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0,
                maxAccumulatedFrameCount: 64,
                maxAccumulatedFrameSize: 1 << 18
            )
        )
        try pipeline.addHandler(FeedHandler(self, socket))
        if !isWelcome {
            socket.carryOut([.close])
        }
    }

    /// Answers an HTTP request; called on the connection's event loop.
    func answer(_ request: SimRequest) -> SimReply {
        if request.path.hasPrefix("/_sim") {
            guard request.token == control else { return SimReply(response: .unauthorized) }
            return perform(journaling: request) { venue, now in
                let response = venue.control(request, at: now)
                return ([], SimReply(response: response))
            }
        }
        var request = request
        if let token = request.token {
            // The signature is looked at before the lock is taken: it costs more than all the rest.
            for path in Set([request.sentPath, request.path]) where request.credential == nil {
                request.credential = keys.credential(
                    of: token,
                    request.method,
                    host: request.host,
                    path: path
                )
            }
        }
        return perform(journaling: request) { [request] venue, now in
            let reply = venue.handle(request, at: now)
            return (reply.deliveries, reply)
        }
    }

    /// A client's message on a feed.
    func receive(_ text: [UInt8], from id: Int) {
        perform { venue, now in (venue.receive(text, from: id, at: now), ()) }
    }

    /// A feed's end.
    func disconnect(_ id: Int) {
        state.withLock { state in
            state.venue.disconnect(id)
            state.sockets[id] = nil
        }
    }

    private func perform<Value: Sendable>(
        journaling request: SimRequest? = nil,
        _ body: (inout SimVenue, Moment) -> ([Delivery], Value)
    ) -> Value {
        state.withLock { state in
            let now = clock.now
            let (deliveries, value) = body(&state.venue, now)
            state.journal?.note(request, state.venue.takeTrace(), at: now)
            guard !state.isEnding else { return value }
            var actions: [Int: [Delivery.Action]] = [:]
            for delivery in deliveries {
                actions[delivery.connection, default: []].append(delivery.action)
            }
            for (id, actions) in actions {
                state.sockets[id]?.carryOut(actions)
            }
            return value
        }
    }
}
