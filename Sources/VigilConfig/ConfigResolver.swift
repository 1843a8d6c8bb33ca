internal import VigilModel

/// Settles what each key is worth: its own name, an old one, the active profile, another key, the
/// standard; and says where two of them disagree.
struct ConfigResolver {
    private(set) var entries: [String: ConfigEntry] = [:]
    private(set) var diagnostics: [Diagnostic] = []
    private let loader: ConfigLoader
    /// Where retired keys are stated that a check looks for.
    var retired: [String: DiagnosticSpan] { loader.retired }

    /// True where a file has something in a section.
    func hasSection(_ name: String) -> Bool { loader.sections[name]?.isEmpty == false }
    /// Keys that are stated, and not with a value.
    var broken: Set<String> { loader.broken }
    /// The files that could not be read, without `.yaml`.
    var unread: Set<Substring> {
        let broken = loader.diagnostics.filter { ["V0001", "V0002"].contains($0.code) }
        return Set(
            broken.flatMap { $0.place.file.split(separator: "/").suffix(1) }
                .map { $0.prefix { $0 != "." } }
        )
    }

    init(_ loader: ConfigLoader) {
        self.loader = loader
        diagnostics = loader.diagnostics + loader.unresolved
        begin()
        takeAliases()
        takeProfile()
        inherit()
        noteWaiting()
    }

    private mutating func begin() {
        for spec in ConfigSchema.keys where !spec.path.contains("*") {
            entries[spec.name] =
                loader.stated[spec.name]
                ?? ConfigEntry(
                    spec: spec,
                    name: spec.name,
                    texts: spec.kind.isList
                        ? spec.standard.split(separator: " ").map(String.init) : [spec.standard],
                    place: SourcePlace(file: spec.file + ".yaml"),
                    line: nil,
                    length: 1,
                    origin: .standard
                )
        }
        for (name, entry) in loader.stated where entry.spec.path.contains("*") {
            entries[name] = entry
            if let theme = name.split(separator: ".").last, theme != entry.word,
                name.hasSuffix("LAYER\(entry.word.dropFirst())")
            {
                warn(
                    "V0007",
                    "`\(entry.word)` and `\(theme)` are one theme",
                    [entry.span("")],
                    "write `\(theme)`; `vigil config migrate` does"
                )
            }
        }
        for (ignored, kept) in loader.doubled {
            warn(
                "V0008",
                "`\(ignored.word)` and `\(kept.word)` are one theme with two values",
                [ignored.span("\(ignored.text), ignored"), kept.span("\(kept.text), what counts")],
                "remove the one that you do not mean"
            )
        }
    }

    private mutating func warn(
        _ code: String,
        _ summary: String,
        _ spans: [DiagnosticSpan],
        _ help: String
    ) {
        diagnostics.append(
            Diagnostic(severity: .warning, code: code, summary: summary, spans: spans, help: help)
        )
    }

    private mutating func takeAliases() {
        for alias in ConfigSchema.aliases {
            guard let old = loader.aliased[alias.name]?.entry, let current = entries[alias.target]
            else { continue }
            let target = Self.path(alias.target)
            if current.origin == .standard {
                entries[alias.target] = old
                warn(
                    "V0007",
                    "`\(Self.path(alias.name))` is called `\(target)` here"
                        + (alias.factor == 1 ? "" : ", and is \(alias.factor) times this number"),
                    [old.span("")],
                    "`vigil config migrate` renames it"
                )
            } else if current.canonical == old.canonical {
                warn(
                    "V0007",
                    "`\(Self.path(alias.name))` says again what `\(target)` says",
                    [old.span("again"), current.span("what counts")],
                    "remove the first; `vigil config migrate` does"
                )
            } else {
                warn(
                    "V0008",
                    "`\(Self.path(alias.name))` and `\(target)` are one thing with two values",
                    [
                        old.span("\(old.text), ignored"),
                        current.span("\(current.text), what counts"),
                    ],
                    "remove the one that you do not mean"
                )
            }
        }
    }

    private mutating func takeProfile() {
        guard let name = entries[Keys.sizing.profile.name]?.texts.first, !name.isEmpty else {
            return
        }
        for key in ConfigSchema.profileKeys {
            let target = key.target
            guard let value = entries["policy:profiles.\(name).\(key.key)"],
                let current = entries[target]
            else { continue }
            let taken = current.taking(value, times: key.factor, .profile(name))
            if current.origin == .stated, current.canonical != taken.canonical {
                warn(
                    "V0014",
                    "the profile `\(name)` sets `\(Self.path(target))`",
                    [
                        value.span("\(taken.text), what counts"),
                        current.span("\(current.text), ignored"),
                    ],
                    "keep one of the two"
                )
            }
            entries[target] = taken
        }
    }

    private mutating func inherit() {
        for (name, entry) in entries where entry.origin == .standard {
            guard let parent = entry.spec.inherits.flatMap({ entries[$0] }) else { continue }
            entries[name] = entry.taking(parent, times: 1, .inherited)
        }
    }

    /// One finding for each subsystem that is still to come.
    private mutating func noteWaiting() {
        let waiting = ConfigSchema.keys.compactMap(\.waitsFor)
        var seen: Set<String> = []
        for subsystem in waiting where seen.insert(subsystem).inserted {
            let blamed = entries.values.filter {
                $0.spec.waitsFor == subsystem && $0.origin == .stated
                    && $0.canonical != $0.spec.meanwhile
            }
            .sorted { ($0.place, $0.name) < ($1.place, $1.name) }
            guard !blamed.isEmpty else { continue }
            warn(
                "V0010",
                "not honoured yet: waits for \(subsystem)",
                blamed.prefix(12).map { $0.span($0.word) },
                "until then it changes nothing; `vigil config explain` says what it will do"
            )
        }
    }

    static func path(_ name: String) -> String {
        name.split(separator: ":").last.map(String.init) ?? name
    }
}
