package import VigilCore
package import VigilModel
package import VigilTransport

/// Carries out what a ``FeedSession`` decides, on the network's thread.
package actor FeedConnection {
    /// What a connection tells its owner.
    package enum Report: Sendable {
        /// A message's content.
        case content(FeedFrame.Content, receivedAt: Instant, readAtNanoseconds: Int64)
        /// Nothing of it can be relied on.
        case lost(FeedTrouble, String)
        /// It is whole again.
        case regained
        /// Messages come that have come before; they change nothing.
        case repeated
        /// The venue does not list these.
        case missing([ProductID])
    }

    private let transport: Transport
    private let address: WebSocket.Address
    private let mint: TokenMint?
    private let products: [ProductID]
    private let marketTime: @Sendable () -> Instant
    private let report: @Sendable (Report) -> Void
    private var session: FeedSession
    private let parser = FeedParser()
    private var socket: WebSocket?
    /// Told apart from events of an earlier socket.
    private var generation = 0
    private var alarm = 0

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe transport.asUnownedSerialExecutor()
    }

    /// One connection; `marketTime` is what received messages are stamped with.
    package init(
        transport: Transport,
        address: WebSocket.Address,
        mint: TokenMint?,
        channels: [FeedChannel],
        products: [ProductID],
        random: SeededRandom,
        marketTime: @escaping @Sendable () -> Instant,
        report: @escaping @Sendable (Report) -> Void
    ) {
        self.transport = transport
        self.address = address
        self.mint = mint
        self.products = products
        self.marketTime = marketTime
        self.report = report
        session = FeedSession(channels: channels, products: products, random: random)
    }

    /// Begins.
    package func start() {
        handle(.started)
    }

    /// Ends for good.
    package func stop() {
        handle(.stopped)
    }

    /// Drops the connection and comes back with fresh books.
    package func distrust(_ trouble: FeedTrouble, _ detail: String) {
        handle(.distrusted(trouble, detail))
    }

    /// What was counted so far.
    package var counters: FeedSession.Counters { session.counters }

    private func handle(_ event: FeedSession.Event, frame: (FeedFrame, Int64)? = nil) {
        let now = Instant(nanoseconds: MonotonicTime.nanoseconds)
        for effect in session.handle(event, at: now) {
            perform(effect, frame)
        }
    }

    private func perform(_ effect: FeedSession.Effect, _ frame: (FeedFrame, Int64)?) {
        switch effect {
        case .connect: connect()
        case .disconnect:
            generation += 1
            socket?.drop()
            socket = nil
        case .subscribe(let channel): subscribe(channel)
        case .publish:
            guard let frame else { return }
            report(
                .content(
                    frame.0.content,
                    receivedAt: marketTime(),
                    readAtNanoseconds: frame.1
                )
            )
        case .lose(let trouble, let detail): report(.lost(trouble, detail))
        case .regain: report(.regained)
        case .reportRepeats: report(.repeated)
        case .reportMissing(let products): report(.missing(products))
        case .wake(let span):
            // The latest wish to be woken replaces the one before.
            alarm += 1
            let mine = alarm
            transport.schedule(after: span) { [self] in
                assumeIsolated { connection in
                    guard connection.alarm == mine else { return }
                    connection.handle(.timerFired)
                }
            }
        }
    }

    private func connect() {
        generation += 1
        let mine = generation
        socket = WebSocket(address, over: transport) { [self] event in
            assumeIsolated { $0.take(event, mine) }
        }
    }

    private func take(_ event: WebSocket.Event, _ generation: Int) {
        guard generation == self.generation else { return }
        switch event {
        case .opened: handle(.opened)
        case .closed(let reason): handle(.closed(reason))
        case .received(let bytes, let readAt):
            do throws(JSONFault) {
                let frame = try parser.read(bytes)
                handle(.received(frame), frame: (frame, readAt))
            } catch {
                handle(.unreadable(error))
            }
        }
    }

    private func subscribe(_ channel: FeedChannel) {
        var fields = [#""type":"subscribe""#, #""channel":"\#(channel.rawValue)""#]
        if channel.isPerProduct {
            let names = products.map { $0.description.jsonQuoted }.joined(separator: ",")
            fields.append(#""product_ids":[\#(names)]"#)
        }
        // Contract 1.4: a token lives for two minutes, so each message has its own.
        if let token = mint?.token(uri: nil) {
            fields.append(#""jwt":"\#(token.text)""#)
        }
        // A refusal to queue means a closed connection, which says so itself.
        _ = socket?.send("{" + fields.joined(separator: ",") + "}")
    }
}
