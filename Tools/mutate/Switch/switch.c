#include "switch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { mutantsMax = 1 << 17 };
static int current = -1;
static int trace = -1;
static unsigned char reached[mutantsMax];

__attribute__((constructor)) static void begin(void) {
    const char *named = getenv("VIGIL_MUTANT");
    if (named) current = atoi(named);
    const char *path = getenv("VIGIL_MUTANT_TRACE");
    if (path) trace = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

bool vigil_mutant(int id) {
    // Which mutants a suite reaches is written down once each: only those suites are run for it.
    if (trace >= 0 && id < mutantsMax && !reached[id]) {
        reached[id] = 1;
        dprintf(trace, "%d\n", id);
    }
    return id == current;
}
