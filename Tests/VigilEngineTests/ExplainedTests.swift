import Testing
import VigilModel

@testable import VigilEngine

/// What was explained of a difference, until the next comparison says what is left of it.
@Suite struct ExplainedTests {
    private func claim(_ board: StatusBoard, _ amount: String, of difference: String) throws -> Bool
    {
        try board.claim(
            Money(amount, .usd),
            of: Money(difference, .usd),
            "USD: venue 10, ledger 0, difference \(difference)"
        )
    }

    @Test func `parts together are no more than the difference, and none goes the other way`()
        throws
    {
        let board = StatusBoard()
        #expect(try claim(board, "6", of: "10"))
        #expect(try !claim(board, "7", of: "10"))
        #expect(try claim(board, "4", of: "10"))
        #expect(try !claim(board, "0.01", of: "10"))
        // The next comparison has other words.
        #expect(try claim(board, "2", of: "3"))
    }

    @Test func `what goes the other way explains nothing`() throws {
        let board = StatusBoard()
        #expect(try !claim(board, "-6", of: "10"))
        #expect(try !claim(board, "6", of: "-10"))
        #expect(try claim(board, "-10", of: "-10"))
    }

    @Test func `an amount is counted by itself`() throws {
        let board = StatusBoard()
        try board.noteBooked(Money("5", .usd))
        #expect(try board.bookedCount(of: Money("5", .usd)) == 1)
        #expect(try board.bookedCount(of: Money("6", .usd)) == 0)
    }
}
