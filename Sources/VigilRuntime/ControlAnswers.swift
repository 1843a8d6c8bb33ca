internal import Foundation
internal import VigilCore
internal import VigilModel

/// What the control socket answers; it needs no actor to be alive.
struct ControlAnswers: Sendable {
    let kill: KillSwitch
    let status: StatusBoard
    let mode: String
    let run: RunID
    let killFile: String
    let market: Mailbox<MarketDataCore.Event>

    /// Requests are one word; behind `kill` and `resume` comes a reason, behind `book` a product.
    func answer(_ request: String) -> String {
        let parts = request.split(separator: " ", maxSplits: 1)
        let reason = parts.count > 1 ? String(parts[1]) : "the operator"
        switch parts.first {
        case "status": return statusJSON()
        case "book": return bookJSON(reason)
        case "kill":
            kill.pull("vigil kill: \(reason)")
            return
                #"{"ok":true,"text":"entries are stopped and canceled; `vigil resume --reason …` lifts it"}"#
        case "resume":
            guard !FileManager.default.fileExists(atPath: killFile) else {
                return
                    #"{"ok":false,"text":"the kill file is still there; remove it first: \#(killFile)"}"#
            }
            return kill.resume(reason)
                ? #"{"ok":true,"text":"entries may go on once every other halt is clear"}"#
                : #"{"ok":false,"text":"the latch could not be taken off; entries stay stopped"}"#
        default: return #"{"ok":false,"text":"requests are status, book, kill and resume"}"#
        }
    }

    /// Waits for MarketData, and not for long: the next request may be a kill.
    private func bookJSON(_ name: String) -> String {
        guard let product = ProductID(name) else {
            return #"{"ok":false,"text":"that is no product; write it as BTC-USD"}"#
        }
        let ticket = status.takeTicket()
        market.post(.bookRequested(product, ticket: ticket))
        for _ in 0..<50 {
            if let book = status.book(ticket) {
                return book.map(Self.encoded)
                    ?? #"{"ok":false,"text":"there is no valid book of it"}"#
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return #"{"ok":false,"text":"MarketData does not answer"}"#
    }

    private static func encoded(_ book: OrderBook) -> String {
        func rows(_ levels: [BookLevel]) -> [[String]] {
            levels.map { [$0.price.description, $0.quantity.description] }
        }
        return encoded(
            BookAnswer(
                product: book.product.description,
                occurredAt: book.occurredAt.description,
                bids: rows(book.bids),
                asks: rows(book.asks)
            )
        )
    }

    private static func encoded(_ row: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        guard let data = try? encoder.encode(row) else { return #"{"ok":false,"text":"?"}"# }
        return String(decoding: data, as: UTF8.self)
    }

    private func statusJSON() -> String {
        let view = status.current
        let exposures = (view.portfolio?.exposures ?? [:]).map {
            ($0.key.description, $0.value.amount)
        }
        let row = EngineStatus(
            runId: run.text,
            mode: mode,
            killed: kill.isPulled,
            halts: view.halts.map(EngineStatus.Halt.init),
            stage: view.stage.rawValue,
            cycle: view.decision?.cycle ?? 0,
            lastOutcome: view.decision?.outcome,
            lastReason: view.decision?.reason,
            nlv: view.portfolio?.nlv.amount,
            cash: view.portfolio?.cash.amount,
            exposure: view.portfolio?.exposure.amount,
            realisedPnl: view.portfolio?.realised.amount,
            unrealisedPnl: view.portfolio?.unrealised.amount,
            drawdown: view.portfolio?.drawdown.description,
            positions: Dictionary(exposures) { first, _ in first },
            openOrders: view.orders?.openOrders.count ?? 0,
            unknownOrders: view.orders?.unknownOrders ?? 0,
            openEntriesAtVenue: kill.openEntries
        )
        return Self.encoded(row)
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

    package let runId: String
    package let mode: String
    package let killed: Bool
    package let halts: [Halt]
    package let stage: String
    package let cycle: Int
    package let lastOutcome: String?
    package let lastReason: String?
    package let nlv: String?
    package let cash: String?
    package let exposure: String?
    package let realisedPnl: String?
    package let unrealisedPnl: String?
    package let drawdown: String?
    package let positions: [String: String]
    package let openOrders: Int
    package let unknownOrders: Int
    package let openEntriesAtVenue: Int
}
