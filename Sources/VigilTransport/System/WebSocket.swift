internal import CVigilTransport
internal import VigilModel

/// One WebSocket, from its first packet to its end; for the network's thread alone.
///
/// Everything that arrives, and the end, comes through `onEvent` on that thread.
@safe package final class WebSocket: @unchecked Sendable {
    /// What can come.
    package enum Event: Sendable {
        /// The handshake was answered; messages may be sent.
        case opened
        /// A whole text message, checked to be UTF-8, with when its last byte was read.
        case received([UInt8], readAtNanoseconds: Int64)
        /// It is over, and why, for people; nothing comes after it.
        case closed(String)
    }

    /// Where it leads.
    package struct Address: Sendable, Hashable {
        /// Host, and port where it is not 443.
        package let host: String
        /// With its leading slash.
        package let path: String

        /// Joins both.
        package init(host: String, path: String) {
            self.host = host
            self.path = path
        }
    }

    /// No message may be longer, in bytes: the largest whole book of the venue is near 5 MB.
    package static let messageMax = 16 << 20

    private var socket: OpaquePointer?
    private let onEvent: @Sendable (Event) -> Void

    /// Begins to connect; to be called on the network's thread.
    ///
    /// A failure comes as ``Event/closed(_:)``.
    package init(
        _ address: Address,
        over transport: Transport,
        onEvent: @escaping @Sendable (Event) -> Void
    ) {
        self.onEvent = onEvent
        unsafe socket = unsafe connect(address, transport)
        if unsafe socket == nil {
            transport.perform { onEvent(.closed("libcurl has no memory")) }
        }
    }

    private func connect(_ address: Address, _ transport: Transport) -> OpaquePointer? {
        unsafe "https://\(address.host)\(address.path)".withCString { url in
            unsafe address.path.withCString { path in
                unsafe address.host.withCString { host in
                    unsafe withOptionalCString(transport.authorities) { authorities in
                        var target = unsafe vigil_ws_target()
                        unsafe target.url = unsafe url
                        unsafe target.path = unsafe path
                        unsafe target.host = unsafe host
                        unsafe target.ca_file = unsafe authorities
                        unsafe target.connect_timeout_ms =
                            Int(transport.connectTimeout / .milliseconds(1))
                        unsafe target.message_max = Self.messageMax
                        // Held until `drop()` or CLOSED, after which libcurl's side is silent.
                        unsafe target.context = Unmanaged.passRetained(self).toOpaque()
                        unsafe target.on_event = { context, event in
                            guard let context = unsafe context, let event = unsafe event else {
                                return
                            }
                            // Its own event may be what drops it: it must outlive the event.
                            let socket = unsafe Unmanaged<WebSocket>.fromOpaque(context)
                                .takeUnretainedValue()
                            withExtendedLifetime(socket) {
                                unsafe socket.take(event.pointee)
                            }
                        }
                        let socket = unsafe vigil_ws_start(transport.net, &target)
                        if unsafe socket == nil {
                            unsafe Unmanaged.passUnretained(self).release()
                        }
                        return unsafe socket
                    }
                }
            }
        }
    }

    private func take(_ event: vigil_ws_event) {
        switch unsafe Int(event.kind) {
        case VIGIL_WS_OPEN: onEvent(.opened)
        case VIGIL_WS_MESSAGE:
            let bytes = unsafe UnsafeBufferPointer(start: event.bytes, count: event.length)
            onEvent(.received(unsafe Array(bytes), readAtNanoseconds: MonotonicTime.nanoseconds))
        default:
            let reason = unsafe event.reason.map { unsafe String(cString: $0).printable() } ?? ""
            onEvent(.closed(reason))
        }
    }

    /// Sends a text, on the network's thread; false where it is not open.
    package func send(_ text: String) -> Bool {
        guard let socket = unsafe socket else { return false }
        let bytes = Array(text.utf8)
        return unsafe vigil_ws_send(socket, bytes, bytes.count) == 0
    }

    /// Closes, on the network's thread, also a closed one; no event comes after it.
    package func drop() {
        guard let held = unsafe socket else { return }
        unsafe socket = nil
        unsafe vigil_ws_free(held)
        unsafe Unmanaged.passUnretained(self).release()
    }
}
