import Foundation
import Testing

@testable import VigilDaemon

/// Who may speak to a running engine: the socket's mode and the peer's user, each by itself.
@Suite struct ControlSocketTests {
    private static let isRoot = geteuid() == 0

    /// Asks as another user; what it says is how far it came.
    private static let client = """
        import os, socket, sys
        os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
        client = socket.socket(socket.AF_UNIX); client.settimeout(20)
        try:
            client.connect(sys.argv[1])
        except OSError:
            sys.exit(print("kept out"))
        try:
            client.sendall(b"status\\n")
            print("answered" if client.recv(100) else "no answer")
        except OSError:
            print("no answer")
        """

    private func ask(_ path: String, as user: Int) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.client, path, "\(user)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    private func serving(
        answering answer: @escaping @Sendable (String, UInt32) -> String = { request, _ in
            "heard \(request)"
        },
        _ body: (String) throws -> Void
    ) throws {
        let folder = NSTemporaryDirectory() + "vigil-control-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/control.sock"
        try ControlSocket.serve(path: path, answer: answer)
        try body(path)
    }

    @Test func `the socket is its owner's alone, whatever the mask of the process is`() throws {
        try serving { path throws in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            #expect((attributes[.ownerAccountID] as? NSNumber)?.uint32Value == geteuid())
            #expect(attributes[.type] as? FileAttributeType == .typeSocket)
        }
    }

    @Test func `its owner is answered, one line a request`() throws {
        try serving { path throws in
            #expect(try ControlSocket.ask(path: path, "status") == "heard status\n")
            #expect(try ControlSocket.ask(path: path, "kill\nmore") == "heard kill\n")
            #expect(try ControlSocket.ask(path: path, "") == "heard \n")
        }
    }

    @Test func `a long request is heard whole, and one without an end is refused`() throws {
        try serving { path throws in
            let long = "kill " + String(repeating: "x", count: 20_000)
            #expect(try ControlSocket.ask(path: path, long) == "heard \(long)\n")
            let endless = String(repeating: "x", count: 70_000)
            let answer = try ControlSocket.ask(path: path, endless)
            #expect(
                answer == #"{"ok":false,"text":"the request is longer than 65536 bytes"}"# + "\n"
            )
        }
    }

    @Test func `who asks is told to whoever answers`() throws {
        func asked(_ path: String) throws {
            #expect(try ControlSocket.ask(path: path, "kill") == "kill of \(geteuid())\n")
        }
        try serving(answering: { "\($0) of \($1)" }, asked)
    }

    @Test(.enabled(if: isRoot, "another user can only be had by root"))
    func `another user is kept out by the socket's mode`() throws {
        try serving { path throws in
            #expect(try ask(path, as: 65_534) == "kept out")
            #expect(try ask(path, as: 0) == "answered")
        }
    }

    @Test(.enabled(if: isRoot, "another user can only be had by root"))
    func `another user gets no answer even where the socket's mode lets everyone in`() throws {
        try serving { path throws in
            try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
            #expect(try ask(path, as: 65_534) == "no answer")
            // And does not keep its owner from being heard.
            #expect(try ask(path, as: 0) == "answered")
        }
    }

    @Test func `a socket that a crash left behind is replaced`() throws {
        try serving { path throws in
            try ControlSocket.serve(path: path) { request, _ in "again \(request)" }
            #expect(try ControlSocket.ask(path: path, "status") == "again status\n")
        }
    }

    @Test func `a socket that cannot be made, or that nobody serves, says so`() {
        #expect(throws: ControlError.self) {
            try ControlSocket.serve(path: "/proc/nowhere/control.sock") { request, _ in request }
        }
        let long = "/tmp/" + String(repeating: "x", count: 200)
        let error = #expect(throws: ControlError.self) {
            try ControlSocket.serve(path: long) { request, _ in request }
        }
        #expect(error?.description.contains("107") == true)
        #expect(throws: ControlError.self) {
            try ControlSocket.ask(path: "/proc/nowhere/control.sock", "status")
        }
    }
}
