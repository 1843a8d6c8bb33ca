internal import VigilCore
package import VigilModel

/// A row of the venue's that is, or may be, about an order of ours, and that cannot be used.
package struct OddRow: Sendable, Hashable {
    /// Our order; empty where it cannot be told.
    package let order: ClientOrderID
    /// The venue's name of it; empty where it has none that can be read.
    package let name: VenueOrderID
    /// Which field is at fault, with its value.
    package let trouble: String

    /// What the operator is told.
    package var text: String {
        let whose = order.text.isEmpty ? "an order it does not name" : "order \(order)"
        let there = name.text.isEmpty ? "" : " (the venue's \(name))"
        return "a row from the venue about \(whose)\(there) cannot be read: \(trouble). "
            + "Vigil concludes nothing from it and reads it again; everything else goes on. "
            + "Look at the order at the venue, and at `vigil status`"
    }
}
