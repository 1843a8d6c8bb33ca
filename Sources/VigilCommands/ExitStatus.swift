internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import VigilConfig
internal import VigilEngine
internal import VigilLedger
internal import VigilMarkets

/// The exit codes of every subcommand; one table, also in the documentation.
enum ExitStatus: Int32, CaseIterable {
    case ok = 0
    case failed = 1
    case notPassed = 3
    case unsafe = 4
    case usage = 64
    case cannotCreate = 73
    case tryAgain = 75
    case configuration = 78

    /// What the code means.
    var meaning: String {
        switch self {
        case .ok: "done"
        case .failed: "failed; the message says why"
        case .notPassed: "a check or gate was not passed"
        case .unsafe: "unsafe to trade: the ledger contradicts itself"
        case .usage: "the command or an input file was not right"
        case .cannotCreate: "a file or directory cannot be made or written, or the disk is full"
        case .tryAgain: "another instance is running; try again when it has ended"
        case .configuration: "the configuration has errors, or the ledger is of a newer version"
        }
    }

    /// The table in Markdown, for the reference documentation.
    static var markdown: String {
        let rows = allCases.map { "| \($0.rawValue) | \($0.meaning) |" }
        return (["| code | meaning |", "| --- | --- |"] + rows).joined(separator: "\n") + "\n"
    }

    init(_ error: any Error) {
        switch error {
        case let error as StateDirectoryError:
            if case .held = error.cause { self = .tryAgain } else { self = .cannotCreate }
        case let error as LedgerError:
            switch error.code {
            case .unwritable: self = .cannotCreate
            case .newerSchema, .otherAccount: self = .configuration
            case .corrupt: self = .unsafe
            }
        case is Configuration.Refusal: self = .configuration
        case is CandleFileError, is UsageError: self = .usage
        case _ where StorageFailure.isDamage(error): self = .unsafe
        case _ where StorageFailure.isOne(error): self = .cannotCreate
        default: self = .failed
        }
    }
}

/// A command that asks for something that makes no sense; says what would.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}

/// Runs a command's body; an error becomes one screen of text and an exit code.
func reporting(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let exit as ExitCode {
        throw exit
    } catch let refusal as Configuration.Refusal {
        Output.error(CheckView.text(refusal.diagnostics))
        throw ExitCode(ExitStatus.configuration.rawValue)
    } catch {
        Output.error("error: \(plain(error))\n")
        throw ExitCode(ExitStatus(error).rawValue)
    }
}

/// An error in words; those of the libraries below say what they mean, and not how they are made.
private func plain(_ error: any Error) -> String {
    if let words = StorageFailure.words(for: error) { return words }
    let facts = error as NSError
    guard facts.domain == NSCocoaErrorDomain || facts.domain == NSPOSIXErrorDomain else {
        return "\(error)"
    }
    let below = facts.userInfo[NSUnderlyingErrorKey] as? NSError ?? facts
    let path = facts.userInfo[NSFilePathErrorKey] as? String
    let reason =
        below.domain == NSPOSIXErrorDomain
        ? unsafe String(cString: strerror(Int32(below.code))) : facts.localizedDescription
    return path.map { "`\($0)`: \(reason)" } ?? reason
}
