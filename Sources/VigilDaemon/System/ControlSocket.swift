internal import CVigil
internal import Foundation
internal import Glibc
internal import Synchronization
internal import VigilModel
internal import VigilTransport

/// A control socket that cannot be used; says what and how to mend it.
package struct ControlError: Error, CustomStringConvertible {
    package let description: String
}

/// The operator's local socket: one line in, one answer out; each client has a thread, so that one that says nothing
/// keeps no kill waiting.
///
/// Mode 0600, and only the engine's own user and root are answered.
package enum ControlSocket {
    /// No request is longer.
    static let requestMax = 65_536
    /// So many clients are answered at once; more are turned away.
    static let clientsMax = 16
    /// How long a client may take to ask, and to take its answer.
    private static let clientPatience = timeval(tv_sec: 2, tv_usec: 0)

    /// Answers requests from now on.
    ///
    /// - Throws: ``ControlError`` where the socket cannot be made.
    static func serve(
        path: String,
        answer: @escaping @Sendable (_ request: String, _ user: UInt32) -> String
    ) throws(ControlError) {
        var address = try Self.address(path)
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        unsafe unlink(path)
        // The socket's file takes the mode of its descriptor, so that it is never open to others.
        _ = fchmod(listener, 0o600)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard listener >= 0, bound == 0, listen(listener, 8) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            throw ControlError(
                description: "the control socket `\(path)` cannot be made: \(reason)"
            )
        }
        let clients = Clients()
        let thread = Thread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else {
                    // Such as when no descriptor is left: the next one that is given back is ours.
                    _ = poll(nil, 0, 100)
                    continue
                }
                guard clients.enter() else {
                    close(client)
                    continue
                }
                let worker = Thread {
                    serve(client, answer)
                    close(client)
                    clients.leave()
                }
                worker.name = "vigil-client"
                worker.start()
            }
        }
        thread.name = "vigil-control"
        thread.start()
    }

    /// How many clients are being answered.
    private final class Clients: Sendable {
        private let count = Lock(0)

        func enter() -> Bool {
            count.withLock { count in
                guard count < ControlSocket.clientsMax else { return false }
                count += 1
                return true
            }
        }

        func leave() {
            count.withLock { $0 -= 1 }
        }
    }

    private static func limit(_ socket: Int32, _ option: Int32, _ span: timeval) {
        var span = span
        unsafe setsockopt(
            socket,
            SOL_SOCKET,
            option,
            &span,
            socklen_t(MemoryLayout<timeval>.size)
        )
    }

    private static func serve(_ client: Int32, _ answer: (String, UInt32) -> String) {
        var user: UInt32 = 0
        let known = unsafe vigil_peer_user(client, &user) == 0
        guard known, user == 0 || user == geteuid() else { return }
        limit(client, SO_RCVTIMEO, clientPatience)
        limit(client, SO_SNDTIMEO, clientPatience)
        let reply: [UInt8]
        switch line(of: client) {
        case nil: return
        case .some(let line) where line.count > requestMax:
            let text = "the request is longer than \(requestMax) bytes"
            reply = Array((ControlReply(ok: false, text: text).encoded + "\n").utf8)
        case .some(let line):
            reply = Array((answer(String(decoding: line, as: UTF8.self), user) + "\n").utf8)
        }
        var sent = 0
        while sent < reply.count {
            let part = unsafe reply[sent...].withUnsafeBytes { bytes in
                unsafe send(client, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard part > 0 else { return }
            sent += part
        }
    }

    /// What a client asks, up to the end of its line; nil where nothing comes, or too slowly.
    private static func line(of client: Int32) -> [UInt8]? {
        let end = MonotonicTime.nanoseconds + 2_000_000_000 * Int64(clientPatience.tv_sec)
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while line.count <= requestMax, MonotonicTime.nanoseconds < end {
            let count = unsafe read(client, &buffer, buffer.count)
            guard count > 0 else { return line.isEmpty ? nil : line }
            let part = buffer[..<count]
            line += part.prefix { $0 != UInt8(ascii: "\n") }
            if part.contains(UInt8(ascii: "\n")) { return line }
        }
        return line.count > requestMax ? line : nil
    }

    /// Asks a running engine, and waits for so many seconds: one that was stopped by a signal says nothing.
    ///
    /// - Throws: ``ControlError`` where none answers.
    package static func ask(
        path: String,
        _ request: String,
        within seconds: Int = 5
    ) throws(ControlError) -> String {
        var address = try Self.address(path)
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        defer { close(client) }
        limit(client, SO_RCVTIMEO, timeval(tv_sec: seconds, tv_usec: 0))
        limit(client, SO_SNDTIMEO, timeval(tv_sec: seconds, tv_usec: 0))
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(client, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 || errno != EAGAIN else { throw silent(path, seconds) }
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
            if count < 0, errno == EAGAIN { throw silent(path, seconds) }
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

    private static func silent(_ path: String, _ seconds: Int) -> ControlError {
        ControlError(
            description:
                "the engine at `\(path)` did not answer within \(seconds) s; it may be stopped by a "
                + "signal (`ps -o stat,pid,cmd -C vigil` shows a T) or its machine may be overloaded"
        )
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
