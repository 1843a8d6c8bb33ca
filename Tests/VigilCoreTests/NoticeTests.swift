import Testing
import VigilModel

@testable import VigilCore

extension AlertingCore.Event {
    /// Something that lasts begins or goes on, in whatever words.
    static func raised(
        _ kind: AlertKind,
        _ subject: String,
        _ severity: Severity,
        _ text: String
    ) -> Self {
        .noticed(Notice(kind, subject, .begins(severity), text))
    }

    /// It is over.
    static func resolved(_ kind: AlertKind, _ subject: String) -> Self {
        .noticed(Notice(kind, subject, .ends))
    }
}

/// The table of what an operator is told.
@Suite struct NoticeTests {
    private static let order = ClientOrderID("v-1")
    private static let halt = Halt(.feedGap, Sample.btc)

    /// Each notice, with its counterpart where it has one.
    private static let pairs: [(notice: Notice, end: Notice?)] = [
        (
            .halted(ActiveHalt(halt, detail: "no messages", raisedAt: Sample.now)),
            .cleared(halt)
        ),
        (.reduceOnly(because: "no certificate"), .cleared(Halt(.permit))),
        (.exitUnfilled(Sample.btc, .stopLoss), .exitFilled(Sample.btc)),
        (.blind(Sample.btc), .leftBlind(Sample.btc)),
        (.unseen(Sample.btc, since: Sample.now), .leftBlind(Sample.btc)),
        (.unsellable(Sample.btc, .cancelOnly), .sellable(Sample.btc)),
        (.exitShort(Sample.btc, wanted: .zero, available: .zero), .exitWhole(Sample.btc)),
        (.orderUnsettled(order, since: Sample.now), .orderSettled(order)),
        (.storageRefused(.ledger, "disk full"), .storageWritten(.ledger)),
        (.storageRefused(.audit, "disk full"), .storageWritten(.audit)),
        (.paperStoreRefused("disk full"), .paperStoreWritten),
        (.backupFailed(into: "copies", "disk full"), .backupMade),
        (.entriesDenied(since: Sample.now, [.cash: 3]), .entriesAllowed),
        (.cycleAborted(7, reason: "stage_timeout"), nil),
        (.anomaly(of: order, .filled, .rejected), nil),
        (.recordLeftOut("a second fill"), nil),
        (.productClosed(Sample.btc, "not in your region"), nil),
        (.careFailed(looks: 3), nil),
        (.recovered("killed, one order canceled"), nil),
        (.positionClosed(Sample.btc, Money(raw: -5, currency: .usd)), nil),
        (.stopFired(Sample.btc), nil),
    ]

    @Test func `what begins has an end of its own kind and subject, and what happens has none`() {
        for (notice, end) in Self.pairs {
            switch notice.role {
            case .begins:
                #expect(notice.kind.lasts, "\(notice)")
                #expect(end?.role == .ends, "\(notice)")
                #expect(end?.kind == notice.kind && end?.subject == notice.subject, "\(notice)")
                #expect(end?.text == "", "\(notice)")
            case .happens:
                #expect(!notice.kind.lasts && end == nil, "\(notice)")
            case .ends: Issue.record("\(notice) ends nothing that is in the table")
            }
        }
    }

    @Test func `every kind of alert is in the table, and says what happened`() {
        #expect(Set(Self.pairs.map(\.notice.kind)) == Set(AlertKind.allCases))
        for (notice, _) in Self.pairs {
            #expect(notice.text.count > 8, "\(notice)")
        }
    }

    @Test func `what cannot be protected or known is worth waking up for`() {
        let critical = Self.pairs.map(\.notice).filter { notice in
            switch notice.role {
            case .begins(let severity), .happens(let severity): severity == .critical
            case .ends: false
            }
        }
        #expect(
            critical.map(\.kind) == [
                .halt, .exitUnfilled, .blind, .blind, .exitShort, .orderUnsettled,
                .ledgerUnwritable,
                .ledgerUnwritable, .venueUnwritable, .anomaly, .careFailed,
            ]
        )
        #expect(Notice.blind(Sample.btc).text.contains("its stop-loss cannot fire"))
    }

    @Test func `what only happens is told once a minute, what came in between behind it`() throws {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(300))
        func tell(_ event: AlertingCore.Event, _ seconds: Int) throws -> [AlertingCore.Effect] {
            try core.handle(event, at: Sample.now + .seconds(seconds))
        }
        let notice = Notice.cycleAborted(7, reason: "stage_timeout")
        let first = try tell(.noticed(notice), 0)
        guard case .deliver(let alert)? = first.first else {
            Issue.record("\(first)")
            return
        }
        #expect(first.count == 1, "nothing is planned for it")
        #expect(alert.severity == .warning && alert.count == 1)
        #expect(try tell(.noticed(notice), 30) == [.wake(at: Sample.now + .seconds(60))])
        #expect(try tell(.noticed(.cycleAborted(8, reason: "stage_timeout")), 40).isEmpty)
        #expect(try tell(.timerFired, 59).isEmpty)
        guard case .deliver(let later)? = try tell(.timerFired, 60).first else {
            Issue.record("what came in between is lost")
            return
        }
        #expect(later.count == 2 && !later.escalated && later.detail.hasPrefix("cycle 8"))
        #expect(try tell(.timerFired, 400).isEmpty, "it never escalates")
    }
}
