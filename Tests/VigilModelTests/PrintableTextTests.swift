import Testing
import VigilModel

/// What a venue, a neighbour or a file says reaches a terminal and a log as one plain line.
@Suite struct PrintableTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("ünïcödé 漢字 😀", "ünïcödé 漢字 😀"),
        ("a\u{1B}[2Jb", "a?[2Jb"), ("one\ntwo\r\nthree", "one?two??three"), ("a\tb\u{7}", "a?b?"),
        ("a\u{202E}b\u{2066}c\u{200B}d", "a?b?c?d"), ("a\u{2028}b\u{85}c\u{7F}d", "a?b?c?d"),
        ("\u{E000}\u{FFFFE}", "??"),
    ])
    func `what moves a cursor, ends a line or turns the writing is a question mark`(
        raw: String,
        shown: String
    ) {
        #expect(raw.printable() == shown)
    }

    @Test func `of a text that is too long the begin is shown`() {
        #expect(String(repeating: "a", count: 5).printable(max: 5) == "aaaaa")
        #expect(String(repeating: "a", count: 6).printable(max: 5) == "aaaaa…")
        #expect(String(repeating: "ü", count: 5).printable(max: 5) == "üüüüü")
        #expect("abc"[...].printable(max: 0) == "…")
    }
}
