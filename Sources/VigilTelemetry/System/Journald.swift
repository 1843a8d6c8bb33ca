internal import CSystemd
internal import Glibc
package import VigilModel

/// The system's journal, with every entry's fields.
package struct Journald: JournalSink {
    /// True where a journal listens on this machine.
    package static var isAvailable: Bool {
        unsafe access("/run/systemd/journal/socket", W_OK) == 0
    }

    /// Makes a sink; it holds nothing.
    package init() {}

    package func write(_ entry: JournalEntry, _ context: JournalContext, at now: Instant) {
        // One flat buffer: overlapping accesses to an array of arrays would trap.
        let fields = context.fields(entry)
        var bytes: [UInt8] = []
        var spans: [(start: Int, count: Int)] = []
        for field in fields {
            spans.append((bytes.count, field.utf8.count))
            bytes += field.utf8
        }
        unsafe bytes.withUnsafeMutableBytes { buffer in
            let vectors = unsafe spans.map { span in
                unsafe iovec(
                    iov_base: buffer.baseAddress?.advanced(by: span.start),
                    iov_len: span.count
                )
            }
            _ = unsafe sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }
}

/// Where the entries of a process go that runs on its own.
package enum Journals {
    /// The system's journal where one listens, and standard error: also beside it, for who started it in a terminal or with
    /// its output in a file; not where that is the journal itself, which would have everything twice.
    package static func here(_ environment: [String: String]) -> any JournalSink {
        guard Journald.isAvailable else { return StandardErrorJournal() }
        let isJournal = isJournal(2, environment["JOURNAL_STREAM"])
        return isJournal ? Journald() : BothJournals(Journald(), StandardErrorJournal())
    }

    /// True where a descriptor is the stream to the journal that systemd names.
    ///
    /// **Source**: systemd.exec(5): `JOURNAL_STREAM` is device and inode, decimal, with a colon between, and is
    /// inherited by what is started with its output elsewhere.
    package static func isJournal(_ descriptor: Int32, _ stream: String?) -> Bool {
        var status = stat()
        guard let stream, unsafe fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }
}

/// Two places at once.
package struct BothJournals: JournalSink {
    private let first: any JournalSink
    private let second: any JournalSink

    /// Joins them.
    package init(_ first: any JournalSink, _ second: any JournalSink) {
        (self.first, self.second) = (first, second)
    }

    package func write(_ entry: JournalEntry, _ context: JournalContext, at now: Instant) {
        first.write(entry, context, at: now)
        second.write(entry, context, at: now)
    }
}

/// Standard error in a readable form; a reader that has stopped loses lines, and holds up nobody.
package struct StandardErrorJournal: JournalSink {
    private enum Way {
        /// A file: it takes what it is given.
        case plain
        /// A socket, which can be told not to wait.
        case socket
        /// A terminal or a pipe, by a way of its own that never waits; `O_NONBLOCK` on descriptor 2 would be the shell's too.
        case patient(Int32)
        /// A terminal of another user: a line that does not fit any more may wait there.
        case looking
    }

    private let way: Way

    /// Opens a terminal or a pipe once more; it stays open to the end of the process.
    package init() {
        var status = stat()
        let kind = unsafe fstat(2, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
        switch kind {
        case S_IFSOCK: way = .socket
        case S_IFCHR, S_IFIFO:
            let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
            let opened = unsafe open("/proc/self/fd/2", flags)
            way = opened >= 0 ? .patient(opened) : .looking
        // tidy-ok: default the kinds are the kernel's, and the others are files
        default: way = .plain
        }
    }

    package func write(_ entry: JournalEntry, _ context: JournalContext, at now: Instant) {
        var line = "\(now) \(entry.kind.rawValue) \(entry.message)"
        if let product = entry.product {
            line += " product=\(product)"
        }
        if let id = entry.clientOrderID {
            line += " order=\(id)"
        }
        // What a pipe takes as one piece, where it takes anything.
        let bytes = Array(line.utf8.prefix(4_095)) + [UInt8(ascii: "\n")]
        unsafe bytes.withUnsafeBytes { unsafe send($0) }
    }

    private func send(_ bytes: UnsafeRawBufferPointer) {
        switch way {
        case .plain: _ = unsafe Glibc.write(2, bytes.baseAddress, bytes.count)
        case .patient(let file): _ = unsafe Glibc.write(file, bytes.baseAddress, bytes.count)
        case .socket:
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
            _ = unsafe Glibc.send(2, bytes.baseAddress, bytes.count, flags)
        case .looking:
            var place = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&place, 1, 0) == 1, place.revents & Int16(POLLOUT) != 0 else {
                return
            }
            _ = unsafe Glibc.write(2, bytes.baseAddress, bytes.count)
        }
    }
}
