/* SPDX-License-Identifier: MIT */
/* A child with an agent that behaves as its first argument says. */
#include <rehearse/server.h>
#include <rehearse/uv_proc.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

static const char *mode;

static bool is(const char *word)
{
    return strcmp(mode, word) == 0;
}

static void do_as_told(void)
{
    if (is("prints")) {
        (void)printf("a stray line\n");
        (void)fflush(stdout);
    } else if (is("exits")) {
        _exit(7);
    } else if (is("outlives")) { /* nobody tells it that its parent has gone, but its stdin */
#if defined(__linux__)
        (void)prctl(PR_SET_PDEATHSIG, 0UL, 0UL, 0UL, 0UL);
#endif
    } else if (is("hangs")) {
        (void)signal(SIGTERM, SIG_IGN);
        for (;;) {
            (void)pause();
        }
    }
}

static enum rh_status agent_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    struct rh_text id;
    struct rh_text address;
    struct rh_text name;
    uint32_t node;
    struct rh_item host;
    struct rh_item argument;
    struct rh_reader reader;
    size_t count;
    (void)state;
    do_as_told();
    if (!RH_MATCH(&start->message, "$proc", &id, &address, &host, &argument)) {
        return RH_INVALID;
    }
    rh_reader_item(&reader, host);
    if (!rh_read_array(&reader, &count) || !rh_read_text(&reader, &name) || name.size != 4 ||
        !rh_read_item(&reader, &host)) {
        return RH_INVALID;
    }
    rh_reader_item(&reader, host);
    uint64_t number = 0;
    if (!rh_read_uint(&reader, &number)) {
        return RH_INVALID;
    }
    node = (uint32_t)number;
    if (is("fails")) {
        return rh_exit(ctx, RH_ARRAY(rh_allocator_of(ctx), "error", "no_good"));
    }
    enum rh_status status =
        is("greets") ? rh_send_name_at(ctx, "host", node, RH_ITEM(NULL, argument)) : RH_OK;
    return status != RH_OK ? status
                           : rh_send_name_at(ctx, "host", node,
                                             RH_ARRAY(rh_allocator_of(ctx), "$callback", id,
                                                      address, rh_self(ctx)));
}

static enum rh_status stop(struct rh_context *ctx)
{
    if (is("refuses")) {
        return RH_OK;
    }
    for (int i = 0; is("chatters") && i < 1000; i++) {
        enum rh_status status = rh_send_name_at(ctx, "host", 1, RH_ITEM(NULL, i));
        if (status != RH_OK) {
            return status;
        }
    }
    int code = is("fortytwo") ? 42 : 0;
    return rh_exit(ctx, RH_ARRAY(NULL, "exit", code));
}

static enum rh_status agent_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    struct rh_item request;
    (void)state;
    if (in->kind == RH_DELIVERY_MESSAGE && RH_MATCH(&in->message, "crash")) {
        enum rh_status status = rh_output(ctx, RH_ITEM(NULL, "crashing"));
        return status == RH_OK ? RH_NO_MEMORY : status;
    }
    if (in->kind == RH_DELIVERY_MESSAGE && RH_MATCH(&in->message, "die")) {
        return rh_exit_signal(ctx, rh_self(ctx), rh_reason(RH_REASON_KILL));
    }
    return rh_is_cast(in, &request) ? stop(ctx) : RH_OK;
}

static const struct rh_behaviour agent = {
    .name = "agent", .init = agent_init, .receive = agent_receive};

int main(int count, char **arguments)
{
    struct rh_uv_proc_options options = {.proc = {.agent = &agent}};
    mode = count > 1 ? arguments[1] : "obeys";
    return rh_uv_proc_main(&options);
}
