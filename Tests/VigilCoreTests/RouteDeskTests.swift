import Testing
import VigilModel

@testable import VigilCore

/// One wish a product, worked step by step: what has traded is kept, what gives way is ended.
@Suite struct RouteDeskTests {
    /// A desk, what it prices by, and the orders that it made.
    private struct Scene {
        var desk = RouteDesk()
        var pricer: OrderPricer
        var orders = OrderRegistry()

        init() throws {
            pricer = OrderPricer(
                policy: Sample.execution { $0.cancelAfter = .seconds(40) },
                ids: OrderIDSource(instance: "instance", run: RunID("running1"))
            )
            let product = try Sample.product()
            #expect(pricer.note(product) == true)
            #expect(pricer.note(product) == false, "it is as it was")
            pricer.note(try Sample.quote("100", "101"))
        }

        mutating func exit(_ reason: ExitReason, at seconds: Double = 0) throws -> OrderRecord {
            let route = pricer.route(
                for: try RouteDeskTests.exit(reason),
                try Quantity("1"),
                worst: try Price("99", .usd)
            )
            return try take(desk.advance(route, &pricer, at: OrderDesk.at(seconds)))
        }

        mutating func take(_ step: RouteDesk.Step) throws -> OrderRecord {
            let order = try #require(step.order)
            #expect(step.effects.first == .recordIntents([order.intent]))
            orders.add(order)
            return order
        }

        mutating func stands(_ id: ClientOrderID, _ fact: OrderFact) throws -> OrderRecord {
            if orders[id]?.state == .intended {
                _ = orders.learn(.submitted, about: id, nil, at: Sample.now)
            }
            _ = orders.learn(fact, about: id, nil, at: Sample.now)
            return try #require(orders[id])
        }
    }

    private static func exit(_ reason: ExitReason) throws -> ExitRequest {
        ExitRequest(product: Sample.btc, quantity: try Quantity("1"), reason: reason)
    }

    @Test func `what has traded is not wanted again, and the next step is an order of its own`()
        throws
    {
        var scene = try Scene()
        let first = try scene.exit(.takeProfit)
        #expect(OrderDesk.terms(first.intent) == "1 at 101 to 120 resting")
        scene.desk.traded(try Sample.fill(.sell, "0.25", "101", order: first.id.text, entry: "a"))
        scene.desk.traded(try Sample.fill(.sell, "0.25", "101", order: "another", entry: "b"))
        let ended = try scene.stands(first.id, .canceled)
        let second = try scene.take(
            scene.desk.goOn(after: ended, &scene.pricer, at: OrderDesk.at(1))
        )
        #expect(OrderDesk.terms(second.intent) == "0.75 at 101 to 121 resting")
        #expect(second.intent.parent == first.id && second.id != first.id)
        // The old order's news is no news of the route.
        #expect(scene.desk.goOn(after: ended, &scene.pricer, at: OrderDesk.at(2)).order == nil)
        #expect(scene.desk.wants(second) && !scene.desk.wants(ended))
    }

    @Test func `the last step takes, and ends the route with what is left`() throws {
        var scene = try Scene()
        var order = try scene.exit(.takeProfit)
        for _ in 0..<2 {
            order = try scene.take(
                scene.desk.goOn(
                    after: scene.stands(order.id, .canceled),
                    &scene.pricer,
                    at: Sample.now
                )
            )
        }
        #expect(OrderDesk.terms(order.intent) == "1 at 99 at once")
        let last = try scene.desk.goOn(
            after: scene.stands(order.id, .canceled),
            &scene.pricer,
            at: Sample.now
        )
        #expect(last.order == nil)
        #expect(last.ended?.remaining == (try Quantity("1")))
        #expect(scene.desk.isFree(Sample.btc) && scene.desk.worked.isEmpty)
    }

    @Test func `a resting exit gives way to a stop, and to nothing else`() throws {
        var scene = try Scene()
        let target = try scene.exit(.takeProfit)
        _ = try scene.stands(target.id, .accepted)
        let worst = try Price("98", .usd)
        #expect(
            scene.desk.giveWay(
                to: try Self.exit(.maxHold),
                worst: worst,
                scene.orders,
                at: Sample.now
            )
            .isEmpty
        )
        #expect(
            scene.desk.giveWay(
                to: try Self.exit(.stopLoss),
                worst: worst,
                scene.orders,
                at: Sample.now
            )
                == [.cancel(target.id), .wake(at: OrderDesk.at(5))]
        )
        let stop = try scene.take(
            scene.desk.goOn(
                after: scene.stands(target.id, .canceled),
                &scene.pricer,
                at: Sample.now
            )
        )
        #expect(stop.intent.purpose == .exit(.stopLoss))
        #expect(OrderDesk.terms(stop.intent) == "1 at 98 at once")
    }

    @Test func `what is not sent yet is not canceled, but wanted no more`() throws {
        var scene = try Scene()
        let order = try scene.exit(.takeProfit)
        #expect(
            scene.desk.giveWay(
                to: try Self.exit(.stopLoss),
                worst: try Price("98", .usd),
                scene.orders,
                at: Sample.now
            ).isEmpty
        )
        #expect(!scene.desk.wants(order))
        // It passed its cancel on the way: it is ended as soon as it is seen.
        let seen = try scene.stands(order.id, .accepted)
        #expect(
            scene.desk.goOn(after: seen, &scene.pricer, at: Sample.now).effects == [
                .cancel(order.id)
            ]
        )
    }

    @Test func `an order that was refused ends its route, but not the stop that took it over`()
        throws
    {
        var scene = try Scene()
        let target = try scene.exit(.takeProfit)
        _ = try scene.stands(target.id, .accepted)
        var other = scene
        #expect(scene.desk.refused(target.intent, at: Sample.now) == true)
        let ended = try scene.desk.goOn(
            after: scene.stands(target.id, .rejected),
            &scene.pricer,
            at: Sample.now
        )
        #expect(ended.ended != nil)
        _ = other.desk.giveWay(
            to: try Self.exit(.stopLoss),
            worst: try Price("98", .usd),
            other.orders,
            at: Sample.now
        )
        #expect(other.desk.refused(target.intent, at: Sample.now) == false)
        let stop = try other.desk.goOn(
            after: other.stands(target.id, .rejected),
            &other.pricer,
            at: Sample.now
        )
        #expect(stop.order?.intent.purpose == .exit(.stopLoss))
    }

    @Test func `what rests for too long is canceled once, and asked about again`() throws {
        var scene = try Scene()
        let target = try scene.exit(.takeProfit)
        _ = try scene.stands(target.id, .accepted)
        let policy = scene.pricer.policy
        #expect(scene.desk.cancelStale(scene.orders, policy, at: OrderDesk.at(39.9)).isEmpty)
        let asked = [ExecutionCore.Effect.cancel(target.id), .wake(at: OrderDesk.at(45))]
        #expect(scene.desk.cancelStale(scene.orders, policy, at: OrderDesk.at(40)) == asked)
        #expect(scene.desk.cancelStale(scene.orders, policy, at: OrderDesk.at(41)).isEmpty)
        #expect(scene.desk.overdue(at: OrderDesk.at(44.9)).isEmpty)
        #expect(scene.desk.overdue(at: OrderDesk.at(45)).first == .cancel(target.id))
    }

    @Test func `a purchase of unknown fate is dropped, and nothing else is`() throws {
        var scene = try Scene()
        let target = try scene.exit(.takeProfit)
        _ = try scene.stands(target.id, .outcomeLost)
        #expect(scene.orders[target.id]?.state == .unknown)
        #expect(scene.desk.drop(unknownEntryOf: Sample.btc, scene.orders) == nil)
        var desk = try OrderDesk()
        let entry = try desk.send(desk.enter())
        var (work, orders) = (desk.core.desk, desk.core.orders)
        #expect(work.drop(unknownEntryOf: Sample.btc, orders) == nil)
        _ = orders.learn(.outcomeLost, about: entry.request.clientOrderID, nil, at: Sample.now)
        #expect(work.drop(unknownEntryOf: Sample.btc, orders) == entry.request.clientOrderID)
        #expect(work.isFree(Sample.btc))
    }
}
