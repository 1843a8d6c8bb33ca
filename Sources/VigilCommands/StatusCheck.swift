internal import Foundation
internal import VigilCore
internal import VigilDaemon
internal import VigilModel

/// The status in one line and one exit code, as monitoring plug-ins give them: 0 well, 1 worth a look, 2 wake somebody.
enum StatusCheck {
    /// What an answer of the engine comes to; nil where nobody answered.
    static func verdict(_ reply: String?) -> (code: Int32, line: String) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let reply else { return (2, "CRITICAL - no engine answers") }
        // An answer of another version is none that this one can judge.
        guard let row = try? decoder.decode(EngineStatus.self, from: Data(reply.utf8)) else {
            return (3, "UNKNOWN - the engine's answer cannot be read; is it of another version?")
        }
        let blocked = row.positions.filter { $0.stopBlockedBy != nil }.map(\.product)
        let halts = row.halts.map { halt in
            (
                halt,
                HaltReason(rawValue: halt.reason).map {
                    Halt($0, halt.product.flatMap { ProductID($0) }).severity
                }
            )
        }
        let grave = halts.filter { $0.1 == .critical || $0.1 == nil }.map(\.0.reason)
        let pauses = halts.filter { $0.1 == .warning }.map(\.0.reason)
        let held = "\(row.positions.count) position\(row.positions.count == 1 ? "" : "s")"
        if row.killed {
            return (2, "CRITICAL - killed: nothing is entered until `vigil resume`; \(held)")
        }
        if !blocked.isEmpty {
            return (2, "CRITICAL - stops that cannot fire: \(blocked.joined(separator: ", "))")
        }
        if !grave.isEmpty {
            return (2, "CRITICAL - entries halted: \(grave.joined(separator: ", ")); \(held)")
        }
        if let what = row.waitsFor { return (1, "WARNING - starting, waits for: \(what)") }
        if !pauses.isEmpty {
            return (1, "WARNING - entries paused: \(pauses.joined(separator: ", ")); \(held)")
        }
        if row.unknownOrders > 0 {
            return (1, "WARNING - orders whose outcome is unknown: \(row.unknownOrders); \(held)")
        }
        return (0, "OK - entries allowed, cycle \(row.cycle), \(held)")
    }
}
