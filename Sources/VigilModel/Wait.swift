internal import Synchronization

/// One task's wait, which ends once: by a word from anywhere, or with the task's cancellation.
package final class Wait: Sendable {
    private enum State {
        case begun
        case waiting(CheckedContinuation<Void, Never>)
        case ended
    }

    private let state = Lock(State.begun)

    /// Begins a wait that has not ended.
    package init() {}

    /// Waits for the end, which may have come before; for one task only.
    package func ended() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if case .ended = state { return true }
                    state = .waiting(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            end()
        }
    }

    /// Ends it; also more than once.
    package func end() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state = .ended }
            guard case .waiting(let continuation) = state else { return nil }
            return continuation
        }
        waiter?.resume()
    }
}
