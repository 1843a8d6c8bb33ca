import VigilModel

/// Lets a wish through when what it is about begins, and again after its product was closed to it.
///
/// What lasts for hours is one event and not one a cycle. A wish waits while nothing may be entered; what Risk refuses
/// for its size is not asked for again until it begins anew.
struct WishGate: Sendable {
    /// How long something must have been gone before it can begin anew: about its threshold it comes and goes.
    static let memory = Duration.seconds(900)

    private struct Key: Hashable, Sendable {
        let strategy: String
        let product: ProductID
        let kind: TriggerKind

        init(_ wish: Proposal) {
            (strategy, product, kind) = (wish.strategy, wish.product, wish.trigger.kind)
        }
    }

    /// When what was proposed, or stood already, was last so, and since when it is no news.
    private var seen: [Key: (last: Instant, since: Instant)] = [:]
    private let repeatAfter: Duration

    /// Takes how long what goes on is no news.
    init(repeatAfter: Duration) {
        self.repeatAfter = repeatAfter
    }

    /// The wishes that are brought to Risk.
    mutating func fresh(_ wishes: [Proposal], _ openings: Openings, at now: Instant) -> [Proposal] {
        seen = seen.filter {
            now - $0.value.last <= Self.memory && openings.closed[$0.key.product] == nil
        }
        return wishes.filter { wish in
            let key = Key(wish)
            guard openings.closed[wish.product] == nil else { return false }
            let known = seen[key]
            let isNew = known.map { now - $0.since >= repeatAfter } ?? true
            // One that has begun while nothing may be entered is new when something may.
            if isNew, let since = openings.closedSince, since <= now { return false }
            seen[key] = (now, isNew ? now : known?.since ?? now)
            return isNew
        }
    }

    /// Takes back what was brought and never judged, as its cycle was broken off.
    mutating func forget(_ wishes: [Proposal]) {
        for wish in wishes { seen[Key(wish)] = nil }
    }

    /// Takes in what Risk said: what time alone may change, and what is entered, is as if it had not been asked.
    ///
    /// Where nothing is `submitted`, what was allowed is no less an event that has been told.
    mutating func note(_ verdicts: [RiskVerdict], submitted: Bool) {
        for verdict in verdicts {
            switch verdict {
            case .approved(let approval, _):
                if submitted { seen[Key(approval.subject.proposal)] = nil }
            case .denied(let wish, let checks):
                if checks.last?.code.passes == true { seen[Key(wish)] = nil }
            }
        }
    }
}
