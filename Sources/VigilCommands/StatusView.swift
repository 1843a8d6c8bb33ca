internal import Foundation
internal import VigilDaemon
internal import VigilModel

/// The status as a person reads it.
enum StatusView {
    static func text(_ reply: String) -> String {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let row = try? decoder.decode(EngineStatus.self, from: Data(reply.utf8)) else {
            return reply
        }
        let last = [row.lastOutcome, row.lastReason].compactMap(\.self).joined(separator: " ")
        var lines = [
            "mode       \(row.mode.rawValue), \(row.runId.isEmpty ? "no run yet" : "run \(row.runId)")"
        ]
        lines +=
            row.waitsFor.map { ["starting   nothing trades yet; waits for: \($0)"] } ?? halts(row)
        if row.waitsFor != nil, row.killed {
            lines.append("entries    KILLED, also after the start")
        }
        lines.append(
            "cycle      \(row.cycle) (\(last.isEmpty ? "none yet" : last)), now \(row.stage)"
        )
        lines += figures(row)
        lines += row.caps.map(bar)
        lines += row.positions.map { position in
            "position   \(position.product) \(position.quantity), "
                + (position.value.map { "worth \(money($0)) USD, " } ?? "")
                + "stop \(short(position.stop))"
                + (position.stopBlockedBy.map { " CANNOT FIRE (\($0))" } ?? "")
                + ", target \(short(position.target)), "
                + "until \(minute(position.until))"
        }
        let unknown = row.unknownOrders > 0 ? ", \(row.unknownOrders) of them unknown" : ""
        lines.append("orders     \(row.openOrders.count) open\(unknown)")
        lines += row.openOrders.map { order in
            "           \(order.id) \(order.side) \(order.product), \(order.state), "
                + "filled \(order.filled)"
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the books are worth, or were when the ledger had them last.
    private static func figures(_ row: EngineStatus) -> [String] {
        guard row.cash != nil else {
            guard let nlv = row.nlv, let at = row.asOf else {
                return [
                    "net value  not known before the first cycle",
                    "profit     not known before the first cycle",
                ]
            }
            return [
                "net value  \(money(nlv)) USD as of \(minute(at)), by the ledger",
                "profit     not known before the first cycle",
            ]
        }
        return [
            "net value  \(money(row.nlv)) USD, cash \(money(row.cash)) USD",
            "profit     \(money(row.dayPnl)) USD today, \(money(row.weekPnl)) USD this week, "
                + "drawdown \(percent(row.drawdown))",
            "           \(money(row.realisedPnl)) USD realised, "
                + "\(money(row.unrealisedPnl)) USD unrealised",
        ]
    }

    private static func halts(_ row: EngineStatus) -> [String] {
        let all = row.halts.filter { $0.product == nil }
        let single = row.halts.filter { $0.product != nil }
        var lines = [all.isEmpty ? "entries    allowed" : "entries    HALTED"]
        lines += all.map(told)
        if !single.isEmpty {
            lines.append("breakers   \(single.count) open")
        }
        return lines + single.map(told)
    }

    private static func told(_ halt: EngineStatus.Halt) -> String {
        let name = [halt.reason, halt.product].compactMap(\.self).joined(separator: " ")
        let detail = halt.detail.isEmpty ? "" : ": \(halt.detail)"
        let since = halt.since == Instant.epoch.description ? "" : " since \(minute(halt.since))"
        return "           \(name)\(since)\(detail); clears with \(halt.clears)"
    }

    private static func bar(_ cap: EngineStatus.Cap) -> String {
        let ratio = cap.usedRatio.flatMap { Double($0) } ?? 0
        let filled = min(max(Int((ratio * 20).rounded()), 0), 20)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
        let name = [cap.code.lowercased(), cap.subject].filter { !$0.isEmpty }
            .joined(separator: " ").padding(toLength: 28, withPad: " ", startingAt: 0)
        return "cap        \(name) [\(bar)] \(money(cap.used)) of \(money(cap.limit)) USD"
    }

    /// To the cent, towards zero; the JSON has every digit.
    private static func money(_ amount: String?) -> String {
        guard let amount else { return "unknown" }
        return short(amount)
    }

    private static func short(_ amount: String) -> String {
        guard let point = amount.firstIndex(of: ".") else { return amount }
        // What is small shows its leading digits, as the price of a cheap coin.
        let isSmall = amount.drop { $0 == "-" }.hasPrefix("0.")
        return String(amount[..<point] + amount[point...].prefix(isSmall ? 7 : 3))
    }

    private static func percent(_ ratio: String?) -> String {
        let value = (ratio.flatMap { Double($0) } ?? 0) * 100
        return "\(Rate(indicator: (value * 100).rounded() / 100)) %"
    }

    private static func minute(_ instant: String) -> String {
        "\(instant.prefix(16).replacingOccurrences(of: "T", with: " ")) UTC"
    }
}
