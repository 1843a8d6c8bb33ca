package import VigilCore
package import VigilModel

/// The shell of a decision core: takes events from its mailbox, carries out the effects, nothing else.
package actor CoreActor<Core: DecisionCore> {
    private var core: Undoable<Core>
    private let mailbox: Mailbox<Core.Event>
    private let risk: Outlet<RiskCore.Event>
    private let clock: any EngineClock
    private let hangsAt: Instant?
    private let inspector: (any CoreInspector)?
    /// When a fact that could not be taken in is handed over again.
    private static var patience: Duration { .seconds(1) }

    /// Gives a core its mailbox; `risk` hears of numbers that cannot be held.
    ///
    /// `hangsAt` makes the loop stop for ever at its first event from then on, to show what the watchdog and
    /// the kill path do; `inspector` hears what must not be.
    init(
        _ core: Core,
        mailbox: Mailbox<Core.Event>,
        risk: Outlet<RiskCore.Event>,
        clock: any EngineClock,
        hangsAt: Instant? = nil,
        inspector: (any CoreInspector)? = nil
    ) {
        self.core = Undoable(core)
        self.mailbox = mailbox
        self.risk = risk
        self.clock = clock
        self.hangsAt = hangsAt
        self.inspector = inspector
    }

    /// Handles events until the mailbox is closed.
    ///
    /// An event whose numbers cannot be held has no effect, and halts entries; a fact comes again.
    func run<Router: EffectRouter>(_ router: Router) async where Router.Effect == Core.Effect {
        for await events in mailbox {
            if let hangsAt, clock.now >= hangsAt {
                await clock.sleep(until: Instant(nanoseconds: .max))
            }
            for event in events {
                for effect in handle(event) {
                    Torture.point("effect")
                    for post in router.posts(for: effect) {
                        await router.deliver(post)
                    }
                }
            }
        }
    }

    private func handle(_ event: Core.Event) -> [Core.Effect] {
        let now = clock.now
        do throws(MoneyError) {
            let failing = inspector?.fails(Core.self, at: now) ?? false
            let effects = try core.handle(event, at: now, failing: failing)
            inspect(core.core.violations(after: event, effects))
            return effects
        } catch {
            risk.post(.haltRaised(Halt(.arithmetic), detail: "\(Core.self): \(error)"))
            if Core.failureRule(of: event) == .repeated {
                clock.schedule(at: now + Self.patience) { [mailbox] in mailbox.post(event) }
            }
            return []
        }
    }

    private func inspect(_ violations: @autoclosure () -> [String]) {
        if let inspector {
            for violation in violations() {
                inspector.found("\(Core.self): \(violation)")
            }
        } else {
            assert(violations().isEmpty, "Invariant: \(violations())")
        }
    }
}

/// Looks into the cores while they run, and may make them fail; for simulations.
package protocol CoreInspector: Sendable {
    /// True where the event that a core handles now is to fail, if it can.
    func fails(_ core: Any.Type, at now: Instant) -> Bool
    /// Hears what must not be.
    func found(_ violation: String)
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
