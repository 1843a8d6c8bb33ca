internal import VigilConfig
package import VigilCore
internal import VigilExchange
internal import VigilModel
internal import VigilSimulation

/// A rehearsal of one breaker: a fault at a port of the real engine, and what the ledger must say then.
package struct Drill: Sendable {
    /// What goes wrong, and where.
    enum Fault: Sendable {
        /// At the venue's port.
        case venue(VenueFault)
        /// In the market.
        case market(MarketFault)
        /// Money comes to the account that nobody told us of.
        case stray(Money)
        /// The machine has this left.
        case host(HostFigures)
        /// The ledger's disk takes no writes.
        case readOnlyLedger
        /// The audit log's directory is gone, and a file stands in its place.
        case blockedAudit
        /// A directory stands where the metrics file belongs.
        case blockedMetrics
    }

    /// What happens to the exits of open positions meanwhile.
    enum Exits: Sendable {
        /// They go on.
        case goOn
        /// The fault itself keeps them from being decided or sent, for this reason.
        case cannot(String)
    }

    /// What a restart does while the fault lasts.
    enum Restart: Sendable {
        /// The engine starts again after this many minutes, and is as halted as before.
        case after(minutes: Int)
        /// The engine refuses to start.
        case refused
    }

    /// Its name: the breaker's code.
    package var name: String { halt.reason.rawValue }
    /// What lifts its halt.
    package var clearing: String { halt.reason.clearing }
    /// What is rehearsed, in one sentence.
    package let summary: String
    /// The halt that must follow.
    package let halt: Halt
    let fault: Fault
    /// What the configuration is changed to, so that the breaker and no other decides.
    var setUp: @Sendable (inout Configuration) -> Void = { _ in }
    var start = Instant(seconds: 1_767_571_200)
    /// When the fault begins, and when it ends, in minutes from the start.
    var span: (from: Int, to: Int) = (60, 100)
    /// When the drill ends, in minutes.
    var length = 150
    var restart = Restart.after(minutes: 75)
    var exits = Exits.goOn
    /// True where the operator resumes when the fault ends.
    var resumes = false
    /// What volatility a product may have, in percent a year, where wildness is rehearsed.
    static let wildMaxPct = 150.0
    /// True where prices that were scaled go back when the fault ends.
    var comesBack = false
}

/// What a drill found.
package struct DrillReport: Sendable {
    /// One thing that had to be so.
    package struct Finding: Sendable, Codable {
        /// What had to be so.
        package let claim: String
        /// Whether it was.
        package let holds: Bool
        /// The rows that show it.
        package let evidence: String
    }

    /// The drill.
    package let drill: Drill
    /// What was looked at, in the order of the story.
    package let findings: [Finding]

    /// True where everything was as it had to be.
    package var passed: Bool { findings.allSatisfy(\.holds) }
}
