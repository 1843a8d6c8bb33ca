import VigilModel

/// What must be known before LIVE may enter positions.
package struct PermitEvidence: Sendable, Equatable {
    /// What vouches for the configuration.
    package enum Certificate: Sendable, Equatable {
        /// None.
        case missing
        /// The venue runs on this machine and can only be a simulation: nothing real is at stake.
        case simulatedVenue
    }

    /// What vouches for the configuration.
    package var certificate: Certificate
    /// Whether the venue's key may trade.
    package var canTrade: Bool
    /// Whether the venue's key may take money out.
    package var canTransfer: Bool
    /// How far the venue's clock is from ours, at least.
    package var skew: Duration
    /// How far it may be.
    package var skewMax: Duration
    /// Joins the parts.
    package init(
        certificate: Certificate,
        canTrade: Bool,
        canTransfer: Bool,
        skew: Duration,
        skewMax: Duration
    ) {
        self.certificate = certificate
        self.canTrade = canTrade
        self.canTransfer = canTransfer
        self.skew = skew
        self.skewMax = skewMax
    }
}

/// Proof that LIVE may enter positions; never needed to leave one, and never kept beyond its run.
///
/// The kill switch is no part of the evidence: it stops entries by itself, across restarts, and is lifted
/// while the engine runs.
package struct LivePermit: Sendable, Equatable {
    fileprivate init() {}

    /// Looks at the evidence: a permit, or everything that speaks against one, each with its mend.
    package static func judge(
        _ evidence: PermitEvidence
    ) -> (permit: LivePermit?, objections: [String]) {
        var objections: [String] = []
        if evidence.certificate == .missing {
            objections.append(
                "no rehearsal vouches for this configuration; until one can, only a venue on this "
                    + "machine is traded on"
            )
        }
        if !evidence.canTrade {
            objections.append("the key may not trade; make one that may view and trade")
        }
        if evidence.canTransfer {
            objections.append(
                "the key may transfer money out; make one that may only view and trade"
            )
        }
        if evidence.skew > evidence.skewMax || evidence.skew < .zero - evidence.skewMax {
            objections.append(
                "the clocks differ by \(evidence.skew.nanoseconds / 1_000_000) ms; let chrony or "
                    + "systemd-timesyncd set this machine's clock"
            )
        }
        return objections.isEmpty ? (LivePermit(), []) : (nil, objections)
    }
}
