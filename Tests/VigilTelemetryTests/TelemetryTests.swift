import Foundation
import Testing
import VigilModel
import VigilTelemetry
import VigilTestSupport

@Suite struct TelemetryTests {
    @Test func `every event kind has a message id of its own`() {
        let ids = EventKind.allCases.map(\.messageID)
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }

    @Test func `an entry carries the fields it can be found by`() throws {
        let context = JournalContext(
            configHash: "c0ffee",
            decisionHash: "d0d0",
            run: RunID("r1"),
            mode: .paper
        )
        let entry = JournalEntry(
            .fill,
            .info,
            "bought",
            product: ProductID("BTC-USD"),
            clientOrderID: ClientOrderID("v-1"),
            cycle: 7
        )
        let fields = context.fields(entry)
        for field in [
            "CONFIG_HASH=c0ffee", "DECISION_HASH=d0d0", "RUN_ID=r1", "MODE=PAPER", "CYCLE=7",
            "EVENT=FILL", "PRODUCT_ID=BTC-USD", "CLIENT_ORDER_ID=v-1", "PRIORITY=6",
            "MESSAGE=bought", "MESSAGE_ID=\(EventKind.fill.messageID)",
        ] {
            #expect(fields.contains(field))
        }
    }

    @Test func `every series exists from the beginning`() {
        let text = MetricsRegistry().exposition
        for metric in Metric.allCases {
            #expect(text.contains("# TYPE \(metric.rawValue) \(metric.kind.rawValue)\n"))
            for value in metric.label?.values ?? [] {
                #expect(text.contains("=\"\(value)\"} "))
            }
        }
    }

    @Test func `what only grows is a counter and says so in its name, and nothing else does`() {
        for metric in Metric.allCases {
            #expect((metric.kind == .counter) == metric.rawValue.hasSuffix("_total"), "\(metric)")
        }
    }

    @Test func `a counter is brought up to what others have counted, and never goes down`() {
        var registry = MetricsRegistry()
        for (count, shown) in [(3.0, "3.0"), (2, "3.0"), (5, "5.0")] {
            registry.raise(.feedConnects, to: count)
            #expect(registry.exposition.contains("vigil_feed_connects_total \(shown)\n"))
        }
    }

    @Test func `counters count, gauges are set, the histogram is cumulative`() {
        var registry = MetricsRegistry()
        registry.add(.fillsTotal, label: "maker")
        registry.add(.fillsTotal, 2, label: "maker")
        registry.set(.nlvUSD, 12.5)
        registry.observe(seconds: 0.002)
        registry.observe(seconds: 0.3)
        let text = registry.exposition
        #expect(text.contains("vigil_fills_total{role=\"maker\"} 3.0\n"))
        #expect(text.contains("vigil_nlv_usd 12.5\n"))
        #expect(text.contains("vigil_cycle_duration_seconds_bucket{le=\"0.0025\"} 1\n"))
        #expect(text.contains("vigil_cycle_duration_seconds_bucket{le=\"+Inf\"} 2\n"))
    }

    @Test func `a label that was not declared traps`() async {
        await #expect(processExitsWith: .failure) {
            var registry = MetricsRegistry()
            registry.add(.fillsTotal, label: "an-order-id-of-today")
        }
    }

    @Test func `who reads the metrics file meanwhile reads the old one to its end`() throws {
        let folder = try ScratchFolder()
        let writer = TextfileWriter(path: folder.file("vigil.prom"))
        #expect(writer.write("a 1\na_longer_series 1\n"))
        let reader = try #require(FileHandle(forReadingAtPath: writer.path))
        #expect(try reader.read(upToCount: 3) == Data("a 1".utf8))
        #expect(writer.write("b 2\n"))
        // A descriptor that was opened before sees the old text, whole: the new one is another file.
        #expect(try reader.readToEnd() == Data("\na_longer_series 1\n".utf8))
        try reader.close()
        #expect(try String(contentsOfFile: writer.path, encoding: .utf8) == "b 2\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["vigil.prom"])
    }

    @Test func `metrics that cannot be written leave the old file as it was, and say so`() throws {
        let folder = try ScratchFolder()
        let writer = TextfileWriter(path: folder.file("vigil.prom"))
        #expect(writer.write("a 1\n"))
        // Where the new text would be prepared stands something that is no file.
        try FileManager.default.createDirectory(
            atPath: writer.path + ".tmp/full",
            withIntermediateDirectories: true
        )
        #expect(!writer.write("a 2\n"))
        #expect(try String(contentsOfFile: writer.path, encoding: .utf8) == "a 1\n")
        #expect(!TextfileWriter(path: folder.file("missing/vigil.prom")).write("a 2\n"))
    }

    @Test func `a disk that takes only half of the text leaves the old file as it was`() async {
        await #expect(processExitsWith: .success) {
            let folder = try ScratchFolder()
            let writer = TextfileWriter(path: folder.file("full.prom"))
            try #require(writer.write("a 1\n"))
            // No file may grow beyond two bytes any more.
            signal(SIGXFSZ, SIG_IGN)
            var most = rlimit(rlim_cur: 2, rlim_max: 2)
            let isSet = unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &most)
            try #require(isSet == 0)
            try #require(!writer.write("a 2\n"))
            try #require(String(contentsOfFile: writer.path, encoding: .utf8) == "a 1\n")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            try #require(names == ["full.prom"])
        }
    }

    @Test func `what somebody puts in the way of the metrics is neither followed nor waited for`()
        throws
    {
        let folder = try ScratchFolder()
        let writer = TextfileWriter(path: folder.file("vigil.prom"))
        let ours = folder.file("ledger")
        try Data("books".utf8).write(to: URL(fileURLWithPath: ours))
        let files = FileManager.default
        try files.createSymbolicLink(atPath: writer.path + ".tmp", withDestinationPath: ours)
        try files.createSymbolicLink(atPath: writer.path, withDestinationPath: ours)
        #expect(writer.write("a 1\n"))
        #expect(try String(contentsOfFile: ours, encoding: .utf8) == "books")
        #expect(try String(contentsOfFile: writer.path, encoding: .utf8) == "a 1\n")
        // A pipe that nobody reads would hold whoever opens it for ever.
        #expect(unsafe mkfifo(writer.path + ".tmp", 0o666) == 0)
        #expect(writer.write("a 2\n"))
        #expect(try String(contentsOfFile: writer.path, encoding: .utf8) == "a 2\n")
        let mode = try files.attributesOfItem(atPath: writer.path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o644)
        #expect(
            try Set(files.contentsOfDirectory(atPath: folder.path)) == ["ledger", "vigil.prom"]
        )
    }
}

/// Where entries go.
@Suite struct JournalPlaceTests {
    @Test func `a stream is the journal where systemd names its device and inode`() throws {
        let scratch = try ScratchFolder()
        try Data().write(to: URL(fileURLWithPath: scratch.file("journal")))
        let file = try #require(FileHandle(forReadingAtPath: scratch.file("journal")))
        let known = try FileManager.default.attributesOfItem(atPath: scratch.file("journal"))
        let device = try #require(known[.systemNumber] as? Int)
        let inode = try #require(known[.systemFileNumber] as? Int)
        #expect(Journals.isJournal(file.fileDescriptor, "\(device):\(inode)"))
        #expect(!Journals.isJournal(file.fileDescriptor, "\(device):\(inode + 1)"))
        #expect(!Journals.isJournal(file.fileDescriptor, nil))
        #expect(!Journals.isJournal(-1, "0:0"))
    }
}
