package import VigilModel

/// An exchange as the engine knows it: where our orders are.
///
/// A venue is asked by a ``VenueRequest`` and answers by ``VenueReport``s, at once or later and in any order;
/// nothing follows from silence. What can go wrong on the way is a decorator around any of them.
package protocol Venue: Sendable {
    /// The products that are traded there.
    var products: [Product] { get }
    /// How many of our orders that buy are not ended there, as far as is known; from any thread.
    var openEntries: Int { get }

    /// Reads all that a start needs, to its end.
    ///
    /// - Throws: what the venue or its store says: do not start.
    func truth(for past: LedgerPast) async throws -> VenueTruth
    /// Is told what goes on there, before the first request.
    func begin(_ start: VenueStart, _ report: @escaping VenueSink) async
    /// Works beside the requests until ``end()``.
    func follow() async
    /// Carries a request out; what would wait is handed back, to be done beside other requests.
    func take(
        _ request: VenueRequest,
        at now: Instant,
        _ report: @escaping VenueSink
    ) -> VenueWork?
    /// Ends every order that buys, for the kill path: from any thread, without waiting for an actor.
    ///
    /// What is not reported here is reported when the venue says so.
    func cancelEntriesNow() -> [VenueEvent]
    /// Waits for nothing any more.
    func end() async
}

/// Hears what a venue says; called from any thread.
package typealias VenueSink = @Sendable (VenueReport) -> Void
/// What is left to be done of a request.
package typealias VenueWork = @Sendable () async -> Void
