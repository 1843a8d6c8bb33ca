import Foundation

/// A folder of a test's own in the temporary directory, which goes with the last value that holds it.
///
/// `./dev test` ends by looking for what is left in the temporary directory, and fails if anything is.
package final class ScratchFolder: Sendable {
    package let path: String

    package init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("vigil-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    /// The path of something in the folder.
    package func file(_ name: String) -> String { path + "/" + name }

    deinit {
        // A failure to remove it shows at the end of `./dev test`, by its name.
        try? FileManager.default.removeItem(atPath: path)
    }
}
