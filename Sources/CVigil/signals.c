#define _GNU_SOURCE
#include "CVigil.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int writing_end = -1;
static const int routed[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
enum { ROUTED_COUNT = sizeof routed / sizeof *routed };

// Only write(2) happens here: it is async-signal-safe, and the kill path must never wait for a lock.
static void forward(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(writing_end, &byte, 1);
    (void)ignored;
    errno = saved;
}

// The mask of the thread that starts a process is inherited, and worker threads block everything.
void vigil_signals_unblock(void) {
    sigset_t set;
    sigemptyset(&set);
    for (unsigned i = 0; i < ROUTED_COUNT; i++) sigaddset(&set, routed[i]);
    pthread_sigmask(SIG_UNBLOCK, &set, 0);
}

int vigil_signals_open(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    // A full pipe must not block the interrupted thread: one waiting byte of a kind is enough.
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    writing_end = ends[1];
    struct sigaction action = {0};
    action.sa_handler = forward;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < ROUTED_COUNT; i++)
        if (sigaction(routed[i], &action, 0) != 0) return -1;
    signal(SIGPIPE, SIG_IGN);
    vigil_signals_unblock();
    return ends[0];
}
