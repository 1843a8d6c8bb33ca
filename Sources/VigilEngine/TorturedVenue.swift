#if TORTURE
internal import VigilCore
internal import VigilModel

/// A venue around which the process can be made to die: before and after each call, and at each report.
struct TorturedVenue: Venue {
    let base: any Venue

    var products: [Product] { base.products }
    var openEntries: Int { base.openEntries }

    func truth(for past: LedgerPast) async throws -> VenueTruth {
        try await base.truth(for: past)
    }

    func begin(_ start: VenueStart, _ report: @escaping VenueSink) async {
        await base.begin(start) { Self.pass($0, report) }
    }

    func follow() async { await base.follow() }

    func cancelEntriesNow() -> [VenueEvent] { base.cancelEntriesNow() }

    func end() async { await base.end() }

    func take(
        _ request: VenueRequest,
        at now: Instant,
        _ report: @escaping VenueSink
    ) -> VenueWork? {
        guard let work = base.take(request, at: now, { Self.pass($0, report) }) else { return nil }
        switch request {
        case .submit:
            return {
                Torture.point("submit.before")
                await work()
                Torture.point("submit.after")
            }
        case .cancel:
            return {
                Torture.point("cancel.before")
                await work()
                Torture.point("cancel.after")
            }
        case .list, .lookUp, .readAvailable, .observe, .feesChanged, .wake: return work
        }
    }

    private static func pass(_ said: VenueReport, _ report: VenueSink) {
        switch said {
        case .event: Torture.point("report")
        case .listed: Torture.point("list.after")
        case .lookedUp: Torture.point("lookup.after")
        case .availableRead, .outcomeLost, .unreadable, .answered, .clockCompared, .otherSeen,
            .storeRefused,
            .storeWritten, .failed, .noted, .wake, .delayed:
            break
        }
        report(said)
    }
}
#endif
