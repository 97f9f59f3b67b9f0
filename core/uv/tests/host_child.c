/* SPDX-License-Identifier: MIT */
/* A child with the agent that everybody has and a worker "w", or with an agent of another temper: its first argument. */
#include <rehearse/host.h>
#include <rehearse/server.h>
#include <rehearse/uv_proc.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
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

/* It calls back and then does nothing that it is told; or dies of it. */
static enum rh_status odd_init(struct rh_context *ctx, void *state, const struct rh_delivery *start)
{
    struct rh_text id;
    struct rh_text address;
    struct rh_item host;
    struct rh_item argument;
    (void)state;
    (void)rh_trap(ctx, true);
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
