import VigilModel

/// How long Risk has refused whatever was proposed: an engine that trades nothing looks like one that finds nothing.
struct DenialSpell: Sendable {
    /// A spell of this length is told.
    static let span = Duration.seconds(6 * 3_600)
    /// With fewer refusals than this it is chance.
    static let refusalsMin = 3

    /// What was refused longer ago says nothing of now.
    static let freshness = Duration.seconds(3_600)

    private var since: Instant?
    private var last = Instant.epoch
    private var refusals: [RiskCode: Int] = [:]
    private var isTold = false

    /// Takes in what was decided of a cycle's proposals; the end of a spell that was told.
    mutating func take(_ verdicts: [RiskVerdict], at now: Instant) -> Notice? {
        guard !verdicts.contains(where: { $0.denial == nil }) else {
            defer { self = DenialSpell() }
            return isTold ? .entriesAllowed : nil
        }
        for denial in verdicts.compactMap(\.denial) {
            since = since ?? now
            last = now
            refusals[denial.code, default: 0] += 1
        }
        return nil
    }

    /// The spell, once, when it has lasted.
    mutating func look(at now: Instant) -> Notice? {
        let count = refusals.values.reduce(0, +)
        guard !isTold, let since, now - since >= Self.span, count >= Self.refusalsMin,
            now - last <= Self.freshness
        else { return nil }
        isTold = true
        return .entriesDenied(since: since, refusals)
    }
}
