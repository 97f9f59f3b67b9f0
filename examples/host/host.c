/* SPDX-License-Identifier: MIT */
/*
 * A host of two processes: one runs this program again, the other one `rehearse proc`, which needs no program of one's own.
 *
 *     host                  finds `rehearse` in PATH
 *     host PATH             or there
 *     host proc             what the host starts
 *
 * A client asks the host for both, sends a message to an actor of the first, hears its answer, and lets the host end them all.
 * The exit code is 0 if the summary adds up, neither host nor client has failed, and no child is left. `main` drives the node
 * on a libuv loop.
 */
#include <rehearse/host.h>
#include <rehearse/node.h>
#include <rehearse/server.h>
#include <rehearse/uv_proc.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <uv.h>

/* ---- in a process: an actor that greets, and the agent that starts it ---- */

static enum rh_status greeter_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    struct rh_text destination;
    struct rh_item payload;
    struct rh_pid sender;
    (void)state;
    if (!rh_is_routed(in, &destination, &payload, &sender) || sender.slot == 0) {
        return RH_OK;
    }
    return RH_SEND(ctx, sender, "greetings", payload, (int64_t)uv_os_getpid());
}

static const struct rh_behaviour greeter_behaviour = {.name = "greeter",
                                                      .receive = greeter_receive};

static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    (void)self;
    return strcmp(name, greeter_behaviour.name) == 0 ? &greeter_behaviour : NULL;
}

static int be_proc(void)
{
    static const char *const actors[] = {"greeter", "ada", NULL};
    const struct rh_agent options = {.find_behaviour = find_behaviour, .actors = actors};
    const struct rh_behaviour agent = rh_agent_behaviour(&options);
    return rh_uv_proc_main(
        &(struct rh_uv_proc_options){.proc.agent = &agent, .find_behaviour = find_behaviour});
}

/* ---- the client: one step for each answer ---- */

struct client {
    struct rh_pid host;
    struct rh_call call; /* the request that is under way */
    bool has_both;
};

static enum rh_status client_request(struct rh_context *ctx, struct client *self,
                                     struct rh_message request)
{
    return rh_call(ctx, self->host, request, 20 * RH_SECOND, &self->call);
}

static enum rh_status client_spawned(struct rh_context *ctx, struct client *self)
{
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    if (self->has_both) {
        return rh_route_send(ctx, self->host, "one/ada", RH_ITEM(allocator, "hello"));
    }
    self->has_both = true;
    return client_request(ctx, self, RH_ARRAY(allocator, "spawn", "any", "two"));
}

static enum rh_status client_step(struct rh_context *ctx, struct client *self,
                                  const struct rh_delivery *in)
{
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    struct rh_outcome outcome;
    struct rh_pid agent;
    struct rh_item greeted;
    int64_t number;
    int64_t well;
    int64_t badly;
    if (in->kind == RH_DELIVERY_START && RH_MATCH(&in->message, &self->host)) {
        return client_request(ctx, self, RH_ARRAY(allocator, "spawn", "greeters", "one"));
    }
    if (RH_MATCH(&in->message, "greetings", &greeted, &number)) {
        const int64_t grace = 2 * RH_SECOND;
        return client_request(ctx, self, RH_ARRAY(allocator, "shutdown", 4, grace, "shutdown"));
    }
    if (!rh_call_result(ctx, in, &self->call, &outcome) || outcome.kind != RH_OUTCOME_REPLY) {
        return RH_INVALID;
    }
    if (RH_MATCH(outcome.message, "ok", &agent)) {
        return client_spawned(ctx, self);
    }
    /* The summary of the shutdown: how many procs there were, how many of them ended as they should, and how many did not. */
    bool is_good = RH_MATCH(outcome.message, "ok", &number, &well, &badly) && well == number;
    return is_good ? RH_DONE : RH_INVALID;
}

/* Show what came, and tell the driver of the end, whatever it is. */
static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    enum rh_status status = rh_output(ctx, rh_message_ref(in->message));
    if (status == RH_OK) {
        status = client_step(ctx, state, in);
    }
    if (status == RH_OK) {
        return RH_OK;
    }
    enum rh_status told =
        rh_output(ctx, RH_ARRAY(rh_allocator_of(ctx), "end", rh_status_word(status)));
    return told == RH_OK ? status : told;
}

static const struct rh_behaviour client_behaviour = {
    .name = "client",
    .state_bytes = sizeof(struct client),
    .init = client_receive,
    .receive = client_receive,
};

/* ---- the driver ---- */

struct stage {
    uv_loop_t loop;
    bool went_well;
    bool has_failed; /* whatever its client says */
};

static void on_output(void *self, struct rh_pid actor, const struct rh_message *message)
{
    struct stage *stage = self;
    struct rh_text word;
    char text[256];
    (void)actor;
    (void)rh_message_print(message, NULL, text, sizeof text);
    (void)puts(text);
    if (RH_MATCH(message, "end", &word)) {
        stage->went_well = RH_MATCH(message, "end", rh_status_word(RH_DONE));
        uv_stop(&stage->loop);
    }
}

/* Whoever ends badly takes the program along. */
static void on_ended(void *self, struct rh_pid actor, const char *name,
                     const struct rh_message *reason)
{
    struct stage *stage = self;
    enum rh_reason_class kind = rh_reason_class(reason);
    char text[256];
    (void)actor;
    if (kind == RH_REASON_NORMAL || kind == RH_REASON_SHUTDOWN) {
        return;
    }
    (void)rh_message_print(reason, NULL, text, sizeof text);
    (void)fprintf(stderr, "the %s has ended: %s\n", name, text);
    stage->went_well = false;
    stage->has_failed = true;
    uv_stop(&stage->loop);
}

static int run(struct stage *stage, const struct rh_host *host)
{
    const struct rh_behaviour behaviour = rh_host_behaviour(host);
    const struct rh_node_options options = {.name = host->name};
    struct rh_node *node;
    struct rh_uv *uv;
    struct rh_pid pid;
    struct rh_pid client;
    if (uv_loop_init(&stage->loop) != 0 || rh_node_create(&options, &node) != RH_OK) {
        return 1;
    }
    if (rh_uv_create(
            &stage->loop, node,
            &(struct rh_uv_options){.output = on_output, .root_ended = on_ended, .self = stage},
            &uv) != RH_OK) {
        rh_node_destroy(node);
        return 1;
    }
    enum rh_status status = rh_uv_spawn(uv, &behaviour, NULL, &pid);
    if (status == RH_OK) {
        const struct rh_spawn_options whom = {.argument = RH_ARRAY(NULL, pid)};
        status = rh_uv_spawn(uv, &client_behaviour, &whom, &client);
    }
    if (status == RH_OK) {
        (void)uv_run(&stage->loop, UV_RUN_DEFAULT);
    }
    rh_uv_close(uv, NULL, NULL); /* the loop ends when nothing is left of it */
    (void)uv_run(&stage->loop, UV_RUN_DEFAULT);
    rh_node_destroy(node);
    bool is_childless = waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;
    return uv_loop_close(&stage->loop) == 0 && stage->went_well && !stage->has_failed &&
                   is_childless
               ? 0
               : 1;
}

int main(int argc, char **argv)
{
    char own_path[4096];
    char backend[64];
    size_t size = sizeof own_path;
    if (argc > 1 && strcmp(argv[1], "proc") == 0) {
        return be_proc();
    }
    if (uv_exepath(own_path, &size) != 0) {
        return 1;
    }
    (void)snprintf(backend, sizeof backend, "unix:/tmp/host-%d", (int)uv_os_getpid());
    static const char *const own[] = {"proc", NULL};
    static const char *const common[] = {"proc", "--spawn", "greta=echo", NULL};
    const struct rh_command greeters = {.program = own_path, .arguments = own};
    const struct rh_command any = {.program = argc > 1 ? argv[1] : "rehearse", .arguments = common};
    const struct rh_proc_program programs[] = {
        {.name = "greeters", .command = &greeters, .ready_timeout = 15 * RH_SECOND},
        {.name = "any", .command = &any, .ready_timeout = 15 * RH_SECOND},
    };
    const struct rh_host host = {
        .name = "stage",
        .programs = programs,
        .program_count = sizeof programs / sizeof *programs,
        .backend = backend,
    };
    struct stage stage = {.went_well = false};
    return run(&stage, &host);
}
