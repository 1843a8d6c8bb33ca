internal import Glibc

/// The file that stops entries when it appears.
package enum KillFile {
    /// Makes the file; true where it is there afterwards.
    ///
    /// Root may make it in the engine's folder: it is never written through a link, nor over another file.
    package static func make(at path: String, saying reason: String) -> Bool {
        let fresh = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = unsafe open(path, fresh, 0o644)
        guard file >= 0 else {
            var facts = stat()
            return unsafe errno == EEXIST && lstat(path, &facts) == 0
                && facts.st_mode & S_IFMT == S_IFREG
        }
        defer { close(file) }
        // That it is there stops entries, whatever it says.
        let text = Array("\(reason)\n".utf8)
        _ = unsafe write(file, text, text.count)
        return true
    }
}
