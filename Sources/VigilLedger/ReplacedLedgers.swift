internal import Foundation
internal import GRDB
package import VigilCore
package import VigilModel

/// Looks for what a restored copy does not know in the ledgers that were replaced, which are kept beside it.
package enum ReplacedLedgers {
    /// What an order was for, by the newest of them that knows it; nil where none does.
    package static func purpose(of id: ClientOrderID, beside path: String) -> OrderPurpose? {
        let place = URL(fileURLWithPath: path)
        let folder = place.deletingLastPathComponent().path
        let prefix = place.lastPathComponent + ".replaced-"
        // As below: a folder that cannot be read knows nothing.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let kept = names.filter {
            $0.hasPrefix(prefix) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
        }
        for name in kept.sorted().reversed() {
            // One that cannot be read knows nothing; the start goes on without it.
            let origin = try? ReadableLedger.read(folder + "/" + name) { database in
                try LedgerReader.origin(of: id, database)
            }
            if let origin { return origin.purpose }
        }
        return nil
    }
}
