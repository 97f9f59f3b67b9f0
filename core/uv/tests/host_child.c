/* SPDX-License-Identifier: MIT */
/* A child with the agent that everybody has and a worker "w", or with an agent of another temper: its first argument. */
#include <rehearse/host.h>
#include <rehearse/server.h>
#include <rehearse/uv_proc.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static enum rh_status worker_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct rh_text destination;
    struct rh_item payload;
    struct rh_pid sender;
    (void)state;
    return rh_is_routed(in, &destination, &payload, &sender)
               ? rh_send(ctx, sender, RH_ARRAY(rh_allocator_of(ctx), "echo", payload))
               : RH_OK;
}

static const struct rh_behaviour worker = {.name = "worker", .receive = worker_receive};

static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    (void)self;
    return strcmp(name, "worker") == 0 ? &worker : NULL;
}

static const char *mode;

static bool is(const char *word)
{
    return strcmp(mode, word) == 0;
}

/* Signals do what they do to a program that never heard of them, and leave no core. */
static void be_mortal(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    for (int number = 1; number < 32; number++) {
        (void)signal(number, SIG_DFL);
    }
}

#define FLOOD_BYTES ((size_t)16 << 20)

static void flood(void)
{
    char line[4096];
    memset(line, 'x', sizeof(line));
    for (size_t written = 0; written < FLOOD_BYTES;) {
        ssize_t size = write(STDERR_FILENO, line, sizeof(line));
        if (size <= 0) {
            return;
        }
        written += (size_t)size;
    }
}

/* Whatever it is connected by, but its stderr. */
static void hang_up(void)
{
    for (int fd = 3; fd < 256; fd++) {
        (void)close(fd);
    }
    for (;;) {
        (void)pause();
    }
}

/* It calls back and then does nothing that it is told; or dies of it. */
static enum rh_status odd_init(struct rh_context *ctx, void *state, const struct rh_delivery *start)
{
    struct rh_text id;
    struct rh_text address;
    struct rh_item host;
    struct rh_item argument;
    (void)state;
    (void)rh_trap(ctx, true);
    if (is("mortal")) {
        be_mortal();
    } else if (is("deaf")) {
        (void)signal(SIGTERM, SIG_IGN);
    }
    if (strcmp(mode, "silent") == 0) {
        return RH_OK;
    }
    if (strcmp(mode, "fails") == 0) {
        return rh_exit(ctx, RH_ITEM(NULL, "early"));
    }
    return RH_MATCH(&start->message, "$proc", &id, &address, &host, &argument)
               ? rh_send_name_at(
                     ctx, "h", 1,
                     RH_ARRAY(rh_allocator_of(ctx), "$callback", id, address, rh_self(ctx)))
               : RH_INVALID;
}

static enum rh_status odd_receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct rh_item request;
    (void)ctx;
    (void)state;
    if (rh_is_cast(in, &request) && strcmp(mode, "crashes") == 0) {
        (void)signal(SIGSEGV, SIG_DFL); /* a sanitizer would have its say */
        (void)raise(SIGSEGV);
    }
    if (rh_is_cast(in, &request) && is("floods")) {
        flood();
        return rh_exit(ctx, rh_reason(RH_REASON_NORMAL));
    }
    if (rh_is_cast(in, &request) && is("leaves")) {
        hang_up();
    }
    if (rh_is_cast(in, &request) && strcmp(mode, "late") == 0) {
        return rh_exit(ctx, RH_ITEM(NULL, "late"));
    }
    if (rh_is_cast(in, &request) && strcmp(mode, "hangs") == 0) {
        for (;;) {
            (void)pause();
        }
    }
    return RH_OK;
}

static const struct rh_behaviour odd = {.name = "odd", .init = odd_init, .receive = odd_receive};

int main(int count, char **arguments)
{
    static const char *const actors[] = {"worker", "w", NULL};
    const struct rh_agent common = {.find_behaviour = find_behaviour, .actors = actors};
    const struct rh_behaviour agent = rh_agent_behaviour(&common);
    struct rh_uv_proc_options options = {.proc = {.agent = &odd}};
    mode = count > 1 ? arguments[1] : "obeys";
    if (strcmp(mode, "obeys") == 0) {
        options.proc.agent = &agent;
    }
    return rh_uv_proc_main(&options);
}
