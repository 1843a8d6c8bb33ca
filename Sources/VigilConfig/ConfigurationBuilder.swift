internal import VigilModel

/// Turns effective values into the engine's policy, and checks what spans several keys.
struct ConfigurationBuilder {
    let values: ConfigValues

    /// The configuration, and what the checks say whose keys have no error of their own.
    func configuration(
        _ hashes: (config: String, decision: String),
        mode: TradingMode?,
        retired: [String: DiagnosticSpan],
        unread: Set<Substring>,
        hasBreakers: Bool
    ) -> (Configuration, [Diagnostic]) {
        var built = values.draft.configuration(hashes.config, hashes.decision)
        built.mode = mode ?? built.mode
        let context = CheckContext(
            configuration: built,
            entries: values.entries,
            retired: retired,
            hasBreakers: hasBreakers
        )
        var diagnostics: [Diagnostic] = []
        for check in ConfigCheck.all where values.refused.isDisjoint(with: check.keyNames) {
            // What an unreadable file might have said is not known.
            guard !check.keyNames.contains(where: { unread.contains($0.prefix { $0 != ":" }) })
            else {
                continue
            }
            do {
                diagnostics += try check.find(context).flatMap { context.diagnostic(check, $0) }
            } catch {
                // Numbers that cannot be compared are no numbers to trade with.
                let keys = check.keys.filter { context.isStated($0) }.map { (key: $0, label: "") }
                let finding = ConfigCheck.Finding(
                    summary: "too large to compare: \(check.title)",
                    keys: keys
                )
                diagnostics += context.diagnostic(check, finding).map(\.hardened)
            }
        }
        return (built, diagnostics)
    }
}
