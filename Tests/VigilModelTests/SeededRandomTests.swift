import Testing
import VigilModel

@Suite struct SeededRandomTests {
    @Test func `uniform numbers lie below one, half of them below a half`() {
        var random = SeededRandom(seed: 3)
        let numbers = (0..<20_000).map { _ in random.unit() }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        #expect(abs(numbers.reduce(0, +) / 20_000 - 0.5) < 0.01)
        #expect((numbers.min() ?? 1) < 0.001)
        #expect((numbers.max() ?? 0) > 0.999)
    }

    @Test func `normal numbers have no mean and a deviation of one`() {
        var random = SeededRandom(seed: 4)
        let numbers = (0..<40_000).map { _ in random.normal() }
        let mean = numbers.reduce(0, +) / 40_000
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000
        #expect(abs(mean) < 0.02)
        #expect(abs(variance - 1) < 0.03)
        #expect(numbers.allSatisfy { abs($0) < 6 })
        // Twelve numbers of 16 bits each: never in the middle of two of them.
        #expect(numbers.allSatisfy { (($0 + 6) * 65_536).rounded() == ($0 + 6) * 65_536 })
    }

    @Test func `children of one parent differ by their label, and move the parent nowhere`() {
        let parent = SeededRandom(seed: 5)
        var (first, again, second) = (parent.forked(1), parent.forked(1), parent.forked(2))
        let numbers = (0..<4).map { _ in first.next() }
        #expect(numbers == (0..<4).map { _ in again.next() })
        #expect(numbers != (0..<4).map { _ in second.next() })
        // The first number of a child is thrown away: it is alike where labels are.
        var known = SeededRandom(seed: 5 ^ 0xd134_2543_de82_ef95)
        _ = known.next()
        #expect(numbers == (0..<4).map { _ in known.next() })
    }

    @Test func `an integer lies in its range, both ends included`() {
        var random = SeededRandom(seed: 6)
        #expect(Set((0..<200).map { _ in random.integer(in: 1...3) }) == [1, 2, 3])
    }
}
