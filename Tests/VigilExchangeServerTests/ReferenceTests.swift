import Foundation
import Testing
import VigilExchangeServer

@Suite struct ReferenceTests {
    @Test func `every kind of fault is in the reference, and no other`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = root.appendingPathComponent("docs/reference/coinbase-sim.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let table = text.components(separatedBy: "## Faults").last ?? ""
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let named = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(named.sorted() == FaultKind.allCases.map(\.rawValue).sorted())
    }
}
