import Testing
import VigilCore
import VigilModel

/// What a permit to enter with real money asks for, each thing by itself.
@Suite struct LivePermitTests {
    private func judge(
        _ change: (inout PermitEvidence) -> Void = { _ in }
    ) -> (permit: LivePermit?, objections: [String]) {
        var evidence = PermitEvidence(
            certificate: .simulatedVenue,
            canTrade: true,
            canTransfer: false,
            skew: .milliseconds(20),
            skewMax: .milliseconds(150)
        )
        change(&evidence)
        return LivePermit.judge(evidence)
    }

    @Test func `with every piece of evidence there is a permit, and nothing is objected to`() {
        #expect(judge().permit != nil)
        #expect(judge().objections.isEmpty)
    }

    @Test(arguments: [
        "no rehearsal", "the key may not trade", "the key may transfer", "the clocks differ",
    ])
    func `each piece that is missing is a reason of its own for no permit`(reason: String) {
        let judged = judge { evidence in
            switch reason {
            case "no rehearsal": evidence.certificate = .missing
            case "the key may not trade": evidence.canTrade = false
            case "the key may transfer": evidence.canTransfer = true
            default: evidence.skew = .milliseconds(151)
            }
        }
        #expect(judged.permit == nil)
        #expect(judged.objections.count == 1)
        #expect(judged.objections.first?.hasPrefix(reason) == true)
    }

    @Test func `everything that is missing is named at once`() {
        let judged = judge {
            ($0.certificate, $0.canTrade, $0.canTransfer) = (.missing, false, true)
            $0.skew = .seconds(9)
        }
        #expect(judged.permit == nil)
        #expect(judged.objections.count == 4)
    }

    @Test(arguments: [(150, true), (-150, true), (151, false), (-151, false), (0, true)])
    func `clocks may differ by the tolerance, either way, and by no more`(
        milliseconds: Int,
        isPermitted: Bool
    ) {
        let judged = judge { $0.skew = .milliseconds(milliseconds) }
        #expect((judged.permit != nil) == isPermitted)
    }
}
