import Foundation
import Testing
import VigilCore
import VigilLedger
import VigilModel
import VigilTestSupport

/// Copies of a ledger, and the way back.
@Suite struct LedgerMaintenanceTests {
    private let scratch: ScratchFolder
    private var folder: String { scratch.path }
    private let now = Instant(seconds: 1_767_571_200)
    private var path: String { folder + "/ledger.sqlite" }
    private var copies: String { folder + "/backups" }

    init() throws {
        scratch = try ScratchFolder()
    }

    private func store() throws -> LedgerStore {
        try LedgerStore(path: path, auditDirectory: folder + "/audit", freshInstance: "instance")
    }

    /// A run that books so many dollars.
    private func book(_ dollars: Int, run: String) throws {
        var store = try store()
        try store.beginRun(
            .init(id: RunID(run), mode: .paper, configHash: "", configuration: "{}"),
            at: now
        )
        _ = try store.write([.flow(Money("\(dollars)", .usd), reason: "test")], at: now)
        try store.endRun(at: now)
    }

    private func booked() throws -> String? {
        try store().load().replay.books.flows[.usd]?.amount
    }

    @Test func `the newest copies always stay`() throws {
        try book(1, run: "one")
        for days in [0, 1, 20] {
            let at = now + .seconds(86_400 * days)
            _ = try LedgerMaintenance.backup(path: path, into: copies, at: at)
        }
        #expect(try LedgerMaintenance.backups(in: copies).count == 3)
        #expect(
            try LedgerMaintenance.lastBackup(in: copies, at: Instant(nanoseconds: .max)) == now
                + .seconds(86_400 * 20)
        )
        try LedgerMaintenance.prune(copies, keeping: 14, at: now + .seconds(86_400 * 20))
        #expect(try LedgerMaintenance.backups(in: copies).count == 3)
    }

    @Test func `a restored copy is what it was, and the audit log goes on behind it`() throws {
        try book(1, run: "one")
        let copy = try LedgerMaintenance.backup(path: path, into: copies, at: now)
        try book(10, run: "two")
        #expect(try booked() == "11")
        try LedgerMaintenance.restore(
            copy,
            to: path,
            auditDirectory: folder + "/audit",
            at: now + .seconds(60)
        )
        #expect(try booked() == "1")
        try book(100, run: "three")
        #expect(try booked() == "101")
        #expect(try isIntact())
        // Every line is there, those of the ledger that was replaced too, and it is said where they are.
        let restores = try AuditVerifier.restores(directory: folder + "/audit")
        #expect(restores.count == 1)
        #expect(restores.first?.hasSuffix("which knew the log up to line 3") == true, "\(restores)")
        #expect(restores.first?.hasPrefix("line 7: ") == true, "\(restores)")
    }

    private func isIntact() throws -> Bool {
        let head = try store().auditHead()
        guard case .intact = try AuditVerifier.verify(directory: folder + "/audit", head: head)
        else { return false }
        return true
    }

    @Test func `what was replaced can be brought back, and the log tells of both`() throws {
        try book(1, run: "one")
        let copy = try LedgerMaintenance.backup(path: path, into: copies, at: now)
        try book(10, run: "two")
        func restore(_ copy: String, at seconds: Int) throws -> String? {
            try LedgerMaintenance.restore(
                copy,
                to: path,
                auditDirectory: folder + "/audit",
                at: now + .seconds(seconds)
            )
        }
        let old = try #require(try restore(copy, at: 60))
        #expect(try booked() == "1")
        _ = try restore(old, at: 120)
        #expect(try booked() == "11")
        try book(100, run: "three")
        #expect(try booked() == "111")
        #expect(try isIntact())
        #expect(try AuditVerifier.restores(directory: folder + "/audit").count == 2)
    }

    @Test
    func `a copy of another installation or account is refused, unless that is what is wanted`()
        throws
    {
        try book(1, run: "one")
        let other = folder + "/other.sqlite"
        var live = try LedgerStore(
            path: other,
            auditDirectory: folder + "/other-audit",
            freshInstance: "elsewhere"
        )
        try live.beginRun(
            .init(id: RunID("live"), mode: .live, configHash: "", configuration: "{}"),
            at: now
        )
        try live.endRun(at: now)
        func restore(foreign: Bool) throws {
            try LedgerMaintenance.restore(
                other,
                to: path,
                auditDirectory: folder + "/audit",
                foreign: foreign,
                at: now
            )
        }
        let error = #expect(throws: LedgerError.self) { try restore(foreign: false) }
        #expect(error?.code == .otherAccount)
        #expect(
            error?.message.contains(
                "`elsewhere`, LIVE, and the ledger here of `instance`, on paper"
            ) == true
        )
        #expect(try booked() == "1")
        try restore(foreign: true)
        #expect(try store().instanceName == "elsewhere")
    }

    @Test func `a restore that was killed at any step leaves a ledger, and can be called again`()
        throws
    {
        try book(1, run: "one")
        let copy = try LedgerMaintenance.backup(path: path, into: copies, at: now)
        try book(10, run: "two")
        // Behind the copying, and behind the link: what a kill leaves of it.
        try Data("half".utf8).write(to: URL(fileURLWithPath: path + ".part"))
        try FileManager.default.linkItem(atPath: path, toPath: path + ".replaced-20260105T000100Z")
        #expect(try booked() == "11")
        try LedgerMaintenance.restore(
            copy,
            to: path,
            auditDirectory: folder + "/audit",
            at: now + .seconds(60)
        )
        #expect(try booked() == "1")
        #expect(!FileManager.default.fileExists(atPath: path + ".part"))
    }

    @Test func `the log of a ledger that is gone is put aside, and not played into the copy`()
        throws
    {
        try book(1, run: "one")
        let copy = try LedgerMaintenance.backup(path: path, into: copies, at: now)
        // A run that is under way: what it wrote stands in the write-ahead log alone.
        var running = try store()
        try running.beginRun(
            .init(id: RunID("two"), mode: .paper, configHash: "", configuration: "{}"),
            at: now
        )
        _ = try running.write([.flow(Money("10", .usd), reason: "test")], at: now)
        let log = try #require(FileManager.default.contents(atPath: path + "-wal"))
        #expect(!log.isEmpty)
        try running.endRun(at: now)
        for part in ["", "-shm"] {
            try? FileManager.default.removeItem(atPath: path + part)
        }
        try log.write(to: URL(fileURLWithPath: path + "-wal"))
        try LedgerMaintenance.restore(
            copy,
            to: path,
            auditDirectory: folder + "/audit",
            at: now + .seconds(60)
        )
        #expect(try booked() == "1")
        let kept = path + ".replaced-20260105T000100Z-wal"
        #expect(FileManager.default.contents(atPath: kept) == log)
    }

    @Test func `a ledger that is damaged is replaced also where a power cut tore the audit log`()
        throws
    {
        try book(1, run: "one")
        let copy = try LedgerMaintenance.backup(path: path, into: copies, at: now)
        try Data("no ledger".utf8).write(to: URL(fileURLWithPath: path))
        let audit = folder + "/audit/audit-20260105.jsonl"
        let lines = try #require(FileManager.default.contents(atPath: audit))
        try (lines + Data(#"{"at":"2026-01"#.utf8)).write(to: URL(fileURLWithPath: audit))
        try LedgerMaintenance.restore(copy, to: path, auditDirectory: folder + "/audit", at: now)
        #expect(try booked() == "1")
        #expect(try isIntact())
    }

    @Test func `a copy is begun only where the ledger keeps as much room as the copy takes`() throws
    {
        try book(1, run: "one")
        let sizes = try ["", "-wal"].map { part in
            let there = FileManager.default.fileExists(atPath: path + part)
            return there ? try Data(contentsOf: URL(fileURLWithPath: path + part)).count : 0
        }
        let needed = Int64(sizes.reduce(0, +))
        let error = #expect(throws: LedgerError.self) {
            try LedgerMaintenance.backup(path: path, into: copies, at: now) { _ in needed * 2 - 1 }
        }
        #expect(error?.message.contains("takes \(needed) bytes") == true)
        #expect(try LedgerMaintenance.backups(in: copies).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: copies).isEmpty)
        _ = try LedgerMaintenance.backup(path: path, into: copies, at: now) { _ in needed * 2 }
        #expect(try LedgerMaintenance.backups(in: copies).count == 1)
        #expect(try (1..<Int64.max).contains(LedgerMaintenance.freeBytes(copies)))
    }

    @Test func `a ledger that is missing beside its audit log is not begun anew`() throws {
        try book(1, run: "one")
        let copy = try LedgerMaintenance.backup(path: path, into: copies, at: now)
        for part in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: path + part)
        }
        let error = #expect(throws: LedgerError.self) { _ = try store() }
        #expect(error?.code == .corrupt)
        #expect(
            error?.message.contains("vigil ledger restore \(copy)") == true,
            "\(error?.message ?? "")"
        )
        #expect(!FileManager.default.fileExists(atPath: path))
        try LedgerMaintenance.restore(copy, to: path, auditDirectory: folder + "/audit", at: now)
        #expect(try booked() == "1")
        #expect(try isIntact())
    }

    @Test func `what is no ledger is refused, and nothing is touched`() throws {
        try book(1, run: "one")
        let rubbish = folder + "/rubbish.sqlite"
        try Data(repeating: 7, count: 9_000).write(to: URL(fileURLWithPath: rubbish))
        #expect(throws: LedgerError.self) {
            try LedgerMaintenance.restore(
                rubbish,
                to: path,
                auditDirectory: folder + "/audit",
                at: now
            )
        }
        #expect(try booked() == "1")
    }

    @Test func `a copy with any one of its pages damaged is refused, and the ledger stays`() throws
    {
        try book(1, run: "one")
        let copy = try LedgerMaintenance.backup(path: path, into: copies, at: now)
        try book(10, run: "two")
        let whole = try Data(contentsOf: URL(fileURLWithPath: copy))
        let page = Int(whole[16]) << 8 + Int(whole[17])
        #expect(page >= 512 && whole.count % page == 0)
        let before = try files()
        for number in 0..<whole.count / page {
            var damaged = whole
            for index in number * page..<(number + 1) * page {
                damaged[index] ^= 0xff
            }
            try damaged.write(to: URL(fileURLWithPath: copy))
            let error = #expect(throws: LedgerError.self, "page \(number + 1)") {
                try LedgerMaintenance.restore(
                    copy,
                    to: path,
                    auditDirectory: folder + "/audit",
                    at: now + .seconds(60)
                )
            }
            #expect(error?.code == .corrupt)
            #expect(try files() == before, "page \(number + 1)")
        }
        #expect(try booked() == "11")
    }

    @Test func `a copy that is cut off is refused, and the ledger stays`() throws {
        try book(1, run: "one")
        let copy = try LedgerMaintenance.backup(path: path, into: copies, at: now)
        let whole = try Data(contentsOf: URL(fileURLWithPath: copy))
        let before = try files()
        for length in [0, 1, 99, whole.count / 2, whole.count - 4_096] {
            try whole.prefix(length).write(to: URL(fileURLWithPath: copy))
            #expect(throws: LedgerError.self, "\(length) bytes") {
                try LedgerMaintenance.restore(
                    copy,
                    to: path,
                    auditDirectory: folder + "/audit",
                    at: now + .seconds(60)
                )
            }
            #expect(try files() == before, "\(length) bytes")
        }
        #expect(try booked() == "1")
    }

    /// What stands in the state directory, with every file's content but the copies'.
    private func files() throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder)
        where !name.hasPrefix("backups") && !name.hasSuffix("-shm") {
            found[name] = FileManager.default.contents(atPath: folder + "/" + name)
        }
        return found
    }

    @Test(arguments: [
        (TradingMode.paper, TradingMode.live), (.live, .paper), (.live, .dryRun),
    ])
    func `money on paper and money at a venue never share a ledger`(
        first: TradingMode,
        second: TradingMode
    ) throws {
        func begin(_ mode: TradingMode, _ run: String) throws {
            var store = try store()
            try store.beginRun(
                .init(id: RunID(run), mode: mode, configHash: "", configuration: "{}"),
                at: now
            )
        }
        try begin(first, "one")
        #expect(throws: LedgerError.self) { try begin(second, "two") }
        try begin(first, "three")
    }

    @Test func `a ledger stays with its market and its first cash`() throws {
        func begin(_ run: String, _ market: String?, _ cash: String?) throws {
            var store = try store()
            var belongings: [LedgerStore.RunContext.Belonging: String] = [:]
            (belongings[.market], belongings[.initialCash]) = (market, cash)
            try store.beginRun(
                .init(
                    id: RunID(run),
                    mode: .paper,
                    configHash: "",
                    configuration: "{}",
                    belongings: belongings
                ),
                at: now
            )
            try store.endRun(at: now)
        }
        try begin("old", nil, nil)
        try begin("one", "embedded", "10000 USD")
        let market = #expect(throws: LedgerError.self) {
            try begin("two", "api.coinbase.com", "10000 USD")
        }
        #expect(market?.code == .otherAccount)
        #expect(market?.message.contains("beside the market `embedded`") == true)
        let cash = #expect(throws: LedgerError.self) { try begin("two", "embedded", "20000 USD") }
        #expect(cash?.message.contains("given 10000 USD at its beginning") == true)
        try begin("three", "embedded", "10000 USD")
    }

    @Test func `the last configuration comes with its files, and with what there is to protect`()
        throws
    {
        var store = try store()
        try store.beginRun(
            .init(
                id: RunID("one"),
                mode: .live,
                configHash: "",
                configuration: "{}",
                sources: ["app": "app: {}"]
            ),
            at: now
        )
        func last() throws -> LastConfiguration {
            try #require(try LastConfiguration.read(ledger: path))
        }
        #expect(try last().sources == ["app": "app: {}"])
        #expect(try last().mode == .live)
        #expect(try !last().hasPositions)
        let request = OrderRequest(
            clientOrderID: ClientOrderID("o"),
            product: ProductID(base: Currency("BTC") ?? .usd, quote: .usd),
            side: .buy,
            terms: .marketBase(try Quantity("1"))
        )
        let intent = Intent(
            request: request,
            purpose: .exit(.stopLoss),
            parent: nil,
            cycle: nil,
            createdAt: now
        )
        _ = try store.write([.intents([intent])], at: now)
        #expect(try last().hasPositions)
    }
}
