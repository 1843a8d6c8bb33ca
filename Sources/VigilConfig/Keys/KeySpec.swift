package import VigilModel

/// What is known of a key without its type: what documentation, editors and the readers of files need.
package struct KeySpec: Sendable {
    /// What becomes of its value; a key of no use cannot be declared.
    enum Use: Sendable {
        /// It is put where the engine reads it; the last word is the operator's own, for a key with a star.
        case fills(@Sendable (inout ConfigDraft, _ texts: [String], _ word: String) -> Void)
        /// It counts where a key that inherits it is not stated.
        case inherited
        /// Checks alone read it.
        case checks
        /// It belongs to a profile, which sets another key while it is active; nil for the profile's name.
        case profile(ProfileKey?)
        /// Only people read it.
        case people
        /// A subsystem that is still to come will honour it; until then stating anything but `meanwhile`,
        /// which is what the engine does, is a warning.
        case waits(for: String, meanwhile: String? = nil)
    }

    /// What a key of a profile sets.
    struct ProfileKey: Sendable {
        /// Its name below the profile's.
        let key: String
        /// The key that it sets, with its file.
        let target: String
        /// What its value is multiplied by.
        let factor: Int
    }

    /// The file, without `.yaml`.
    package let file: String
    /// The dotted path in it; `*` stands for a name of the operator's own.
    package let path: String
    /// The type, unit and range.
    package let kind: ValueKind
    /// The value where the file has none.
    package let standard: String
    /// What it means.
    package let meaning: String
    /// False where it changes no decision and so is not part of the decision hash.
    package let decides: Bool
    /// The key whose value counts where the file has none of this one.
    package let inherits: String?
    /// What becomes of its value.
    let use: Use

    /// `file:path`, the key's full name.
    package var name: String { "\(file):\(path)" }
    /// The default in words.
    package var standardText: String {
        if let inherits { return "that of `\(inherits)`" }
        return standard.isEmpty ? "none" : "`\(standard)`"
    }
    /// The subsystem that is still to come and will honour it.
    package var waitsFor: String? {
        guard case .waits(let subsystem, _) = use else { return nil }
        return subsystem
    }
    /// The value that says what the engine does until then.
    package var meanwhile: String? {
        guard case .waits(_, let meanwhile) = use else { return nil }
        return meanwhile
    }

    init(
        _ name: String,
        _ kind: ValueKind,
        _ standard: String,
        _ meaning: String,
        decides: Bool = true,
        inherits: String? = nil,
        use: Use
    ) {
        let parts = name.split(separator: ":", maxSplits: 1)
        file = String(parts[0])
        path = String(parts[1])
        self.kind = kind
        self.standard = standard
        self.meaning = meaning
        self.decides = decides
        self.inherits = inherits
        self.use = use
    }
}

/// A name of the predecessor's for a key that has another one here; it is honoured, with a warning.
package struct KeyAlias: Sendable {
    /// The old name, with its file.
    package let name: String
    /// The key it stands for, with its file.
    package let target: String
    /// What the old value is multiplied by, where its unit was another one.
    package let factor: Int

    init(_ name: String, _ target: String, times factor: Int = 1) {
        self.name = name
        self.target = target
        self.factor = factor
    }
}

/// A key of the predecessor's, or a whole section, that means nothing here.
package struct RetiredKey: Sendable {
    /// The old name, with its file; everything below it is meant as well.
    package let name: String
    /// Why there is no such key.
    package let why: String
    /// What to use for it.
    package let instead: String
    /// A value against whose intent the engine would act: an error, not a warning.
    package let refused: String?
    /// True where a check of its own reports it.
    package let isChecked: Bool

    init(
        _ name: String,
        _ why: String,
        _ instead: String = "nothing",
        refused: String? = nil,
        isChecked: Bool = false
    ) {
        self.name = name
        self.why = why
        self.instead = instead
        self.refused = refused
        self.isChecked = isChecked
    }
}
