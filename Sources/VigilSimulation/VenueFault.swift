internal import Synchronization
package import VigilExchange
package import VigilModel

/// What a venue can be made to suffer, at its port: nothing behind it knows.
package enum VenueFault: Sendable, Hashable {
    /// No connection: the market is not heard, requests go unanswered at once.
    case unreachable
    /// Every request fails with a server's error.
    case failing
    /// Every request is one too many.
    case limiting
    /// Requests are taken and never answered.
    case silent
    /// Every order is refused.
    case rejecting
    /// Beside each fill of a product comes one that cannot be.
    case absurdFills(ProductID)
    /// No cancel has any effect: orders stand until they end by themselves.
    case keeping
    /// Its clock is ahead of ours.
    case ahead(Duration)
    /// Messages of a product are lost, and its book does not come anew.
    case gap(ProductID)
}

/// Makes a venue suffer from outside, at a time of one's choosing.
package final class VenueFaultSwitch: Sendable {
    private let fault = Lock<VenueFault?>(nil)

    /// Begins with a sound venue.
    package init() {}

    /// What it suffers; nil where all is well.
    package var current: VenueFault? { fault.withLock { $0 } }

    /// Makes it suffer from now on, or ends that.
    package func set(_ new: VenueFault?) {
        fault.withLock { $0 = new }
    }

    /// What a feed of its market would complain of.
    package var outage: MarketOutage? {
        switch current {
        case .unreachable: .disconnected
        case .gap(let product): .gap(product)
        case .failing, .limiting, .silent, .rejecting, .absurdFills, .keeping, .ahead, nil: nil
        }
    }
}
