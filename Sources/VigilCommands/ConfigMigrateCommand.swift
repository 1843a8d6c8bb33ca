internal import ArgumentParser
internal import Foundation
internal import VigilConfig

/// `vigil config migrate`: the predecessor's files in Vigil's names.
struct ConfigMigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Convert old and retired keys into a new directory; the original is not touched."
    )

    @Argument(help: "The directory of the old files.")
    var directory: String

    @Option(help: "The new directory; without it the difference is only shown.")
    var to: String?

    func run() async throws {
        try await reporting {
            let migration = try ConfigMigration(files: files())
            for file in ConfigSchema.files {
                Output.result(migration.difference(file))
            }
            for line in migration.remaining {
                Output.error("by hand: \(line)\n")
            }
            guard migration.differences.isEmpty else {
                for line in migration.differences {
                    Output.error("would change: \(line)\n")
                }
                Output.error("nothing was written: the result would not mean the same\n")
                throw ExitCode(ExitStatus.notPassed.rawValue)
            }
            guard let to else {
                Output.error("nothing was written; name a new directory with --to\n")
                return
            }
            try write(migration, to)
            Output.error("written to \(to); now `vigil check \(to)`\n")
            guard migration.remaining.isEmpty else {
                throw ExitCode(ExitStatus.notPassed.rawValue)
            }
        }
    }

    private func files() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for file in ConfigSchema.files {
            let path = directory + "/" + file + ".yaml"
            guard let data = FileManager.default.contents(atPath: path) else {
                throw UsageError(description: "`\(path)` cannot be read")
            }
            files[file] = Array(data)
        }
        return files
    }

    private func write(_ migration: ConfigMigration, _ folder: String) throws {
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw UsageError(
                description:
                    "`\(folder)` exists already, and nothing is overwritten; name a new one"
            )
        }
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        for file in ConfigSchema.files {
            try migration.text(file)
                .write(toFile: "\(folder)/\(file).yaml", atomically: true, encoding: .utf8)
        }
    }
}
