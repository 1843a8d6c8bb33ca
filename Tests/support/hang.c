// Preloaded: whoever opens a file of this name waits for ever once another file is there, as on a disk that hangs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static void hang(const char *path) {
    const char *name = getenv("HANG_NAME"), *flag = getenv("HANG_WHILE");
    const char *last = path ? strrchr(path, '/') : NULL;
    if (!name || !flag || !last || strcmp(last + 1, name) != 0) return;
    while (access(flag, F_OK) == 0) pause();
}

#define OPENS(symbol)                                              \
    int symbol(const char *path, int flags, ...) {                 \
        va_list rest;                                              \
        va_start(rest, flags);                                     \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                              \
        hang(path);                                                \
        int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, #symbol); \
        return next(path, flags, mode);                            \
    }

OPENS(open)
OPENS(open64)
