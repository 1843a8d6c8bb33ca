import Testing
import VigilModel

@testable import VigilCore

/// A fate is settled by evidence alone, and what traded is not lost with what was meant.
@Suite struct FateResolverTests {
    private let id = ClientOrderID("o1")
    private let lifetime = Duration.seconds(120)

    private func unknown() throws -> OrderRegistry {
        var orders = OrderRegistry()
        orders.add(try OrderRegistryTests.record("o1", .unknown))
        return orders
    }

    private func look(_ number: Int, at seconds: Double) -> LookUp {
        let at = OrderDesk.at(seconds)
        return LookUp(
            number: number,
            at: at,
            since: at,
            asked: [id],
            found: [:],
            detail: "0 orders"
        )
    }

    @Test func `the lists are read after a second, then every five`() throws {
        let orders = try unknown()
        var fates = FateResolver()
        #expect(fates.begin(id, at: Sample.now) == [.wake(at: OrderDesk.at(1))])
        #expect(fates.begin(id, at: OrderDesk.at(0.5)).isEmpty, "it is looked for already")
        #expect(fates.due(orders, lifetime: lifetime, at: OrderDesk.at(0.9)).isEmpty)
        let since = Sample.now - .seconds(60)
        for (number, second) in [(1, 1.0), (2, 6), (3, 11)] {
            #expect(
                fates.due(orders, lifetime: lifetime, at: OrderDesk.at(second))
                    == [
                        .lookUp(number: number, [id], since: since),
                        .wake(at: OrderDesk.at(second + 5)),
                    ]
            )
            #expect(fates.due(orders, lifetime: lifetime, at: OrderDesk.at(second + 4.9)).isEmpty)
        }
        #expect(fates.seeks(id))
        #expect(fates.end(id).isEmpty)
        #expect(!fates.seeks(id))
        #expect(fates.due(orders, lifetime: lifetime, at: OrderDesk.at(99)).isEmpty)
    }

    @Test(arguments: [
        ([0.0, 5, 10], true), ([0, 5, 9.9], false), ([0, 10], false), ([0, 1, 2, 10], true),
    ])
    func `three looks over ten seconds prove an absence, less does not`(
        seconds: [Double],
        isProven: Bool
    ) {
        var fates = FateResolver()
        _ = fates.begin(id, at: Sample.now)
        let proofs = seconds.enumerated().map { fates.absent(id, in: look($0 + 1, at: $1)) }
        #expect(proofs.dropLast().allSatisfy { $0 == nil })
        let numbers = (1...seconds.count).map(String.init).joined(separator: ", ")
        #expect((proofs.last ?? nil) == (isProven ? "look-ups \(numbers)" : nil))
        #expect(fates.absent(ClientOrderID("x"), in: look(9, at: 99)) == nil)
    }

    @Test func `what stays unknown for a minute is told once, and its end as well`() throws {
        let orders = try unknown()
        var fates = FateResolver()
        _ = fates.begin(id, at: Sample.now)
        func told(at seconds: Double) -> [ExecutionCore.Effect] {
            fates.due(orders, lifetime: lifetime, at: OrderDesk.at(seconds)).filter {
                if case .reportUnsettled = $0 { true } else { false }
            }
        }
        #expect(told(at: 59.9).isEmpty)
        #expect(told(at: 65) == [.reportUnsettled(id, since: Sample.now)])
        #expect(told(at: 71).isEmpty)
        #expect(fates.end(id) == [.reportSettled(id)])
    }

    @Test func `the order of a fill is looked for as far back as it may have rested`() throws {
        var fates = FateResolver()
        let fill = try Sample.fill(.buy, "1", "100", entry: "a")
        let more = try Sample.fill(.buy, "1", "100", entry: "b")
        let since = Sample.now - lifetime - .seconds(3_600)
        #expect(
            fates.keep(fill, lifetime: lifetime, at: OrderDesk.at(3))
                == [.lookUp(number: 1, [id], since: since), .wake(at: OrderDesk.at(8))]
        )
        #expect(fates.keep(more, lifetime: lifetime, at: OrderDesk.at(4)).isEmpty)
        #expect(fates.isForOrphans(look(1, at: 3)))
        #expect(fates.orphaned(id, isFound: false) == nil)
        #expect(fates.orphaned(id, isFound: true) == .found([fill, more]))
        #expect(fates.orphaned(id, isFound: true) == nil, "they are handed over once")
        #expect(!fates.isForOrphans(look(2, at: 9)))
    }

    @Test func `after three looks without the order the ledger decides`() throws {
        var fates = FateResolver()
        let fill = try Sample.fill(.buy, "1", "100", entry: "a")
        _ = fates.keep(fill, lifetime: lifetime, at: Sample.now)
        #expect(fates.orphaned(id, isFound: false) == nil)
        #expect(fates.orphaned(id, isFound: false) == nil)
        #expect(fates.orphaned(id, isFound: false) == .givenUp([fill]))
        #expect(fates.due(OrderRegistry(), lifetime: lifetime, at: OrderDesk.at(99)).isEmpty)
    }
}
