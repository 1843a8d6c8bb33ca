#include "CVigil.h"
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
