package import VigilModel

/// An entry that Risk has sized and allowed.
package struct NewOrder: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// What to spend, fees apart, in the product's quote currency.
    package let notional: Money
    /// The ask it was decided at.
    package let reference: Price
    /// What it may cost against the reference, taker fee included.
    package let slippageBudget: Rate
    /// How the position will be left.
    package let exits: ExitPlan
    /// Who proposed it.
    package let proposal: Proposal
}

/// Proof that Risk allowed something: only Risk can make one, so only such an entry can be submitted.
package struct RiskApproved<Subject: Sendable & Equatable>: Sendable, Equatable {
    /// What was allowed.
    package let subject: Subject

    fileprivate init(_ subject: Subject) {
        self.subject = subject
    }
}

/// What Risk says to one proposal, with every check that it went through.
package enum RiskVerdict: Sendable, Equatable {
    /// Go ahead, at this size.
    case approved(RiskApproved<NewOrder>, checks: [RiskCheck])
    /// No; the last check is the one that refused.
    case denied(Proposal, checks: [RiskCheck])

    /// The check that refused; nil where none did.
    package var denial: RiskCheck? {
        switch self {
        case .approved: nil
        case .denied(_, let checks): checks.last
        }
    }
}

extension RiskPass {
    /// What may be sold: of what is ours, and no more than there is of it.
    ///
    /// No halt stops a sell order: protection outlives permission.
    func reductions(_ wishes: [Reduction]) -> [RiskApproved<Reduction>] {
        wishes.filter { wish in
            let held = input.portfolio.positions.first { $0.product == wish.product }?.quantity
            return !wish.quantity.isZero && held.map { wish.quantity <= $0 } ?? false
        }.map { RiskApproved($0) }
    }

    /// The only place in which an approval of an entry is made.
    static func approve(_ order: NewOrder, _ checks: [RiskCheck]) -> RiskVerdict {
        .approved(RiskApproved(order), checks: checks)
    }
}
