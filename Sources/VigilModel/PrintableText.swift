extension StringProtocol {
    /// The text on one line that moves no cursor and forges no other: what comes from outside may hold anything.
    ///
    /// Control and format characters, such as escapes, line ends and marks that turn the direction of writing, become
    /// `?`; of a longer text the begin is kept, with `…` behind it.
    package func printable(max: Int = 1_000) -> String {
        // Nearly all of what comes is plain.
        if utf8.count <= max, utf8.allSatisfy({ (0x20...0x7e).contains($0) }) {
            return String(self)
        }
        var scalars = String.UnicodeScalarView()
        var count = 0
        for scalar in unicodeScalars {
            guard count < max else {
                scalars.append("…")
                break
            }
            scalars.append(scalar.isPrintable ? scalar : "?")
            count += 1
        }
        return String(scalars)
    }
}

extension Unicode.Scalar {
    fileprivate var isPrintable: Bool {
        if (0x20...0x7e).contains(value) { return true }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            return false
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber,
            .otherNumber, .connectorPunctuation, .dashPunctuation, .openPunctuation,
            .closePunctuation, .initialPunctuation, .finalPunctuation, .otherPunctuation,
            .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol, .spaceSeparator:
            return true
        @unknown default: return false
        }
    }
}
