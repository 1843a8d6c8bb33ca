internal import ArgumentParser
internal import VigilModel

/// `vigil account`: the account, seen from outside the engine.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Record a deposit or withdrawal made outside Vigil.",
        subcommands: [ExplainCommand.self]
    )
}

/// `vigil account explain`: books a movement that the engine could not know of.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Book a deposit, withdrawal or other movement, so that a mismatch clears; it is audited."
    )

    @Option(help: "The currency or coin, such as USD or BTC.")
    var currency: String

    @Option(
        parsing: .unconditional,
        help:
            "What came in, or with a minus sign went out: venue less ledger, as the mismatch says."
    )
    var amount: String

    @Option(help: "What it was, for the record.")
    var reason: String

    @OptionGroup var location: LocationOptions

    func validate() throws {
        guard let code = Currency(currency) else {
            throw ValidationError("`\(currency)` is no currency; write it as USD or BTC")
        }
        guard currency == currency.uppercased() else {
            throw ValidationError(
                "`\(currency)` would be another currency; write it as \(currency.uppercased())"
            )
        }
        do {
            guard try !Money(amount, code).isZero else {
                throw ValidationError("an amount of zero explains nothing")
            }
        } catch let error as MoneyError {
            throw ValidationError("`\(amount)` is no amount: \(error)")
        }
    }

    func run() async throws {
        try await ControlRequest.send("explain \(currency) \(amount) \(reason)", location)
    }
}
