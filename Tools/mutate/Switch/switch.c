#include "switch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { mutantsMax = 1 << 17 };
static int current = -1;
static int trace = -1;
static unsigned char reached[mutantsMax];
static int every = 1;
static int passed = 0;

// How often it was on, for runs in which it is on now and then.
static void tell(void) { fprintf(stderr, "mutant on %d times\n", passed / every); }

__attribute__((constructor)) static void begin(void) {
    const char *named = getenv("VIGIL_MUTANT");
    if (named) current = atoi(named);
    const char *period = getenv("VIGIL_MUTANT_EVERY");
    if (period && atoi(period) > 0) {
        every = atoi(period);
        atexit(tell);
    }
    const char *path = getenv("VIGIL_MUTANT_TRACE");
    if (path) trace = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

bool vigil_mutant(int id) {
    // Which mutants a suite reaches is written down once each: only those suites are run for it.
    if (trace >= 0 && id < mutantsMax && !reached[id]) {
        reached[id] = 1;
        dprintf(trace, "%d\n", id);
    }
    if (id != current) return false;
    return every == 1 || __atomic_add_fetch(&passed, 1, __ATOMIC_RELAXED) % every == 0;
}
