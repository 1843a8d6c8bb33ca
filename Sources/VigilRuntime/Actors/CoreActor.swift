package import VigilCore
internal import VigilModel

/// The shell of a decision core: takes events from its mailbox, carries out the effects, nothing else.
package actor CoreActor<Core: DecisionCore> {
    private var core: Core
    private let mailbox: Mailbox<Core.Event>
    private let clock: any EngineClock
    private let hangsAt: Instant?

    /// Gives a core its mailbox; `hangsAt` makes the loop stop for ever at its first event
    /// from then on, to show what the watchdog and the kill path do.
    init(
        _ core: Core,
        mailbox: Mailbox<Core.Event>,
        clock: any EngineClock,
        hangsAt: Instant? = nil
    ) {
        self.core = core
        self.mailbox = mailbox
        self.clock = clock
        self.hangsAt = hangsAt
    }

    /// Handles events until the mailbox is closed.
    ///
    /// An event whose numbers cannot be held has no effect, and halts entries.
    func run(_ plumbing: Plumbing, perform: @Sendable (Core.Effect) async -> Void) async {
        while let events = await mailbox.next() {
            if let hangsAt, clock.now >= hangsAt {
                await clock.sleep(until: Instant(nanoseconds: .max))
            }
            for event in events {
                do throws(MoneyError) {
                    for effect in try core.handle(event, at: clock.now) {
                        Torture.point("effect")
                        await perform(effect)
                    }
                } catch {
                    plumbing.raise(.arithmetic, "\(error)")
                }
            }
        }
    }
}

/// Books, quotes, candle builders, feed health.
package typealias MarketData = CoreActor<MarketDataCore>
/// Tiers and eligibility with grace.
package typealias UniverseCache = CoreActor<UniverseCore>
/// The decision cycle.
package typealias Conductor = CoreActor<ConductorCore>
/// Limits, halts, cooldowns; mints approvals.
package typealias Risk = CoreActor<RiskCore>
/// Order lifecycles, routing, timers.
package typealias Execution = CoreActor<ExecutionCore>
/// Positions, marks, profit, and the exits that fire once.
package typealias Portfolio = CoreActor<PortfolioCore>
/// The venue's truth against the ledger's.
package typealias Reconciliation = CoreActor<ReconciliationCore>
/// Dedupe, escalation, delivery.
package typealias Alerting = CoreActor<AlertingCore>
