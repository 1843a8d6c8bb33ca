import Foundation
import Testing
import VigilConfig
import VigilEngine
import VigilModel
import VigilTelemetry
import VigilTestSupport
import VigilTransport

@testable import VigilDaemon

/// What can be asked for before there is an engine.
@Suite struct ControlDeskTests {
    private struct Silence: JournalSink {
        func write(_ entry: JournalEntry, _ context: JournalContext, at now: Instant) {}
    }

    private struct NoMarket: Error {}

    private let scratch: ScratchFolder
    private let gate = EntryGate(open: true)

    init() throws {
        scratch = try ScratchFolder()
    }

    private func desk() throws -> ControlDesk {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let configuration = try Configuration.load(directory: root + "/config", environment: [:])
        let plan = Daemon.Plan(
            configuration: configuration,
            configurationDirectory: root + "/config",
            state: scratch.path,
            paths: EnginePaths(state: scratch.path),
            control: scratch.file("control"),
            market: .embedded { _, _ in throw NoMarket() },
            once: false,
            hang: nil
        )
        return ControlDesk(plan, gate, Silence(), ServiceManager())
    }

    @Test
    func `a clock that was set back by more than five minutes ends the run, to be started again`()
        throws
    {
        for (jump, ends) in [
            (MachineClock.Jump.setBack(.seconds(300)), false), (.setBack(.seconds(301)), true),
            (.setForward(.seconds(9_000)), false), (.slept(.seconds(9_000)), false),
        ] {
            let desk = try desk()
            let transport = try #require(Transport(gate: gate))
            defer { transport.stop() }
            _ = desk.patience(transport)
            desk.noticed(jump)
            #expect((desk.restartReason != nil) == ends, "\(jump)")
            #expect(transport.isAbandoned == ends, "\(jump)")
        }
    }

    @Test
    func
        `an end that was asked for is no reason to start again, and ends a wait that begins later`()
        throws
    {
        let desk = try desk()
        desk.stop()
        #expect(desk.restartReason == nil)
        let transport = try #require(Transport(gate: gate))
        defer { transport.stop() }
        _ = desk.patience(transport)
        #expect(transport.isAbandoned)
    }

    @Test func `a kill before the start closes the gate and is latched with its first cause`()
        throws
    {
        let desk = try desk()
        desk.kill("SIGUSR1")
        desk.kill("the kill file")
        #expect(!gate.isOpen)
        #expect(try KillLatch(path: EnginePaths(state: scratch.path).latch).cause == "SIGUSR1")
        #expect(desk.answer("status", by: 0).contains(#""killed":true"#))
    }
}
