/// A reproducible random source (SplitMix64): one seed gives one sequence on every machine.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins the sequence of a seed.
    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number of [0, 1) with 53 random bits.
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A nearly normal number of mean 0 and variance 1: twelve uniform ones, without libm.
    package mutating func normal() -> Double {
        var sum = 0.0
        for _ in 0..<3 {
            let bits = next()
            for part in 0..<4 {
                sum += Double((bits >> UInt64(16 * part)) & 0xffff)
            }
        }
        return (sum + 6) / 65_536 - 6
    }

    /// A number of an integer range.
    package mutating func integer(in range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// A child with a sequence of its own, told apart by a label.
    package func forked(_ label: UInt64) -> SeededRandom {
        var child = SeededRandom(seed: state ^ (label &* 0xd134_2543_de82_ef95))
        _ = child.next()
        return child
    }
}
