internal import CVigilTransport
internal import Dispatch
internal import Foundation
internal import Synchronization
internal import VigilModel

/// The network's one thread: libcurl's transfers, the WebSockets, timers, and the jobs of the actors
/// that live on it.
///
/// An actor that names it as its executor may call everything here; others use ``send(_:)``.
@safe package final class Transport: SerialExecutor, @unchecked Sendable {
    private struct Timer {
        let due: Int64
        let action: @Sendable () -> Void
    }

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var actions: [@Sendable () -> Void] = []
        var timers: [Timer] = []
        var stopped = false
        /// True where nothing is waited for any more.
        var abandoned = false
        /// True while the thread waits for the network and has to be woken.
        var waiting = false
    }

    // Touched by the network's thread alone, but for the wake, which libcurl allows from any.
    let net: OpaquePointer
    private var answers: [UInt64: @Sendable (HTTPAnswer) -> Void] = [:]
    private var lastTag: UInt64 = 0
    private let inbox = Lock(Inbox())
    private let thread = Atomic<UInt>(0)
    private let ended = DispatchSemaphore(value: 0)
    private let isStopping = Atomic<Bool>(false)
    private let gate: EntryGate
    let authorities: String?
    let connectTimeout: Duration

    /// Starts the thread; nil where libcurl has no memory, or there can be no more threads.
    ///
    /// `authorities` is a PEM file that replaces the system's list of certificate authorities.
    package init?(
        gate: EntryGate,
        authorities: String? = nil,
        connectTimeout: Duration = .seconds(5)
    ) {
        guard let net = unsafe vigil_net_new() else { return nil }
        unsafe self.net = net
        self.gate = gate
        self.authorities = authorities
        self.connectTimeout = connectTimeout
        guard begin() else { return nil }
    }

    /// Starts the thread, which holds this object until it ends; false where there can be no more threads.
    private func begin() -> Bool {
        var attributes = pthread_attr_t()
        guard unsafe pthread_attr_init(&attributes) == 0 else { return false }
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, 4 << 20)
        var made = pthread_t()
        let held = unsafe Unmanaged.passRetained(self)
        let code = unsafe pthread_create(
            &made,
            &attributes,
            { context in
                guard let context = unsafe context else { return nil }
                Thread.current.name = "vigil-network"
                unsafe Unmanaged<Transport>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            held.toOpaque()
        )
        guard code == 0 else {
            unsafe held.release()
            return false
        }
        thread.store(UInt(made), ordering: .relaxed)
        return true
    }

    /// Ends the thread, once all that waits on it has come to its end, and waits for that.
    ///
    /// Nothing may be asked for afterwards. The thread is gone when this returns, not only done: a process
    /// that ends under a thread in OpenSSL, be it in the thread's own clearing up, crashes in its last
    /// moment, after its output, and with the wrong exit code.
    package func stop() {
        put {
            $0.abandoned = true
            $0.stopped = true
        }
        guard isIsolatingCurrentContext() != true, !isStopping.exchange(true, ordering: .relaxed),
            ended.wait(timeout: .now() + .seconds(5)) == .success
        else { return }
        pthread_join(pthread_t(thread.load(ordering: .relaxed)), nil)
    }

    deinit {
        // The thread holds this object, so that it has ended.
        unsafe vigil_net_free(net)
    }

    /// Waits for nothing any more: what is under way is answered as lost, what sleeps wakes up, and what is
    /// asked for from now on is lost at once.
    ///
    /// The thread goes on, so that what lives on it can come to its end.
    package func abandon() {
        put { $0.abandoned = true }
    }

    /// True once ``abandon()`` was called.
    package var isAbandoned: Bool { inbox.withLock(\.abandoned) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        put { $0.jobs.append(job) }
    }

    /// True on the network's thread.
    package func isIsolatingCurrentContext() -> Bool? {
        thread.load(ordering: .relaxed) == Self.currentThread
    }

    /// Traps on any other thread.
    package func checkIsolated() {
        precondition(
            isIsolatingCurrentContext() == true,
            "Invariant: what lives on the network's thread is called there"
        )
    }

    private static var currentThread: UInt { UInt(pthread_self()) }

    /// Calls on the network's thread, as soon as it can.
    package func perform(_ action: @escaping @Sendable () -> Void) {
        put { $0.actions.append(action) }
    }

    /// Calls on the network's thread once a span of real time has passed.
    package func schedule(after span: Duration, _ action: @escaping @Sendable () -> Void) {
        let parts = span.components
        let nanoseconds = parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
        let due = MonotonicTime.nanoseconds + max(nanoseconds, 0)
        put { $0.timers.append(Timer(due: due, action: action)) }
    }

    private func put(_ change: (inout sending Inbox) -> Void) {
        let asleep = inbox.withLock { inbox in
            change(&inbox)
            defer { inbox.waiting = false }
            return inbox.waiting
        }
        if asleep {
            unsafe vigil_net_wake(net)
        }
    }

    /// Sends a request and waits for its end; it always has one.
    ///
    /// A task that is canceled waits no longer: what had left by then is lost, its fate not known.
    package func send(_ request: HTTPRequest) async -> HTTPAnswer {
        let call = Call()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                perform { [self] in start(request, call) { continuation.resume(returning: $0) } }
            }
        } onCancel: {
            perform { [self] in lose(call) }
        }
    }

    private func lose(_ call: Call) {
        guard let tag = call.cancel() else { return }
        let answer = HTTPAnswer(fate: .lost, detail: "nobody waits for its answer any more")
        answers.removeValue(forKey: tag)?(answer)
    }

    private func start(
        _ request: HTTPRequest,
        _ call: Call,
        _ answered: @escaping @Sendable (HTTPAnswer) -> Void
    ) {
        // Looked at here, so that nothing is begun in vain, and again right before the bytes leave.
        guard !request.isEntry || gate.isOpen else { return answered(HTTPAnswer(fate: .gated)) }
        guard !call.isCanceled else {
            return answered(HTTPAnswer(fate: .notSent, detail: "nobody waits for it any more"))
        }
        guard !isAbandoned else {
            return answered(HTTPAnswer(fate: .notSent, detail: "the engine is stopping"))
        }
        lastTag += 1
        let tag = lastTag
        guard unsafe begin(request, tag) != nil else {
            return answered(HTTPAnswer(fate: .notSent, detail: "libcurl has no memory"))
        }
        call.begin(tag)
        answers[tag] = answered
    }

    private func begin(_ request: HTTPRequest, _ tag: UInt64) -> OpaquePointer? {
        let lines = unsafe request.headers.map { unsafe strdup($0) }
        defer {
            for index in unsafe lines.indices {
                unsafe free(lines[index])
            }
        }
        let headers = unsafe lines.map { unsafe UnsafePointer($0) } + [nil]
        let gatePointer = unsafe Unmanaged.passUnretained(gate).toOpaque()
        return unsafe request.method.withCString { method in
            unsafe request.url.withCString { url in
                unsafe headers.withUnsafeBufferPointer { headers in
                    unsafe request.body.withUnsafeBufferPointer { body in
                        unsafe withOptionalCString(authorities) { authorities in
                            var wish = unsafe vigil_http_request()
                            unsafe wish.method = unsafe method
                            unsafe wish.url = unsafe url
                            unsafe wish.headers = headers.baseAddress
                            unsafe wish.body = body.baseAddress
                            unsafe wish.body_length = body.count
                            unsafe wish.timeout_ms = Int(request.timeout / .milliseconds(1))
                            unsafe wish.connect_timeout_ms = Int(connectTimeout / .milliseconds(1))
                            unsafe wish.ca_file = unsafe authorities
                            unsafe wish.fresh = request.isFresh ? 1 : 0
                            unsafe wish.once = request.leavesOnce ? 1 : 0
                            unsafe wish.body_max = request.answerMax
                            if request.isEntry {
                                // The gate lives as long as this object, which outlives its thread.
                                unsafe wish.context = gatePointer
                                unsafe wish.may_leave = { context in
                                    guard let context = unsafe context else { return 0 }
                                    let gate = unsafe Unmanaged<EntryGate>.fromOpaque(context)
                                        .takeUnretainedValue()
                                    return gate.isOpen ? 1 : 0
                                }
                            }
                            return unsafe vigil_http_start(net, &wish, tag)
                        }
                    }
                }
            }
        }
    }

    private func run() {
        thread.store(Self.currentThread, ordering: .relaxed)
        while true {
            let (jobs, actions, wait) = take()
            guard let wait else {
                ended.signal()
                return
            }
            for job in jobs {
                unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            }
            for action in actions {
                action()
            }
            if isAbandoned {
                loseAll("the engine is stopping")
            }
            unsafe vigil_net_turn(net, jobs.isEmpty && actions.isEmpty ? wait : 0)
            inbox.withLock { $0.waiting = false }
            collect()
        }
    }

    private func loseAll(_ detail: String) {
        let lost = answers.values
        answers = [:]
        for answered in lost {
            answered(HTTPAnswer(fate: .lost, detail: detail))
        }
    }

    /// What is to be done now, and for how many milliseconds to wait then; nil to end.
    private func take() -> ([UnownedJob], [@Sendable () -> Void], wait: Int32?) {
        let now = MonotonicTime.nanoseconds
        return inbox.withLock { inbox in
            let end = inbox.abandoned ? Int64.max : now
            let due = inbox.timers.filter { $0.due <= end }.sorted { $0.due < $1.due }
            inbox.timers.removeAll { $0.due <= end }
            let actions = inbox.actions + due.map(\.action)
            let jobs = inbox.jobs
            (inbox.jobs, inbox.actions) = ([], [])
            inbox.waiting = jobs.isEmpty && actions.isEmpty
            if inbox.waiting, inbox.stopped, answers.isEmpty { return ([], [], nil) }
            let next = inbox.timers.map(\.due).min()
            let wait = next.map { min(($0 - now) / 1_000_000 + 1, 1_000) } ?? 1_000
            return (jobs, actions, Int32(wait))
        }
    }

    private func collect() {
        var tag: UInt64 = 0
        var result = unsafe vigil_http_result()
        while let ended = unsafe vigil_http_next(net, &tag, &result) {
            let answer = unsafe Self.answer(result)
            unsafe vigil_http_free(ended)
            answers.removeValue(forKey: tag)?(answer)
        }
    }

    private static func answer(_ result: vigil_http_result) -> HTTPAnswer {
        let fate: HTTPAnswer.Fate =
            switch unsafe Int(result.fate) {
            case VIGIL_HTTP_ANSWERED: .answered
            case VIGIL_HTTP_GATED: .gated
            case VIGIL_HTTP_NOT_SENT: .notSent
            case VIGIL_HTTP_TIMED_OUT: .timedOut
            case VIGIL_HTTP_TOO_LONG: .tooLong
            default: .lost
            }
        let body = unsafe UnsafeBufferPointer(start: result.body, count: result.body_length)
        let head = unsafe UnsafeBufferPointer(start: result.headers, count: result.headers_length)
        let text = unsafe String(decoding: head.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return unsafe HTTPAnswer(
            fate: fate,
            status: result.status,
            body: Array(body),
            headers: HTTPAnswer.headers(of: text),
            detail: result.error.map { unsafe String(cString: $0).printable() } ?? "",
            sentAtNanoseconds: result.sent_at
        )
    }
}

/// A request that somebody waits for; on the network's thread it gets its number, and loses who waits.
private final class Call: Sendable {
    private let state = Lock((tag: UInt64?.none, isCanceled: false))

    var isCanceled: Bool { state.withLock { $0.isCanceled } }

    func begin(_ tag: UInt64) {
        state.withLock { $0.tag = tag }
    }

    /// Its number, where it was begun.
    func cancel() -> UInt64? {
        state.withLock { state in
            state.isCanceled = true
            return state.tag
        }
    }
}

/// Lends a text, or null where there is none.
func withOptionalCString<Result>(
    _ text: String?,
    _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString { unsafe body($0) }
}

extension Transport {
    /// Waits for a span of real time, or until the task is canceled.
    package func sleep(for span: Duration) async {
        let wait = Wait()
        schedule(after: span) { wait.end() }
        await wait.ended()
    }
}
