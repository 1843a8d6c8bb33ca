internal import VigilModel

/// Anything that a finding may point at by its name in the files.
protocol KeyName: Sendable {
    /// `file:path`.
    var name: String { get }
}

/// A key of any type.
protocol ConfigKey: KeyName {
    /// What the documentation, the editors and the readers of files know of it.
    var spec: KeySpec { get }
}

extension ConfigKey {
    var name: String { spec.name }
}

/// One key of the configuration in one declaration: its name, type, range, unit, default and meaning, and the
/// field of the engine's policy that it fills.
///
/// Checks read it by this declaration, `context[Keys.risk.dailyStop]`, so that a misspelt name or a value read as
/// another type does not compile. A key that fills nothing has to say what it is for.
struct Key<Value: Sendable>: ConfigKey {
    let spec: KeySpec
    let type: ValueType<Value>

    /// A key that fills a field.
    init(
        _ name: String,
        _ type: ValueType<Value>,
        _ standard: String,
        _ meaning: String,
        decides: Bool = true,
        inherits: String? = nil,
        fills field: any WritableKeyPath<ConfigDraft, Value> & Sendable
    ) {
        self.init(name, type, standard, meaning, decides: decides, inherits: inherits) {
            $0[keyPath: field] = $1
        }
    }

    /// A key that fills more than a field, or one together with others.
    init(
        _ name: String,
        _ type: ValueType<Value>,
        _ standard: String,
        _ meaning: String,
        decides: Bool = true,
        inherits: String? = nil,
        sets: @escaping @Sendable (inout ConfigDraft, Value) -> Void
    ) {
        self.type = type
        spec = KeySpec(
            name,
            type.kind,
            standard,
            meaning,
            decides: decides,
            inherits: inherits,
            use: .fills { draft, texts, _ in sets(&draft, type.read(texts)) }
        )
    }

    /// A key that ends with a star, for words of the operator's own such as the names of themes: `each` is told the
    /// word.
    init(
        _ name: String,
        _ type: ValueType<Value>,
        _ meaning: String,
        each: @escaping @Sendable (inout ConfigDraft, _ word: String, Value) -> Void
    ) {
        self.type = type
        spec = KeySpec(
            name,
            type.kind,
            "",
            meaning,
            use: .fills { draft, texts, word in each(&draft, word, type.read(texts)) }
        )
    }

    /// A key that fills nothing, and why.
    init(
        _ name: String,
        _ type: ValueType<Value>,
        _ standard: String,
        _ meaning: String,
        decides: Bool = true,
        use: KeySpec.Use
    ) {
        self.type = type
        spec = KeySpec(name, type.kind, standard, meaning, decides: decides, use: use)
    }
}

/// One of the keys that a key with a star stands for.
struct WordKey: KeyName {
    let name: String
}

extension ConfigKey {
    /// The key with the operator's own word in the place of its star.
    func of(_ word: String) -> WordKey {
        WordKey(
            name: name.split(separator: "*", omittingEmptySubsequences: false).joined(
                separator: word
            )
        )
    }
}

/// Keys that belong together; the schema is what its declarations say, in their order.
protocol KeyGroup: Sendable {}

extension KeyGroup {
    /// All keys of the group and of the groups in it.
    var specs: [KeySpec] { Mirror(reflecting: self).children.flatMap { Self.specs(of: $0.value) } }

    private static func specs(of value: Any) -> [KeySpec] {
        if let key = value as? any ConfigKey { return [key.spec] }
        if let group = value as? any KeyGroup { return group.specs }
        if let keys = value as? [any ConfigKey] { return keys.map(\.spec) }
        return (value as? [any KeyGroup])?.flatMap(\.specs) ?? []
    }
}

/// Every key there is, by what it is about.
enum Keys {
    static let app = AppKeys()
    static let loop = LoopKeys()
    static let risk = RiskKeys()
    static let sizing = SizingKeys()
    static let breakers = BreakerKeys()
    static let regime = RegimeKeys()
    static let execution = ExecutionKeys()
    static let exits = ExitKeys()
    static let care = CareKeys()
    static let universe = UniverseKeys()
    static let signals = SignalKeys()
    static let strategies = StrategiesKeys()

    /// In the order of the documentation.
    static let groups: [any KeyGroup] = [
        app, loop, risk, sizing, breakers, regime, execution, exits, care, universe, signals,
        strategies,
    ]
}
