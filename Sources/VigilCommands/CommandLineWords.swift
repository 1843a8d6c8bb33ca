internal import ArgumentParser
internal import Foundation
internal import VigilConfig

/// The words that this process was started with.
enum CommandLineWords {
    /// As Swift's runtime finds them, or else as the kernel keeps them.
    ///
    /// The runtime looks beside the environment, and finds none where a preloaded library has moved that
    /// before, as libfaketime does: a program that is told nothing would do something else than it was told.
    static var own: [String] {
        guard CommandLine.arguments.count <= 1,
            let data = FileManager.default.contents(atPath: "/proc/self/cmdline"), !data.isEmpty
        else { return Array(CommandLine.arguments.dropFirst()) }
        return data.dropLast().split(separator: 0, omittingEmptySubsequences: false).dropFirst()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// What to say where a word stands in the place of a command and is none; nil where all are.
    static func complaint(_ words: [String]) -> String? {
        var command: any ParsableCommand.Type = VigilCommand.self
        var path = ["vigil"]
        for word in words {
            let below = command.configuration.subcommands
            guard !below.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            if let next = below.first(where: { $0.configuration.commandName == word }) {
                (command, path) = (next, path + [word])
                continue
            }
            let names = below.filter { $0.configuration.shouldDisplay }
                .compactMap { $0.configuration.commandName }
            let nearest = names.map { (name: $0, distance: EditDistance.between(word, $0)) }
                .min { $0.distance < $1.distance }
            let near = nearest.flatMap { $0.distance <= max(2, $0.name.count / 3) ? $0.name : nil }
            let place = path.joined(separator: " ")
            let meant = near.map { "; did you mean `\(place) \($0)`?" } ?? ""
            return "Error: `\(place)` has no command `\(word.prefix(40))`\(meant)\n"
                + "  its commands are " + names.joined(separator: ", ") + "\n"
                + "  See '\(place) --help' for more information.\n"
        }
        return nil
    }
}
