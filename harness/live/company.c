/* SPDX-License-Identifier: MIT */
/*
 * One thread and one poll for everything: control connections and the relay. A child gets its end of a pair of sockets as
 * stdin and nothing else; it leads a group of its own, so that a terminal's interrupt reaches the parent only. It dies
 * with the parent by the kernel's hand, and of the end of its stdin where there is no such kernel.
 */
#include "harness/live/company.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES 65536u
#define GRACE_MS 5000

/* ---- streams ---- */

void live_stream_add(struct live_stream *stream, struct live_record *record)
{
    if (stream->count == stream->capacity) {
        uint32_t capacity = stream->capacity * 2 + 64;
        struct live_record *grown =
            realloc(stream->records, (size_t)capacity * sizeof(*stream->records));
        if (grown == NULL) {
            stream->failed = true;
            live_record_free(record);
            return;
        }
        stream->records = grown;
        stream->capacity = capacity;
        for (uint32_t i = 0; i < stream->count; i++) {
            live_record_moved(&grown[i]);
        }
    }
    stream->records[stream->count] = *record;
    live_record_moved(&stream->records[stream->count++]);
}

void live_stream_free(struct live_stream *stream)
{
    for (uint32_t i = 0; i < stream->count; i++) {
        live_record_free(&stream->records[i]);
    }
    free(stream->records);
    *stream = (struct live_stream){0};
}

/* ---- starting ---- */

static enum rh_status start(struct live_node *node, const char *program)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return RH_IO;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)setsid();
        if (dup2(pair[1], STDIN_FILENO) == STDIN_FILENO) {
            (void)execlp(program, program, "live-node", (char *)NULL);
        }
        _exit(127);
    }
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        return RH_IO;
    }
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    node->pid = pid;
    node->fd = pair[0];
    node->is_up = true;
    return RH_OK;
}

enum rh_status company_open(struct company *company, const char *program, uint32_t count)
{
    company->nodes = calloc(count, sizeof(*company->nodes));
    if (company->nodes == NULL) {
        return RH_NO_MEMORY;
    }
    company->count = count;
    for (uint32_t i = 0; i < count; i++) {
        company->nodes[i].fd = -1;
    }
    enum rh_status status = folder_make(&company->folder);
    status = status == RH_OK ? relay_open(&company->relay, company->folder.path, count) : status;
    for (uint32_t i = 0; i < count && status == RH_OK; i++) {
        status = start(&company->nodes[i], program);
    }
    return status;
}

/* ---- hearing ---- */

static void hear(struct company *company, uint32_t index, enum live_word word, struct unpack *frame)
{
    struct live_node *node = &company->nodes[index];
    struct live_record record;
    if (word == LIVE_SAYS_QUIET) {
        node->quiet = unpack_u32(frame);
        node->has_timers = unpack_u32(frame) != 0;
    } else if (word == LIVE_SAYS_HELD) {
        node->is_held = true;
    } else if (word == LIVE_SAYS_COMPLAINT) {
        char *text = unpack_text(frame);
        if (company->complaint[0] == '\0') {
            (void)snprintf(company->complaint, sizeof(company->complaint), "%s",
                           text == NULL ? "?" : text);
        }
        free(text);
    } else if (word == LIVE_SAYS_DONE) {
        struct live_answer answer = {.number = unpack_u32(frame)};
        answer.performed = unpack_u8(frame);
        company->activity++;
        company->answered(company->self, index, &answer, frame);
    } else if (live_read(frame, word, &record)) {
        company->activity += !live_is_small_talk(&record);
        if (word == LIVE_SAYS_STARTED) {
            node->stream.started = node->stream.count + 1;
        }
        if (company->is_over) {
            live_record_free(&record);
        } else {
            live_stream_add(&node->stream, &record);
        }
    } else {
        live_record_free(&record);
        (void)snprintf(company->complaint, sizeof(company->complaint), "a word that is none");
    }
}

static void hear_all(struct company *company, uint32_t index)
{
    struct live_node *node = &company->nodes[index];
    struct unpack frame;
    uint8_t what = 0;
    bool failed = false;
    size_t at = 0;
    size_t size;
    while ((size = unpack_frame(node->in.bytes + at, node->in.size - at, &what, &frame, &failed)) >
           0) {
        hear(company, index, (enum live_word)what, &frame);
        at += size;
    }
    pack_drop(&node->in, at);
}

static void reap(struct live_node *node, int options)
{
    if (node->is_up && waitpid(node->pid, &node->exit_status, options) == node->pid) {
        node->is_up = false;
    }
}

/* Its end of the connection is closed: it has ended, or is about to. */
static void listen_to(struct company *company, uint32_t index)
{
    struct live_node *node = &company->nodes[index];
    uint8_t buffer[READ_BYTES];
    for (;;) {
        ssize_t size = read(node->fd, buffer, sizeof(buffer));
        if (size > 0) {
            pack_append(&node->in, buffer, (size_t)size);
            hear_all(company, index);
            continue;
        }
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        (void)close(node->fd);
        node->fd = -1;
        company->activity++;
        if (!node->is_killed && company->complaint[0] == '\0') {
            (void)snprintf(company->complaint, sizeof(company->complaint),
                           "node %u has ended by itself", (unsigned)index + 1);
        }
        return;
    }
}

static void tell(struct live_node *node)
{
    while (node->fd >= 0 && node->out.size > 0) {
        ssize_t size = send(node->fd, node->out.bytes, node->out.size, MSG_NOSIGNAL);
        if (size < 0) {
            return;
        }
        pack_drop(&node->out, (size_t)size);
    }
}

struct pack *company_say(struct company *company, uint32_t node)
{
    return &company->nodes[node].out;
}

void company_turn(struct company *company, int timeout_ms)
{
    struct pollfd files[RELAY_FILES_MAX + 64];
    nfds_t count = 0;
    for (uint32_t i = 0; i < company->count; i++) {
        struct live_node *node = &company->nodes[i];
        tell(node);
        short events = node->out.size > 0 ? POLLIN | POLLOUT : POLLIN;
        files[count++] = (struct pollfd){.fd = node->fd, .events = events};
    }
    count += relay_files(&company->relay, files + count, &timeout_ms);
    if (poll(files, count, timeout_ms) < 0) {
        return;
    }
    for (uint32_t i = 0; i < company->count; i++) {
        if (company->nodes[i].fd >= 0 && files[i].revents != 0) {
            listen_to(company, i);
        }
    }
    company->activity += relay_turn(&company->relay);
}

/* ---- ending ---- */

void company_signal(struct company *company, uint32_t index, int number)
{
    struct live_node *node = &company->nodes[index];
    if (node->is_up) {
        (void)kill(node->pid, number);
        node->is_frozen = number == SIGSTOP || (node->is_frozen && number != SIGCONT);
        if (number == SIGKILL) {
            node->is_killed = true;
            reap(node, 0);
        }
    }
}

static void end_node(struct live_node *node)
{
    for (int waited = 0; node->is_up && !node->is_killed && waited < GRACE_MS; waited++) {
        reap(node, WNOHANG);
        if (node->is_up) {
            (void)poll(NULL, 0, 1);
        }
    }
    if (node->is_up) {
        (void)kill(node->pid, SIGKILL);
        reap(node, 0);
    }
    if (node->fd >= 0) {
        (void)close(node->fd);
        node->fd = -1;
    }
}

/* The end of the connection ends a child that still listens. */
void company_close(struct company *company)
{
    for (uint32_t i = 0; i < company->count; i++) {
        struct live_node *node = &company->nodes[i];
        if (node->is_up && node->is_frozen) {
            (void)kill(node->pid, SIGCONT);
        }
        tell(node);
        if (node->fd >= 0) {
            (void)shutdown(node->fd, SHUT_WR);
        }
    }
    for (uint32_t i = 0; i < company->count; i++) {
        end_node(&company->nodes[i]);
        pack_free(&company->nodes[i].in);
        pack_free(&company->nodes[i].out);
    }
    relay_close(&company->relay);
    folder_remove(&company->folder);
}

bool company_ended_well(const struct company *company, char *text, size_t capacity)
{
    for (uint32_t i = 0; i < company->count; i++) {
        const struct live_node *node = &company->nodes[i];
        int status = node->exit_status;
        if (node->pid != 0 && !node->is_killed &&
            !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
            (void)snprintf(text, capacity, "the process of node %u has ended %s%d", (unsigned)i + 1,
                           WIFSIGNALED(status) ? "by signal " : "with code ",
                           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            return false;
        }
    }
    return true;
}
