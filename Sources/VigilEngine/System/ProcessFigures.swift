internal import CVigil
internal import Glibc
package import VigilCore

/// What tells how much the machine has left.
package protocol HostProbe: Sendable {
    /// Looks now.
    func look() -> HostFigures
}

/// The machine itself.
package struct MachineHost: HostProbe {
    private let directory: String

    /// Watches the disk of a directory.
    package init(directory: String) {
        self.directory = directory
    }

    /// Asks the kernel.
    package func look() -> HostFigures {
        var figures = statvfs()
        let known = unsafe statvfs(directory, &figures) == 0
        return HostFigures(
            // What is left to those who are not root.
            diskFree: known ? Int64(figures.f_bavail) * Int64(figures.f_frsize) : nil,
            resident: Int64(ProcessFigures.residentBytes)
        )
    }
}

/// What the kernel says of this process.
package enum ProcessFigures {
    /// Memory held now, in bytes.
    package static var residentBytes: Int {
        var buffer = [UInt8](repeating: 0, count: 256)
        let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        let count = unsafe read(file, &buffer, buffer.count)
        guard count > 0 else { return 0 }
        let fields = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Memory allocated and not freed, in bytes; what ``residentBytes`` has beyond it is free, code or stacks.
    package static var allocatedBytes: Int { Int(vigil_memory_in_use()) }

    /// The most memory held so far, in bytes, and the processor time used so far, in seconds.
    package static var usage: (peakBytes: Int, cpuSeconds: Double) {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(0), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return (usage.ru_maxrss * 1_024, seconds(usage.ru_utime) + seconds(usage.ru_stime))
    }
}

/// A clock that only goes forward.
package struct MonotonicStopwatch: Stopwatch {
    /// Makes a stopwatch.
    package init() {}

    package var elapsed: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
