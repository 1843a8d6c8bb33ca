internal import ArgumentParser
internal import Foundation
internal import VigilEngine
internal import VigilLedger

/// `vigil why`: the whole story of a decision.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract:
            "Explain a decision with every number: for a product, a cycle or an order."
    )

    @Argument(
        help: "BTC-USD, [RUN/]CYCLE, [RUN/]CYCLE/PRODUCT, or an order's id as v-…-…-1."
    )
    var subject: String

    @OptionGroup var location: LocationOptions

    @Option(help: "How the answer is shown.")
    var format = OutputFormat.human

    func validate() throws {
        guard WhyQuestion(subject) != nil else {
            throw ValidationError(
                "`\(subject)` is no product, cycle, proposal or order; "
                    + "write BTC-USD, 12, 12/BTC-USD or v-…"
            )
        }
    }

    func run() async throws {
        try await reporting {
            guard let question = WhyQuestion(subject) else { return }
            let paths = try location.existingPaths()
            let why = Why(ledger: paths.ledger, audit: paths.audit)
            guard let answer = try why.answer(question) else {
                throw UsageError(
                    description: "nothing was ever decided about `\(subject)` in "
                        + "`\(location.stateDirectory)`; name the state directory with --state"
                )
            }
            switch format {
            case .human: Output.result(WhyView.text(answer))
            case .json: try Output.json(answer)
            }
        }
    }
}

/// The answer as a person reads it.
enum WhyView {
    static func text(_ answer: WhyAnswer) -> String {
        var lines: [String] = []
        if !answer.run.isEmpty {
            let reason = answer.reason.map { ", \($0)" } ?? ""
            lines.append("cycle      \(answer.cycle) of run \(answer.run), \(answer.at)")
            lines.append("outcome    \(answer.outcome)\(reason), regime \(answer.regime)")
        }
        lines += answer.halts.map { "halt       \($0)" }
        lines += answer.reductions.map { "care       \($0)" }
        lines += answer.excluded.sorted { $0.key < $1.key }.map {
            "excluded   \($0.key): \($0.value)"
        }
        lines += answer.triggers.map { trigger in
            "trigger    \(trigger.product) \(trigger.kind): strength \(trigger.strength), "
                + "confidence \(trigger.confidence), change \(trigger.changePct) %, "
                + "volatility \(trigger.volatilityPct) %"
        }
        lines += answer.proposals.flatMap(told)
        lines += answer.orders.flatMap(told)
        lines += answer.day.map(told) ?? []
        return lines.joined(separator: "\n") + "\n"
    }

    private static func told(_ proposal: WhyAnswer.ProposalTold) -> [String] {
        let end =
            proposal.approved.map { "approved \($0) at \(proposal.reference ?? "")" }
            ?? "denied, \(proposal.denial ?? "")"
        let steps = proposal.sizing.map { "\($0.step) \($0.sizeOfNlv)" }
        return [
            "proposal   \(proposal.product) by \(proposal.strategy) on \(proposal.trigger), "
                + "conviction \(proposal.conviction): \(end)",
            "  sizing   \(steps.joined(separator: " → ")) of the net value",
        ] + proposal.checks.map(told)
    }

    private static func told(_ check: WhyAnswer.CheckTold) -> String {
        let subject = check.subject.isEmpty ? "" : " (\(check.subject))"
        let name = check.code.lowercased() + subject
        return "  \(check.outcome.padding(toLength: 8, withPad: " ", startingAt: 0)) "
            + "\(name.padding(toLength: 30, withPad: " ", startingAt: 0)) limit \(check.limit), "
            + "current \(check.current), requested \(check.requested), "
            + "allowed \(check.allowed) \(check.unit)"
    }

    private static func told(_ day: WhyAnswer.DayTold) -> [String] {
        func counts(_ counts: [String: Int]) -> String {
            counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
        let since = day.lastTrigger.map { "the last at \($0): \(counts(day.triggers))" }
        let parts = [
            "last day   \(day.cycles) cycles from \(day.from) to \(day.to), eligible in \(day.eligible)",
            "  triggers \(since ?? "none: no rule saw what it looks for")",
            day.excluded.isEmpty ? nil : "  excluded \(counts(day.excluded))",
            day.halted.isEmpty ? nil : "  halted   \(counts(day.halted))",
            day.denials.isEmpty ? nil : "  denied   \(counts(day.denials))",
            day.approved == 0 ? nil : "  approved \(day.approved)",
        ]
        return parts.compactMap(\.self)
    }

    private static func told(_ order: WhyAnswer.AttemptTold) -> [String] {
        [
            "order      \(order.id), \(order.side) \(order.product) \(order.terms), "
                + "\(order.purpose): \(order.state)"
        ]
            + order.transitions.map { "  \($0.at) \($0.from) → \($0.to) (\($0.fact))" }
            + order.fills.map {
                "  \($0.at) filled \($0.quantity) at \($0.price), fee \($0.fee), \($0.role)"
            }
    }
}
