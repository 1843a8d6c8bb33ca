import Testing
import VigilCore
import VigilModel
import VigilTelemetry

@testable import VigilEngine

/// Who is told of what a venue says.
@Suite struct VenueRouterTests {
    private static let id = ClientOrderID("v-instance-run00000-1")

    private static func names(_ report: VenueReport) -> [String] {
        let plumbing = Plumbing(
            clock: MachineClock(),
            stopwatch: MonotonicStopwatch(),
            submits: true,
            eligibleMin: 1
        )
        return plumbing.venueRouter.posts(for: report).map { post in
            switch post {
            case .execution(.venueReported): "execution.venueReported"
            case .execution(.outcomeLost): "execution.outcomeLost"
            case .execution(.lookedUp): "execution.lookedUp"
            case .execution: "execution"
            case .reconciliation(.venueListed): "reconciliation.venueListed"
            case .reconciliation(.venueUnreadable): "reconciliation.venueUnreadable"
            case .reconciliation(.otherSeen): "reconciliation.otherSeen"
            case .reconciliation: "reconciliation"
            case .risk(.orderRejected(let reason)): "risk.orderRejected \(reason.rawValue)"
            case .risk(.venueAnswered): "risk.venueAnswered"
            case .risk(.clockCompared): "risk.clockCompared"
            case .risk(.haltRaised(let halt, _)): "risk.haltRaised \(halt.reason.rawValue)"
            case .risk: "risk"
            case .universe(.productClosed(let product)): "universe.productClosed \(product)"
            case .universe: "universe"
            case .alerting(.noticed(let notice)): "alerting \(notice.kind.rawValue)"
            case .alerting: "alerting"
            case .feeds(.look): "feeds.look"
            case .feeds: "feeds"
            case .wake: "wake"
            case .later: "later"
            case .tell(.journal(let entry)): "journal \(entry.kind.rawValue)"
            case .tell: "tell"
            }
        }
    }

    @Test func `each report goes to those who must know, in order`() {
        let listing = VenueListing(balances: [], openOrders: [])
        let lookUp = LookUp(
            number: 1,
            at: .epoch,
            since: .epoch,
            asked: [],
            found: nil,
            detail: ""
        )
        let table: [(VenueReport, [String])] = [
            (
                .event(.orderRejected(Self.id, .insufficientFunds)),
                ["risk.orderRejected INSUFFICIENT_FUND", "execution.venueReported"]
            ),
            // Rules that may have changed are read at once.
            (
                .event(.orderRejected(Self.id, .pricePrecision)),
                [
                    "risk.orderRejected INVALID_PRICE_PRECISION", "feeds.look",
                    "execution.venueReported",
                ]
            ),
            (.availableRead(ProductID(base: .usdc, quote: .usd), .zero), ["execution"]),
            // A gate of ours, and a quote that moved, are no complaint of the venue.
            (.event(.orderRejected(Self.id, .gateClosed)), ["execution.venueReported"]),
            (.event(.orderRejected(Self.id, .postOnlyWouldCross)), ["execution.venueReported"]),
            (
                .closed(ProductID(base: .usdc, quote: .usd), "not in your region"),
                ["universe.productClosed USDC-USD", "alerting anomaly"]
            ),
            (.outcomeLost(Self.id), ["execution.outcomeLost"]),
            (.listed(cycle: 1, listing), ["reconciliation.venueListed"]),
            (.unreadable(cycle: 1), ["reconciliation.venueUnreadable"]),
            (.lookedUp(lookUp), ["execution.lookedUp"]),
            (.answered(.answered), ["risk.venueAnswered"]),
            (.clockCompared(.zero, uncertainty: .zero), ["risk.clockCompared"]),
            (.otherSeen(instance: "other"), ["reconciliation.otherSeen"]),
            (.storeRefused("full"), ["alerting venue_unwritable"]),
            (.storeWritten, ["alerting venue_unwritable"]),
            (.failed(.overflow), ["risk.haltRaised arithmetic"]),
            (.noted(VenueNote(.trouble, "refused")), ["journal VENUE"]),
            (.noted(VenueNote(.feedLost, "lost")), ["journal FEED_LOST"]),
            (.noted(VenueNote(.feedWhole, "whole")), ["journal FEED_WHOLE"]),
            (.wake(at: .epoch), ["wake"]),
            (.delayed(.seconds(1), .outcomeLost(Self.id)), ["later"]),
        ]
        for (report, expected) in table {
            #expect(Self.names(report) == expected, "\(report)")
        }
    }

    @Test func `a dead engine hears nothing`() {
        let plumbing = Plumbing(
            clock: MachineClock(),
            stopwatch: MonotonicStopwatch(),
            submits: true,
            eligibleMin: 1
        )
        let sink = plumbing.venueRouter.sink
        sink(.outcomeLost(Self.id))
        #expect(plumbing.execution.depth == 1)
        plumbing.die()
        sink(.outcomeLost(Self.id))
        #expect(plumbing.execution.depth == 1)
    }
}
