/// A text that must not be seen: it cannot be printed, encoded or put into another text.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let text: String

    /// Takes the text in.
    package init(_ text: String) {
        self.text = text
    }

    package var description: String { "••••" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Lends the text to what has to read it; it must not be kept.
    func reveal<Value>(_ reader: (String) -> Value) -> Value {
        reader(text)
    }
}

extension DefaultStringInterpolation {
    /// Refused by the compiler: a secret has no place in a text.
    @available(*, unavailable, message: "a secret cannot be interpolated")
    package mutating func appendInterpolation(_ secret: Secret) {}
}
