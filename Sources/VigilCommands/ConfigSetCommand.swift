internal import ArgumentParser
internal import Foundation
internal import VigilConfig

/// `vigil config set`: a copy of a configuration with some keys set.
struct ConfigSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Copy a configuration with some keys changed; the original is not touched.",
        discussion: """
            Comments and order are kept. All keys are set together, and nothing is written unless \
            the whole copy passes its checks. KEY=VALUE in one word is the same as KEY VALUE, and \
            takes values that begin with a dash: risk.daily_stop_pnl_pct=-2.
            """
    )

    @Argument(help: "A key such as risk.max_open_positions and its value, as often as wanted.")
    var settings: [String]

    @Option(help: "The directory of the five YAML files (default: /etc/vigil, or ./config).")
    var config: String?

    @Option(help: "The new directory.")
    var to: String

    func run() async throws {
        try await reporting {
            let directory = LocationOptions.configDirectory(config)
            let environment = ProcessInfo.processInfo.environment
            var edit = ConfigEdit(files: try files(of: directory), environment: environment)
            for (key, value) in try pairs() {
                do throws(ConfigEdit.Failure) {
                    try edit.set(key, to: value)
                } catch {
                    throw UsageError(description: error.description)
                }
            }
            let texts = Dictionary(ConfigSchema.files.map { ($0, edit.text($0)) }) { $1 }
            _ = try Configuration.load(
                files: texts.mapValues { Array($0.utf8) },
                environment: environment
            )
            try write(texts, directory)
            Output.error("written to \(to)\n")
        }
    }

    private func pairs() throws -> [(key: String, value: String)] {
        var found: [(key: String, value: String)] = []
        var words = settings[...]
        while let word = words.popFirst() {
            if let sign = word.firstIndex(of: "=") {
                found.append((String(word[..<sign]), String(word[word.index(after: sign)...])))
            } else if let value = words.popFirst() {
                found.append((word, value))
            } else {
                throw UsageError(description: "`\(word)` has no value; write `\(word) VALUE`")
            }
        }
        return found
    }

    private func files(of directory: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for file in ConfigSchema.files {
            let path = "\(directory)/\(file).yaml"
            guard let data = FileManager.default.contents(atPath: path) else {
                throw UsageError(description: "`\(path)` cannot be read")
            }
            files[file] = Array(data)
        }
        return files
    }

    private func write(_ texts: [String: String], _ directory: String) throws {
        guard !FileManager.default.fileExists(atPath: to) else {
            throw UsageError(
                description: "`\(to)` exists already, and nothing is overwritten; name a new one"
            )
        }
        // With it goes what stands beside the files, such as their schemas.
        try FileManager.default.copyItem(atPath: directory, toPath: to)
        for (file, text) in texts {
            try text.write(toFile: "\(to)/\(file).yaml", atomically: true, encoding: .utf8)
        }
    }
}
