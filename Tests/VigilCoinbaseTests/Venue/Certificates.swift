import Testing
import VigilTestSupport

/// The certificates and keys of a simulator that was started for them alone, shared by the tests of a suite.
struct Certificates: SuiteTrait, TestScoping {
    @TaskLocal static var folder: ScratchFolder?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let sim = try Server.sim("--products", "1")
        sim.stop()
        try await Self.$folder.withValue(sim.scratch) { try await function() }
    }
}

extension Trait where Self == Certificates {
    static var certificates: Self { Certificates() }
}
