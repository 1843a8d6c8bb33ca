import VigilModel

/// Values of a query, read as what they must be: what is nothing of the kind is refused and not swallowed.
extension Query {
    /// A time in RFC 3339; nil where none is given.
    func time(_ name: String) throws(InvalidArgument) -> Instant? {
        guard let text = self[name] else { return nil }
        guard let time = Instant(text) else {
            throw InvalidArgument(details: "\(name): \(text) is no RFC 3339 time")
        }
        return time
    }

    /// A time in whole seconds since the epoch; nil where none is given.
    func seconds(_ name: String) throws(InvalidArgument) -> Instant? {
        guard let text = self[name] else { return nil }
        guard let seconds = Int64(text), seconds >= 0 else {
            throw InvalidArgument(details: "\(name): \(text) is no time in whole seconds")
        }
        return Instant(seconds: seconds)
    }

    /// A number of things, cut to the most that there may be; 0 says as little as nothing does.
    func count(_ name: String, else usual: Int, max most: Int) throws(InvalidArgument) -> Int {
        guard let text = self[name] else { return usual }
        guard let number = Int(text), number >= 0 else {
            throw InvalidArgument(details: "\(name): \(text) is no number of things")
        }
        return number == 0 ? usual : min(number, most)
    }

    /// All values of names, each of which must be one of those that are known.
    func choices(_ names: String..., of known: Set<String>) throws(InvalidArgument) -> [String] {
        var found: [String] = []
        for name in names {
            for value in all(name) {
                guard known.contains(value) else {
                    throw InvalidArgument(details: "\(name): unknown value \(value)")
                }
                found.append(value)
            }
        }
        return found
    }
}

/// **Source**: the official enums.
enum KnownValues {
    static let sides: Set = ["BUY", "SELL"]
    static let productTypes: Set = [
        "UNKNOWN_PRODUCT_TYPE", "SPOT", "FUTURE", "EQUITY", "OPTION_GROUP", "FUTURE_GROUP",
    ]
    static let statuses: Set = [
        "PENDING", "OPEN", "FILLED", "CANCELLED", "EXPIRED", "FAILED", "UNKNOWN_ORDER_STATUS",
        "QUEUED", "CANCEL_QUEUED", "EDIT_QUEUED",
    ]
    /// The last one is in no document, and what two clients send.
    static let orderTypes: Set = [
        "UNKNOWN_ORDER_TYPE", "MARKET", "LIMIT", "STOP", "STOP_LIMIT", "BRACKET", "TWAP",
        "ROLL_OPEN", "ROLL_CLOSE", "LIQUIDATION", "SCALED", "TAKE_PROFIT_STOP_LOSS",
    ]
    static let timeInForces: Set = [
        "UNKNOWN_TIME_IN_FORCE", "GOOD_UNTIL_DATE_TIME", "GOOD_UNTIL_CANCELLED",
        "IMMEDIATE_OR_CANCEL", "FILL_OR_KILL",
    ]
}
