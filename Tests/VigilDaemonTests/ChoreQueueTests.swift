import Foundation
import Synchronization
import Testing

@testable import VigilDaemon

/// A chore that hangs is nobody's business but that of the other chores.
@Suite struct ChoreQueueTests {
    @Test func `asking returns while a chore hangs, and what is asked for meanwhile is done once`()
    {
        let chores = ChoreQueue(label: "test")
        let (begun, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let done = DispatchSemaphore(value: 0)
        let count = Mutex(0)
        chores.ask("reload") {
            begun.signal()
            release.wait()
        }
        begun.wait()
        for _ in 0..<100 {
            chores.ask("reload") { count.withLock { $0 += 1 } }
        }
        #expect(count.withLock { $0 } == 0)
        release.signal()
        chores.ask("after") { done.signal() }
        done.wait()
        #expect(count.withLock { $0 } == 1)
    }
}
