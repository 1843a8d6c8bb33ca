/// Values as text, read strictly: what YAML readers disagree about is refused.
package enum ValueText {
    /// YAML 1.1 reads `010` as eight, people as ten, and `+5` is text to some: nothing is guessed.
    private static func isAmbiguous(_ text: String) -> Bool {
        guard text.first != "+" else { return true }
        let digits = text.drop { $0 == "-" }
        return digits.first == "0" && digits.dropFirst().first?.isNumber == true
    }

    /// The raw fixed-point number.
    package static func decimal(_ text: String) -> Int128? {
        isAmbiguous(text) ? nil : try? DecimalText.parse(text)
    }

    /// A whole number; `60.0` is one.
    package static func whole(_ text: String) -> Int? {
        guard let raw = decimal(text), raw % FixedPoint.one == 0 else { return nil }
        return Int(exactly: raw / FixedPoint.one)
    }

    /// `true` or `false`, and no other word for them.
    package static func flag(_ text: String) -> Bool? {
        switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }
}
