// For asprintf().
#define _GNU_SOURCE
#include "net.h"
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <wslay/wslay.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define ANSWER_MAX 16384
#define READ_SIZE 65536
// How much of one connection is read before the others, timers and requests have their turn.
#define TURN_MAX (1 << 20)
// One message may come in many frames, and each costs memory of its own, however small it is.
#define FRAGMENTS_MAX 4096
// What waits to be written: pongs above all, where the venue pings and does not read.
#define WAITING_MAX 1024
#define WAITING_BYTES_MAX (256 << 10)

enum stage { CONNECTING, SHAKING, OPEN, DEAD };

struct vigil_ws {
    struct vigil_owner owner;
    struct vigil_net *net;
    CURL *easy;
    enum stage stage;
    int released;
    char error[CURL_ERROR_SIZE];
    char *hello;
    size_t hello_length;
    size_t hello_sent;
    char accept[32];
    char *answer;
    size_t answer_length;
    int64_t deadline;
    wslay_event_context_ptr frames;
    const char *failure;
    /// How many frames the message has had that is being read.
    unsigned fragments;
    /// What was read from TLS and not yet asked for.
    uint8_t *read;
    size_t read_at;
    size_t read_end;
    size_t turn;
    /// True where more may wait than was read in its turn.
    int unfinished;
    /// Where in the net's waits its socket stands; -1 where it is not waited for.
    long wait;
    void (*on_event)(void *, const struct vigil_ws_event *);
    void *context;
    struct vigil_ws *next;
};

static int64_t monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tell(struct vigil_ws *ws, struct vigil_ws_event event) {
    if (!ws->released) ws->on_event(ws->context, &event);
}

static void die(struct vigil_ws *ws, const char *reason) {
    if (ws->stage == DEAD) return;
    ws->stage = DEAD;
    tell(ws, (struct vigil_ws_event){.kind = VIGIL_WS_CLOSED, .reason = reason});
}

static ssize_t on_frame_read(
    wslay_event_context_ptr frames, uint8_t *bytes, size_t length, int flags, void *context) {
    struct vigil_ws *ws = context;
    (void)flags;
    if (ws->released) {
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (ws->failure) {
        wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    if (ws->read_at == ws->read_end && ws->turn >= TURN_MAX) {
        ws->unfinished = 1;
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (ws->read_at == ws->read_end) {
        size_t got = 0;
        CURLcode code = curl_easy_recv(ws->easy, ws->read, READ_SIZE, &got);
        if (code == CURLE_AGAIN) {
            wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
            return -1;
        }
        if (code != CURLE_OK || got == 0) {
            ws->failure = code == CURLE_OK ? "the venue hung up" : "the connection broke";
            wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
            return -1;
        }
        ws->read_at = 0;
        ws->read_end = got;
        ws->turn += got;
    }
    size_t part = ws->read_end - ws->read_at;
    if (part > length) part = length;
    memcpy(bytes, ws->read + ws->read_at, part);
    ws->read_at += part;
    return (ssize_t)part;
}

static ssize_t on_frame_write(
    wslay_event_context_ptr frames, const uint8_t *bytes, size_t length, int flags, void *context) {
    struct vigil_ws *ws = context;
    (void)flags;
    size_t sent = 0;
    CURLcode code = curl_easy_send(ws->easy, bytes, length, &sent);
    if (code == CURLE_OK && sent > 0) return (ssize_t)sent;
    if (code != CURLE_AGAIN && code != CURLE_OK) ws->failure = "the connection broke";
    wslay_event_set_error(
        frames,
        code == CURLE_AGAIN || code == CURLE_OK ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static int on_mask(wslay_event_context_ptr frames, uint8_t *bytes, size_t length, void *context) {
    (void)frames, (void)context;
    return RAND_bytes(bytes, (int)length) == 1 ? 0 : -1;
}

static int is_overfull(wslay_event_context_ptr frames) {
    return wslay_event_get_queued_msg_count(frames) >= WAITING_MAX
        || wslay_event_get_queued_msg_length(frames) >= WAITING_BYTES_MAX;
}

static void on_frame(
    wslay_event_context_ptr frames, const struct wslay_event_on_frame_recv_start_arg *frame,
    void *context) {
    struct vigil_ws *ws = context;
    (void)frames;
    if (wslay_is_ctrl_frame(frame->opcode)) return;
    ws->fragments = frame->opcode == WSLAY_CONTINUATION_FRAME ? ws->fragments + 1 : 1;
    if (ws->fragments > FRAGMENTS_MAX) ws->failure = "the venue sent a message in too many frames";
}

static void on_message(
    wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *message,
    void *context) {
    struct vigil_ws *ws = context;
    if (is_overfull(frames)) ws->failure = "the venue pings, and does not read the answers";
    if (message->opcode == WSLAY_TEXT_FRAME)
        tell(ws, (struct vigil_ws_event){
            .kind = VIGIL_WS_MESSAGE, .bytes = message->msg, .length = message->msg_length});
    else if (message->opcode == WSLAY_BINARY_FRAME)
        ws->failure = "the venue sent a binary frame";
}

static int begin_frames(struct vigil_ws *ws, size_t message_max) {
    struct wslay_event_callbacks callbacks = {
        .recv_callback = on_frame_read,
        .send_callback = on_frame_write,
        .genmask_callback = on_mask,
        .on_frame_recv_start_callback = on_frame,
        .on_msg_recv_callback = on_message,
    };
    if (wslay_event_context_client_init(&ws->frames, &callbacks, ws) != 0) return -1;
    wslay_event_config_set_max_recv_msg_length(ws->frames, message_max);
    return 0;
}

static int begin_handshake(struct vigil_ws *ws, const struct vigil_ws_target *target) {
    unsigned char key[16], digest[EVP_MAX_MD_SIZE];
    char text[32], proof[80];
    if (RAND_bytes(key, sizeof key) != 1) return -1;
    EVP_EncodeBlock((unsigned char *)text, key, sizeof key);
    snprintf(proof, sizeof proof, "%s" GUID, text);
    unsigned length = 0;
    if (!EVP_Digest(proof, strlen(proof), digest, &length, EVP_sha1(), NULL)) return -1;
    EVP_EncodeBlock((unsigned char *)ws->accept, digest, (int)length);
    int size = asprintf(
        &ws->hello,
        "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nUser-Agent: vigil\r\n\r\n",
        target->path, target->host, text);
    if (size < 0) {
        ws->hello = NULL;
        return -1;
    }
    ws->hello_length = (size_t)size;
    return 0;
}

static void destroy(struct vigil_ws *ws) {
    if (ws->easy) {
        curl_multi_remove_handle(ws->net->multi, ws->easy);
        curl_easy_cleanup(ws->easy);
    }
    if (ws->frames) wslay_event_context_free(ws->frames);
    free(ws->hello);
    free(ws->answer);
    free(ws->read);
    free(ws);
}

vigil_ws *vigil_ws_start(vigil_net *net, const struct vigil_ws_target *target) {
    struct vigil_ws *ws = calloc(1, sizeof *ws);
    if (!ws) return NULL;
    ws->owner.is_socket = 1;
    ws->wait = -1;
    ws->net = net;
    ws->on_event = target->on_event;
    ws->context = target->context;
    ws->easy = curl_easy_init();
    ws->read = malloc(READ_SIZE);
    ws->answer = malloc(ANSWER_MAX + 1);
    ws->deadline = monotonic_ms() + target->connect_timeout_ms;
    if (!ws->easy || !ws->read || !ws->answer || begin_handshake(ws, target)
        || begin_frames(ws, target->message_max)) {
        destroy(ws);
        return NULL;
    }
    vigil_curl_defaults(ws->easy, target->url, target->ca_file, target->connect_timeout_ms);
    curl_easy_setopt(ws->easy, CURLOPT_PRIVATE, ws);
    curl_easy_setopt(ws->easy, CURLOPT_ERRORBUFFER, ws->error);
    curl_easy_setopt(ws->easy, CURLOPT_CONNECT_ONLY, 1L);
    // With HTTP/2 offered, the handshake would be answered with nothing.
    curl_easy_setopt(ws->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (curl_multi_add_handle(net->multi, ws->easy) != CURLM_OK) {
        destroy(ws);
        return NULL;
    }
    ws->next = net->sockets;
    net->sockets = ws;
    return ws;
}

void vigil_ws_connected(struct vigil_ws *ws, CURLcode code) {
    if (ws->stage != CONNECTING) return;
    if (code == CURLE_OK)
        ws->stage = SHAKING;
    else
        die(ws, ws->error[0] ? ws->error : curl_easy_strerror(code));
}

// Looks at a header by name; the answer ends with a blank line.
static int has_header(const char *answer, const char *name, const char *value) {
    size_t length = strlen(name);
    for (const char *line = strstr(answer, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) != 0 || line[length] != ':') continue;
        line += length + 1;
        while (*line == ' ' || *line == '\t') line++;
        size_t end = strcspn(line, "\r\n");
        while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t')) end--;
        return end == strlen(value) && strncasecmp(line, value, end) == 0;
    }
    return 0;
}

static void judge_answer(struct vigil_ws *ws, char *end) {
    size_t head = (size_t)(end - ws->answer) + 4;
    char first = ws->answer[head];
    end[2] = 0;
    if (strncmp(ws->answer, "HTTP/1.1 101", 12) != 0) {
        ws->answer[strcspn(ws->answer, "\r\n")] = 0;
        snprintf(ws->error, sizeof ws->error, "the handshake was answered with `%.60s`", ws->answer);
        die(ws, ws->error);
        return;
    }
    if (!has_header(ws->answer, "Sec-WebSocket-Accept", ws->accept)
        || !has_header(ws->answer, "Upgrade", "websocket")) {
        die(ws, "the handshake was answered by something that is no WebSocket server");
        return;
    }
    ws->answer[head] = first;
    // What came behind the blank line is frames already.
    ws->read_at = 0;
    ws->read_end = ws->answer_length - head;
    memcpy(ws->read, ws->answer + head, ws->read_end);
    ws->stage = OPEN;
    tell(ws, (struct vigil_ws_event){.kind = VIGIL_WS_OPEN});
}

static void shake(struct vigil_ws *ws) {
    while (ws->hello_sent < ws->hello_length) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(
            ws->easy, ws->hello + ws->hello_sent, ws->hello_length - ws->hello_sent, &sent);
        if (code == CURLE_AGAIN || (code == CURLE_OK && sent == 0)) return;
        if (code != CURLE_OK) {
            die(ws, "the connection broke in the handshake");
            return;
        }
        ws->hello_sent += sent;
    }
    while (ws->stage == SHAKING) {
        size_t got = 0;
        CURLcode code = curl_easy_recv(
            ws->easy, ws->answer + ws->answer_length, ANSWER_MAX - ws->answer_length, &got);
        if (code == CURLE_AGAIN) return;
        if (code != CURLE_OK || got == 0) {
            die(ws, "the venue hung up in the handshake");
            return;
        }
        ws->answer_length += got;
        ws->answer[ws->answer_length] = 0;
        char *end = strstr(ws->answer, "\r\n\r\n");
        if (end)
            judge_answer(ws, end);
        else if (ws->answer_length == ANSWER_MAX)
            die(ws, "the handshake's answer does not end");
    }
}

static void write_frames(struct vigil_ws *ws) {
    if (wslay_event_want_write(ws->frames) && wslay_event_send(ws->frames) != 0)
        die(ws, ws->failure ? ws->failure : "a frame could not be written");
}

static const char *close_reason(struct vigil_ws *ws) {
    uint16_t status = wslay_event_get_status_code_received(ws->frames);
    if (status == 0) return "the venue closed the feed";
    snprintf(ws->error, sizeof ws->error, "the venue closed the feed with status %u", status);
    return ws->error;
}

static void exchange_frames(struct vigil_ws *ws, int readable) {
    if (!readable && ws->read_at == ws->read_end) {
        write_frames(ws);
        return;
    }
    ws->turn = 0;
    ws->unfinished = 0;
    int code = wslay_event_recv(ws->frames);
    if (ws->released) return;
    if (code != 0 || ws->failure) {
        die(ws, ws->failure ? ws->failure : "a frame could not be read");
        return;
    }
    write_frames(ws);
    if (ws->stage != OPEN) return;
    if (wslay_event_get_close_received(ws->frames))
        die(ws, close_reason(ws));
    else if (!wslay_event_get_read_enabled(ws->frames))
        // wslay stops reading where a frame breaks the protocol, is too long, or is not UTF-8.
        die(ws, "a frame broke the protocol, was too long, or was not UTF-8");
}

int vigil_ws_send(vigil_ws *ws, const uint8_t *bytes, size_t length) {
    if (ws->stage != OPEN || is_overfull(ws->frames)) return -1;
    struct wslay_event_msg message = {WSLAY_TEXT_FRAME, bytes, length};
    return wslay_event_queue_msg(ws->frames, &message);
}

void vigil_ws_free(vigil_ws *ws) { ws->released = 1; }

int vigil_ws_waits(vigil_net *net, unsigned *count) {
    size_t needed = 0;
    for (struct vigil_ws *ws = net->sockets; ws; ws = ws->next) needed++;
    if (needed > net->wait_capacity) {
        struct curl_waitfd *grown = realloc(net->waits, needed * 2 * sizeof *grown);
        if (!grown) return 1;
        net->waits = grown;
        net->wait_capacity = needed * 2;
    }
    int busy = 0;
    for (struct vigil_ws *ws = net->sockets; ws; ws = ws->next) {
        ws->wait = -1;
        if (ws->released || ws->unfinished || ws->read_at < ws->read_end) busy = 1;
        if (ws->stage != SHAKING && ws->stage != OPEN) continue;
        curl_socket_t socket = CURL_SOCKET_BAD;
        curl_easy_getinfo(ws->easy, CURLINFO_ACTIVESOCKET, &socket);
        if (socket == CURL_SOCKET_BAD) {
            busy = 1;
            continue;
        }
        int writes = ws->stage == SHAKING ? ws->hello_sent < ws->hello_length
                                          : wslay_event_want_write(ws->frames);
        ws->wait = (long)*count;
        net->waits[(*count)++] = (struct curl_waitfd){
            .fd = socket, .events = (short)(CURL_WAIT_POLLIN | (writes ? CURL_WAIT_POLLOUT : 0))};
    }
    return busy;
}

void vigil_ws_turn(vigil_net *net) {
    for (struct vigil_ws *ws = net->sockets; ws; ws = ws->next) {
        if (ws->released) continue;
        if (ws->stage < OPEN && monotonic_ms() > ws->deadline)
            die(ws, "the venue did not answer the handshake in time");
        if (ws->stage == SHAKING) shake(ws);
        // TLS may hold back what poll() does not see: a turn ends where nothing is left, or goes on next time.
        int readable = ws->wait < 0 || ws->unfinished || net->waits[ws->wait].revents != 0;
        if (ws->stage == OPEN && !ws->released) exchange_frames(ws, readable);
    }
    struct vigil_ws **link = &net->sockets;
    while (*link) {
        struct vigil_ws *ws = *link;
        if (!ws->released) {
            link = &ws->next;
            continue;
        }
        *link = ws->next;
        // The close frame is a courtesy: it goes if it can.
        if (ws->stage == OPEN) {
            wslay_event_queue_close(ws->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
            wslay_event_send(ws->frames);
        }
        destroy(ws);
    }
}

void vigil_ws_free_all(vigil_net *net) {
    while (net->sockets) {
        struct vigil_ws *ws = net->sockets;
        net->sockets = ws->next;
        destroy(ws);
    }
}
