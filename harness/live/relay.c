/* SPDX-License-Identifier: MIT */
/*
 * A way has a socket that its nodes connect to, a connection two sides. All sockets are local: what has been written here can
 * be read there at once, so a turn in which nothing has passed leaves nothing under way.
 *
 * A local socket is reset when it is closed while something lies in it unread. So that a connection can be reset at any time,
 * the last byte of what was passed on stays in its socket: it is peeked at, and taken with what comes behind it.
 * Whether more has come cannot be waited for then, and is looked at instead.
 */
#include "harness/live/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* That the other side writes no more: poll knows it by a name that POSIX does not. */
#if defined(POLLRDHUP)
#define HAS_ENDED POLLRDHUP
#elif defined(__linux__)
#define HAS_ENDED 0x2000
#else
#define HAS_ENDED POLLHUP
#endif

#define READ_BYTES 65536u
#define LOOK_MS 1

static bool address_of(struct sockaddr_un *address, const char *folder, const char *name)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s", folder, name);
    return length > 0 && (size_t)length < sizeof(address->sun_path);
}

static int local_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static bool listen_for(struct relay *relay, struct relay_way *way)
{
    struct sockaddr_un address;
    char name[32];
    (void)snprintf(name, sizeof(name), "%u-%u", (unsigned)way->from + 1, (unsigned)way->to + 1);
    way->listener = local_socket();
    return way->listener >= 0 && address_of(&address, relay->folder, name) &&
           bind(way->listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
           listen(way->listener, 64) == 0;
}

enum rh_status relay_open(struct relay *relay, const char *folder, uint32_t nodes)
{
    (void)snprintf(relay->folder, sizeof(relay->folder), "%s", folder);
    relay->ways = calloc((size_t)nodes * nodes, sizeof(*relay->ways));
    relay->accepted = calloc(nodes, sizeof(*relay->accepted));
    relay->node_count = nodes;
    if (relay->ways == NULL || relay->accepted == NULL) {
        return RH_NO_MEMORY;
    }
    for (uint32_t i = 0; i < nodes * nodes; i++) {
        uint32_t from = i / nodes;
        uint32_t to = i % nodes;
        if (from != to) {
            struct relay_way *way = &relay->ways[relay->way_count++];
            *way = (struct relay_way){.from = from, .to = to};
            if (!listen_for(relay, way)) {
                return RH_IO;
            }
        }
    }
    return RH_OK;
}

static void close_side(struct relay_side *side)
{
    if (side->fd >= 0) {
        (void)close(side->fd);
        side->fd = -1;
    }
    side->has_ended = true;
    pack_free(&side->bytes);
}

/* Its name stays: who connects is refused, and not told that there is no such place. */
static void close_way(struct relay_way *way)
{
    if (way->listener >= 0) {
        (void)close(way->listener);
        way->listener = -1;
    }
}

void relay_close(struct relay *relay)
{
    for (uint32_t i = 0; i < relay->pipe_count; i++) {
        close_side(&relay->pipes[i].sides[0]);
        close_side(&relay->pipes[i].sides[1]);
    }
    for (uint32_t i = 0; i < relay->way_count; i++) {
        close_way(&relay->ways[i]);
    }
    free(relay->pipes);
    free(relay->ways);
    free(relay->accepted);
    relay->pipes = NULL;
    relay->ways = NULL;
    relay->accepted = NULL;
    relay->pipe_count = 0;
    relay->way_count = 0;
}

/* ---- connections ---- */

static struct relay_way *way_between(struct relay *relay, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < relay->way_count; i++) {
        if (relay->ways[i].from == from && relay->ways[i].to == to) {
            return &relay->ways[i];
        }
    }
    return NULL;
}

static bool is_held(struct relay *relay, uint32_t from, uint32_t to)
{
    const struct relay_way *way = way_between(relay, from, to);
    return relay->is_held || way == NULL || way->is_held;
}

static uint32_t connections_of(const struct relay *relay, const struct relay_way *way)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < relay->pipe_count; i++) {
        const struct relay_pipe *pipe = &relay->pipes[i];
        count += pipe->sides[0].node == way->from && pipe->sides[1].node == way->to;
    }
    return count;
}

static bool add_pipe(struct relay *relay, const struct relay_way *way, int from, int to)
{
    uint32_t connected = connections_of(relay, way);
    struct relay_pipe *grown =
        realloc(relay->pipes, (relay->pipe_count + (size_t)1) * sizeof(*relay->pipes));
    if (grown == NULL) {
        return false;
    }
    relay->pipes = grown;
    grown[relay->pipe_count++] = (struct relay_pipe){
        .sides = {{.node = way->from, .fd = from}, {.node = way->to, .fd = to}},
        .accepted = to < 0 ? UINT32_MAX : relay->accepted[way->to]++,
        .connected = connected,
    };
    return true;
}

static bool lets_in(const struct relay *relay, const struct relay_way *way)
{
    return way->listener >= 0 && !relay->is_held && !way->is_held && !way->is_shut;
}

/* Whoever has gone before anybody let it in is not let in any more. */
static bool has_hung_up(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    return poll(&look, 1, 0) > 0 && (look.revents & POLLHUP) != 0;
}

static uint64_t accept_all(struct relay *relay, struct relay_way *way)
{
    uint64_t count = 0;
    struct sockaddr_un address;
    char name[16];
    (void)snprintf(name, sizeof(name), "%u", (unsigned)way->to + 1);
    while (lets_in(relay, way) && !relay->has_failed) {
        int from = accept(way->listener, NULL, NULL);
        if (from < 0) {
            break;
        }
        count++;
        (void)fcntl(from, F_SETFL, O_NONBLOCK);
        (void)fcntl(from, F_SETFD, FD_CLOEXEC);
        int to = local_socket();
        bool reached = to >= 0 && !has_hung_up(from) && address_of(&address, relay->folder, name) &&
                       connect(to, (const struct sockaddr *)&address, sizeof(address)) == 0;
        if (!reached) { /* who dials sees an end */
            (void)(to < 0 ? 0 : close(to));
            to = -1;
        }
        if (!add_pipe(relay, way, from, to)) {
            relay->has_failed = true;
            (void)close(from);
            (void)(to < 0 ? 0 : close(to));
        } else if (to < 0) {
            close_side(&relay->pipes[relay->pipe_count - 1].sides[0]);
            close_side(&relay->pipes[relay->pipe_count - 1].sides[1]);
        }
    }
    return count;
}

/* ---- bytes ---- */

static void pipe_drop(struct relay_pipe *pipe)
{
    close_side(&pipe->sides[0]);
    close_side(&pipe->sides[1]);
}

static void drain(const struct relay_side *side)
{
    uint8_t buffer[256];
    while (recv(side->fd, buffer, sizeof(buffer), 0) > 0) {
    }
}

/* Is there anything that it has not read? */
static bool is_behind(const struct relay_side *side)
{
    int unread = 0;
    return side->fd >= 0 && ioctl(side->fd, TIOCOUTQ, &unread) == 0 && unread > 0;
}

/* Whoever still has a byte here that was not taken hears of a reset; who has none, of an end. So may who reads what came before
 * and sees in the same look that no more comes: then its system is not asked for the reason. */
static void break_pipe(struct relay *relay, struct relay_pipe *pipe)
{
    for (unsigned i = 0; i < 2; i++) {
        struct relay_side *side = &pipe->sides[i];
        if (relay->flaw == RH_LIVE_FLAW_RESET_AS_EOF) {
            relay->is_flawed = true;
            drain(side);
        } else if (side->fd >= 0 && (!side->has_rest || is_behind(side))) {
            relay->unaware |= UINT64_C(1) << side->node % 64;
        }
    }
    pipe_drop(pipe);
}

/* Take what has come, but leave the last byte. */
static uint64_t read_side(struct relay_side *side)
{
    uint8_t buffer[READ_BYTES];
    int there = 0;
    if (side->fd < 0 || side->has_ended) {
        return 0;
    }
    ssize_t size = recv(side->fd, buffer, sizeof(buffer), MSG_PEEK);
    size_t old = side->has_rest ? 1 : 0;
    if (size > 0 && (size_t)size > old) {
        size_t fresh = (size_t)size - old;
        (void)recv(side->fd, buffer, (size_t)size - 1, 0);
        side->has_rest = true;
        side->seen += fresh;
        if (!side->is_muted) {
            pack_append(&side->bytes, buffer + old, fresh);
        }
        return fresh;
    }
    if (size > 0) { /* the old rest: has anything ended behind it? */
        struct pollfd look = {.fd = side->fd, .events = HAS_ENDED};
        if (poll(&look, 1, 0) <= 0 || ioctl(side->fd, FIONREAD, &there) != 0 || there > 1) {
            return 0;
        }
        (void)recv(side->fd, buffer, 1, 0);
        side->has_rest = false;
        size = recv(side->fd, buffer, 1, MSG_PEEK);
    }
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
        side->has_ended = true;
        return 1;
    }
    return 0;
}

/* Spoil what is about to be passed on, once: `count` bytes are whole frames in front of the one that is meant. */
static void spoil(struct relay *relay, struct relay_side *side)
{
    struct pack *bytes = &side->bytes;
    size_t at = 0;
    while (!relay->is_flawed && bytes->size - at >= 5) {
        const uint8_t *head = bytes->bytes + at;
        size_t length = 5 + ((size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 |
                             (size_t)head[4]);
        if (bytes->size - at < length) {
            return;
        }
        if (side->frames++ > 0) { /* the first is the hello */
            relay->is_flawed = true;
            if (relay->flaw == RH_LIVE_FLAW_LOST_FRAME) {
                memmove(bytes->bytes + at, bytes->bytes + at + length, bytes->size - at - length);
                bytes->size -= length;
            } else {
                uint8_t *copy = malloc(length);
                if (copy != NULL) {
                    memcpy(copy, bytes->bytes + at, length);
                    pack_append(bytes, copy, length);
                    free(copy);
                }
            }
            return;
        }
        at += length;
    }
}

/* What was written by whoever has gone comes before the news that it has. */
static void pass_last(struct relay_side *gone, struct relay_side *to)
{
    ssize_t sent = 1;
    while (read_side(gone) > 0) {
    }
    while (sent > 0 && gone->bytes.size > 0 && !gone->is_cut && to->fd >= 0) {
        sent = send(to->fd, gone->bytes.bytes, gone->bytes.size, MSG_NOSIGNAL);
        pack_drop(&gone->bytes, sent > 0 ? (size_t)sent : 0);
    }
}

static uint64_t write_side(struct relay *relay, struct relay_pipe *pipe, struct relay_side *from,
                           struct relay_side *to)
{
    uint64_t count = 0;
    if (relay->flaw == RH_LIVE_FLAW_LOST_FRAME || relay->flaw == RH_LIVE_FLAW_TWICE) {
        spoil(relay, from);
    }
    while (from->bytes.size > 0 && to->fd >= 0) {
        size_t size = from->bytes.size;
        if (from->is_cut && from->cut_at - from->passed < size) {
            size = (size_t)(from->cut_at - from->passed);
        }
        ssize_t sent = size == 0 ? 0 : send(to->fd, from->bytes.bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            return count;
        }
        if (sent < 0) { /* nobody reads any more, and who writes is to hear so */
            pass_last(to, from);
            pipe_drop(pipe);
            return count + 1;
        }
        pack_drop(&from->bytes, (size_t)sent);
        from->passed += (uint64_t)sent;
        count += (uint64_t)sent;
        if (from->is_cut && from->passed >= from->cut_at) {
            break_pipe(relay, pipe);
            return count + 1;
        }
    }
    if (from->has_ended && from->bytes.size == 0 && !from->has_told && to->fd >= 0) {
        from->has_told = true;
        count++;
        if (relay->flaw == RH_LIVE_FLAW_MISSING_EOF) {
            relay->is_flawed = true;
        } else {
            (void)shutdown(to->fd, SHUT_WR);
        }
    }
    return count;
}

/* Is it nothing but that somebody is still there? */
static bool is_small_talk(const struct pack *bytes)
{
    static const uint8_t beat[] = {0x5a, 0,   0,   0,   11,  0x81, 0x69, 'h',
                                   'e',  'a', 'r', 't', 'b', 'e',  'a',  't'};
    bool is_beat = bytes->size > 0 && bytes->size % sizeof(beat) == 0;
    for (size_t at = 0; is_beat && at < bytes->size; at += sizeof(beat)) {
        is_beat = memcmp(bytes->bytes + at, beat, sizeof(beat)) == 0;
    }
    return is_beat;
}

static uint64_t pass_on(struct relay *relay, struct relay_pipe *pipe, struct relay_side *from,
                        struct relay_side *to)
{
    uint64_t read = read_side(from);
    size_t size = from->bytes.size;
    bool is_talk = read <= size && is_small_talk(&from->bytes);
    uint64_t wrote = write_side(relay, pipe, from, to);
    return is_talk && wrote == size ? 0 : read + wrote;
}

static uint64_t pipe_turn(struct relay *relay, struct relay_pipe *pipe)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < 2; i++) {
        struct relay_side *from = &pipe->sides[i];
        struct relay_side *to = &pipe->sides[1 - i];
        if (!is_held(relay, from->node, to->node)) {
            count += pass_on(relay, pipe, from, to);
        }
    }
    /* Both have ended: the sockets go too, and take nothing unread along, which would be a reset. */
    if (pipe->sides[0].has_told && pipe->sides[1].has_told && pipe->sides[0].fd >= 0) {
        drain(&pipe->sides[0]);
        drain(&pipe->sides[1]);
        pipe_drop(pipe);
    }
    return count;
}

nfds_t relay_files(struct relay *relay, struct pollfd *files, int *timeout_ms)
{
    nfds_t count = 0;
    for (uint32_t i = 0; i < relay->way_count && count < RELAY_FILES_MAX; i++) {
        if (lets_in(relay, &relay->ways[i])) {
            files[count++] = (struct pollfd){.fd = relay->ways[i].listener, .events = POLLIN};
        }
    }
    for (uint32_t i = 0; i < relay->pipe_count; i++) {
        for (unsigned s = 0; s < 2; s++) {
            const struct relay_side *side = &relay->pipes[i].sides[s];
            if (side->fd < 0 || side->has_ended ||
                is_held(relay, side->node, relay->pipes[i].sides[1 - s].node)) {
                continue;
            }
            if (side->has_rest) {
                *timeout_ms = *timeout_ms > LOOK_MS ? LOOK_MS : *timeout_ms;
            } else if (count < RELAY_FILES_MAX) {
                files[count++] = (struct pollfd){.fd = side->fd, .events = POLLIN};
            }
        }
    }
    return count;
}

uint64_t relay_turn(struct relay *relay)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < relay->way_count; i++) {
        count += accept_all(relay, &relay->ways[i]);
    }
    for (uint32_t i = 0; i < relay->pipe_count; i++) {
        count += pipe_turn(relay, &relay->pipes[i]);
    }
    return count;
}

/* ---- harm ---- */

static void mute(struct relay_side *side)
{
    side->is_muted = true;
}

/* Behind what is under way one direction ends; what is written later vanishes. */
static void half_close(struct relay *relay, struct relay_pipe *pipe, struct relay_side *from,
                       struct relay_side *to)
{
    while (read_side(from) > 0) {
    }
    (void)write_side(relay, pipe, from, to);
    mute(from);
    if (!from->has_told && to->fd >= 0) {
        from->has_told = true;
        (void)shutdown(to->fd, SHUT_WR);
    }
}

/* Are both sides still there? What one has left behind comes to the other, whatever is done to it. */
static bool is_whole(const struct relay_pipe *pipe)
{
    return pipe->sides[0].fd >= 0 && !has_hung_up(pipe->sides[0].fd) &&
           !has_hung_up(pipe->sides[1].fd);
}

static void harm_pipe(struct relay *relay, struct relay_pipe *pipe, unsigned writer,
                      enum rh_harm harm, uint64_t bytes)
{
    struct relay_side *from = &pipe->sides[writer];
    struct relay_side *to = &pipe->sides[1 - writer];
    switch (harm) {
    case RH_HARM_CLOSE:
        half_close(relay, pipe, from, to);
        half_close(relay, pipe, to, from);
        break;
    case RH_HARM_HALF_CLOSE:
        half_close(relay, pipe, from, to);
        break;
    case RH_HARM_BLACK_HOLE:
        while (read_side(from) > 0) {
        }
        mute(from);
        pack_free(&from->bytes);
        break;
    case RH_HARM_CUT:
        from->is_cut = true;
        from->cut_at = bytes;
        if (from->passed >= bytes) {
            break_pipe(relay, pipe);
        }
        break;
    default:
        break_pipe(relay, pipe);
        break;
    }
}

void relay_harm(struct relay *relay, uint32_t from, uint32_t to, enum rh_harm harm, uint64_t bytes)
{
    for (uint32_t i = 0; i < relay->pipe_count; i++) {
        struct relay_pipe *pipe = &relay->pipes[i];
        bool there = pipe->sides[0].node == from && pipe->sides[1].node == to;
        bool back = pipe->sides[0].node == to && pipe->sides[1].node == from;
        if ((there || back) && is_whole(pipe)) {
            harm_pipe(relay, pipe, there ? 0 : 1, harm, bytes);
        }
    }
}

void relay_part(struct relay *relay, uint32_t a, uint32_t b, bool is_parted)
{
    for (uint32_t i = 0; i < relay->way_count; i++) {
        struct relay_way *way = &relay->ways[i];
        if ((way->from == a && way->to == b) || (way->from == b && way->to == a)) {
            way->is_held = is_parted;
        }
    }
}

void relay_shut(struct relay *relay, uint32_t from, uint32_t to, bool is_shut)
{
    struct relay_way *way = way_between(relay, from, to);
    if (way != NULL) {
        way->is_shut = is_shut;
    }
}

void relay_forget(struct relay *relay, uint32_t node)
{
    for (uint32_t i = 0; i < relay->way_count; i++) {
        if (relay->ways[i].to == node) {
            (void)accept_all(relay, &relay->ways[i]);
            close_way(&relay->ways[i]);
        }
    }
}

bool relay_is_read(const struct relay *relay)
{
    for (uint32_t i = 0; i < relay->pipe_count; i++) {
        for (unsigned s = 0; s < 2; s++) {
            if (is_behind(&relay->pipes[i].sides[s])) {
                return false;
            }
        }
    }
    return true;
}

bool relay_connects(const struct relay *relay, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < relay->pipe_count; i++) {
        const struct relay_pipe *pipe = &relay->pipes[i];
        bool there = pipe->sides[0].node == a && pipe->sides[1].node == b;
        bool back = pipe->sides[0].node == b && pipe->sides[1].node == a;
        if ((there || back) && is_whole(pipe)) {
            return true;
        }
    }
    return false;
}
