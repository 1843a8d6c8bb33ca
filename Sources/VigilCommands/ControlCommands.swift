internal import ArgumentParser
internal import Foundation
internal import VigilDaemon

/// `vigil status`: what the running engine is doing.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the running engine is doing; works even while part of it hangs."
    )

    @OptionGroup var location: LocationOptions

    @Option(help: "How the status is shown.")
    var format = OutputFormat.human

    @Flag(
        help:
            "One line and an exit code for monitoring: 0 well, 1 worth a look, 2 wake somebody, 3 not known."
    )
    var check = false

    func run() async throws {
        if check {
            // Whatever keeps it from answering, it did not.
            let reply = try? ControlSocket.ask(path: location.controlSocket, "status")
            let verdict = StatusCheck.verdict(reply)
            Output.result("VIGIL \(verdict.line)\n")
            throw ExitCode(verdict.code)
        }
        try await reporting {
            location.announce()
            let reply = try ControlSocket.ask(path: location.controlSocket, "status")
            Output.result(format == .json ? reply : StatusView.text(reply))
        }
    }
}

/// `vigil kill`: the kill switch.
struct KillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Stop all entries at once and cancel open entry orders, like SIGUSR1."
    )

    @OptionGroup var location: LocationOptions

    @Option(help: "Why, for the record.")
    var reason = "the operator"

    func run() async throws {
        do {
            try ControlRequest.answer("kill \(reason)", location, within: 2)
        } catch let error as ControlError {
            try await reporting { try KillByOtherMeans(location: location).pull(error, reason) }
        }
    }
}

/// `vigil resume`: the only way back from a kill.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Allow entries again after a kill."
    )

    @OptionGroup var location: LocationOptions

    @Option(help: "Why it is safe again, for the record.")
    var reason: String

    func validate() throws {
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError(
                "say why it is safe again: --reason \"…\"; it is kept in the audit log"
            )
        }
    }

    func run() async throws {
        try await ControlRequest.send("resume \(reason)", location)
    }
}

/// A request whose answer is a sentence.
enum ControlRequest {
    private struct Reply: Decodable {
        let ok: Bool
        let text: String
    }

    static func send(_ request: String, _ location: LocationOptions) async throws {
        try await reporting { try answer(request, location, within: 5) }
    }

    /// Asks, and shows the answer.
    ///
    /// - Throws: `ControlError` where nobody answers, the exit code where the answer is no.
    static func answer(_ request: String, _ location: LocationOptions, within seconds: Int) throws {
        location.announce()
        let line = request.split(whereSeparator: \.isNewline).joined(separator: " ")
        let answer = try ControlSocket.ask(path: location.controlSocket, line, within: seconds)
        let reply = try JSONDecoder().decode(Reply.self, from: Data(answer.utf8))
        guard reply.ok else {
            Output.error("error: \(reply.text)\n")
            throw ExitCode(ExitStatus.failed.rawValue)
        }
        Output.result(reply.text + "\n")
    }
}
