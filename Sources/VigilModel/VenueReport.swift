/// Where an order stands at the venue.
///
/// **Source**: Coinbase has no partially filled status; a partial fill is an open order with a
/// filled quantity above zero, and a canceled order may have one too.
package enum VenueOrderStatus: String, Sendable, Codable {
    /// Accepted, not yet in the book.
    case pending
    /// In the book, or waiting for its stop.
    case open
    /// Filled whole.
    case filled
    /// Ended by a cancel.
    case canceled
    /// Ended by its time in force.
    case expired
    /// Refused after acceptance.
    case failed

    /// True where nothing more can happen to the order.
    package var isFinal: Bool {
        switch self {
        case .pending, .open: false
        case .filled, .canceled, .expired, .failed: true
        }
    }
}

/// Why a venue refuses an order; the raw values are stable codes.
package enum RejectionReason: String, Sendable, Codable, CaseIterable {
    /// The product is not known or not open for this kind of order.
    case productNotTradable = "PRODUCT_NOT_TRADABLE"
    /// The account cannot pay.
    case insufficientFunds = "INSUFFICIENT_FUND"
    /// A post-only order would have crossed.
    case postOnlyWouldCross = "INVALID_LIMIT_PRICE_POST_ONLY"
    /// The quantity is off the increment grid.
    case quantityPrecision = "INVALID_SIZE_PRECISION"
    /// The price is off the increment grid.
    case pricePrecision = "INVALID_PRICE_PRECISION"
    /// Below the product's minimum.
    case tooSmall = "INVALID_SIZE_TOO_SMALL"
    /// The stop price is on the wrong side of the last trade.
    case stopPrice = "STOP_PRICE_WRONG_SIDE"
    /// The end time is in the past.
    case endTimeInPast = "END_TIME_IS_IN_THE_PAST"
    /// It would trade with an order of the same account.
    case selfTrade = "SELF_TRADE_PREVENTED"
    /// Fill-or-kill could not be filled whole.
    case notFillable = "FOK_NOT_FILLABLE"
    /// Entries are stopped on our side: the entry gate is closed and nothing was sent.
    case gateClosed = "ENTRY_GATE_CLOSED"
    /// The venue's arithmetic refused it.
    case arithmetic = "ARITHMETIC"
    /// For a reason that has no name here; the venue's own code is in the log.
    case other = "OTHER"
}

/// An order as the venue reports it.
package struct VenueOrder: Hashable, Sendable, Codable {
    /// The venue's name of it.
    package let venueOrderID: VenueOrderID
    /// What was asked for.
    package let request: OrderRequest
    /// Where it stands.
    package var status: VenueOrderStatus
    /// How much has been filled.
    package var filledQuantity: Quantity
    /// When the venue accepted it.
    package let createdAt: Instant

    /// States a report.
    package init(
        venueOrderID: VenueOrderID,
        request: OrderRequest,
        status: VenueOrderStatus,
        filledQuantity: Quantity,
        createdAt: Instant
    ) {
        self.venueOrderID = venueOrderID
        self.request = request
        self.status = status
        self.filledQuantity = filledQuantity
        self.createdAt = createdAt
    }
}

/// What a venue tells the owner of an account; past-tense facts.
package enum VenueEvent: Hashable, Sendable {
    /// The order exists at the venue.
    case orderAccepted(VenueOrder)
    /// The order was refused and does not exist.
    case orderRejected(ClientOrderID, RejectionReason)
    /// The order's state changed.
    case orderUpdated(VenueOrder)
    /// A part of it traded.
    case fillReported(Fill)
}

/// What an account holds of one currency.
package struct Balance: Hashable, Sendable, Codable {
    /// Free for use.
    package var available: Money
    /// Held for open orders.
    package var onHold: Money

    /// States both parts.
    package init(available: Money, onHold: Money) {
        self.available = available
        self.onHold = onHold
    }

    /// Available and on hold together.
    ///
    /// - Throws: `overflow` or `currencyMismatch`.
    package func total() throws(MoneyError) -> Money {
        try available + onHold
    }
}
