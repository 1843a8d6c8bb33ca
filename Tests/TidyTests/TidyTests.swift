import Foundation
import Testing
import VigilCommands

/// The house rules that a machine can check; each ban names its replacement.
@Suite struct TidyTests {
    struct Source {
        let path: String
        let lines: [String]
        var isTest: Bool { path.hasPrefix("Tests/") }
        var isSystem: Bool { path.contains("/System/") }
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let sources: [Source] = {
        var found: [Source] = []
        for folder in ["Sources", "Tests"] {
            let base = root.appendingPathComponent(folder)
            let names = FileManager.default.enumerator(atPath: base.path)
            while let name = names?.nextObject() as? String {
                guard name.hasSuffix(".swift"), !name.contains("TidyTests") else { continue }
                let path = base.appendingPathComponent(name).path
                guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                    continue
                }
                found.append(
                    Source(path: "\(folder)/\(name)", lines: text.components(separatedBy: "\n"))
                )
            }
        }
        return found.sorted { $0.path < $1.path }
    }()

    /// A line without its comment and without what stands between quotes.
    static func code(_ line: String) -> String {
        var result = ""
        var quoted = false
        var before: Character = " "
        for character in line {
            if character == "\"" && before != "\\" {
                quoted.toggle()
            } else if !quoted {
                result.append(character)
            }
            before = character
        }
        return result.components(separatedBy: "//").first ?? ""
    }

    struct Ban {
        let name: String
        let pattern: String
        let instead: String
        let applies: @Sendable (Source) -> Bool
    }

    private static let pure: Set = ["VigilModel", "VigilCore"]
    private static let exact: Set = ["VigilModel", "VigilCore", "VigilExchange", "VigilSimulation"]

    static let bans: [Ban] = [
        Ban(name: "force", pattern: #"[\w\)\]]!(?![=\w])|\btry!|\bas!"#, instead: "guard or throw")
        { _ in true },
        Ban(
            name: "unchecked",
            pattern: #"@unchecked Sendable|nonisolated\(unsafe\)"#,
            instead: "an actor, a Lock or a value, or a System/ folder"
        ) { !$0.isSystem },
        Ban(
            name: "pointer",
            pattern: #"\bUnsafe\w*(Pointer|Buffer)"#,
            instead: "a value, or a System/ folder"
        ) { !$0.isSystem },
        Ban(name: "singleton", pattern: #"static (let|var) shared\b"#, instead: "an initialiser") {
            _ in true
        },
        Ban(
            name: "task",
            pattern: #"\bTask\s*(\{|\(|\.detached|\.sleep)"#,
            instead: "a task group, or clock.sleep(until:)"
        ) { !$0.isTest },
        Ban(
            name: "random",
            pattern:
                #"\bDate\(\)|\b(Date|Clock|DispatchTime)\.now\b|\bUUID\(\)|SystemRandomNumberGenerator"#,
            instead: "what is injected: clock, seeded random"
        ) { exactOrCore($0) || $0.target == "VigilLedger" || $0.target == "VigilConfig" },
        Ban(name: "print", pattern: #"(?<![\w.])print\("#, instead: "Output or the journal") {
            !$0.isTest
        },
        Ban(name: "foundation", pattern: #"import Foundation"#, instead: "the types of VigilModel")
        { pure.contains($0.target) },
        Ban(
            name: "libm",
            pattern: #"\b(exp|log|log2|log10|pow|sin|cos|tan)\("#,
            instead: "+ - * / and squareRoot(): libm differs between processors"
        ) { exact.contains($0.target) },
        Ban(
            name: "modes",
            pattern: #"\bisPaper\b|\bdryRun\b|\bisLive\b"#,
            instead: "the ports chosen in Composition.swift"
        ) {
            pure.contains($0.target) && !$0.path.hasSuffix("DecisionRecord.swift")
                && !$0.path.hasSuffix("TradingMode.swift")
                && !$0.path.hasSuffix("ConductorCore.swift")
        },
        Ban(
            name: "escape",
            pattern: #"\.(merge|debounce|buffer|share)\(.*(policy|for:)|AsyncStream"#,
            instead: "a Mailbox"
        ) { !$0.isTest },
        Ban(
            name: "mutex",
            pattern: #"\bMutex\b"#,
            instead: "Lock, which the thread sanitizer sees into"
        ) { !$0.isTest && !$0.path.hasSuffix("Lock.swift") },
        Ban(name: "todo", pattern: #"\b(FIXME|XXX|HACK)\b"#, instead: "the mend") { _ in true },
        Ban(
            name: "names",
            pattern: #"(class|struct|enum|actor|protocol) \w*(Manager|Helper|Utils|Common)\b"#,
            instead: "a name that says what it does"
        ) { !$0.path.hasSuffix("ServiceManager.swift") },
        Ban(
            name: "async-grdb",
            pattern: #"await .*\b(queue|database)\.(read|write)\b"#,
            instead: "GRDB's synchronous calls on an injected executor"
        ) { _ in true },
    ]

    private static func exactOrCore(_ source: Source) -> Bool { exact.contains(source.target) }

    @Test func `no ban of the house style is broken`() throws {
        var broken: [String] = []
        let patterns = try Self.bans.map { try NSRegularExpression(pattern: $0.pattern) }
        for source in Self.sources {
            let codes = source.lines.map(Self.code)
            for (ban, pattern) in zip(Self.bans, patterns) where ban.applies(source) {
                for (index, code) in codes.enumerated() {
                    let whole = NSRange(code.startIndex..., in: code)
                    guard pattern.firstMatch(in: code, range: whole) != nil else { continue }
                    let before = index > 0 ? source.lines[index - 1] : ""
                    if before.contains("tidy-ok: \(ban.name) ") { continue }
                    broken.append("\(source.path):\(index + 1): \(ban.name): use \(ban.instead)")
                }
            }
        }
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    @Test func `exceptions are few, and each says why`() {
        let excused = Self.sources.flatMap { source in
            source.lines.filter { $0.contains("tidy-ok:") }.map { "\(source.path): \($0)" }
        }
        #expect(excused.count <= 5, "\(excused.joined(separator: "\n"))")
        for line in excused {
            #expect(
                (line.components(separatedBy: "tidy-ok:").last ?? "").split(separator: " ").count
                    > 4
            )
        }
    }

    @Test func `files are short`() {
        for source in Self.sources {
            #expect(source.lines.count <= (source.isTest ? 1_000 : 600), "\(source.path)")
        }
    }

    /// A failure of a disk, a store or a process that is passed over says why nothing is lost by it.
    @Test func `no failure of input or output is passed over without a reason`() throws {
        let pattern = try Regex(
            #"try\? .*(\bstore\.|\bfiles?\b|FileManager|contentsOf|\bgroup\.|Ledger\.read|\bread\(|LastConfiguration|Configuration\.load)"#
        )
        var bare: [String] = []
        for source in Self.sources where !source.isTest {
            for (index, line) in source.lines.enumerated()
            where Self.code(line).contains(pattern) {
                let above = source.lines[max(0, index - 3)..<index].map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                if above.contains(where: { $0.hasPrefix("//") && !$0.hasPrefix("///") }) {
                    continue
                }
                bare.append("\(source.path):\(index + 1): catch it, or say above why it may fail")
            }
        }
        #expect(bare.isEmpty, "\(bare.joined(separator: "\n"))")
    }

    /// A `default:` over an enum of ours hides each case that is added later; over numbers, texts and tuples it is
    /// what there is.
    @Test func `no switch over an enum has a default`() {
        var hidden: [String] = []
        for source in Self.sources where !source.isTest {
            for (index, line) in source.lines.enumerated() {
                let indent = String(line.prefix { $0 == " " })
                guard line == indent + "default:" || line.hasPrefix(indent + "default: ") else {
                    continue
                }
                if source.lines[index - 1].contains("tidy-ok: default ") { continue }
                let cases = Self.cases(before: index, indent, source.lines)
                if !cases.isEmpty, cases.allSatisfy({ $0.hasPrefix(".") && !$0.hasPrefix("..") }) {
                    hidden.append("\(source.path):\(index + 1): name the cases that are left")
                }
            }
        }
        #expect(hidden.isEmpty, "\(hidden.joined(separator: "\n"))")
    }

    /// The patterns of a switch above its default.
    private static func cases(before end: Int, _ indent: String, _ lines: [String]) -> [String] {
        var cases: [String] = []
        for line in lines[..<end].reversed() {
            guard line.hasPrefix(indent), !line.dropFirst(indent.count).hasPrefix(" ") else {
                continue
            }
            let code = line.dropFirst(indent.count)
            if code.hasPrefix("case ") {
                let pattern = code.dropFirst("case ".count)
                cases.append(String(pattern.hasPrefix("let ") ? pattern.dropFirst(4) : pattern))
            } else if code.contains("switch ") {
                break
            }
        }
        return cases
    }

    @Test func `functions are short`() {
        var long: [String] = []
        for source in Self.sources where !source.isTest {
            var start: (line: Int, indent: Int)?
            for (index, line) in source.lines.enumerated() {
                let indent = line.prefix { $0 == " " }.count
                if line.contains("func ")
                    || line.trimmingCharacters(in: .whitespaces).hasPrefix("init(")
                {
                    if Self.code(line).contains("func ") || Self.code(line).contains("init(") {
                        start = start ?? (index, indent)
                    }
                }
                guard let open = start,
                    line.hasPrefix(String(repeating: " ", count: open.indent) + "}"),
                    indent == open.indent
                else { continue }
                if index - open.line > 60 {
                    long.append("\(source.path):\(open.line + 1): \(index - open.line) lines")
                }
                start = nil
            }
        }
        #expect(long.isEmpty, "\(long.joined(separator: "\n"))")
    }

    @Test func `everything that is package or public is documented`() throws {
        let declaration = try Regex(
            #"^\s*(package|public) (internal\(set\) |private\(set\) )?(final |indirect |mutating |static |nonisolated )*(class|struct|enum|actor|protocol|func|typealias)\b"#
        )
        var bare: [String] = []
        for source in Self.sources where !source.isTest {
            for (index, line) in source.lines.enumerated() where line.contains(declaration) {
                var above = index - 1
                while above >= 0,
                    source.lines[above].trimmingCharacters(in: .whitespaces).hasPrefix("@")
                {
                    above -= 1
                }
                let conforms =
                    line.contains("func handle(") || line.contains("func encode(")
                    || line.contains("func enqueue(") || line.contains("func next()")
                    || line.contains("func write(_ entry") || line.contains("func schedule(")
                    || line.contains("func step(at") || line.contains("static func <")
                    || line.contains("func failureRule(") || line.contains("func violations(")
                    || line.contains("func next(isolation")
                if above < 0 || (!source.lines[above].contains("///") && !conforms) {
                    bare.append("\(source.path):\(index + 1)")
                }
            }
        }
        #expect(bare.isEmpty, "\(bare.joined(separator: "\n"))")
    }

    /// Which of our targets each may import; the order of the design's table.
    private static let law: [String: Set<String>] = [
        "VigilModel": [], "VigilCrypto": [], "VigilCore": ["VigilModel"],
        "VigilExchange": ["VigilCore", "VigilModel"], "VigilTransport": ["VigilModel"],
        "VigilCoinbase": ["VigilCore", "VigilModel", "VigilTransport", "VigilCrypto"],
        "VigilConfig": ["VigilCore", "VigilModel", "VigilCrypto"],
        "VigilLedger": ["VigilCore", "VigilModel", "VigilCrypto"],
        "VigilTelemetry": ["VigilCore", "VigilModel"],
        "VigilMarkets": ["VigilExchange", "VigilModel"],
        "VigilSimulation": ["VigilCore", "VigilExchange", "VigilLedger", "VigilModel"],
        "VigilExchangeServer": ["VigilModel", "VigilExchange", "VigilMarkets", "VigilCrypto"],
        "coinbase-sim": ["VigilExchangeServer"],
        "VigilEngine": [
            "VigilModel", "VigilCore", "VigilExchange", "VigilConfig", "VigilLedger",
            "VigilTelemetry", "VigilTransport",
        ],
        "VigilRehearsal": [
            "VigilModel", "VigilCore", "VigilExchange", "VigilConfig", "VigilLedger",
            "VigilTelemetry", "VigilTransport", "VigilMarkets", "VigilSimulation", "VigilEngine",
        ],
        // What fakes things is out of its reach.
        "VigilDaemon": [
            "VigilModel", "VigilCore", "VigilExchange", "VigilConfig", "VigilLedger",
            "VigilTelemetry", "VigilTransport", "VigilCoinbase", "VigilCrypto", "VigilEngine",
        ],
        "VigilCommands": [
            "VigilModel", "VigilCore", "VigilExchange", "VigilConfig", "VigilLedger",
            "VigilTelemetry", "VigilTransport", "VigilCoinbase", "VigilMarkets",
            "VigilSimulation", "VigilEngine", "VigilRehearsal", "VigilDaemon",
        ],
        "vigil": ["VigilCommands"],
    ]

    @Test func `imports run downhill`() throws {
        for source in Self.sources where !source.isTest {
            let allowed = try #require(
                Self.law[source.target],
                "\(source.target) is not in the law"
            )
            for line in source.lines where line.contains("import Vigil") {
                let name = line.split(separator: " ").last.map(String.init) ?? ""
                #expect(allowed.contains(name), "\(source.path) imports \(name)")
            }
        }
    }

    @Test func `the generated reference is up to date`() throws {
        for (path, text) in try ReferencePages.all() {
            let written = try? String(
                contentsOf: Self.root.appendingPathComponent(path),
                encoding: .utf8
            )
            #expect(written == text, "\(path): run ./dev docs")
        }
    }

    @Test func `each trap of the reference has a test of its number, and no test is without a row`()
        throws
    {
        let path = Self.root.appendingPathComponent("docs/reference/coinbase-traps.md")
        let listed = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
            .compactMap { row in
                row.hasPrefix("| ") ? Int(row.dropFirst(2).prefix { $0.isNumber }) : nil
            }
        let tested = Self.sources.filter(\.isTest).flatMap(\.lines).compactMap { line in
            line.range(of: "`trap ").flatMap {
                Int(line[$0.upperBound...].prefix { $0.isNumber })
            }
        }
        #expect(listed.count == Set(listed).count)
        #expect(Set(listed) == Set(tested))
    }
}
