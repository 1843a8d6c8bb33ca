internal import Synchronization
internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where the effects of one core go: a table that can be read, and the mailboxes that its actor may write to.
///
/// The table alone drives cores without mailboxes; the members of a router are all that its actor can reach.
package protocol EffectRouter: Sendable {
    /// What the core wants done.
    associatedtype Effect: Sendable
    /// What is put into one mailbox, or told.
    associatedtype Post: Sendable

    /// What an effect comes to, in order; nothing is posted yet.
    func posts(for effect: Effect) -> [Post]
    /// Posts it; waits where the mailbox is one of commands and full.
    func deliver(_ post: Post) async
}

/// A mailbox of events as one who posts to it sees it: nothing waits and nothing is dropped.
package struct Outlet<Event: Sendable>: Sendable {
    private let box: Mailbox<Event>
    private let risk: Mailbox<RiskCore.Event>

    /// Leads to a box; `risk` hears where it is over its bound.
    init(_ box: Mailbox<Event>, risk: Mailbox<RiskCore.Event>) {
        self.box = box
        self.risk = risk
    }

    /// Posts an event; an overfull box halts entries.
    func post(_ event: Event) {
        guard !box.post(event) else { return }
        risk.post(.haltRaised(Halt(.overload), detail: "a mailbox is over its bound"))
    }

    /// Posts an event that takes the place of a waiting one of its product.
    func post(_ event: Event, conflating product: ProductID) {
        box.post(event, conflating: product)
    }

    /// Posts an event to oneself at a time.
    func post(_ event: Event, at due: Instant, by clock: any EngineClock) {
        clock.schedule(at: due) { post(event) }
    }
}

/// The way to telemetry, which may be thinned and is never waited for.
package final class TelemetryDesk: Sendable {
    let box: Mailbox<TelemetryMessage>
    private let thinned = Atomic<Int>(0)

    init(_ box: Mailbox<TelemetryMessage>) {
        self.box = box
    }

    /// How many messages were thinned out.
    var thinnedCount: Int { thinned.load(ordering: .relaxed) }

    func tell(_ message: TelemetryMessage) {
        if box.depth < box.bound {
            box.post(message)
        } else {
            thinned.wrappingAdd(1, ordering: .relaxed)
        }
    }
}

extension TelemetryMessage {
    /// A journal entry from its parts.
    static func entry(
        _ kind: EventKind,
        _ priority: Priority,
        _ text: String,
        product: ProductID? = nil,
        clientOrderID: ClientOrderID? = nil
    ) -> TelemetryMessage {
        .journal(
            JournalEntry(kind, priority, text, product: product, clientOrderID: clientOrderID)
        )
    }
}
