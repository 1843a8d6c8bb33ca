import Foundation
import Testing
import VigilCore
import VigilModel
import VigilTelemetry

@testable import VigilEngine

/// The kill switch's memory: whatever is not plainly "not pulled" is pulled.
@Suite struct KillLatchTests {
    private let folder = NSTemporaryDirectory() + "vigil-latch-\(UUID().uuidString)"
    private var path: String { folder + "/kill.latch" }

    private func inFolder(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body()
    }

    private func write(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }

    @Test func `a latch that nobody pulled is not pulled, and a pull outlives its process`() throws
    {
        try inFolder { () throws in
            #expect(try KillLatch(path: path).cause == nil)
            #expect(try KillLatch(path: path).cause == nil)
            #expect(try KillLatch(path: path).set("the operator"))
            #expect(try KillLatch(path: path).cause == "the operator")
            #expect(try KillLatch(path: path).clear())
            #expect(try KillLatch(path: path).cause == nil)
        }
    }

    @Test(arguments: ["", " ", "\n \t", "\u{0}"])
    func `a pull without words is a pull`(_ cause: String) throws {
        try inFolder { () throws in
            #expect(try KillLatch(path: path).set(cause))
            #expect(try KillLatch(path: path).cause != nil)
        }
    }

    @Test
    func `a link or a pipe in the latch's place is never written through, and counts as pulled`()
        throws
    {
        try inFolder { () throws in
            let latch = try KillLatch(path: path)
            let other = folder + "/other"
            try Data("books".utf8).write(to: URL(fileURLWithPath: other))
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
            #expect(latch.cause != nil && !latch.set("a stranger") && !latch.clear())
            // A start goes on with what looks after positions, and enters nothing.
            #expect(try KillLatch(path: path).cause != nil)
            #expect(try String(contentsOfFile: other, encoding: .utf8) == "books")
            try FileManager.default.removeItem(atPath: path)
            #expect(unsafe mkfifo(path, 0o600) == 0)
            #expect(latch.cause != nil && !latch.clear())
            #expect(throws: StateDirectoryError.self) { try KillLatch(path: path) }
        }
    }

    @Test func `a kill file is made once, and never through a link or over another file`() throws {
        try inFolder { () throws in
            let (file, other, link) = (folder + "/KILL", folder + "/other", folder + "/LINK")
            #expect(KillFile.make(at: file, saying: "not tonight"))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "not tonight\n")
            #expect(KillFile.make(at: file, saying: "once more"), "it is there")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "not tonight\n")
            for target in [file, other] {
                try FileManager.default.createSymbolicLink(
                    atPath: link,
                    withDestinationPath: target
                )
                #expect(!KillFile.make(at: link, saying: "a stranger"))
                try FileManager.default.removeItem(atPath: link)
            }
            #expect(!FileManager.default.fileExists(atPath: other))
            #expect(!KillFile.make(at: folder + "/missing/KILL", saying: "x"))
        }
    }

    @Test func `a link in the place of the holder's number is not written through`() throws {
        try inFolder { () throws in
            let (state, other) = (folder + "/state", folder + "/other")
            try FileManager.default.createDirectory(
                atPath: state,
                withIntermediateDirectories: true
            )
            try Data("books".utf8).write(to: URL(fileURLWithPath: other))
            try FileManager.default.createSymbolicLink(
                atPath: state + "/instance.pid",
                withDestinationPath: other
            )
            let lock = try InstanceLock(directory: state)
            #expect(InstanceLock.holder(directory: state) == getpid())
            #expect(try String(contentsOfFile: other, encoding: .utf8) == "books")
            try FileManager.default.removeItem(atPath: state + "/instance.pid")
            #expect(InstanceLock.holder(directory: state) == 0, "it is held, and not by nobody")
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `a latch that cannot be read is pulled`() throws {
        try inFolder { () throws in
            let latch = try KillLatch(path: path)
            try FileManager.default.removeItem(atPath: path)
            #expect(latch.cause != nil, "it is gone")
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: false
            )
            #expect(latch.cause != nil, "it is a folder")
            #expect(!latch.set("test") && !latch.clear())
            #expect(latch.cause != nil)
            #expect(throws: StateDirectoryError.self) { try KillLatch(path: path) }
        }
    }

    @Test func `a latch that is shorter than it was made is pulled while the engine runs`() throws {
        try inFolder { () throws in
            let latch = try KillLatch(path: path)
            for length in [0, 1, 4_095] {
                try write(Array(repeating: 0x20, count: length))
                #expect(latch.cause != nil, "\(length) bytes")
            }
        }
    }

    @Test func `what someone wrote into a short latch by hand is a pull, and stays`() throws {
        try inFolder { () throws in
            try write(Array("stop it\n".utf8))
            #expect(try KillLatch(path: path).cause == "stop it")
            #expect(try KillLatch(path: path).set("later"))
            #expect(try KillLatch(path: path).cause == "stop it")
            #expect(try KillLatch(path: path).clear())
            #expect(try KillLatch(path: path).cause == nil)
        }
    }

    @Test func `a latch whose text a crash of the machine left as zeros is pulled`() throws {
        try inFolder { () throws in
            try write(Array(repeating: 0, count: 4_096))
            #expect(try KillLatch(path: path).cause != nil)
            var half = Array(repeating: UInt8(ascii: " "), count: 4_096)
            half[4_095] = 0
            try write(half)
            #expect(try KillLatch(path: path).cause != nil)
        }
    }

    @Test func `nobody else may read or pull the latch`() throws {
        try inFolder { () throws in
            _ = try KillLatch(path: path)
            #expect(try mode(path) == 0o600)
        }
    }

    @Test func `a state directory is its owner's, and is locked for one process`() throws {
        try inFolder { () throws in
            let state = folder + "/state/below"
            let lock = try InstanceLock(directory: state)
            #expect(try mode(state) & 0o027 == 0)
            #expect(try mode(state + "/instance.pid") == 0o600)
            let error = #expect(throws: StateDirectoryError.self) {
                try InstanceLock(directory: state)
            }
            #expect(error?.cause == .held(by: getpid()))
            withExtendedLifetime(lock) {}
        }
    }
}

/// The switch over a latch that fails it.
extension KillPathTests {
    @Test func `an engine does not start over a latch that cannot be opened`() throws {
        let fixture = try EngineFixture()
        try FileManager.default.createDirectory(
            atPath: fixture.paths.latch,
            withIntermediateDirectories: true
        )
        #expect(throws: StateDirectoryError.self) { try engine(fixture) }
    }

    @Test func `a latch that was pulled by hand closes the gate before anything else`() throws {
        let fixture = try EngineFixture()
        try Data("by hand".utf8).write(to: URL(fileURLWithPath: fixture.paths.latch))
        let (engine, _) = try engine(fixture)
        #expect(engine.kill.isPulled)
        #expect(try send(engine, "late") == [.orderRejected(ClientOrderID("late"), .gateClosed)])
    }

    @Test func `a latch that cannot be taken off keeps entries stopped`() throws {
        let fixture = try EngineFixture()
        let (engine, _) = try engine(fixture)
        engine.kill.pull("test")
        try FileManager.default.removeItem(atPath: fixture.paths.latch)
        try FileManager.default.createDirectory(
            atPath: fixture.paths.latch,
            withIntermediateDirectories: true
        )
        #expect(!engine.kill.resume("test"))
        #expect(engine.kill.isPulled)
        // A pull that finds no memory stops entries all the same.
        engine.kill.pull("again")
        #expect(engine.kill.isPulled)
    }
}
