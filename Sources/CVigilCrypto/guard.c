#include "CVigilCrypto.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

// Whatever OpenSSL gives back is wiped first: texts of keys pass through buffers of its decoders that it frees as
// they are.
static void wiping_free(void *memory, const char *file, int line) {
    (void)file, (void)line;
    if (memory) explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static void *plain_malloc(size_t count, const char *file, int line) {
    (void)file, (void)line;
    return malloc(count);
}

static void *wiping_realloc(void *memory, size_t count, const char *file, int line) {
    if (!memory) return malloc(count);
    // As OpenSSL's own does, whose callers keep nothing of it.
    if (count == 0) {
        wiping_free(memory, file, line);
        return NULL;
    }
    size_t usable = malloc_usable_size(memory);
    if (count <= usable && count > usable / 2) return memory;
    void *larger = malloc(count);
    if (!larger) return NULL;
    memcpy(larger, memory, usable < count ? usable : count);
    wiping_free(memory, file, line);
    return larger;
}

void vigil_keys_guard(void) {
    // Refused by OpenSSL once it has made anything: then keys are used as before, and the test of it says so.
    CRYPTO_set_mem_functions(plain_malloc, wiping_realloc, wiping_free);
    // Scalars live in pages of their own, locked where the machine allows it, and in no core.
    CRYPTO_secure_malloc_init(1 << 16, 32);
}

void vigil_wipe(void *memory, size_t count) { explicit_bzero(memory, count); }
