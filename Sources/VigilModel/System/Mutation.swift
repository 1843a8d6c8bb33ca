#if MUTANTS
internal import Glibc
#endif

/// Breakages that the tests must find, in builds that are made to be broken; elsewhere there are none.
package enum Mutation {
    #if MUTANTS
    private static let name = unsafe getenv("VIGIL_MUTANT").map { unsafe String(cString: $0) }

    /// True for the one breakage that the environment names.
    package static func isOn(_ mutant: @autoclosure () -> String) -> Bool { name == mutant() }
    #else
    /// Never true: there is nothing in a build that trades that could be turned on.
    @inlinable
    package static func isOn(_ mutant: @autoclosure () -> String) -> Bool { false }
    #endif
}
