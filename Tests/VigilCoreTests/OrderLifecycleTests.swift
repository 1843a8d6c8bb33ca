import Testing
import VigilCore

@Suite struct OrderLifecycleTests {
    @Test(
        arguments: [
            (.intended, .submitted, .submitting), (.submitting, .accepted, .open),
            (.open, .partiallyFilled, .partiallyFilled), (.partiallyFilled, .filled, .filled),
            (.submitting, .rejected, .rejected), (.submitting, .outcomeLost, .unknown),
            (.unknown, .provenAbsent, .canceled), (.unknown, .accepted, .open),
            (.intended, .denied, .denied), (.open, .expired, .expired),
        ] as [(OrderState, OrderFact, OrderState)]
    )
    func `an order goes on by what is learned`(
        state: OrderState,
        fact: OrderFact,
        expected: OrderState
    ) {
        #expect(OrderLifecycle.next(state, fact) == expected)
    }

    @Test func `a timed-out submit becomes unknown, not rejected`() {
        #expect(OrderLifecycle.next(.submitting, .outcomeLost) == .unknown)
    }

    @Test func `a late fill after a cancel is counted`() {
        #expect(OrderLifecycle.next(.canceled, .partiallyFilled) == .canceled)
        #expect(OrderLifecycle.next(.canceled, .filled) == .filled)
    }

    @Test func `an acknowledgement after the first fill takes nothing back`() {
        #expect(OrderLifecycle.next(.partiallyFilled, .accepted) == .partiallyFilled)
        #expect(OrderLifecycle.next(.filled, .accepted) == .filled)
    }

    @Test func `what is filled stays filled, what is refused stays refused`() {
        for fact in OrderFact.allCases {
            let filled = OrderLifecycle.next(.filled, fact)
            #expect(filled == nil || filled == .filled)
            let refused = OrderLifecycle.next(.rejected, fact)
            #expect(refused == nil || refused == .rejected)
            #expect(OrderLifecycle.next(.denied, fact) == nil)
        }
    }

    @Test func `nothing is submitted twice`() {
        for state in OrderState.allCases where state != .intended {
            #expect(OrderLifecycle.next(state, .submitted) == nil)
        }
    }
}
