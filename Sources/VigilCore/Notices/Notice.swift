package import VigilModel

/// What an operator is told: its words, how much it matters, and whether it begins or ends something.
///
/// All of them stand in this one file; alerts, and what the ledger and the journal have of them, are views of it.
package struct Notice: Sendable, Equatable {
    /// What it means for the alert of its kind and subject.
    package enum Role: Sendable, Equatable {
        /// It begins, or goes on.
        case begins(Severity)
        /// It happens, and is over.
        case happens(Severity)
        /// What began is over.
        case ends
    }

    /// When an alert that lasts becomes critical.
    package enum Escalation: Sendable, Equatable {
        /// After the span that the operator set; news never does.
        case usual
        /// Never: it ends by itself, or whoever is told did it.
        case never
        /// After this span, whatever it began as.
        case after(Duration)
    }

    /// What it is about.
    package let kind: AlertKind
    /// What it is about within its kind: notices of one kind and subject are one alert.
    package let subject: String
    /// What it means for that alert.
    package let role: Role
    /// When it becomes critical.
    package private(set) var escalation = Escalation.usual
    /// Halts, by their names, from which it follows: where one of them is told it is not.
    package private(set) var causes: [String] = []
    /// The case in words; empty for an end, of which nothing is told.
    package let text: String

    init(_ kind: AlertKind, _ subject: String, _ role: Role, _ text: String = "") {
        self.kind = kind
        self.subject = subject
        self.role = role
        self.text = text.printable(max: 4_000)
        if case .begins(.info) = role { escalation = .never }
    }

    /// The same notice with another rule of escalation.
    fileprivate func escalating(_ escalation: Escalation) -> Notice {
        var next = self
        next.escalation = escalation
        return next
    }

    /// The same notice, told only where none of these halts is.
    fileprivate func following(_ halts: [Halt]) -> Notice {
        var next = self
        next.causes = halts.map(\.description)
        return next
    }
}

extension Notice.Escalation {
    /// The span until it is critical; nil where it never is.
    func span(usual: Duration) -> Duration? {
        switch self {
        case .usual: usual
        case .never: nil
        case .after(let span): span
        }
    }
}

extension Halt {
    /// Halts that explain this one: a connection over books, books over quotes, quotes over candles.
    fileprivate var causes: [Halt] {
        let venue = Halt(.connectivity)
        switch reason {
        case .apiErrors, .universe, .exceptionBurst: return [venue]
        case .productStatus, .feedGap: return [venue]
        case .spread, .priceOutlier: return [venue, Halt(.feedGap, product)]
        case .quoteStale:
            return [venue, Halt(.productStatus, product), Halt(.feedGap, product)]
        case .candleStale:
            return [venue] + [.productStatus, .feedGap, .quoteStale].map { Halt($0, product) }
        case .kill, .overload, .arithmetic, .ledger, .audit, .metrics, .diskLow, .memory, .permit,
            .mismatch, .recovering, .connectivity, .rateLimited, .clockSkew, .rejectionBurst,
            .depeg, .dailyStop, .weeklyStop, .drawdown, .lossStreak, .volatility, .oddFill:
            return []
        }
    }

    /// What ends by itself is no page, and a kill is not told to whoever killed again and again.
    fileprivate var escalation: Notice.Escalation {
        switch reason.rule {
        case .time, .nextDay, .nextWeek: .never
        case .recovery, .operator: reason == .kill || concernsNews ? .never : .usual
        }
    }

    private var concernsNews: Bool { severity == .info }
}

// What lasts until something ends it.
extension Notice {
    /// Entries stop.
    package static func halted(_ active: ActiveHalt) -> Notice {
        let halt = active.halt
        return Notice(
            .halt,
            halt.description,
            .begins(halt.severity),
            "\(halt): \(active.detail)"
        ).following(halt.causes).escalating(halt.escalation)
    }

    /// Entries go on, as far as this halt is concerned.
    package static func cleared(_ halt: Halt) -> Notice {
        Notice(.halt, halt.description, .ends)
    }

    /// The engine starts reduce-only; ends as the halt for want of a permit does.
    package static func reduceOnly(because reason: String) -> Notice {
        let text = "reduce-only: no entries, exits go on: \(reason)"
        return Notice(.halt, Halt(.permit).description, .begins(.critical), text)
    }

    /// An exit was asked for again and again, and the position is still there.
    package static func exitUnfilled(_ product: ProductID, _ reason: ExitReason) -> Notice {
        let text =
            "the \(reason.rawValue) exit of \(product) has been requested again and again and has not filled: "
            + "Vigil keeps trying; look at its order with `vigil status`, and at the venue, where you can "
            + "sell it by hand"
        return Notice(.exitUnfilled, product.description, .begins(.critical), text)
    }

    /// A position is left, however long it took.
    package static func exitFilled(_ product: ProductID) -> Notice {
        Notice(.exitUnfilled, product.description, .ends)
    }

    /// A position has no market here: nothing can protect what cannot be seen.
    package static func blind(_ product: ProductID) -> Notice {
        let text =
            "\(product) is held but has no market data here: its stop-loss cannot fire; "
            + "restart Vigil, and if that does not help, sell it by hand"
        return Notice(.blind, product.description, .begins(.critical), text)
    }

    /// No quote comes of a position: its stop has no price to fire on.
    package static func unseen(_ product: ProductID, since last: Instant?) -> Notice {
        let when = last.map { "since \($0)" } ?? "since the start"
        let text =
            "\(product) is held, but no quote has arrived \(when): its stop-loss cannot fire until one does; "
            + "check the feed with `vigil status`, or sell it by hand at the venue"
        return Notice(.blind, product.description, .begins(.critical), text)
            .following([Halt(.connectivity)])
    }

    /// A position cannot be sold as the venue has it: nobody can do anything about a short pause.
    package static func unsellable(_ product: ProductID, _ status: TradingStatus) -> Notice {
        let text =
            "\(product) is held, but the venue lists it as `\(status.rawValue)`: its exits cannot fill; exits "
            + "that are due are sent as soon as the venue takes orders again; check the venue's announcements"
        return Notice(.unsellable, product.description, .begins(.info), text)
            .following([Halt(.connectivity)]).escalating(.after(.seconds(900)))
    }

    /// It can be sold again, or is left.
    package static func sellable(_ product: ProductID) -> Notice {
        Notice(.unsellable, product.description, .ends)
    }

    /// The venue has less of a coin than an exit is to sell.
    package static func exitShort(
        _ product: ProductID,
        wanted: Quantity,
        available: Quantity
    ) -> Notice {
        let text =
            "the exit of \(product) wants to sell \(wanted), but the venue has only \(available) available: "
            + "Vigil sells that; if you moved the rest, book it with `vigil account explain`"
        return Notice(.exitShort, product.description, .begins(.critical), text)
    }

    /// The position is left.
    package static func exitWhole(_ product: ProductID) -> Notice {
        Notice(.exitShort, product.description, .ends)
    }

    /// Such a position is left, or seen again.
    package static func leftBlind(_ product: ProductID) -> Notice {
        Notice(.blind, product.description, .ends)
    }

    /// The fate of an order has not been known for too long.
    package static func orderUnsettled(_ id: ClientOrderID, since: Instant) -> Notice {
        let text =
            "the outcome of order \(id) has been unknown since \(since): Vigil does not send it again and keeps "
            + "asking the venue; until it is known a purchase counts as exposure at its worst case and as an entry "
            + "that is being worked, and a sell holds up further exits of its product"
        return Notice(.orderUnsettled, id.text, .begins(.critical), text)
    }

    /// The fate of such an order is known.
    package static func orderSettled(_ id: ClientOrderID) -> Notice {
        Notice(.orderUnsettled, id.text, .ends)
    }

    /// The ledger, or the audit log, cannot be written.
    package static func storageRefused(_ reason: HaltReason, _ detail: String) -> Notice {
        Notice(.ledgerUnwritable, reason.rawValue, .begins(.critical), detail)
    }

    /// It can be written again.
    package static func storageWritten(_ reason: HaltReason) -> Notice {
        Notice(.ledgerUnwritable, reason.rawValue, .ends)
    }

    /// The paper venue cannot store what it trades.
    package static func paperStoreRefused(_ detail: String) -> Notice {
        Notice(.venueUnwritable, "", .begins(.critical), "the paper venue's store: \(detail)")
    }

    /// It can again.
    package static let paperStoreWritten = Notice(.venueUnwritable, "", .ends)

    /// Whatever was proposed has been refused for hours.
    package static func entriesDenied(since: Instant, _ refusals: [RiskCode: Int]) -> Notice {
        let counts = refusals.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
            .map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
        let text =
            "no proposal has been allowed since \(since): refused were \(counts); `vigil why PRODUCT` shows "
            + "each with its numbers; nothing is wrong with what is held"
        return Notice(.entriesDenied, "", .begins(.warning), text).escalating(.never)
    }

    /// A proposal was allowed again.
    package static let entriesAllowed = Notice(.entriesDenied, "", .ends)

    /// The ledger could not be copied.
    package static func backupFailed(into folder: String, _ detail: String) -> Notice {
        let text = "the ledger could not be backed up to `\(folder)`: \(detail)"
        return Notice(.backupFailed, "", .begins(.warning), text)
    }

    /// The ledger was copied.
    package static let backupMade = Notice(.backupFailed, "", .ends)
}

// What happens, and is over.
extension Notice {
    /// A position was opened.
    package static func positionOpened(_ product: ProductID, _ fill: Fill) -> Notice {
        let text =
            "opened: \(product), the first \(fill.quantity) at \(fill.price) \(product.quote)"
        return Notice(.position, "opened \(product)", .happens(.info), text)
    }

    /// A position was closed.
    package static func positionClosed(_ product: ProductID, _ result: Money) -> Notice {
        let size = result.isNegative ? result.negated : result
        let text =
            "closed: \(product), \(result.isNegative ? "a loss" : "a gain") of \(size) after fees"
        return Notice(.position, "closed \(product)", .happens(.info), text)
    }

    /// A stop-loss fired.
    package static func stopFired(_ product: ProductID) -> Notice {
        let text = "the stop-loss of \(product) has fired: Vigil is selling"
        return Notice(.position, "stop \(product)", .happens(.info), text)
    }

    /// A cycle was broken off.
    package static func cycleAborted(_ cycle: Int, reason: String) -> Notice {
        Notice(.cycleAborted, "", .happens(.warning), "cycle \(cycle) aborted: \(reason)")
    }

    /// Something was said of an order that cannot be.
    package static func anomaly(
        of id: ClientOrderID,
        _ state: OrderState,
        _ fact: OrderFact
    ) -> Notice {
        let text =
            "order \(id): `\(fact.rawValue)` arrived for an order that is \(state.rawValue)"
        return Notice(.anomaly, "order", .happens(.warning), text)
    }

    /// A row of the venue about an order of ours cannot be read.
    package static func rowUnreadable(_ id: ClientOrderID?, _ detail: String) -> Notice {
        Notice(.anomaly, id?.text ?? "venue", .happens(.warning), detail)
    }

    /// The venue does not open a product to the account.
    package static func productClosed(_ product: ProductID, _ words: String) -> Notice {
        let text =
            "the venue does not open \(product) to this account: \(words); Vigil enters nothing of it for six hours, "
            + "and then tries once more; take it out of universe.yaml, or ask the venue; if others are told so "
            + "too, it is about the account"
        return Notice(.anomaly, "closed \(product)", .happens(.warning), text)
    }

    /// A record contradicts the ledger.
    package static func recordLeftOut(_ detail: String) -> Notice {
        let text = "a record contradicts the ledger and was left out: \(detail)"
        return Notice(.anomaly, "ledger", .happens(.critical), text)
    }

    /// Positions are above their limit, and so many attempts found nothing to trim.
    package static func careFailed(looks: Int) -> Notice {
        let text = "positions are above their limit, and \(looks) attempts found nothing to trim"
        return Notice(.careFailed, "", .happens(.critical), text)
    }

    /// The last run did not end in order.
    package static func recovered(_ summary: String) -> Notice {
        Notice(.recovered, "", .happens(.warning), summary)
    }
}
