/// Where an order stands in our own books; the raw values are stable.
package enum OrderState: String, Sendable, Codable, CaseIterable {
    /// The intent is durable; nothing has been sent.
    case intended
    /// The request is on its way and has no answer yet.
    case submitting
    /// The venue has it.
    case open
    /// The venue has it and part of it has traded.
    case partiallyFilled = "partially_filled"
    /// Traded whole.
    case filled
    /// Ended by a cancel, perhaps partly filled.
    case canceled
    /// Ended by its time in force, perhaps partly filled.
    case expired
    /// Refused by the venue, proven.
    case rejected
    /// Stopped on our side before it was sent.
    case denied
    /// Its fate is not known; its worst case counts until the venue's evidence settles it.
    case unknown

    /// True where nothing more is expected; a late fill is still recorded.
    package var isFinal: Bool {
        switch self {
        case .intended, .submitting, .open, .partiallyFilled, .unknown: false
        case .filled, .canceled, .expired, .rejected, .denied: true
        }
    }
}

/// What can be learned about an order; past tense.
package enum OrderFact: String, Sendable, Codable, CaseIterable {
    /// The request was handed to the transport.
    case submitted
    /// The entry gate or a check stopped it before it was sent.
    case denied
    /// The venue has it.
    case accepted
    /// The venue refused it.
    case rejected
    /// Part of it traded.
    case partiallyFilled = "partially_filled"
    /// The last part of it traded.
    case filled
    /// The venue confirmed its end.
    case canceled
    /// Its time ended.
    case expired
    /// No answer, or one that proves nothing.
    case outcomeLost = "outcome_lost"
    /// Complete listings show that the venue never had it.
    case provenAbsent = "proven_absent"
}

/// The lifecycle of an order as a pure table.
package enum OrderLifecycle {
    /// The state after a fact; nil where the fact is not legal in that state, which is recorded as an
    /// anomaly and never lost.
    package static func next(_ state: OrderState, _ fact: OrderFact) -> OrderState? {
        switch (state, fact) {
        case (.intended, .submitted): .submitting
        case (.intended, .denied), (.submitting, .denied): .denied
        case (.intended, .provenAbsent), (.submitting, .provenAbsent), (.unknown, .provenAbsent):
            .canceled
        case (.submitting, .accepted), (.unknown, .accepted): .open
        // The acknowledgement may come after the first fill.
        case (.open, .accepted), (.partiallyFilled, .accepted), (.filled, .accepted): state
        case (.submitting, .rejected), (.open, .rejected), (.unknown, .rejected),
            // It failed after it was accepted; what had traded until then stays traded.
            (.partiallyFilled, .rejected), (.rejected, .rejected):
            .rejected
        case (.intended, .outcomeLost), (.submitting, .outcomeLost), (.open, .outcomeLost),
            (.partiallyFilled, .outcomeLost), (.unknown, .outcomeLost):
            .unknown
        default: settled(state, fact)
        }
    }

    /// Fills and ends, which the venue may report in any order.
    private static func settled(_ state: OrderState, _ fact: OrderFact) -> OrderState? {
        switch (state, fact) {
        case (.submitting, .partiallyFilled), (.open, .partiallyFilled),
            (.partiallyFilled, .partiallyFilled), (.unknown, .partiallyFilled):
            .partiallyFilled
        // A late fill after the end is counted; a whole one promotes the order to filled.
        case (.canceled, .partiallyFilled), (.expired, .partiallyFilled): state
        case (.submitting, .filled), (.open, .filled), (.partiallyFilled, .filled),
            (.unknown, .filled), (.canceled, .filled), (.expired, .filled), (.filled, .filled):
            .filled
        case (.submitting, .canceled), (.open, .canceled), (.partiallyFilled, .canceled),
            (.unknown, .canceled), (.canceled, .canceled):
            .canceled
        case (.submitting, .expired), (.open, .expired), (.partiallyFilled, .expired),
            (.unknown, .expired), (.expired, .expired):
            .expired
        default: nil
        }
    }

    /// The table in Markdown, for the reference documentation.
    package static var markdown: String {
        var lines = [
            "| state | " + OrderFact.allCases.map(\.rawValue).joined(separator: " | ") + " |",
            "| --- |" + String(repeating: " --- |", count: OrderFact.allCases.count),
        ]
        for state in OrderState.allCases {
            let cells = OrderFact.allCases.map { next(state, $0)?.rawValue ?? "·" }
            lines.append("| **\(state.rawValue)** | \(cells.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
