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

/// Standard error in a readable form, where there is no journal.
package struct StandardErrorJournal: JournalSink {
    /// Makes a sink; it holds nothing.
    package init() {}

    package func write(_ entry: JournalEntry, _ context: JournalContext, at now: Instant) {
        var line = "\(now) \(entry.kind.rawValue) \(entry.message)"
        if let product = entry.product {
            line += " product=\(product)"
        }
        if let id = entry.clientOrderID {
            line += " order=\(id)"
        }
        line += "\n"
        let bytes = Array(line.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
