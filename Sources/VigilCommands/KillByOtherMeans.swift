internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import VigilDaemon
internal import VigilEngine
internal import VigilLedger

/// The ways to stop entries of an engine whose control socket does not answer: its signal, then its kill file.
struct KillByOtherMeans {
    let location: LocationOptions

    /// Pulls by both, and says what was reached.
    ///
    /// - Throws: the exit code: nobody has confirmed that entries are stopped.
    func pull(_ silence: ControlError, _ reason: String) throws {
        var lines = ["the control socket: \(silence)"]
        let holder = InstanceLock.holder(directory: location.stateDirectory)
        let isUnknown = holder == 0
        let process = holder.flatMap { $0 > 0 && Self.isEngine($0) ? $0 : nil }
        lines.append(
            process.map(Self.signaled)
                ?? holder.map {
                    isUnknown
                        ? "SIGUSR1: not sent; a process uses the state directory, and its number cannot be read"
                        : "SIGUSR1: not sent; process \($0) uses the state directory and is no engine"
                }
                ?? "SIGUSR1: no process uses `\(location.stateDirectory)`"
        )
        let isWritten = KillFile.make(at: killFile, saying: reason)
        lines.append(
            isWritten
                ? "the kill file: written, `\(killFile)`"
                : "the kill file: `\(killFile)` cannot be written; are you the engine's user or root?"
        )
        let outcome =
            if process != nil || (isUnknown && isWritten) {
                "the engine stops entries and cancels as soon as it runs; until you see it in `vigil status`, "
                    + "look at your open orders at the venue"
            } else if isWritten {
                "no engine runs here: the next start begins with entries stopped"
            } else {
                "nothing was reached, and entries are NOT stopped; name the engine's state directory with --state"
            }
        Output.error(lines.joined(separator: "\n") + "\n\(outcome)\n")
        if process != nil || isUnknown || !isWritten { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private static func signaled(_ process: Int32) -> String {
        guard Glibc.kill(process, SIGUSR1) != 0 else {
            return "SIGUSR1: sent to process \(process)"
        }
        let why = unsafe String(cString: strerror(errno))
        return "SIGUSR1: could not be sent to process \(process) (\(why))"
    }

    /// False for a command that holds the directory for a while: the signal would end it.
    private static func isEngine(_ process: Int32) -> Bool {
        let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")
        return words.map { $0.split(separator: 0).contains(Data("run".utf8)) } ?? true
    }

    /// The file that the last run watched, by the configuration it began with.
    private var killFile: String {
        // Where no run can be read it is the file that is watched unless the configuration says otherwise.
        let last = try? LastConfiguration.read(ledger: location.paths.ledger)
        struct Effective: Decodable {
            let values: [String: String]
        }
        let effective = last.flatMap { last in
            try? JSONDecoder().decode(Effective.self, from: Data(last.effective.utf8))
        }
        let named = effective?.values["policy:governance.kill_switch_file"] ?? "KILL_SWITCH"
        return named.hasPrefix("/") ? named : location.stateDirectory + "/" + named
    }
}
