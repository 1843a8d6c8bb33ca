import Testing
import VigilCoinbase
import VigilCore
import VigilModel

/// What a feed's messages have in store; the numbers are those of coinbase-traps.md.
@Suite struct FeedTrapTests {
    static let btc = ProductID("BTC-USD") ?? ProductID(base: .usd, quote: .usd)
    static let eth = ProductID("ETH-USD") ?? ProductID(base: .usd, quote: .usd)
    static let start = Instant(seconds: 1_000)

    static func read(_ text: String) throws(JSONFault) -> FeedFrame {
        try FeedParser().read(Array(text.utf8))
    }

    static func session(_ channels: [FeedChannel] = [.heartbeats, .level2]) -> FeedSession {
        var session = FeedSession(
            channels: channels,
            products: channels.contains(.level2) ? [btc, eth] : [],
            random: SeededRandom(seed: 1)
        )
        _ = session.handle(.started, at: start)
        _ = session.handle(.opened, at: start)
        return session
    }

    static func heartbeat(_ number: Int64?) -> FeedFrame {
        FeedFrame(sequence: number, sentAt: nil, content: .heartbeat(sentAt: nil))
    }

    static func snapshot(_ number: Int64, _ product: ProductID) -> FeedFrame {
        let change = BookChange(product: product, isSnapshot: true, levels: [], occurredAt: start)
        return FeedFrame(sequence: number, sentAt: nil, content: .books([change]))
    }

    static func lost(_ effects: [FeedSession.Effect]) -> FeedTrouble? {
        effects.compactMap { if case .lose(let trouble, _) = $0 { trouble } else { nil } }.first
    }

    static let books = #"""
        {"channel":"l2_data","client_id":"","timestamp":"2026-09-07T10:00:00.5Z","sequence_num":3,"events":[
        {"type":"snapshot","product_id":"BTC-USD","updates":[
        {"side":"bid","event_time":"1970-01-01T00:00:00Z","price_level":"21921.73","new_quantity":"0.06317902"},
        {"side":"offer","event_time":"1970-01-01T00:00:00Z","price_level":"21921.74","new_quantity":"2"}]},
        {"type":"update","product_id":"ETH-USD","updates":[
        {"side":"offer","event_time":"2026-09-07T10:00:00.25Z","price_level":"1500","new_quantity":"0.00000000"}]}]}
        """#

    static func changes() throws -> [BookChange] {
        guard case .books(let changes) = try read(books).content else { throw JSONFault.broken }
        return changes
    }

    @Test func `trap 30: the channel level2 is called l2_data in its messages`() throws {
        let changes = try Self.changes()
        #expect(changes.map(\.product) == [Self.btc, Self.eth])
        #expect(changes[0].isSnapshot && !changes[1].isSnapshot)
        let bid = LevelChange(
            isBid: true,
            price: 21_921_730_000_000_000_000_000,
            quantity: 63_179_020_000_000_000
        )
        #expect(changes[0].levels[0] == bid && !changes[0].levels[1].isBid)
    }

    @Test func `trap 31: a snapshot's times may be those of 1970, and the message's own counts`()
        throws
    {
        let changes = try Self.changes()
        #expect(changes[0].occurredAt == Instant("2026-09-07T10:00:00.5Z"))
        #expect(changes[1].occurredAt == Instant("2026-09-07T10:00:00.25Z"))
    }

    @Test func `trap 32: a quantity of zero may have places, and takes the level away`() throws {
        #expect(try Self.changes()[1].levels[0].quantity == 0)
        var book = LevelBook(product: Self.eth)
        let asks = [LevelChange(isBid: false, price: 1_500 * FixedPoint.one, quantity: 1)]
        try book.apply(
            BookChange(product: Self.eth, isSnapshot: true, levels: asks, occurredAt: Self.start)
        )
        try book.apply(Self.changes()[1])
        #expect(book.levelCount == 0 && book.isValid)
    }

    @Test(arguments: [
        #"{"channel":"heartbeats","timestamp":"2026-09-07T10:00:00.123456789Z","sequence_num":1,"events":[{"current_time":"2024-10-04 07:04:40.820713045 +0000 UTC m=+66987.628","heartbeat_counter":66987}]}"#,
        #"{"channel":"heartbeats","client_id":"","timestamp":"2026-09-07T10:00:00Z","sequence_num":1,"events":[{"current_time":"x","heartbeat_counter":"66987"}],"new":{}}"#,
    ])
    func `trap 33: heartbeats carry a time that is no RFC 3339, and a counter of either kind`(
        _ text: String
    ) throws {
        guard case .heartbeat = try Self.read(text).content else {
            Issue.record("not a heartbeat")
            return
        }
    }

    @Test func `trap 34: client_id is missing, and unknown fields and channels are passed over`()
        throws
    {
        let ack = try Self.read(
            #"{"channel":"subscriptions","timestamp":"2026-09-07T10:00:00Z","sequence_num":0,"events":[{"subscriptions":{"heartbeats":["heartbeats"],"level2":["BTC-USD"],"news":[]}}]}"#
        )
        guard case .subscriptions(let listed) = ack.content else { throw JSONFault.broken }
        #expect(listed == ["heartbeats": ["heartbeats"], "level2": ["BTC-USD"]])
        guard case .other("news") = try Self.read(#"{"channel":"news","events":[]}"#).content else {
            throw JSONFault.broken
        }
    }

    @Test func `trap 35: numbers are the connection's, across all channels, from zero`() {
        var session = Self.session()
        #expect(Self.lost(session.handle(.received(Self.heartbeat(0)), at: Self.start)) == nil)
        #expect(session.handle(.received(Self.snapshot(1, Self.btc)), at: Self.start) == [.publish])
        let gap = session.handle(.received(Self.heartbeat(3)), at: Self.start)
        #expect(Self.lost(gap) == .gap && gap.contains(.disconnect))
        // Anew from zero on the next connection.
        _ = session.handle(.timerFired, at: Self.start + .seconds(40))
        _ = session.handle(.opened, at: Self.start + .seconds(40))
        #expect(
            Self.lost(session.handle(.received(Self.heartbeat(0)), at: Self.start + .seconds(40)))
                == nil
        )
        var other = Self.session()
        #expect(Self.lost(other.handle(.received(Self.heartbeat(1)), at: Self.start)) == .gap)
    }

    @Test func `trap 36: a message that came before is dropped`() {
        var session = Self.session()
        _ = session.handle(.received(Self.heartbeat(0)), at: Self.start)
        #expect(session.handle(.received(Self.heartbeat(0)), at: Self.start) == [.reportRepeats])
        #expect(session.handle(.received(Self.heartbeat(0)), at: Self.start) == [])
        #expect(session.counters.repeats == 2)
        #expect(Self.lost(session.handle(.received(Self.heartbeat(1)), at: Self.start)) == nil)
    }

    @Test func `trap 37: an error has neither channel nor number, and is a failed subscription`()
        throws
    {
        let frame = try Self.read(#"{"type":"error","message":"authentication failure"}"#)
        var session = Self.session()
        let effects = session.handle(.received(frame), at: Self.start)
        #expect(effects.contains(.lose(.refused, "authentication failure")))
    }

    @Test func `trap 38: the snapshot comes before its acknowledgement`() {
        var session = Self.session()
        _ = session.handle(.received(Self.snapshot(0, Self.btc)), at: Self.start)
        let whole = session.handle(.received(Self.snapshot(1, Self.eth)), at: Self.start)
        #expect(whole == [.publish, .regain] && session.isWhole)
    }

    @Test
    func `trap 39: a product that does not exist is silently missing from the acknowledgement`() {
        var session = Self.session()
        _ = session.handle(.received(Self.snapshot(0, Self.btc)), at: Self.start)
        let ack = FeedFrame(
            sequence: 1,
            sentAt: nil,
            content: .subscriptions(["level2": ["BTC-USD"]])
        )
        let effects = session.handle(.received(ack), at: Self.start)
        let expected: [FeedSession.Effect] = [.reportMissing([Self.eth]), .regain]
        #expect(effects == expected && session.isWhole)
    }

    @Test
    func `trap 40: without a word for 15 s a connection is dead, and comes back with patience`() {
        var session = Self.session()
        _ = session.handle(.received(Self.heartbeat(0)), at: Self.start)
        #expect(Self.lost(session.handle(.timerFired, at: Self.start + .seconds(15))) == nil)
        let now = Self.start + .seconds(16)
        let effects = session.handle(.timerFired, at: now)
        #expect(Self.lost(effects) == .silent)
        guard case .wake(let wait)? = effects.last else {
            Issue.record("\(effects)")
            return
        }
        #expect(session.handle(.timerFired, at: now + wait) == [.connect])
    }

    @Test func `connections are not made more often than once a second`() {
        var session = Self.session()
        for round in 0..<20 {
            let now = Self.start + .seconds(round * 60)
            _ = session.handle(.timerFired, at: now)
            _ = session.handle(.opened, at: now)
            guard case .wake(let wait)? = session.handle(.closed("x"), at: now).last else {
                continue
            }
            #expect(wait >= .seconds(1) && wait <= .seconds(30))
        }
    }

    @Test
    func `trap 41: the snapshot of our orders comes in batches of 50, the last of them smaller`()
        throws
    {
        let order =
            #"{"order_id":"o","client_order_id":"c","product_id":"BTC-USD","status":"OPEN","cumulative_quantity":"0","number_of_fills":"0"}"#
        func batch(_ count: Int, _ number: Int) throws -> FeedFrame {
            let orders = Array(repeating: order, count: count).joined(separator: ",")
            return try Self.read(
                #"{"channel":"user","timestamp":"2026-09-07T10:00:00Z","sequence_num":\#(number),"events":[{"type":"snapshot","orders":[\#(orders)],"positions":{}}]}"#
            )
        }
        var session = Self.session([.heartbeats, .user])
        _ = session.handle(.received(try batch(50, 0)), at: Self.start)
        #expect(!session.isWhole)
        #expect(session.handle(.received(try batch(0, 1)), at: Self.start).contains(.regain))
    }

    @Test
    func `trap 42: a status that we do not know is survived, counted, and never taken for an end`()
        throws
    {
        let frame = try Self.read(
            #"{"channel":"user","sequence_num":0,"events":[{"type":"update","orders":[{"order_id":"o","client_order_id":"c","product_id":"BTC-USD","status":"HIBERNATING","cumulative_quantity":"0.5","number_of_fills":"2","order_type":"Stop Limit"}]}]}"#
        )
        guard case .orders(let orders, false) = frame.content else { throw JSONFault.broken }
        #expect(orders[0].status == nil && orders[0].trouble == nil)
        #expect(orders[0].filledQuantity.description == "0.5")
        #expect(frame.unknownValues == ["order_status": 1])
    }

    @Test func `trap 43: prints come newest first, with the maker's side`() throws {
        let frame = try Self.read(
            #"""
            {"channel":"market_trades","sequence_num":0,"events":[{"type":"update","trades":[
            {"trade_id":"12","product_id":"BTC-USD","price":"101","size":"1","side":"SELL","time":"2026-09-07T10:00:02Z"},
            {"trade_id":"11","product_id":"BTC-USD","price":"100","size":"0.00000001","side":"BUY","time":"2026-09-07T10:00:01.1Z"}]}]}
            """#
        )
        guard case .trades(let trades) = frame.content else { throw JSONFault.broken }
        #expect(trades.map(\.number) == [11, 12])
        #expect(trades.map(\.trade.makerSide) == [.buy, .sell])
    }

    @Test(arguments: [
        (
            #"{"channel":"l2_data","events":[{"type":"snapshot","product_id":"BTC-USD","updates":[{"side":"bid","price_level":"1","#,
            "broken"
        ),
        (String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000), "too_deep"),
        ("{\"channel\":\"\u{0}", "broken"), ("", "broken"), ("[]", "field"), ("7", "field"),
        (#"{"channel":"l2_data","events":[{"type":"snapshot","updates":[]}]}"#, "field"),
    ])
    func `a message that is cut off, deep, or not whole is refused with its reason`(
        _ text: String,
        _ code: String
    ) {
        let fault = #expect(throws: JSONFault.self) { try Self.read(text) }
        #expect(fault?.code == code, "\(text.prefix(40))")
    }

    @Test func `trap 44: what is not UTF-8, or longer than 16 MiB, ends the connection`() {
        let bytes = Array(#"{"channel":""#.utf8) + [0xff, 0xfe] + Array(#"","events":[]}"#.utf8)
        #expect(throws: JSONFault.notUTF8) { try FeedParser().read(bytes) }
        let long = Array(repeating: UInt8(ascii: " "), count: 2_000)
        #expect(throws: JSONFault.tooLong) { try FeedParser(lengthMax: 1_000).read(long) }
        var session = Self.session()
        #expect(Self.lost(session.handle(.unreadable(.notUTF8), at: Self.start)) == .unreadable)
    }
}
