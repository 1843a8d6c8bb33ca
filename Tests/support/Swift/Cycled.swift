extension Array {
    /// The element at a number, over and over.
    package func cycled(_ number: UInt64) -> Element { self[Int(number % UInt64(count))] }
}
