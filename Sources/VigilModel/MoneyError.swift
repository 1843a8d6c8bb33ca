/// A refusal of exact arithmetic; the operation changed nothing.
package enum MoneyError: Error, Equatable, CustomStringConvertible {
    /// The text is not a plain decimal number; the caller must refuse the message it came in.
    case malformed(String)
    /// The text has a digit beyond the 18th decimal place; it cannot be held without loss.
    case tooManyPlaces(String)
    /// The result leaves the range of ±1.7e20; the caller must treat the operation as not done.
    case overflow
    /// A division by zero was asked for.
    case divisionByZero
    /// Two currencies met in one operation; the caller mixed up accounts.
    case currencyMismatch(Currency, Currency)
    /// A quantity or price below zero was asked for.
    case negative(String)

    package var description: String {
        switch self {
        case .malformed(let text):
            "`\(text)` is not a decimal number; write digits with at most one point, such as 12.5"
        case .tooManyPlaces(let text):
            "`\(text)` has more than 18 decimal places and cannot be held without loss"
        case .overflow: "the result is beyond 170,000,000,000,000,000,000 and cannot be held"
        case .divisionByZero: "division by zero"
        case .currencyMismatch(let left, let right):
            "amounts in \(left) and \(right) cannot be combined; convert at a named rate first"
        case .negative(let text): "`\(text)` is negative, and quantities and prices are not"
        }
    }
}
