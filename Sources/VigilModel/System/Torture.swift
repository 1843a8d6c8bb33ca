#if TORTURE
internal import Glibc
internal import Synchronization
#endif

/// Places at which a torture build can be killed; in every other build they are nothing.
package enum Torture {
    #if TORTURE
    /// `NAME:N`: the process ends at the Nth time that a place is passed; `any` counts them all.
    private static let plan: (name: String, count: Int)? = {
        guard let text = unsafe getenv("VIGIL_TORTURE").map({ unsafe String(cString: $0) }),
            let colon = text.lastIndex(of: ":"),
            let count = Int(text[text.index(after: colon)...])
        else { return nil }
        return (String(text[..<colon]), count)
    }()
    private static let passed = Atomic<Int>(0)

    /// Ends the process without another instruction, where that is planned.
    package static func point(_ name: StaticString) {
        guard let plan, plan.name == "any" || plan.name == "\(name)" else { return }
        let count = passed.wrappingAdd(1, ordering: .relaxed).newValue
        guard count == plan.count else { return }
        let text = "tortured at \(name)\n"
        _ = unsafe text.withCString { unsafe write(2, $0, text.utf8.count) }
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
    #else
    /// Nothing.
    @inlinable
    package static func point(_ name: StaticString) {}
    #endif
}
