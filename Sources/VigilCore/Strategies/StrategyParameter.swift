package import VigilModel

/// Something that a strategy asks of its operator, declared beside the field it fills.
///
/// A declaration is all it takes: the files' checks of type and range, `vigil config explain`, the JSON Schema, the
/// reference page and the hash of the configuration know every parameter of every registered strategy.
package struct StrategyParameter<Owner: Sendable>: Sendable {
    /// Its path below `strategies.<name>` in `strategies.yaml`.
    package let path: String
    /// The type, unit and range.
    package let kind: ValueKind
    /// The value where the file has none.
    package let standard: String
    /// What it means, in a sentence that an operator reads.
    package let meaning: String
    /// The key whose value counts where the file has none of this one.
    package let inherits: String?
    /// Puts a legal text into the strategy's parameters.
    package let fill: @Sendable (inout Owner, _ texts: [String]) -> Void

    /// A parameter, and the field it fills.
    package init<Value>(
        _ path: String,
        _ type: ValueType<Value>,
        _ standard: String,
        _ meaning: String,
        inherits: String? = nil,
        sets: @escaping @Sendable (inout Owner, Value) -> Void
    ) {
        self.path = path
        kind = type.kind
        self.standard = standard
        self.meaning = meaning
        self.inherits = inherits
        fill = { sets(&$0, type.read($1)) }
    }
}

/// All that the operator may set for one strategy.
package protocol StrategyParameters: Sendable {
    /// Values with which nothing is bought, before any is read.
    init()

    /// Each parameter once, in the order of the documentation.
    static var declared: [StrategyParameter<Self>] { get }

    /// Every way in which a position of the strategy may be left; an adopted position takes the tightest of all.
    var exitPlans: [ExitPlan] { get }
}

/// What the configuration says about one strategy.
package struct StrategySettings: Sendable {
    /// Whether its wishes are heard.
    package var enabled: Bool
    /// What it declared, filled.
    package var parameters: any StrategyParameters

    /// Joins both.
    package init(enabled: Bool, parameters: any StrategyParameters) {
        self.enabled = enabled
        self.parameters = parameters
    }
}
