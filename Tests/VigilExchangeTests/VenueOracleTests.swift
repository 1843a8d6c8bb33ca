import Foundation
import Testing
import VigilExchange
import VigilModel
import VigilTestSupport

/// The paper venue against an independent reading in Python, to the last unit.
@Suite struct VenueOracleTests {
    @Test func `fills, queues, holds, fees and balances agree with the oracle on random days`()
        throws
    {
        let folder = try ScratchFolder()
        var kinds: [String: Int] = [:]
        for seed in 1...12 {
            var story = try VenueStory(seed: UInt64(seed))
            try story.play(steps: 120)
            let file = folder.file("\(seed).txt")
            try story.lines.joined(separator: "\n").write(
                toFile: file,
                atomically: true,
                encoding: .utf8
            )
            let expected = try Oracle.lines("venue.py", file).map(String.init)
            #expect(expected.count == story.answers.count)
            for (index, (answer, wanted)) in zip(story.answers, expected).enumerated()
            where answer != wanted {
                Issue.record(
                    "seed \(seed), \(story.lines[index]):\n\(answer)\ninstead of\n\(wanted)"
                )
                break
            }
            for told in expected.flatMap({ line in
                (line.components(separatedBy: " | ").first ?? "").split(separator: ";")
            }) {
                let words = told.split(separator: " ")
                guard let sign = words.first, ["R", "N", "F", "U"].contains(sign) else { continue }
                kinds["\(sign) \(words.last { $0.first?.isLetter == true } ?? "")", default: 0] += 1
            }
        }
        // Stories in which nothing happens would agree with anything.
        #expect(kinds["F taker", default: 0] > 100 && kinds["F maker", default: 0] > 100)
        let reasons: [RejectionReason] = [
            .productNotTradable, .insufficientFunds, .postOnlyWouldCross, .quantityPrecision,
            .pricePrecision, .tooSmall, .stopPrice, .endTimeInPast, .selfTrade, .notFillable,
        ]
        for reason in reasons {
            #expect(kinds["R \(reason.rawValue)"] != nil, "never refused for \(reason.rawValue)")
        }
    }
}
