internal import Glibc

/// The clock that only goes forward, for everything that is about the network itself.
package enum MonotonicTime {
    /// Nanoseconds since some moment of this machine's run.
    package static var nanoseconds: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
