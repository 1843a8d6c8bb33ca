internal import Foundation
package import VigilCore
package import VigilModel

/// Finds decisions in an audit log, which may be in use.
package enum AuditReader {
    /// A decision with its run.
    package struct Found: Sendable {
        /// The run.
        package let run: RunID
        /// What was decided, and on what grounds.
        package let record: DecisionRecord
    }

    /// The decisions that fit, newest first, at most `limit`.
    ///
    /// Files are read from the newest back, and only until enough is found. A decision that fits has one of `words` in
    /// its line: a year's file without any is passed over by its bytes alone. The first one that is older than `since`
    /// ends the search.
    ///
    /// - Throws: where a file cannot be read.
    package static func decisions(
        directory: String,
        limit: Int,
        words: [String],
        since: Instant? = nil,
        where fits: (RunID, DecisionRecord) -> Bool
    ) throws -> [Found] {
        var found: [Found] = []
        let patterns = words.map { Data($0.utf8) }
        for file in try AuditFile.files(in: directory).reversed() {
            let data = try Data(contentsOf: file, options: .mappedIfSafe)
            guard patterns.contains(where: { data.range(of: $0) != nil }) else { continue }
            for line in AuditFile.lines(of: data).reversed() {
                // Most lines are about something else; those need no reading.
                guard line.contains("\"kind\":\"decision\""), let opened = AuditLine.opened(line),
                    let record = opened.line.decision
                else { continue }
                if let since, record.at < since { return found }
                guard fits(opened.line.run, record) else { continue }
                found.append(Found(run: opened.line.run, record: record))
                if found.count == limit { return found }
            }
        }
        return found
    }
}
