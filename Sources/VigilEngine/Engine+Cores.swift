internal import VigilConfig
internal import VigilCore
internal import VigilLedger
internal import VigilModel
internal import VigilTelemetry

extension Engine {
    /// Runs the venue's gateway, the feeds and the eight deciding actors until their mailboxes are closed.
    func runCores() async {
        let policy = setup.configuration.policy
        let submits = setup.configuration.mode != .dryRun
        let jitter = SeededRandom(seed: setup.seed).forked(0x6a69_7474)
        let gateway = gateway
        let market: MarketData = shell(MarketDataCore(), plumbing.market, .market)
        let universe: UniverseCache = shell(
            UniverseCore(policy: policy.universe, quoteAgeMax: policy.execution.quoteAgeMax),
            plumbing.universe,
            .universe
        )
        let conductor: Conductor = shell(
            ConductorCore(policy: policy, submits: submits, random: jitter),
            plumbing.conductor,
            .conductor
        )
        let risk: Risk = shell(
            RiskCore(policy: policy.risk, execution: policy.execution),
            plumbing.risk,
            .risk
        )
        let execution = execution
        let portfolio: Portfolio = shell(
            PortfolioCore(takerFee: policy.execution.fees.taker, dust: policy.dust),
            plumbing.portfolio,
            .portfolio
        )
        let reconciliation: Reconciliation = shell(
            ReconciliationCore(
                externals: state.externals,
                instance: store.instanceName,
                dust: policy.dust
            ),
            plumbing.reconciliation,
            .reconciliation
        )
        let alerting = alerting
        let feed = feed
        await withDiscardingTaskGroup { group in
            let plumbing = plumbing
            group.addTask { await gateway.run() }
            if let feed {
                group.addTask { await feed.run() }
            }
            group.addTask { await market.run(plumbing.marketRouter) }
            group.addTask { await universe.run(plumbing.universeRouter) }
            group.addTask { await conductor.run(plumbing.conductorRouter) }
            group.addTask { await risk.run(plumbing.riskRouter) }
            group.addTask { await execution.run(plumbing.executionRouter) }
            group.addTask { await portfolio.run(plumbing.portfolioRouter) }
            group.addTask { await reconciliation.run(plumbing.reconciliationRouter) }
            group.addTask { await alerting.run(plumbing.alertingRouter) }
        }
    }

    private var gateway: VenueGateway {
        VenueGateway(
            venue: venue,
            start: VenueStart(instance: store.instanceName, unfinished: unfinished),
            right: right,
            plumbing: plumbing,
            executor: setup.venueExecutor
        )
    }

    private var feed: (any MarketFeed)? {
        guard let market else { return setup.feed?(plumbing.feedRouter, venue.products) }
        return EmbeddedFeed(
            market: market,
            venue: venue,
            report: plumbing.venueRouter.sink,
            plumbing: plumbing,
            executor: setup.venueExecutor
        )
    }

    private var execution: Execution {
        let policy = setup.configuration.policy
        let core = ExecutionCore(
            policy: policy.execution,
            ids: OrderIDSource(instance: store.instanceName, run: run),
            adoption: policy.adoptionPlan
        )
        return shell(core, plumbing.execution, .execution)
    }

    private var alerting: Alerting {
        let core = AlertingCore(
            dedupe: setup.configuration.alertDedupe,
            escalation: setup.configuration.alertEscalation
        )
        return shell(core, plumbing.alerting, .alerting)
    }

    private func shell<Core: DecisionCore>(
        _ core: Core,
        _ mailbox: Mailbox<Core.Event>,
        _ name: MailboxName
    ) -> CoreActor<Core> {
        CoreActor(
            core,
            mailbox: mailbox,
            risk: plumbing.outlet(plumbing.risk),
            clock: setup.clock,
            hangsAt: setup.hang?.name == name ? setup.hang?.at : nil,
            inspector: setup.inspector
        )
    }
}
