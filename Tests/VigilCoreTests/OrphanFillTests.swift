import Testing
import VigilModel

@testable import VigilCore

/// A fill of an order that we do not know waits for its order, and is lost by nothing.
@Suite struct OrphanFillTests {
    private func fill() throws -> Fill {
        try Sample.fill(.sell, "1", "100", order: "v-instance-running0-1", entry: "7")
    }

    private func looks(_ effects: [ExecutionCore.Effect]) -> [Int] {
        effects.compactMap { effect in
            guard case .lookUp(let number, _, _) = effect else { return nil }
            return number
        }
    }

    private func look(
        _ desk: inout OrderDesk,
        _ number: Int,
        _ found: [ClientOrderID: VenueOrder]?,
        at seconds: Double
    ) throws -> [ExecutionCore.Effect] {
        let lookUp = LookUp(
            number: number,
            at: OrderDesk.at(seconds),
            since: Sample.now,
            asked: [try fill().clientOrderID],
            found: found,
            detail: ""
        )
        return try desk.tell(.lookedUp(lookUp), at: seconds)
    }

    private func order() throws -> VenueOrder {
        VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: OrderRequest(
                clientOrderID: try fill().clientOrderID,
                product: Sample.btc,
                side: .sell,
                terms: .limit(
                    price: try Price("100", .usd),
                    quantity: try Quantity("1"),
                    timeInForce: .goodTillTime(OrderDesk.at(60)),
                    postOnly: true
                )
            ),
            status: .filled,
            filledQuantity: try Quantity("1"),
            createdAt: Sample.now
        )
    }

    @Test func `its order is looked for, adopted, and only then is it recorded`() throws {
        var desk = try OrderDesk()
        let kept = try desk.tell(.venueReported(.fillReported(fill())))
        #expect(looks(kept) == [1])
        #expect(!kept.contains(.recordFill(try fill())))
        // A second one of the same order waits with it.
        #expect(try desk.tell(.venueReported(.fillReported(fill()))).isEmpty)
        let effects = try look(&desk, 1, [fill().clientOrderID: order()], at: 1)
        let intents = effects.firstIndex { if case .recordIntents = $0 { true } else { false } }
        let booked = effects.firstIndex(of: .recordFill(try fill()))
        #expect(try #require(intents) < #require(booked))
        // The ledger has no row that a look-up of it could stand on.
        #expect(!effects.contains { if case .recordLookUp = $0 { true } else { false } })
        #expect(desk.core.orders[try fill().clientOrderID]?.state == .filled)
    }

    @Test func `an order that three complete looks do not have is left to the ledger`() throws {
        var desk = try OrderDesk()
        _ = try desk.tell(.venueReported(.fillReported(fill())))
        #expect(try look(&desk, 1, nil, at: 1).isEmpty, "a list that breaks off says nothing")
        for number in 2...3 {
            #expect(try !look(&desk, number, [:], at: Double(number)).contains(.recordFill(fill())))
        }
        #expect(try look(&desk, 4, [:], at: 4).contains(.recordFill(fill())))
    }

    @Test func `the lists are read again until the order is there`() throws {
        var desk = try OrderDesk()
        _ = try desk.tell(.venueReported(.fillReported(fill())))
        #expect(looks(try desk.tell(.timerFired, at: 4)) == [])
        #expect(looks(try desk.tell(.timerFired, at: 5)) == [2])
    }
}
