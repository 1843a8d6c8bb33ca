package import VigilModel

/// One entry of the journal, with the fields it can be found by.
package struct JournalEntry: Sendable, Equatable {
    /// What it is about.
    package let kind: EventKind
    /// How much it matters.
    package let priority: Priority
    /// What happened, in words.
    package let message: String
    /// The product, where it concerns one.
    package let product: ProductID?
    /// The order, where it concerns one.
    package let clientOrderID: ClientOrderID?
    /// The cycle, where it belongs to one.
    package let cycle: Int?

    /// States an entry.
    package init(
        _ kind: EventKind,
        _ priority: Priority,
        _ message: String,
        product: ProductID? = nil,
        clientOrderID: ClientOrderID? = nil,
        cycle: Int? = nil
    ) {
        self.kind = kind
        self.priority = priority
        self.message = message.printable(max: 4_000)
        self.product = product
        self.clientOrderID = clientOrderID
        self.cycle = cycle
    }
}

/// The fields that every entry of a run carries.
package struct JournalContext: Sendable {
    /// The predecessor's hash of the configuration.
    package let configHash: String
    /// The gate's hash.
    package let decisionHash: String
    /// The run.
    package let run: RunID
    /// The mode.
    package let mode: TradingMode

    /// Joins the parts.
    package init(configHash: String, decisionHash: String, run: RunID, mode: TradingMode) {
        self.configHash = configHash
        self.decisionHash = decisionHash
        self.run = run
        self.mode = mode
    }

    /// The fields of an entry, `NAME=value` each, as journald takes them.
    package func fields(_ entry: JournalEntry) -> [String] {
        var fields = [
            "MESSAGE=\(entry.message)",
            "PRIORITY=\(entry.priority.rawValue)",
            "MESSAGE_ID=\(entry.kind.messageID)",
            "EVENT=\(entry.kind.rawValue)",
            "CONFIG_HASH=\(configHash)",
            "DECISION_HASH=\(decisionHash)",
            "RUN_ID=\(run)",
            "MODE=\(mode)",
            "SYSLOG_IDENTIFIER=vigil",
        ]
        if let cycle = entry.cycle {
            fields.append("CYCLE=\(cycle)")
        }
        if let product = entry.product {
            fields.append("PRODUCT_ID=\(product)")
        }
        if let id = entry.clientOrderID {
            fields.append("CLIENT_ORDER_ID=\(id)")
        }
        return fields
    }
}

/// Where journal entries go.
package protocol JournalSink: Sendable {
    /// Writes an entry; what cannot be written is dropped, because telemetry never blocks a decision.
    func write(_ entry: JournalEntry, _ context: JournalContext, at now: Instant)
}
