import Foundation
import Testing
import VigilModel

@Suite struct DecimalProperties {
    /// `op, a, b, c, rounding, result`, computed by Python's `decimal`.
    private static func cases(_ seed: Int, _ count: Int) throws -> [[String]] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = root.appendingPathComponent("Oracles/decimals.py").path
        process.arguments = ["python3", script, "\(seed)", "\(count)"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private static func result(_ row: [String]) -> String {
        let rounding: Rounding =
            switch row[4] {
            case "down": .down
            case "up": .up
            default: .halfEven
            }
        do throws(MoneyError) {
            let a = try DecimalText.parse(row[1])
            switch row[0] {
            case "parse": return DecimalText.format(a)
            case "add":
                let sum = try Rate(raw: a) + Rate(row[2])
                return sum.description
            case "snap":
                return DecimalText.format(
                    try FixedPoint.snapped(a, to: DecimalText.parse(row[2]), rounding)
                )
            default:
                let b = try DecimalText.parse(row[2])
                let c = try DecimalText.parse(row[3])
                return DecimalText.format(try FixedPoint.scaled(a, times: b, over: c, rounding))
            }
        } catch {
            return "error"
        }
    }

    @Test func `an indicator is the double that is nearest, to the last bit`() {
        var random = SeededRandom(seed: 7)
        var samples: [Int128] = [0, 1, -1, .max, .min, 1 << 64, (1 << 64) - 1, (1 << 64) + 1]
        for _ in 0..<100_000 {
            let bits = UInt128(random.next()) << 64 | UInt128(random.next())
            samples.append(Int128(bitPattern: bits) >> Int128(random.integer(in: 0...127)))
        }
        // In the middle between two doubles, and by one unit beside it.
        for shift in 1...62 {
            for _ in 0..<20 {
                let top = Int128((random.next() | (1 << 63)) & ~0x7ff | 0x400)
                samples += [-1, 0, 1].map { (top << Int128(shift)) + $0 }
            }
        }
        let wrong = samples.filter {
            FixedPoint.indicator($0).bitPattern != (Double($0) / 1e18).bitPattern
        }
        #expect(wrong.isEmpty, "\(wrong.first ?? 0)")
    }

    @Test func `exact arithmetic agrees with Python's decimal on 100,000 cases`() throws {
        let cases = try Self.cases(20_261_122, 100_000)
        #expect(cases.count == 100_000)
        var wrong: [String] = []
        for row in cases where Self.result(row) != row[5] {
            wrong.append("\(row) gave \(Self.result(row))")
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong, first: \(wrong.first ?? "")")
    }
}
