package import VigilModel

/// What the embedded venue can be made to suffer, at its port: nothing behind it knows.
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
    /// Its clock is ahead of ours.
    case ahead(Duration)
    /// Messages of a product are lost, and its book does not come anew.
    case gap(ProductID)
}
