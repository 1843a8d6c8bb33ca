// What Vigil needs from POSIX and cannot say in Swift: handlers that run on signal context.
#ifndef CVIGIL_H
#define CVIGIL_H

/// Lets SIGTERM, SIGINT, SIGUSR1 and SIGHUP reach the calling thread, whatever whoever started this
/// process had blocked. Called first in a program, it holds for all threads made afterwards.
void vigil_signals_unblock(void);

/// Routes SIGTERM, SIGINT, SIGUSR1 and SIGHUP into a pipe, a byte (the signal number) each, and
/// ignores SIGPIPE; unblocks them as well. Returns the pipe's reading end, or -1 with errno set.
int vigil_signals_open(void);

/// The user at the other end of a Unix socket. Returns 0, or -1 with errno set.
int vigil_peer_user(int socket, unsigned int *user);

/// Keeps this process's memory, which holds keys, out of cores and from other processes of its user; unless
/// VIGIL_ALLOW_CORES is set, for who looks for a fault. Called first in a program.
void vigil_process_close(void);

/// Lets the allocator keep two arenas and not eight for each processor: what threads free in one of many stays there,
/// and a process that runs for weeks grows by it. Called before there are threads.
void vigil_memory_bound(void);

/// The bytes that are allocated now, in all arenas; what the process holds beyond them is free, or code and stacks.
long long vigil_memory_in_use(void);

#endif
