internal import CVigil
internal import Foundation
internal import Glibc

/// A control socket that cannot be used; says what and how to mend it.
package struct ControlError: Error, CustomStringConvertible {
    package let description: String
}

/// The operator's local socket: one line in, one answer out, on a thread of its own.
///
/// Mode 0600, and only the engine's own user and root are answered.
package enum ControlSocket {
    /// No request is longer.
    static let requestMax = 4_096

    /// Answers requests from now on.
    ///
    /// - Throws: ``ControlError`` where the socket cannot be made.
    static func serve(
        path: String,
        answer: @escaping @Sendable (String) -> String
    ) throws(ControlError) {
        var address = try Self.address(path)
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        unsafe unlink(path)
        let old = umask(0o177)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        umask(old)
        guard listener >= 0, bound == 0, listen(listener, 8) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            throw ControlError(
                description: "the control socket `\(path)` cannot be made: \(reason)"
            )
        }
        let thread = Thread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { continue }
                serve(client, answer)
                close(client)
            }
        }
        thread.name = "vigil-control"
        thread.start()
    }

    private static func serve(_ client: Int32, _ answer: (String) -> String) {
        var user: UInt32 = 0
        let known = unsafe vigil_peer_user(client, &user) == 0
        guard known, user == 0 || user == geteuid() else { return }
        // A client that says nothing must not keep the next one waiting.
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        unsafe setsockopt(
            client,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &patience,
            socklen_t(MemoryLayout<timeval>.size)
        )
        var buffer = [UInt8](repeating: 0, count: requestMax)
        let count = unsafe read(client, &buffer, buffer.count)
        guard count > 0 else { return }
        let request = String(decoding: buffer[..<count], as: UTF8.self)
        let reply = Array(
            (answer(request.split(separator: "\n").first.map(String.init) ?? "") + "\n").utf8
        )
        _ = unsafe send(client, reply, reply.count, Int32(MSG_NOSIGNAL))
    }

    /// Asks a running engine.
    ///
    /// - Throws: ``ControlError`` where none answers.
    package static func ask(path: String, _ request: String) throws(ControlError) -> String {
        var address = try Self.address(path)
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        defer { close(client) }
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(client, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            throw ControlError(
                description: "no engine answers at `\(path)` (\(reason)); is it running, "
                    + "and is `--state` the directory it was started with?"
            )
        }
        let bytes = Array((request + "\n").utf8)
        guard unsafe send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        else { throw ControlError(description: "the engine at `\(path)` hung up") }
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(client, &buffer, buffer.count)
            guard count > 0 else { break }
            reply += buffer[..<count]
        }
        guard !reply.isEmpty else {
            throw ControlError(
                description: "the engine at `\(path)` gave no answer; are you its user or root?"
            )
        }
        return String(decoding: reply, as: UTF8.self)
    }

    private static func address(_ path: String) throws(ControlError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw ControlError(
                description: "the path of the control socket `\(path)` is longer than 107 bytes; "
                    + "choose a shorter state directory"
            )
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return address
    }
}
