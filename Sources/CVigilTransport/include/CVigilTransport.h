// The network behind a C interface that Swift can import: libcurl's options are variadic, and its
// callbacks must not be Swift closures. Everything but `vigil_net_wake` belongs to one thread.
#ifndef CVIGIL_TRANSPORT_H
#define CVIGIL_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

typedef struct vigil_net vigil_net;
typedef struct vigil_http vigil_http;
typedef struct vigil_ws vigil_ws;

/// How far a transfer came: what decides between "refused" and "unknown".
enum {
    /// A whole response was read.
    VIGIL_HTTP_ANSWERED = 0,
    /// The gate was closed before the first byte of the request left.
    VIGIL_HTTP_GATED = 1,
    /// No byte of the request left: no name, no connection, no trust.
    VIGIL_HTTP_NOT_SENT = 2,
    /// The request may have arrived.
    VIGIL_HTTP_LOST = 3,
    /// As LOST, because of its time limit.
    VIGIL_HTTP_TIMED_OUT = 4,
    /// The answer was longer than allowed.
    VIGIL_HTTP_TOO_LONG = 5,
};

struct vigil_http_request {
    const char *method;
    const char *url;
    /// `Name: value`, terminated by a null pointer.
    const char *const *headers;
    const uint8_t *body;
    size_t body_length;
    long timeout_ms;
    long connect_timeout_ms;
    /// Null for the system's authorities.
    const char *ca_file;
    /// Not zero: a connection of its own.
    int fresh;
    /// Not zero: it must leave at most once, also where a kept connection turns out to be dead.
    int once;
    /// No answer may be longer, once it is unpacked.
    size_t body_max;
    /// Asked on the network's thread right before the bytes leave; zero stops the request.
    int (*may_leave)(void *context);
    void *context;
};

struct vigil_http_result {
    int fate;
    long status;
    const uint8_t *body;
    size_t body_length;
    /// The response's header lines, each ended by a line feed.
    const char *headers;
    size_t headers_length;
    /// libcurl's words.
    const char *error;
    /// When the last byte of the request was handed on, in nanoseconds of the monotonic clock; 0 never.
    int64_t sent_at;
};

vigil_net *vigil_net_new(void);
void vigil_net_free(vigil_net *net);
/// Waits for traffic or a wake, at most so long, and moves everything on.
void vigil_net_turn(vigil_net *net, int timeout_ms);
/// From any thread: ends the wait.
void vigil_net_wake(vigil_net *net);

/// Starts a request; its tag comes back with it. Null where libcurl has no memory.
vigil_http *vigil_http_start(vigil_net *net, const struct vigil_http_request *request, uint64_t tag);
/// The next request that ended, or null; free it with `vigil_http_free`.
vigil_http *vigil_http_next(vigil_net *net, uint64_t *tag, struct vigil_http_result *result);
void vigil_http_free(vigil_http *http);

enum {
    VIGIL_WS_OPEN = 1,
    VIGIL_WS_MESSAGE = 2,
    VIGIL_WS_CLOSED = 3,
};

struct vigil_ws_event {
    int kind;
    /// A whole message; valid during the call.
    const uint8_t *bytes;
    size_t length;
    /// Why it was closed, for people.
    const char *reason;
};

struct vigil_ws_target {
    /// `https://host[:port]/path`
    const char *url;
    /// What the request line and the Host header say.
    const char *path;
    const char *host;
    /// Null for the system's authorities.
    const char *ca_file;
    long connect_timeout_ms;
    size_t message_max;
    /// Called on the network's thread; after CLOSED never again.
    void (*on_event)(void *context, const struct vigil_ws_event *event);
    void *context;
};

/// Begins to connect; null where there is no memory.
vigil_ws *vigil_ws_start(vigil_net *net, const struct vigil_ws_target *target);
/// Queues a text message; not zero where the connection is not open.
int vigil_ws_send(vigil_ws *ws, const uint8_t *bytes, size_t length);
/// Closes; no further event of it comes. Safe from within its own event.
void vigil_ws_free(vigil_ws *ws);

#endif
