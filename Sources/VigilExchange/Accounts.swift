package import VigilModel

/// The venue's double-entry books for one account.
///
/// Every movement has two ends: the account, the market (all counterparties as one) or the fees, so
/// that nothing can appear or vanish.
package struct Accounts: Sendable, Equatable, Codable {
    /// One currency's row.
    package struct Row: Sendable, Equatable, Codable {
        /// What the account may use.
        package internal(set) var available: Money
        /// What its open orders hold.
        package internal(set) var onHold: Money
        /// What all counterparties gained (negative: gave).
        package internal(set) var market: Money
        /// What the venue earned.
        package internal(set) var fees: Money
        /// What was brought in from outside.
        package internal(set) var deposited: Money

        init(_ currency: Currency) {
            let zero = Money.zero(currency)
            (available, onHold, market, fees, deposited) = (zero, zero, zero, zero, zero)
        }
    }

    /// The rows by currency.
    package internal(set) var rows: [Currency: Row] = [:]

    /// Begins with nothing.
    package init() {}

    /// The row of a currency; all zeros where it was never used.
    package func row(_ currency: Currency) -> Row {
        rows[currency] ?? Row(currency)
    }

    /// What the account holds, sorted by currency.
    package var balances: [Balance] {
        rows.keys.sorted().map { currency in
            let row = row(currency)
            return Balance(available: row.available, onHold: row.onHold)
        }
    }

    /// Brings money in from outside.
    ///
    /// - Throws: `overflow`; nothing changed.
    package mutating func deposit(_ amount: Money) throws(MoneyError) {
        var row = row(amount.currency)
        try row.available += amount
        try row.deposited += amount
        rows[amount.currency] = row
    }

    /// What is missing (or too much) in a currency; zero unless the books are broken.
    ///
    /// - Throws: `overflow`, which is as bad.
    package func imbalance(_ currency: Currency) throws(MoneyError) -> Money {
        let row = row(currency)
        let held = try row.available + row.onHold
        let elsewhere = try row.market + row.fees
        return try (held + elsewhere) - row.deposited
    }

    /// Sets money aside for an order; false, and no change, where it is not available.
    mutating func hold(_ amount: Money) throws(MoneyError) -> Bool {
        var row = row(amount.currency)
        guard try !row.available.isLess(than: amount) else { return false }
        try row.available -= amount
        try row.onHold += amount
        rows[amount.currency] = row
        return true
    }

    /// Gives back what an order no longer needs.
    mutating func release(_ amount: Money) throws(MoneyError) {
        var row = row(amount.currency)
        try row.onHold -= amount
        try row.available += amount
        rows[amount.currency] = row
    }

    /// Pays counterparties and fees out of a hold.
    mutating func payHeld(_ amount: Money, fee: Money) throws(MoneyError) {
        var row = row(amount.currency)
        try row.onHold -= (amount + fee)
        try row.market += amount
        try row.fees += fee
        rows[amount.currency] = row
    }

    /// Receives from counterparties, less a fee.
    mutating func receive(_ amount: Money, fee: Money) throws(MoneyError) {
        var row = row(amount.currency)
        try row.available += (amount - fee)
        try row.market -= amount
        try row.fees += fee
        rows[amount.currency] = row
    }
}
