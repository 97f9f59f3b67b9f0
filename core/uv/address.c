/* SPDX-License-Identifier: MIT */
/*
 * Addresses. Numbers are taken as they are, names go to libuv's resolver, which is a thread; what it finds is tried in its
 * order. A unix socket whose owner was
 * killed leaves its path behind: whoever listens there next finds out that nobody answers, and takes the path over.
 */
#include "core/uv/internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096
#define RETRY_MS 2u
#define RETRIES_MAX 2000u

static void open_tcp(struct channel *channel, const struct sockaddr *address);

/* Of what never was open. */
static void fail(struct channel *channel, int error)
{
    enum rh_close_why why = RH_CLOSE_REFUSED;
    if (error == UV_ENOENT || error == UV_ENOTDIR) {
        why = RH_CLOSE_NOT_FOUND;
    } else if (error == UV_ENOMEM) {
        why = RH_CLOSE_NO_MEMORY;
    } else if (error == UV_EMFILE || error == UV_ENFILE || error == UV_ENOBUFS) {
        why = RH_CLOSE_IO;
    }
    channel_close(channel, why);
}

/* Of one address: the next one has its turn when libuv has let go of the stream. */
static void fail_address(struct channel *channel, int error)
{
    if (channel->untried == NULL || !channel->in.live) {
        fail(channel, error);
        return;
    }
    channel->tries_next = true;
    stream_close(&channel->in);
}

void channel_forget_addresses(struct channel *channel)
{
    uv_freeaddrinfo(channel->found);
    channel->found = NULL;
    channel->untried = NULL;
}

static void opened(struct channel *channel, int64_t number)
{
    channel_forget_addresses(channel);
    channel->is_open = true;
    channel->number = number;
    channel->tell_opened = true;
    channel_later(channel);
    if (channel->kind == CHANNEL_PIPE) {
        channel_read(channel);
    }
}

/* ---- who accepts ---- */

static void on_connection(uv_stream_t *server, int status)
{
    struct channel *listener = server->data;
    struct rh_uv *uv = listener->uv;
    if (status != 0 || listener->closing) {
        return;
    }
    channel_tell_opening(listener);
    struct channel *channel =
        channel_create(uv, (struct rh_ref){rh_pid_none(), 0}, CHANNEL_PIPE, NULL);
    if (channel == NULL) {
        channel_close(listener, RH_CLOSE_NO_MEMORY); /* libuv waits for uv_accept for ever */
        return;
    }
    int error = listener->is_tcp ? stream_init_tcp(channel, &channel->in)
                                 : stream_init_pipe(channel, &channel->in);
    if (error == 0) {
        error = uv_accept(server, &channel->in.u.stream);
    }
    struct rh_ref ref = {rh_pid_none(), 0};
    struct rh_io io = {.kind = RH_IO_ACCEPTED, .handle = listener->ref};
    bool closes = listener->closing || uv->closing;
    if (error != 0 || closes || rh_node_feed(uv->node, rh_uv_now(uv), &io, &ref) != RH_OK) {
        channel->told = true; /* the node has not heard of it */
        channel_close(channel, RH_CLOSE_IO);
        driver_apply(uv);
        driver_schedule(uv);
        return;
    }
    if (channel->is_tcp) {
        (void)uv_tcp_nodelay(&channel->in.u.tcp, 1);
    }
    channel_name(channel, ref);
    channel->is_open = true;
    driver_apply(uv);
    driver_schedule(uv);
    if (!channel->closing) {
        channel_read(channel);
    }
}

static void listen_now(struct channel *channel)
{
    int error = uv_listen(&channel->in.u.stream, BACKLOG, on_connection);
    if (error != 0) {
        fail_address(channel, error);
        return;
    }
    int64_t number = 0;
    struct sockaddr_storage bound;
    int size = sizeof(bound);
    if (channel->is_tcp &&
        uv_tcp_getsockname(&channel->in.u.tcp, (struct sockaddr *)&bound, &size) == 0) {
        bool six = bound.ss_family == AF_INET6;
        number = ntohs(six ? ((struct sockaddr_in6 *)&bound)->sin6_port
                           : ((struct sockaddr_in *)&bound)->sin_port);
    }
    opened(channel, number);
}

/* ---- unix ---- */

static bool is_stale(const char *path)
{
    struct stat status;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (stat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    bool refused =
        connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    return refused;
}

static void listen_unix(struct channel *channel, const char *path)
{
    int error = stream_init_pipe(channel, &channel->in);
    if (error == 0) {
        error = uv_pipe_bind(&channel->in.u.pipe, path);
    }
    if (error == UV_EADDRINUSE && is_stale(path) && unlink(path) == 0) {
        error = uv_pipe_bind(&channel->in.u.pipe, path);
    }
    if (error != 0) {
        fail(channel, error);
    } else {
        listen_now(channel);
    }
}

static void connect_unix(struct channel *channel);

static void on_retry(uv_timer_t *timer)
{
    struct channel *channel = timer->data;
    if (!channel->closing) {
        connect_unix(channel);
    }
}

static void on_connected(uv_connect_t *request, int status)
{
    struct channel *channel = request->handle->data;
    if (channel->closing) {
        return;
    }
    if (status == UV_EAGAIN && channel->retries++ < RETRIES_MAX) {
        retry_start(channel, RETRY_MS, on_retry); /* the listener's queue is full */
        return;
    }
    if (status != 0) {
        fail_address(channel, status);
        return;
    }
    if (channel->is_tcp) {
        (void)uv_tcp_nodelay(&channel->in.u.tcp, 1);
    }
    opened(channel, 0);
}

static void connect_unix(struct channel *channel)
{
    uv_pipe_connect(&channel->request.connect, &channel->in.u.pipe, channel->address + 5,
                    on_connected);
}

/* ---- tcp ---- */

static void open_tcp(struct channel *channel, const struct sockaddr *address)
{
    int error = stream_init_tcp(channel, &channel->in);
    if (error == 0 && channel->kind == CHANNEL_LISTENER) {
        error = uv_tcp_bind(&channel->in.u.tcp, address, 0);
        if (error == 0) {
            listen_now(channel);
            return;
        }
    } else if (error == 0) {
        error =
            uv_tcp_connect(&channel->request.connect, &channel->in.u.tcp, address, on_connected);
    }
    if (error != 0) {
        fail_address(channel, error);
    }
}

void channel_try_next(struct channel *channel)
{
    const struct sockaddr *address = channel->untried->ai_addr;
    channel->tries_next = false;
    channel->untried = channel->untried->ai_next;
    open_tcp(channel, address);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct channel *channel = request->data;
    channel->resolving = false;
    if (channel->closing) {
        uv_freeaddrinfo(found);
        channel->tell_closed = true;
        if (channel->uv->closing) {
            channel_settle(channel);
        } else {
            channel_later(channel);
        }
    } else if (status != 0) {
        fail(channel, status); /* nothing was found */
    } else {
        channel->found = found;
        channel->untried = found;
        channel_try_next(channel);
    }
}

/* What stands behind "unix:". */
static const char *path_flaw(const char *path)
{
    struct sockaddr_un longest;
    if (path[0] == '\0') {
        return "there is no path";
    }
    return strlen(path) < sizeof(longest.sun_path) ? NULL : "the path is too long for a socket";
}

/* What stands behind "tcp:". */
static const char *host_flaw(const char *text)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL) {
        return "there is no port";
    }
    if (colon == text || (text[0] == '[' && colon == text + 2 && text[1] == ']')) {
        return "there is no host";
    }
    size_t digits = strspn(colon + 1, "0123456789");
    bool is_port = digits > 0 && digits <= 5 && colon[1 + digits] == '\0' &&
                   strtoul(colon + 1, NULL, 10) <= 65535;
    return is_port ? NULL : "the port is no number up to 65535";
}

const char *rh_uv_address_flaw(const char *address)
{
    if (strncmp(address, "unix:", 5) == 0) {
        return path_flaw(address + 5);
    }
    return strncmp(address, "tcp:", 4) == 0 ? host_flaw(address + 4)
                                            : "it is neither unix:PATH nor tcp:HOST:PORT";
}

/* "HOST:PORT" or "[HOST]:PORT" without a flaw, taken apart in place. */
static void split(char *text, char **ret_host, char **ret_port)
{
    char *colon = strrchr(text, ':');
    *colon = '\0';
    *ret_port = colon + 1;
    *ret_host = text;
    if (text[0] == '[' && colon[-1] == ']') {
        colon[-1] = '\0';
        *ret_host = text + 1;
    }
}

static void open_host(struct channel *channel, char *text)
{
    char *host;
    char *port;
    struct sockaddr_storage address;
    split(text, &host, &port);
    int number = (int)strtol(port, NULL, 10);
    if (uv_ip4_addr(host, number, (struct sockaddr_in *)&address) == 0 ||
        uv_ip6_addr(host, number, (struct sockaddr_in6 *)&address) == 0) {
        open_tcp(channel, (struct sockaddr *)&address);
        return;
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    channel->request.resolve.data = channel;
    int error = uv_getaddrinfo(channel->uv->loop, &channel->request.resolve, on_resolved, host,
                               port, &hints);
    if (error != 0) {
        fail(channel, error);
        return;
    }
    channel->resolving = true;
}

static void open_address(struct channel *channel)
{
    if (rh_uv_address_flaw(channel->address) != NULL) {
        fail(channel, UV_EINVAL);
    } else if (strncmp(channel->address, "tcp:", 4) == 0) {
        open_host(channel, channel->address + 4);
    } else if (channel->kind == CHANNEL_LISTENER) {
        listen_unix(channel, channel->address + 5);
    } else if (stream_init_pipe(channel, &channel->in) != 0) {
        fail(channel, UV_ENOMEM);
    } else {
        connect_unix(channel);
    }
}

void channel_connect(struct channel *channel)
{
    open_address(channel);
}

void channel_listen(struct channel *channel)
{
    open_address(channel);
}
