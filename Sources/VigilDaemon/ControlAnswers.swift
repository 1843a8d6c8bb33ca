internal import Foundation
internal import VigilCore
internal import VigilEngine
internal import VigilLedger
package import VigilModel
internal import VigilTelemetry

/// What the control socket answers; it needs no actor to be alive.
struct ControlAnswers: Sendable {
    let engine: Engine
    let killFile: String
    let policy: RiskPolicy
    /// What the ledger knew at the start, until the first cycle knows better.
    let books: LastBooks?
    /// Who asks.
    let user: UInt32

    private var kill: KillSwitch { engine.kill }
    private var status: StatusBoard { engine.status }

    /// Books what moved in the account behind our back: `explain USD -12.5 reason`.
    private func explain(_ request: String) -> String {
        let words = request.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count == 3, let currency = Currency(words[0]),
            let amount = try? Money(words[1], currency), !amount.isZero
        else { return refusal("write it as explain CURRENCY AMOUNT REASON") }
        guard let mismatch = status.current.halts.first(where: { $0.halt.reason == .mismatch })
        else {
            return refusal(
                "no difference is known now: two comparisons with the venue in a row must show one"
            )
        }
        guard let open = Self.difference(of: currency, in: mismatch.detail) else {
            return refusal(
                "nothing of \(currency) is to be explained; what differs is: \(mismatch.detail)"
            )
        }
        guard status.claim(amount, of: open.amount, open.words) else {
            return refusal(
                "the difference is \(open.amount), and \(amount) would be more than what is open, with what was explained "
                    + "since the last comparison: nothing was booked; write at most \(open.amount.amount). What has just "
                    + "traded may be part of it: look again after the next comparison"
            )
        }
        let before = status.bookedCount(of: amount)
        engine.book(amount, reason: "explained by user \(user): \(words[2].printable())")
        // Not for long: the next request may be a kill.
        for _ in 0..<50 where status.bookedCount(of: amount) == before {
            Thread.sleep(forTimeInterval: 0.01)
        }
        guard status.bookedCount(of: amount) > before else {
            return refusal(
                "\(amount) is not in the ledger after half a second; it is kept and booked once the ledger can be "
                    + "written: look at `vigil status`, and do not explain it again"
            )
        }
        return done(
            "\(mismatch.detail); \(amount) is booked in the ledger: `vigil status` shows no mismatch any more "
                + "where it fits"
        )
    }

    /// What of a currency differs, venue less ledger, and the mismatch's words for it; nil where nothing does.
    private static func difference(
        of currency: Currency,
        in detail: String
    ) -> (amount: Money, words: String)? {
        let part = detail.components(separatedBy: "; ").first {
            $0.hasPrefix("\(currency): venue ")
        }
        guard let part, let text = part.components(separatedBy: ", difference ").last,
            let amount = try? Money(text, currency)
        else { return nil }
        return (amount, part)
    }

    /// Requests are one word; behind `kill` and `resume` comes a reason, behind `book` a product.
    func answer(_ request: String) -> String {
        let parts = request.split(separator: " ", maxSplits: 1)
        let reason = parts.count > 1 ? parts[1].printable() : "the operator"
        switch parts.first {
        case "status": return statusJSON()
        case "book": return bookJSON(reason)
        case "explain": return explain(reason)
        case "kill":
            kill.pull("vigil kill by user \(user): \(reason)")
            return done("entries are stopped and canceled; `vigil resume --reason …` lifts it")
        case "resume":
            guard !FileManager.default.fileExists(atPath: killFile) else {
                return refusal("the kill file is still there; remove it first: \(killFile)")
            }
            return kill.resume("\(reason) (user \(user))")
                ? done("entries may go on once every other halt is clear")
                : refusal("the latch could not be taken off; entries stay stopped")
        default:
            return refusal("requests are status, book, explain, kill and resume")
        }
    }

    /// Waits for MarketData, and not for long: the next request may be a kill.
    private func bookJSON(_ name: String) -> String {
        guard let product = ProductID(name) else {
            return refusal("that is no product; write it as BTC-USD")
        }
        let ticket = engine.requestBook(of: product)
        for _ in 0..<50 {
            if let book = status.book(ticket) {
                return book.map(Self.encoded)
                    ?? refusal("there is no valid book of it")
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return refusal("MarketData does not answer")
    }

    private static func encoded(_ book: OrderBook) -> String {
        func rows(_ levels: [BookLevel]) -> [[String]] {
            levels.map { [$0.price.description, $0.quantity.description] }
        }
        return ControlReply.encoded(
            BookAnswer(
                product: book.product.description,
                occurredAt: book.occurredAt.description,
                bids: rows(book.bids),
                asks: rows(book.asks)
            )
        )
    }

    private func done(_ text: String) -> String { ControlReply(ok: true, text: text).encoded }
    private func refusal(_ text: String) -> String { ControlReply(ok: false, text: text).encoded }

    private func statusJSON() -> String {
        let view = status.current
        let portfolio = view.portfolio
        var row = EngineStatus(
            runId: engine.run.text,
            mode: engine.context.mode,
            killed: kill.isPulled,
            halts: view.halts.map(EngineStatus.Halt.init),
            stage: view.stage.rawValue,
            cycle: view.decision?.cycle ?? 0,
            lastOutcome: view.decision?.outcome,
            lastReason: view.decision?.reason,
            openOrders: (view.orders?.open ?? []).map(EngineStatus.Order.init),
            unknownOrders: view.orders?.unknownOrders ?? 0,
            openEntriesAtVenue: kill.openEntries
        )
        row.nlv = portfolio?.nlv.amount
        row.cash = portfolio?.cash.amount
        row.exposure = portfolio?.exposure.amount
        row.realisedPnl = portfolio?.realised.amount
        row.unrealisedPnl = portfolio?.unrealised.amount
        row.dayPnl = portfolio?.dayPnL.amount
        row.weekPnl = portfolio?.weekPnL.amount
        row.drawdown = portfolio?.drawdown.description
        if let portfolio {
            row.positions = portfolio.positions.map { position in
                EngineStatus.Position(
                    position,
                    value: portfolio.exposures[position.product],
                    blockedBy: portfolio.hindrances[position.product]
                )
            }
            let caps = try? CapUse.all(policy, portfolio, working: view.orders?.working ?? [])
            row.caps = (caps ?? []).map(EngineStatus.Cap.init)
        } else {
            row.show(books)
        }
        return ControlReply.encoded(row)
    }
}

/// A sentence that answers a request.
struct ControlReply: Encodable {
    let ok: Bool
    let text: String

    var encoded: String { Self.encoded(self) }

    static func encoded(_ row: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        guard let data = try? encoder.encode(row) else { return #"{"ok":false,"text":"?"}"# }
        return String(decoding: data, as: UTF8.self)
    }
}

/// What `vigil venue book` answers: price and quantity of each level, from the touch outwards.
package struct BookAnswer: Codable, Sendable {
    package let product: String
    package let occurredAt: String
    package let bids: [[String]]
    package let asks: [[String]]
}

/// What `vigil status` answers; amounts are decimal strings in US dollars.
package struct EngineStatus: Codable, Sendable {
    /// An active halt and what lifts it.
    package struct Halt: Codable, Sendable {
        package let reason: String
        package let product: String?
        package let detail: String
        package let since: String
        package let clears: String

        init(_ active: ActiveHalt) {
            reason = active.halt.reason.rawValue
            product = active.halt.product?.description
            detail = active.detail
            since = active.raisedAt.description
            clears = active.halt.reason.clearing
        }
    }

    /// An open position with where it will be left.
    package struct Position: Codable, Sendable {
        package let product: String
        package let quantity: String
        package let value: String?
        package let average: String?
        package let stop: String
        package let target: String
        package let until: String
        /// Why its stop cannot fire; missing where nothing speaks against it.
        package let stopBlockedBy: String?

        init(_ position: VigilCore.Position, value: Money?, blockedBy: String? = nil) {
            product = position.product.description
            quantity = position.quantity.description
            self.value = value?.amount
            average = (try? position.averagePrice())?.description
            stop = position.stopPrice.description
            target = position.targetPrice.description
            until = (position.openedAt + position.exits.holdMax).description
            stopBlockedBy = blockedBy
        }
    }

    /// An order that is not ended.
    package struct Order: Codable, Sendable {
        package let id: String
        package let product: String
        package let side: String
        package let state: String
        package let filled: String

        init(_ record: OrderRecord) {
            id = record.id.text
            product = record.intent.request.product.description
            side = record.intent.request.side.rawValue
            state = record.state.rawValue
            filled = record.filled.description
        }
    }

    /// A cap on exposure, and what is used of it at worst.
    package struct Cap: Codable, Sendable {
        package let code: String
        package let subject: String
        package let used: String
        package let limit: String
        package let usedRatio: String?

        init(_ use: CapUse) {
            code = use.code.rawValue
            subject = use.subject
            used = use.used.amount
            limit = use.limit.amount
            usedRatio = (try? use.used.ratio(to: use.limit))?.description
        }
    }

    package let runId: String
    package let mode: TradingMode
    package let killed: Bool
    package let halts: [Halt]
    package let stage: String
    package let cycle: Int
    package let lastOutcome: String?
    package let lastReason: String?
    package let openOrders: [Order]
    package let unknownOrders: Int
    package let openEntriesAtVenue: Int
    package var nlv: String?
    package var cash: String?
    package var exposure: String?
    package var realisedPnl: String?
    package var unrealisedPnl: String?
    package var dayPnl: String?
    package var weekPnl: String?
    package var drawdown: String?
    package var positions: [Position] = []
    package var caps: [Cap] = []
    /// What the start waits for; nil once there is an engine.
    package var waitsFor: String?
    /// When the net value is of, where it is the ledger's and not of now.
    package var asOf: String?

    /// Shows what the ledger knew, where nothing newer is known.
    mutating func show(_ books: LastBooks?) {
        guard let books else { return }
        positions = books.positions.map { Position($0, value: nil) }
        nlv = books.nlv?.amount
        asOf = books.at?.description
    }
}
