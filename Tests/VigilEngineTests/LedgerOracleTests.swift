import Testing
import VigilConfig
import VigilCore
import VigilModel
import VigilRehearsal
import VigilTestSupport

/// Ledger, audit log and the paper venue's books against an independent reading in Python.
@Suite struct LedgerOracleTests {
    @Test(arguments: [UInt64(3), 8])
    func `what the ledger, the audit log and the venue say of a random day agrees`(
        seed: UInt64
    )
        throws
    {
        let fixture = try EngineFixture()
        let result = try fixture.run(seed: seed, hours: 4) {
            // Entries and halts, or what is planted in them would not be there.
            $0.policy.triggers.repeatAfter = .zero
            $0.policy.risk.breakers.volatilityMaxPct = 90
        }
        try fixture.checkInvariants(result.venue)
        let said = try Oracle.lines("ledger.py", fixture.folder)
        #expect(said.count == 1, "\(said.joined(separator: "\n"))")
        #expect(said.last?.hasSuffix(": 0 differences") == true)
        // A day without fills would agree with anything.
        #expect(said.last?.contains(" 0 fills") == false)
        let planted = try Oracle.lines("ledger.py", fixture.folder, "--planted")
        #expect(planted.count == 1, "\(planted.joined(separator: "\n"))")
        #expect(planted.last?.hasSuffix("missed 0") == true)
    }
}
