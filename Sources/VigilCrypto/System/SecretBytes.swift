internal import CVigilCrypto

/// Bytes that must not be seen, nor stay: they have one owner, cannot be put into a text, and are overwritten when
/// it is done with them.
@safe package struct SecretBytes: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    /// How many of them there are.
    package private(set) var count = 0

    /// Room for some bytes, all zero, with as many zeros behind them as a parser may read.
    package init(capacity: Int, padding: Int = 64) {
        unsafe memory = .allocate(byteCount: capacity + padding, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        room = capacity
    }

    private let room: Int

    /// Takes a copy; the bytes that were given remain where they are.
    package init(copying bytes: some Collection<UInt8>) {
        self.init(capacity: bytes.count)
        for byte in bytes {
            unsafe memory[count] = byte
            count += 1
        }
    }

    deinit {
        unsafe vigil_wipe(memory.baseAddress, memory.count)
        unsafe memory.deallocate()
    }

    /// Has bytes written behind those that are there, until there is no room or no more of them; false for an error.
    package mutating func fill(_ source: (UnsafeMutableRawBufferPointer) -> Int) -> Bool {
        while count < room {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count..<room])
            let added = unsafe source(rest)
            guard added >= 0 else { return false }
            guard added > 0 else { return true }
            count += added
        }
        return true
    }

    /// Lends them; no copy of them may be kept.
    package borrowing func lend<Value, Failure: Error>(
        _ reader: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try unsafe reader(UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }
}
