#include "net.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEADERS_MAX (256u << 10)

struct buffer {
    char *bytes;
    size_t length;
    size_t capacity;
};

struct vigil_http {
    struct vigil_owner owner;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    struct buffer body;
    struct buffer head;
    char error[CURL_ERROR_SIZE];
    uint8_t *upload;
    uint64_t tag;
    int64_t sent_at;
    int once;
    int departures;
    int gated;
    int too_long;
    size_t body_max;
    CURLcode code;
    int (*may_leave)(void *);
    void *context;
    struct vigil_http *next;
};

static int64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int append(struct buffer *buffer, const char *bytes, size_t length, size_t max) {
    if (length > max || buffer->length > max - length) return -1;
    if (buffer->length + length > buffer->capacity) {
        size_t capacity = (buffer->length + length) * 2;
        char *grown = realloc(buffer->bytes, capacity);
        if (!grown) return -1;
        buffer->bytes = grown;
        buffer->capacity = capacity;
    }
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    struct vigil_http *http = context;
    if (append(&http->body, bytes, size * count, http->body_max)) {
        http->too_long = 1;
        return 0;
    }
    return size * count;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context) {
    struct vigil_http *http = context;
    // A status line begins the headers anew: what a proxy or a 100 said before does not count.
    if (size * count > 5 && memcmp(bytes, "HTTP/", 5) == 0) http->head.length = 0;
    if (append(&http->head, bytes, size * count, HEADERS_MAX)) {
        http->too_long = 1;
        return 0;
    }
    return size * count;
}

// Called when the connection stands and before the request's first byte. libcurl sends a request
// again, also a POST, where a kept connection turns out to be dead: the second departure of what
// must leave once is stopped here.
static int on_departure(void *context, char *there, char *here, int port, int from) {
    struct vigil_http *http = context;
    (void)there, (void)here, (void)port, (void)from;
    if (http->once && http->departures > 0) return CURL_PREREQFUNC_ABORT;
    if (http->may_leave && !http->may_leave(http->context)) {
        http->gated = 1;
        return CURL_PREREQFUNC_ABORT;
    }
    http->departures += 1;
    return CURL_PREREQFUNC_OK;
}

// The only way to learn when bytes went to TLS: libcurl tells what it sends while it is verbose.
static int on_debug(CURL *easy, curl_infotype kind, char *bytes, size_t length, void *context) {
    struct vigil_http *http = context;
    (void)easy, (void)bytes, (void)length;
    if (kind == CURLINFO_HEADER_OUT || kind == CURLINFO_DATA_OUT) http->sent_at = monotonic();
    return 0;
}

// What is on this machine is not asked through another one, whatever the environment says: `LIVE` is permitted there
// because nothing real can answer.
static int is_loopback(const char *url) {
    CURLU *parts = curl_url();
    char *host = NULL;
    int found = 0;
    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK
        && curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        found = strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0
            || (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
    curl_free(host);
    curl_url_cleanup(parts);
    return found;
}

void vigil_curl_defaults(CURL *easy, const char *url, const char *ca_file, long connect_timeout_ms) {
    curl_easy_setopt(easy, CURLOPT_URL, url);
    if (is_loopback(url)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    if (ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
}

static int configure(struct vigil_http *http, const struct vigil_http_request *request) {
    CURL *easy = http->easy;
    vigil_curl_defaults(easy, request->url, request->ca_file, request->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, http);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->fresh ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_departure);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, http);
    if (request->once) {
        curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
        curl_easy_setopt(easy, CURLOPT_DEBUGDATA, http);
    }
    for (const char *const *line = request->headers; line && *line; line++) {
        struct curl_slist *grown = curl_slist_append(http->headers, *line);
        if (!grown) return -1;
        http->headers = grown;
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
    if (strcmp(request->method, "GET") == 0) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return 0;
    }
    http->upload = malloc(request->body_length + 1);
    if (!http->upload) return -1;
    if (request->body_length) memcpy(http->upload, request->body, request->body_length);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, http->upload);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
    return 0;
}

vigil_http *vigil_http_start(vigil_net *net, const struct vigil_http_request *request, uint64_t tag) {
    struct vigil_http *http = calloc(1, sizeof *http);
    if (!http) return NULL;
    http->easy = curl_easy_init();
    http->tag = tag;
    http->once = request->once;
    http->body_max = request->body_max;
    http->may_leave = request->may_leave;
    http->context = request->context;
    if (!http->easy || configure(http, request)
        || curl_multi_add_handle(net->multi, http->easy) != CURLM_OK) {
        vigil_http_free(http);
        return NULL;
    }
    http->multi = net->multi;
    return http;
}

void vigil_http_free(vigil_http *http) {
    if (!http) return;
    if (http->easy) {
        if (http->multi) curl_multi_remove_handle(http->multi, http->easy);
        curl_easy_cleanup(http->easy);
    }
    curl_slist_free_all(http->headers);
    free(http->body.bytes);
    free(http->head.bytes);
    free(http->upload);
    free(http);
}

static int fate(const struct vigil_http *http) {
    if (http->too_long) return VIGIL_HTTP_TOO_LONG;
    if (http->code == CURLE_OK) return VIGIL_HTTP_ANSWERED;
    if (http->gated && http->departures == 0) return VIGIL_HTTP_GATED;
    if (http->departures == 0) return VIGIL_HTTP_NOT_SENT;
    return http->code == CURLE_OPERATION_TIMEDOUT ? VIGIL_HTTP_TIMED_OUT : VIGIL_HTTP_LOST;
}

vigil_http *vigil_http_next(vigil_net *net, uint64_t *tag, struct vigil_http_result *result) {
    struct vigil_http *http = net->finished;
    if (!http) return NULL;
    net->finished = http->next;
    *tag = http->tag;
    long status = 0;
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    *result = (struct vigil_http_result){
        .fate = fate(http),
        .status = status,
        .body = (const uint8_t *)http->body.bytes,
        .body_length = http->body.length,
        .headers = http->head.bytes,
        .headers_length = http->head.length,
        .error = http->error[0] ? http->error : curl_easy_strerror(http->code),
        .sent_at = http->sent_at,
    };
    return http;
}

// Once a process, whichever thread asks first.
static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode begun;

static void begin(void) { begun = curl_global_init(CURL_GLOBAL_DEFAULT); }

vigil_net *vigil_net_new(void) {
    pthread_once(&once, begin);
    if (begun != CURLE_OK) return NULL;
    vigil_net *net = calloc(1, sizeof *net);
    if (!net) return NULL;
    net->multi = curl_multi_init();
    if (!net->multi) {
        free(net);
        return NULL;
    }
    curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, 64L);
    return net;
}

void vigil_net_free(vigil_net *net) {
    vigil_ws_free_all(net);
    while (net->finished) {
        struct vigil_http *http = net->finished;
        net->finished = http->next;
        vigil_http_free(http);
    }
    curl_multi_cleanup(net->multi);
    free(net->waits);
    free(net);
}

void vigil_net_wake(vigil_net *net) { curl_multi_wakeup(net->multi); }

static void collect(vigil_net *net) {
    struct vigil_http **tail = &net->finished;
    while (*tail) tail = &(*tail)->next;
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(net->multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        struct vigil_owner *owner = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&owner);
        if (owner->is_socket) {
            vigil_ws_connected((struct vigil_ws *)owner, message->data.result);
            continue;
        }
        struct vigil_http *http = (struct vigil_http *)owner;
        http->code = message->data.result;
        http->next = NULL;
        *tail = http;
        tail = &http->next;
    }
}

void vigil_net_turn(vigil_net *net, int timeout_ms) {
    int running;
    curl_multi_perform(net->multi, &running);
    collect(net);
    unsigned count = 0;
    if (vigil_ws_waits(net, &count) || net->finished) timeout_ms = 0;
    curl_multi_poll(net->multi, net->waits, count, timeout_ms, NULL);
    curl_multi_perform(net->multi, &running);
    collect(net);
    vigil_ws_turn(net);
}
