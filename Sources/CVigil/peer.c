#define _GNU_SOURCE
#include "CVigil.h"

#include <sys/socket.h>

int vigil_peer_user(int socket, unsigned int *user) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    *user = peer.uid;
    return 0;
}
