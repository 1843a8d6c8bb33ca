#include "CVigil.h"
#include <malloc.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void vigil_process_close(void) {
    // With it OpenSSL's sessions could be read by whoever may set a variable.
    unsetenv("SSLKEYLOGFILE");
    if (getenv("VIGIL_ALLOW_CORES")) return;
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

void vigil_memory_bound(void) { mallopt(M_ARENA_MAX, 2); }

long long vigil_memory_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return (long long)(info.uordblks + info.hblkhd);
}
