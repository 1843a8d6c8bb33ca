internal import VigilCore
internal import VigilTransport

/// What the operator is told of the venue's answers: each change for the worse or the better, once.
package struct AnswerWatch: Sendable {
    /// What is worth a line in the journal.
    package struct Notice: Sendable, Equatable {
        /// True for a change for the worse.
        package let isTrouble: Bool
        /// The line.
        package let text: String
    }

    private enum State: Hashable, Sendable {
        case well
        case slow
        case silent
        case limited
        case outOfOrder
        case refusesKey
    }

    /// What takes longer than this is worth a line.
    static let slowness = Duration.seconds(2)

    private var state = State.well
    /// Good answers in a row; one alone between two bad ones is no recovery.
    private var good = 0

    /// Begins with a venue that answers.
    package init() {}

    /// Takes in how an attempt ended; what is to be said, where there is something new.
    mutating func note(_ call: String, _ answer: HTTPAnswer, took span: Duration) -> Notice? {
        let new = Self.state(call, answer, span)
        guard new == .well else {
            good = 0
            guard new != state else { return nil }
            state = new
            return Notice(isTrouble: true, text: Self.text(new, call, answer, span))
        }
        good += 1
        guard state != .well, good >= 3 else { return nil }
        state = .well
        return Notice(isTrouble: false, text: "the venue answers as it should again")
    }

    /// What an answer says of the venue; one that refuses what was asked is an answer.
    static func outcome(_ call: String, _ answer: HTTPAnswer) -> VenueAnswer {
        let new = state(call, answer, .zero)
        let detail = text(new, call, answer, .zero)
        return switch new {
        case .well, .slow: .answered
        case .limited: .limited(detail)
        case .silent, .outOfOrder, .refusesKey: .failed(detail)
        }
    }

    private static func state(
        _ call: String,
        _ answer: HTTPAnswer,
        _ span: Duration
    ) -> State {
        switch answer.fate {
        case .gated: .well
        case .notSent, .lost, .timedOut, .tooLong: .silent
        case .answered:
            switch answer.status {
            case 401: .refusesKey
            case 403: forbidden(call, answer)
            case 429: .limited
            case 408, 500...: .outOfOrder
            default: span > slowness ? .slow : .well
            }
        }
    }

    /// Who is refused by a 403: the key, the product of an order, or everybody.
    ///
    /// **Source**: contract 9: an order for a product that is not open to the account is answered so too; whatever else
    /// is refused so is refused to the key. A page that is no JSON comes from the edge before the venue.
    private static func forbidden(_ call: String, _ answer: HTTPAnswer) -> State {
        let text = String(decoding: answer.body.prefix(1_024), as: UTF8.self)
        guard text.drop(while: \.isWhitespace).first == "{" else { return .outOfOrder }
        return call == "POST /orders" && !text.contains("Missing required scopes")
            ? .well : .refusesKey
    }

    private static func text(
        _ state: State,
        _ call: String,
        _ answer: HTTPAnswer,
        _ span: Duration
    ) -> String {
        let milliseconds = Int(span / .milliseconds(1))
        return switch state {
        case .well: ""
        case .slow: "the venue is slow: \(call) took \(milliseconds) ms"
        case .silent: "the venue does not answer \(call): \(answer.detail)"
        case .limited:
            "the venue says that we ask too much (\(call), HTTP 429); we ask less for a while"
        case .outOfOrder:
            "the venue is out of order: \(call) was answered with HTTP \(answer.status)"
        case .refusesKey:
            "the venue refuses our key (\(call), HTTP \(answer.status)); "
                + "a machine whose clock is a minute off is refused so too; if that lasts, look at both with "
                + "`vigil venue check`"
        }
    }
}
