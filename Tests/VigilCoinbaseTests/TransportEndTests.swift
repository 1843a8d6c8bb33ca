import Testing
import VigilTransport

/// The network's thread at its end.
@Suite struct TransportEndTests {
    /// What is left of a network that was begun and stopped.
    private static func begunAndStopped() -> () -> Transport? {
        weak var left: Transport?
        if let transport = Transport(gate: EntryGate(open: true)) {
            left = transport
            transport.stop()
        }
        return { [weak left] in left }
    }

    @Test func `a network that has stopped leaves no thread that a process could end under`() {
        for _ in 0..<300 {
            // A thread that still clears up would hold it.
            guard Self.begunAndStopped()() == nil else {
                Issue.record("the thread is still there")
                return
            }
        }
    }
}
