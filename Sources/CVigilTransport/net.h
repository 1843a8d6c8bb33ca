// Shared by the two halves of the network; not for Swift.
#ifndef VIGIL_NET_H
#define VIGIL_NET_H

#include "CVigilTransport.h"
#include <curl/curl.h>

struct vigil_net {
    CURLM *multi;
    struct vigil_http *finished;
    struct vigil_ws *sockets;
    struct curl_waitfd *waits;
    size_t wait_capacity;
};

/// What libcurl's private pointer leads to, so that a finished handle finds its owner.
struct vigil_owner {
    int is_socket;
};

void vigil_ws_connected(struct vigil_ws *ws, CURLcode code);
/// Fills in what to wait for; not zero where something can be done at once.
int vigil_ws_waits(vigil_net *net, unsigned *count);
void vigil_ws_turn(vigil_net *net);
void vigil_ws_free_all(vigil_net *net);
/// Options that every handle has: trust, no redirects, no signals.
void vigil_curl_defaults(CURL *easy, const char *url, const char *ca_file, long connect_timeout_ms);

#endif
