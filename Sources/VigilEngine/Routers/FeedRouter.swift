package import VigilCore
package import VigilModel
package import VigilTelemetry

/// Where a feed of a market elsewhere writes: what it hears to MarketData, what it learns of the venue to those
/// whom it concerns, and what happened to its connections to telemetry.
package struct FeedRouter: Sendable {
    /// What the feed is asked to do; it is this mailbox's one reader.
    package let commands: Mailbox<FeedCommand>
    let market: Mailbox<MarketDataCore.Event>
    let own: Outlet<FeedCommand>
    let facts: Outlet<MarketDataCore.Event>
    let risk: Outlet<RiskCore.Event>
    let execution: Outlet<ExecutionCore.Event>
    let portfolio: Outlet<PortfolioCore.Event>
    let venue: Outlet<VenueRequest>
    let desk: TelemetryDesk

    /// Asks the feed itself for something, later.
    package func ask(_ command: FeedCommand) {
        own.post(command)
    }

    /// Hands on what must not be missed: that a book is lost, candles, a status; an overfull mailbox halts entries.
    package func report(_ report: FeedReport) {
        facts.post(.feedReported(report))
    }

    /// Hands on what comes by the thousand.
    ///
    /// More than MarketData can take in is not dropped silently: the book is given up, once, and comes anew.
    package func stream(_ report: FeedReport, of product: ProductID?) {
        guard !market.post(.feedReported(report)), let product else { return }
        let detail = "more than \(market.bound) messages wait to be taken in"
        commands.post(.distrust(product, .overrun, detail: detail), conflating: product)
    }

    /// A request was answered, or not.
    package func answered(_ answer: VenueAnswer) {
        risk.post(.venueAnswered(answer))
    }

    /// The venue's clock is so far ahead of ours.
    package func compared(_ skew: Duration, uncertainty: Duration) {
        desk.tell(.gauge(.clockSkew, label: "", Double(skew.nanoseconds) / 1e9))
        risk.post(.clockCompared(skew, uncertainty: uncertainty))
    }

    /// The account's fees are these from now on.
    package func charged(_ fees: FeeSchedule) {
        execution.post(.feesChanged(fees))
        risk.post(.feesChanged(fees))
        portfolio.post(.feesChanged(fees))
        venue.post(.feesChanged(fees))
    }

    /// No feed is whole.
    package func disconnected(_ detail: String) {
        risk.post(.haltRaised(Halt(.connectivity), detail: detail))
    }

    /// A feed is whole; told also where none was lost, as a halt may have outlived a restart.
    package func connected() {
        risk.post(.haltCleared(Halt(.connectivity)))
    }

    /// Tells telemetry, which may be thinned.
    package func tell(_ message: TelemetryMessage) {
        desk.tell(message)
    }

    /// Writes a journal entry.
    package func journal(_ kind: EventKind, _ priority: Priority, _ text: String) {
        desk.tell(.entry(kind, priority, text))
    }
}
