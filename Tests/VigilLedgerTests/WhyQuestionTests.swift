import Testing
import VigilLedger
import VigilModel

/// What an operator may type after `vigil why`.
@Suite struct WhyQuestionTests {
    @Test(arguments: [
        ("BTC-USD", WhyQuestion.product(LedgerFixture.btc)),
        ("7", .cycle(run: nil, 7)),
        ("0", .cycle(run: nil, 0)),
        ("run1/7", .cycle(run: "run1", 7)),
        ("6/7", .cycle(run: "6", 7)),
        ("7/BTC-USD", .proposal(run: nil, 7, LedgerFixture.btc)),
        ("run1/7/BTC-USD", .proposal(run: "run1", 7, LedgerFixture.btc)),
        ("v-instance-run1-1", .order(ClientOrderID("v-instance-run1-1"))),
        ("v-a/7", .order(ClientOrderID("v-a/7"))),
    ])
    func `each word is read as what it names`(text: String, question: WhyQuestion) {
        #expect(WhyQuestion(text) == question)
    }

    @Test(arguments: [
        "", "/", "rubbish", "run1/rubbish", "run1/BTC-USD", "BTC-USD/7x", "7x/BTC-USD",
        "a/run1/7/BTC-USD", "a/run1/7", "1/2/3/4", "BTC-USD-X", "-USD",
    ])
    func `what names nothing is no question`(text: String) {
        #expect(WhyQuestion(text) == nil)
    }
}
