// A library that moves the environment while other libraries begin, as libfaketime does: whoever looks for the
// program's arguments beside it finds none.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

static void move_once(void) {
    static int moved;
    if (moved) return;
    moved = 1;
    setenv("MOVED", "1", 1);
}

char *getenv(const char *name) {
    move_once();
    char *(*real)(const char *) = (char *(*)(const char *))dlsym(RTLD_NEXT, "getenv");
    return real(name);
}

char *secure_getenv(const char *name) {
    move_once();
    char *(*real)(const char *) = (char *(*)(const char *))dlsym(RTLD_NEXT, "secure_getenv");
    return real(name);
}
