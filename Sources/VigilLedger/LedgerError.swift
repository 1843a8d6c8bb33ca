internal import GRDB

/// A ledger that cannot be used; says what, where and how to mend it.
package struct LedgerError: Error, CustomStringConvertible {
    /// What kind of trouble it is.
    package enum Code: Sendable, Equatable {
        /// The file or its folder cannot be opened or written; mend the path or its rights.
        case unwritable
        /// A newer Vigil wrote it; use that one, or restore a backup.
        case newerSchema
        /// It keeps the books of another account; name another state directory.
        case otherAccount
        /// What it holds contradicts itself; do not trade, ask for help or restore a backup.
        case corrupt
    }

    /// What kind of trouble it is.
    package let code: Code
    /// What, where and how to mend it.
    package let message: String

    /// States an error.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

extension LedgerError {
    /// Why a ledger could not be opened, in the operator's words.
    init(opening path: String, _ error: any Error) {
        switch error {
        case let error as LedgerError: self = error
        case let error as DatabaseError
        where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode):
            self.init(
                code: .corrupt,
                message: "the ledger `\(path)` is damaged (\(error.resultCode)); "
                    + "do not trade on it: restore a backup, or move it and the audit log aside"
            )
        case let error as DatabaseError
        where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode):
            self.init(
                code: .unwritable,
                message: "the ledger `\(path)` is locked by another process, for more than 10 s; "
                    + "end what reads or copies it (`fuser \(path)` names it), and start again"
            )
        default:
            self.init(
                code: .unwritable,
                message: "the ledger `\(path)` cannot be opened: \(error)"
            )
        }
    }
}
