internal import Synchronization
package import VigilCore
internal import VigilModel

/// Holds the permit of a run, which may come after the start: what spoke against it may have ended.
package final class PermitSlot: Sendable {
    private let held: Lock<LivePermit?>

    /// Begins with a permit, or with none yet.
    package init(_ permit: LivePermit?) {
        held = Lock(permit)
    }

    /// The permit; nil while entries are not permitted.
    var permit: LivePermit? { held.withLock { $0 } }

    func grant(_ permit: LivePermit) {
        held.withLock { $0 = permit }
    }
}

/// The way to the venue, whichever it is: hands over what the cores want, and posts what comes back.
package actor VenueGateway {
    /// What lets entries pass.
    package enum EntryRight: Sendable {
        /// Nothing real is at stake.
        case paper
        /// The permit of this run; while there is none, none passes.
        case live(PermitSlot)
    }

    private let venue: any Venue
    private let start: VenueStart
    private let right: EntryRight
    private let requests: Mailbox<VenueRequest>
    private let feeds: Mailbox<FeedCommand>
    private let router: VenueRouter
    private let clock: any EngineClock
    private let executor: any SerialExecutor
    private let isDead: @Sendable () -> Bool

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(
        venue: any Venue,
        start: VenueStart,
        right: EntryRight,
        plumbing: Plumbing,
        executor: any SerialExecutor
    ) {
        self.venue = venue
        self.start = start
        self.right = right
        self.executor = executor
        requests = plumbing.venue
        feeds = plumbing.feeds
        router = plumbing.venueRouter
        clock = plumbing.clock
        isDead = { plumbing.isDead }
    }

    /// Carries out requests until the mailbox is closed.
    package func run() async {
        let report = router.sink
        await venue.begin(start, report)
        // Only now: nothing is asked of the venue before, and MarketData knows the products.
        feeds.post(.begin)
        await withDiscardingTaskGroup { group in
            group.addTask { [venue] in await venue.follow() }
            for await requests in requests {
                for request in requests where !isDead() {
                    guard !refuses(request, report) else { continue }
                    if let work = venue.take(request, at: clock.now, report) {
                        group.addTask { await work() }
                    }
                }
            }
            await venue.end()
            group.cancelAll()
        }
    }

    /// Stops an entry that no permit lets pass; true where it did.
    private func refuses(_ request: VenueRequest, _ report: VenueSink) -> Bool {
        guard case .submit(let order, isEntry: true) = request, case .live(let slot) = right,
            slot.permit == nil
        else { return false }
        report(.event(.orderRejected(order.clientOrderID, .gateClosed)))
        return true
    }
}
