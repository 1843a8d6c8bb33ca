/// Every key there is; what is not here is an error in a file.
package enum ConfigSchema {
    /// The files, in the order of the documentation.
    package static let files = ["app", "policy", "universe", "signals", "strategies"]

    /// All keys in the order of the documentation.
    package static let keys: [KeySpec] = Keys.groups.flatMap(\.specs)

    /// The keys of profiles, in the order of the documentation.
    static let profileKeys: [KeySpec.ProfileKey] = keys.compactMap {
        guard case .profile(let key) = $0.use else { return nil }
        return key
    }

    /// The key of a name, where `*` matches a name of the operator's own.
    package static func spec(of name: String) -> KeySpec? {
        if let exact = byName[name] { return exact }
        guard case .key(let spec)? = KeyTree.all.leaf(of: name) else { return nil }
        return spec
    }

    private static let byName = Dictionary(keys.map { ($0.name, $0) }) { first, _ in first }
}

/// The names of all keys, old ones too, as the tree that files are walked along.
struct KeyTree: Sendable {
    /// What stands at the end of a name.
    enum Leaf: Sendable {
        case key(KeySpec)
        case alias(KeyAlias)
        case retired(RetiredKey)
    }

    private(set) var children: [String: KeyTree] = [:]
    private(set) var leaf: Leaf?

    /// The tree of all files; the first level is the file.
    static let all: KeyTree = {
        var tree = KeyTree()
        for retired in ConfigSchema.retired {
            tree.insert(.retired(retired), parts(retired.name))
        }
        for alias in ConfigSchema.aliases {
            tree.insert(.alias(alias), parts(alias.name))
        }
        for key in ConfigSchema.keys {
            tree.insert(.key(key), parts(key.name))
        }
        return tree
    }()

    static func parts(_ name: String) -> ArraySlice<String> {
        name.split(whereSeparator: { $0 == ":" || $0 == "." }).map(String.init)[...]
    }

    private mutating func insert(_ leaf: Leaf, _ path: ArraySlice<String>) {
        guard let first = path.first else {
            self.leaf = leaf
            return
        }
        children[first, default: KeyTree()].insert(leaf, path.dropFirst())
    }

    /// The branch below a name.
    func child(_ name: String) -> KeyTree? {
        children[name] ?? children["*"]
    }

    func leaf(of name: String) -> Leaf? {
        Self.parts(name).reduce(Optional(self)) { $0?.child($1) }?.leaf
    }
}
