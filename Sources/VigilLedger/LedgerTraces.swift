internal import Foundation

/// What an earlier ledger leaves behind; a ledger that is missing beside it was lost, and is not begun anew.
enum LedgerTraces {
    /// Looks beside a ledger that is not there.
    ///
    /// - Throws: ``LedgerError`` where there was one: starting anew would leave what is held without its stops.
    static func requireNone(of path: String, _ auditDirectory: String) throws {
        let files = FileManager.default
        guard !files.fileExists(atPath: path) else { return }
        let place = URL(fileURLWithPath: path)
        let folder = place.deletingLastPathComponent().path
        let name = place.lastPathComponent
        let beside =
            try files.fileExists(atPath: folder) ? files.contentsOfDirectory(atPath: folder) : []
        var traces = beside.filter {
            $0 == name + ".part" || $0 == name + "-wal" || $0.hasPrefix(name + ".replaced-")
        }
        .map { "\(folder)/\($0)" }
        let lines =
            try files.fileExists(atPath: auditDirectory)
            ? AuditFile.files(in: auditDirectory).filter { try !AuditFile.lines(of: $0).isEmpty }
            : []
        traces += lines.suffix(1).map(\.path)
        guard !traces.isEmpty else { return }
        let copies = folder + "/backups"
        let newest = try LedgerMaintenance.backups(in: copies).last.map { "\(copies)/\($0)" }
        let copy = newest ?? traces.first { $0.contains(".replaced-") } ?? "COPY"
        throw LedgerError(
            code: .corrupt,
            message: "there is no ledger at `\(path)`, and there was one: "
                + "\(traces.sorted().map { "`\($0)`" }.joined(separator: ", ")) tells of it. Nothing is begun anew "
                + "beside it. Bring it back with `vigil ledger restore \(copy) --state \(folder)`, or, to begin "
                + "anew with nothing held, move these files aside"
        )
    }
}
