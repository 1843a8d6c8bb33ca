#if MUTANTS
import Glibc

/// A breakage that the tests must find; only in builds that are made to be broken.
package enum Mutation {
    private static let name = unsafe getenv("VIGIL_MUTANT").map { unsafe String(cString: $0) }

    /// True for the one breakage that the environment names.
    package static func isOn(_ mutant: String) -> Bool { name == mutant }
}
#endif
