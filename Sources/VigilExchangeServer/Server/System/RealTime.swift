internal import Glibc
import VigilModel

/// What only the operating system knows.
enum RealTime {
    /// The machine's time.
    static var now: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Lets this process open as many sockets as its hard limit has.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return
        }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Waits for SIGTERM or SIGINT; `input` is where signals arrive.
    static func waitForEnd(_ input: Int32) {
        while true {
            var byte: UInt8 = 0
            let count = unsafe read(input, &byte, 1)
            if count == 1, [SIGTERM, SIGINT].contains(Int32(byte)) { return }
            if count == 0 { return }
        }
    }
}
