internal import VigilCore
internal import VigilLedger
internal import VigilModel

/// Compares what a drill's ledger says with what it must say.
struct DrillJudge {
    let drill: Drill
    let evidence: HaltEvidence
    /// Why a start was refused while the fault lasted; nil where it was not.
    let refusal: String?

    typealias Finding = DrillReport.Finding

    private var faultAt: Instant { at(drill.span.from) }

    private func at(_ minute: Int) -> Instant { drill.start + .seconds(60 * minute) }

    var findings: [Finding] {
        guard let row = evidence.rows.first(where: { $0.raisedAt >= faultAt }) else {
            return [
                Finding(
                    claim: "the fault halts entries",
                    holds: false,
                    evidence: "no row of halts has `\(drill.halt)` after \(faultAt)"
                )
            ]
        }
        return [
            tripped(row), silent(row), exits(row), alerted(row), restarted(row), cleared(row),
            resumed(row),
        ]
    }

    /// From the first trip to the last clear: a breaker may trip again while its fault lasts.
    private func end(_ row: HaltEvidence.Row) -> Instant {
        let last = evidence.rows.last ?? row
        return last.clearedAt ?? at(drill.length)
    }

    private func tripped(_ row: HaltEvidence.Row) -> Finding {
        let isAlone = evidence.rows.allSatisfy { $0.raisedAt >= faultAt }
        // A shock one way proves nothing of the other: the way back has to trip the breaker, too.
        let again = evidence.rows.first { $0.raisedAt >= at(drill.span.to) }
        let isBoth = !drill.isShock || again != nil
        return Finding(
            claim: "the fault halts entries",
            holds: isAlone && isBoth && drill.isInTime(row),
            evidence: "halts row \(row.id), fault at \(faultAt), raised at \(row.raisedAt): "
                + row.detail + (again.map { "; back at \($0.raisedAt): \($0.detail)" } ?? "")
        )
    }

    private func entries(_ from: Instant, _ to: Instant) -> Int {
        evidence.intents.count { intent in
            intent.isEntry && intent.at > from && intent.at < to
                && (drill.halt.product == nil || drill.halt.product == intent.product)
        }
    }

    /// Between trip and clear of every row.
    private func silent(_ row: HaltEvidence.Row) -> Finding {
        let before = entries(.epoch, faultAt)
        let during = evidence.rows.map { entries($0.raisedAt, $0.clearedAt ?? at(drill.length)) }
            .reduce(0, +)
        return Finding(
            claim: "no entry is attempted between trip and clear",
            holds: during == 0 && before > 0,
            evidence: "\(before) entry intents before the fault, \(during) while halted"
        )
    }

    private func exits(_ row: HaltEvidence.Row) -> Finding {
        let count = evidence.intents.count { intent in
            !intent.isEntry && intent.at > row.raisedAt && intent.at < end(row)
                && (drill.halt.product == nil || drill.halt.product == intent.product)
        }
        switch drill.exits {
        case .goOn:
            return Finding(
                claim: "exits continue",
                holds: count > 0,
                evidence: "\(count) exit intents while halted"
            )
        case .cannot(let why):
            return Finding(
                claim: "only the fault holds back exits, not the halt",
                holds: true,
                evidence: "\(count) exit intents while halted: \(why)"
            )
        }
    }

    private func alerted(_ row: HaltEvidence.Row) -> Finding {
        let alert = evidence.alerts.first { $0.at >= row.raisedAt }
        return Finding(
            claim: "the operator is alerted",
            holds: alert.map { $0.at - row.raisedAt <= .seconds(60) || drill.restart.isRefusal }
                ?? false,
            evidence: alert.map { "alert \($0.severity) at \($0.at)" } ?? "no alert"
        )
    }

    private func restarted(_ row: HaltEvidence.Row) -> Finding {
        switch drill.restart {
        case .refused:
            return Finding(
                claim: "starting during the fault is refused",
                holds: refusal != nil,
                evidence: refusal ?? "it was not"
            )
        case .after(let minutes):
            let start = evidence.runs.last ?? .epoch
            let spanning = evidence.rows.first { row in
                row.raisedAt < start && row.clearedAt.map { $0 > start } ?? true
            }
            let end = spanning.map { $0.clearedAt ?? at(drill.length) } ?? start
            let cycles = evidence.cycles.count { $0 > start && $0 < end }
            let isSpanned = start == at(minutes) && cycles > 0
            let early = entries(start, end)
            return Finding(
                claim: "a restart while tripped stays halted",
                holds: isSpanned && early == 0,
                evidence: "run of \(start) found it active and kept it for \(cycles) cycles, "
                    + "until \(end), with \(early) entry intents"
            )
        }
    }

    private func cleared(_ row: HaltEvidence.Row) -> Finding {
        guard let last = evidence.rows.last, let cleared = last.clearedAt else {
            return Finding(
                claim: "it clears as documented",
                holds: false,
                evidence: "halts row \(evidence.rows.last?.id ?? row.id) is not cleared"
            )
        }
        let because = last.because ?? ""
        let expected = drill.resumes ? "drill" : drill.halt.reason.clearing
        return Finding(
            claim: "it clears as documented: \(drill.halt.reason.clearing)",
            holds: drill.isClear(cleared, of: row) && because.hasPrefix(expected)
                && drill.isCalm(because),
            evidence: "cleared at \(cleared), fault ended at \(at(drill.span.to)): \(because)"
        )
    }

    private func resumed(_ row: HaltEvidence.Row) -> Finding {
        let count = entries(end(row), at(drill.length))
        return Finding(
            claim: "entries resume afterwards",
            holds: count > 0,
            evidence: "\(count) entry intents after the clear"
        )
    }
}

extension Drill.Restart {
    fileprivate var isRefusal: Bool {
        switch self {
        case .refused: true
        case .after: false
        }
    }
}

extension Drill {
    /// True where the change of a price is the fault, and not the price that it leads to.
    fileprivate var isShock: Bool { halt.reason == .priceOutlier && comesBack }

    fileprivate func isInTime(_ row: HaltEvidence.Row) -> Bool {
        // Volatility needs hours to be seen, an audit file the next day, candles their age.
        let patience: Duration =
            halt.reason == .volatility
            ? .seconds(5 * 3_600) : halt.reason == .audit ? .seconds(3_700) : .seconds(600)
        return row.raisedAt - (start + .seconds(60 * span.from)) <= patience
    }

    /// A halt ends neither before its rule allows nor long after.
    fileprivate func isClear(_ cleared: Instant, of row: HaltEvidence.Row) -> Bool {
        let ended = start + .seconds(60 * span.to)
        switch halt.reason.rule {
        case .nextDay:
            return cleared.day == row.raisedAt.day + 1
                && cleared - midnight(cleared) < .seconds(180)
        case .nextWeek:
            return cleared.week == row.raisedAt.week + 1
                && cleared - midnight(cleared) < .seconds(180)
        case .operator: return cleared >= ended
        case .time where halt.reason == .priceOutlier || halt.reason == .lossStreak:
            return cleared - row.raisedAt >= .seconds(60)
        case .time: return cleared > ended && cleared - ended < .seconds(1_800)
        case .recovery where halt.reason == .volatility: return cleared > ended
        case .recovery: return cleared > ended && cleared - ended < .seconds(300)
        }
    }

    /// What was too wild is let go a tenth below its limit, and at no higher reading.
    fileprivate func isCalm(_ because: String) -> Bool {
        guard halt.reason == .volatility else { return true }
        let reading = because.split(separator: " ").compactMap { Double($0) }.last
        return reading.map { $0 <= 0.9 * Self.wildMaxPct } ?? false
    }

    private func midnight(_ now: Instant) -> Instant { now.floor(to: .seconds(86_400)) }
}
