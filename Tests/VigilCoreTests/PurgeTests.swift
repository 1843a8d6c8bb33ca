import Testing
import VigilModel

@testable import VigilCore

/// How positions whose product is no longer eligible are sold: why, when, and how much at a time.
@Suite struct PurgeTests {
    private typealias Scene = CareEdgeTests
    private static let (one, two, three) = (Scene.one, Scene.two, Scene.three)
    private let scene = CareEdgeTests()

    private func purge(
        valueMin: String = "10",
        grace: Int = 0,
        positionsMax: Int = 5
    ) throws -> CarePolicy.Purge {
        CarePolicy.Purge(
            grace: .seconds(grace),
            valueMin: try Money(valueMin, .usd),
            slice: try Money("100", .usd),
            positionsMax: positionsMax
        )
    }

    @Test(
        arguments: [
            (Ineligibility.neverTrade, true), (.notInUniverse, true), (.volume, true),
            (.spread, true), (.depth, true), (.notListed, false), (.notTradable, false),
            (.noQuote, false),
        ]
    )
    func `only what lasts is a reason to sell`(reason: Ineligibility, sells: Bool) throws {
        var care = try scene.care { $0.purge = try? purge() }
        let held = try scene.books((Self.one, "10", "1", "50"))
        let found = try scene.look(&care, held, excluded: [Self.one: reason])
        #expect(found == (sells ? ["AAA 10 purge"] : []))
    }

    @Test(
        arguments: [
            ("9.999", "1", nil), ("10", "1", "1"), ("100", "7", "7"), ("109.999", "7", "7"),
            ("110", "10", "9.090909090909090910"), ("300", "1", "0.333333333333333334"),
            ("0", "1", nil),
        ] as [(String, String, String?)]
    )
    func `a slice is rounded up, and a rest that could not be sold alone goes with it`(
        worth: String,
        quantity: String,
        expected: String?
    ) throws {
        let least = worth == "0" ? "0" : "10"
        var care = try scene.care { $0.purge = try? purge(valueMin: least) }
        let held = try scene.books((Self.one, quantity, "1", worth))
        let found = try scene.look(&care, held, excluded: [Self.one: .neverTrade])
        #expect(found == (try expected.map { ["AAA \(try Quantity($0)) purge"] } ?? []))
    }

    @Test func `as many positions are sold in one cycle as may be, and no more`() throws {
        var care = try scene.care { $0.purge = try? purge(positionsMax: 2) }
        let held = try scene.books(
            (Self.one, "1", "1", "50"),
            (Self.two, "1", "1", "50"),
            (Self.three, "1", "1", "50")
        )
        let gone = Dictionary(Scene.ids.map { ($0, Ineligibility.neverTrade) }) { $1 }
        #expect(try scene.look(&care, held, excluded: gone) == ["AAA 1 purge", "BBB 1 purge"])
    }

    @Test func `the grace begins anew for what was left and bought again`() throws {
        var care = try scene.care { $0.purge = try? purge(grace: 3_600) }
        let (held, none) = (try scene.books((Self.one, "1", "1", "50")), try scene.books())
        func sold(_ books: PortfolioSnapshot, _ minute: Int) throws -> [String] {
            try scene.look(&care, books, excluded: [Self.one: .volume], after: 60 * minute)
        }
        #expect(try sold(held, 0).isEmpty)
        #expect(try sold(none, 30).isEmpty)
        #expect(try sold(held, 40).isEmpty)
        #expect(try sold(held, 99).isEmpty)
        #expect(try sold(held, 100) == ["AAA 1 purge"])
    }
}
