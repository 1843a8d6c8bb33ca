import VigilConfig
import VigilModel

/// libFuzzer's entry: any bytes are loaded, checked, shown and migrated; nothing of it may trap.
///
/// The first byte says which of the five files the others are.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzConfig(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let file = ConfigSchema.files[Int(first) % ConfigSchema.files.count]
    var files = ["policy": Array("circuit_breakers: {min_eligible_assets: 2}\n".utf8)]
    files[file] = Array(bytes.dropFirst())
    for mode in [TradingMode.paper, .live] {
        do throws(Configuration.Refusal) {
            let passed = try Configuration.load(files: files, mode: mode)
            show(passed.warnings)
            keepMeaning(passed, files, mode)
        } catch {
            precondition(!error.diagnostics.isEmpty, "a refusal says why")
            show(error.diagnostics)
        }
    }
    return 0
}

/// What is found is bounded, and so is what is shown of it.
private func show(_ diagnostics: [Diagnostic]) {
    precondition(diagnostics.count < 1_000, "findings are bounded")
    for diagnostic in diagnostics {
        precondition(diagnostic.rendered(colour: true).utf8.count < 100_000, "a finding is short")
    }
}

/// A configuration that passes means the same when it is migrated.
private func keepMeaning(
    _ passed: Configuration,
    _ files: [String: [UInt8]],
    _ mode: TradingMode
) {
    guard let migration = try? ConfigMigration(files: files), migration.differences.isEmpty else {
        return
    }
    var migrated: [String: [UInt8]] = [:]
    for file in ConfigSchema.files {
        migrated[file] = Array(migration.text(file).utf8)
    }
    do throws(Configuration.Refusal) {
        let again = try Configuration.load(files: migrated, mode: mode)
        precondition(
            passed.effective.changes(to: again.effective).isEmpty,
            "migration changes no value"
        )
    } catch {
        preconditionFailure("a migrated configuration passes: \(error.diagnostics)")
    }
}
