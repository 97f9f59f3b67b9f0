/* SPDX-License-Identifier: MIT */
/*
 * `node`: a node as a process of its own, for peers in other languages and for tests of the real thing. It speaks the wire
 * on what its parent gave it as stdin and stdout; both are taken away from everything else in this process, so that no
 * stray line gets between frames. One actor, the keeper, does what the options say and hears what became of it.
 */
#include "harness/cli/cli.h"

#include <rehearse/remote.h>
#include <rehearse/uv_proc.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#define SETTLING 1024u /* events; more than the options of one command line can ask for */

/** Something that a peer can cause as often as it likes: told once a second, and how often it was not. */
struct frequent {
    const char *what;
    bool is_said;
    rh_instant said;
    unsigned long unsaid;
};

struct running {
    struct cli *cli;
    struct rh_node *node;
    struct rh_uv *uv;
    uv_loop_t loop;
    uv_signal_t signals[2];
    struct rh_pid keeper;
    struct rh_pid stdio; /**< endpoint of the parent, or none */
    struct rh_endpoint_options endpoints;
    struct frequent bad_frames;
    struct frequent limits;
    int code;
    bool knows; /**< a node that is dialled when it is needed */
    bool kept;  /**< the keeper has done what the options say, and has not ended the loop */
    bool ended; /**< the loop is, or is to be */
    bool closed;
};

/** What the keeper was told to make, to name it when it ends. */
struct keeper {
    struct rh_pid listeners[CLI_REPEATED_MAX];
    struct rh_pid endpoints[CLI_REPEATED_MAX];
    struct rh_ref spawned[CLI_REPEATED_MAX]; /**< monitors */
    size_t connected;                        /**< endpoints that have not ended */
};

/* ---- what it says ---- */

static void say_message(const struct running *running, const char *what, const char *where,
                        const struct rh_message *message)
{
    char text[512];
    (void)rh_message_print(message, NULL, text, sizeof(text));
    (void)cli_complain(running->cli, CLI_EXIT_HELD, "%s%s: %s", what, where, text);
}

static void on_output(void *self, struct rh_pid actor, const struct rh_message *message)
{
    (void)actor;
    char text[512];
    const struct running *running = self;
    (void)rh_message_print(message, NULL, text, sizeof(text));
    (void)cli_complain(running->cli, CLI_EXIT_HELD, "output %s", text);
}

static void on_child_said(void *self, struct rh_ref child, const uint8_t *bytes, size_t size)
{
    (void)self;
    (void)child;
    (void)fwrite(bytes, 1, size, stderr);
}

/* Nobody has to read stderr: a line for each would block the node as soon as its pipe is full. */
static void say_seldom(const struct running *running, struct frequent *frequent, const char *which)
{
    rh_instant now = running->uv == NULL ? frequent->said : rh_uv_now(running->uv);
    if (frequent->is_said && now - frequent->said < RH_SECOND) {
        frequent->unsaid++;
        return;
    }
    if (frequent->unsaid == 0) {
        (void)cli_complain(running->cli, CLI_EXIT_HELD, "%s: %s", frequent->what, which);
    } else {
        (void)cli_complain(running->cli, CLI_EXIT_HELD, "%s: %s, and %lu before", frequent->what,
                           which, frequent->unsaid);
    }
    frequent->is_said = true;
    frequent->said = now;
    frequent->unsaid = 0;
}

static void say_unsaid(const struct running *running, const struct frequent *frequent)
{
    if (frequent->unsaid > 0) {
        (void)cli_complain(running->cli, CLI_EXIT_HELD, "%s: %lu more", frequent->what,
                           frequent->unsaid);
    }
}

static void on_event(void *self, const struct rh_event *event)
{
    struct running *running = self;
    switch (event->kind) {
    case RH_EVENT_CONNECTION_UP:
        (void)cli_complain(running->cli, CLI_EXIT_HELD, "connected to node %lu",
                           (unsigned long)event->peer.node);
        break;
    case RH_EVENT_CONNECTION_DOWN:
        (void)cli_complain(running->cli, CLI_EXIT_HELD, "lost node %lu: %s",
                           (unsigned long)event->peer.node,
                           event->name == NULL ? "?" : event->name);
        break;
    case RH_EVENT_FRAME_BAD:
        say_seldom(running, &running->bad_frames, event->name);
        break;
    case RH_EVENT_LIMIT:
        say_seldom(running, &running->limits, event->name);
        break;
    default:
        break;
    }
}

/* ---- behaviours by name ---- */

static const struct rh_behaviour *find_in(const struct rh_program *program, const char *name,
                                          size_t length)
{
    for (size_t i = 0; program != NULL && i < program->behaviour_count; i++) {
        const struct rh_behaviour *behaviour = program->behaviours[i].behaviour;
        if (strlen(behaviour->name) == length && memcmp(behaviour->name, name, length) == 0) {
            return behaviour;
        }
    }
    return NULL;
}

/* A program's own go before the built-in ones, as in scenarios. */
const struct rh_behaviour *cli_find_behaviour(void *self, const char *name)
{
    const struct cli *cli = self;
    const struct rh_behaviour *found = find_in(cli->program, name, strlen(name));
    return found != NULL ? found : find_in(rh_program_builtin(), name, strlen(name));
}

bool cli_split_spawn(struct cli *cli, const char *text, char *name, size_t capacity,
                     const char **ret_what)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || cli_find_behaviour(cli, equals + 1) == NULL) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "'--spawn' takes NAME=WHAT, a name and a behaviour, not '%s'", text);
        return false;
    }
    (void)snprintf(name, capacity, "%.*s", (int)(equals - text), text);
    *ret_what = equals + 1;
    return true;
}

/* ---- the keeper ---- */

/* The loop returns behind this turn. */
static void end(struct running *running, int code)
{
    if (!running->ended) {
        running->ended = true;
        running->code = code;
        uv_stop(&running->loop);
    }
}

/* Nobody would hear of the parent any more: without its keeper the node ends. Any peer can kill it, as any actor. */
static void keeper_gone(const void *config)
{
    struct running *running = (struct running *)(uintptr_t)config;
    if (!running->ended && running->kept) {
        (void)cli_complain(running->cli, CLI_EXIT_FAILED, "the keeper of this node was killed");
    }
    end(running, running->kept ? CLI_EXIT_FAILED : CLI_EXIT_USAGE);
}

/* "3=unix:/run/three": a node that is known, and dialled when it is needed. */
static bool split_number(const char *text, uint32_t *ret_number, const char **ret_address)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t number = 0;
    char copy[12] = "";
    *ret_address = text;
    *ret_number = 0;
    if (digits == 0 || digits >= sizeof(copy) || text[digits] != '=') {
        return true;
    }
    memcpy(copy, text, digits);
    *ret_address = text + digits + 1;
    bool fits = cli_number(copy, &number) && number > 0 && number <= UINT32_MAX;
    *ret_number = fits ? (uint32_t)number : 0;
    return fits;
}

static enum rh_status spawn_named(struct rh_context *ctx, struct running *running, const char *text,
                                  struct rh_ref *ret_monitor)
{
    const char *what;
    char name[256];
    struct rh_pid pid;
    if (!cli_split_spawn(running->cli, text, name, sizeof(name), &what)) {
        return RH_INVALID;
    }
    enum rh_status status =
        rh_spawn(ctx, cli_find_behaviour(running->cli, what),
                 &(struct rh_spawn_options){.monitor = true}, &pid, ret_monitor);
    return status == RH_OK ? rh_register(ctx, name, pid) : status;
}

static enum rh_status refuse(const struct running *running, enum rh_status status, const char *what,
                             const char *text)
{
    if (status != RH_OK) {
        (void)cli_complain(running->cli, CLI_EXIT_USAGE, "%s %s: %s", what, text,
                           rh_status_sentence(status));
    }
    return status;
}

static enum rh_status keeper_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct keeper *keeper = state;
    struct running *running = (struct running *)(uintptr_t)rh_config(ctx);
    const struct cli_value *values = running->cli->arguments.values;
    enum rh_status status = RH_OK;
    (void)start;
    (void)rh_trap(ctx, true);
    const struct cli_value *value = &values[CLI_OPTION_SPAWN];
    for (size_t i = 0; i < value->count && status == RH_OK; i++) {
        status = refuse(running, spawn_named(ctx, running, value->repeated[i], &keeper->spawned[i]),
                        "cannot spawn", value->repeated[i]);
    }
    value = &values[CLI_OPTION_LISTEN];
    for (size_t i = 0; i < value->count && status == RH_OK; i++) {
        status = refuse(
            running,
            rh_listener_spawn(ctx, value->repeated[i], &running->endpoints, &keeper->listeners[i]),
            "cannot listen at", value->repeated[i]);
    }
    value = &values[CLI_OPTION_CONNECT];
    for (size_t i = 0; i < value->count && status == RH_OK; i++) {
        struct rh_endpoint_options options = running->endpoints;
        (void)split_number(value->repeated[i], &options.node, &options.address);
        if (options.node == 0) {
            status = refuse(running, rh_endpoint_spawn(ctx, &options, &keeper->endpoints[i]),
                            "cannot connect to", value->repeated[i]);
            keeper->connected++;
        }
    }
    running->kept = status == RH_OK;
    return status;
}

static const char *address_of(const struct rh_pid *pids, const struct cli_value *value,
                              struct rh_pid pid)
{
    for (size_t i = 0; i < value->count; i++) {
        if (rh_pid_equal(pids[i], pid)) {
            return value->repeated[i];
        }
    }
    return NULL;
}

/* A connection that the options asked for is no more. Without stdin, listeners and nodes to dial nobody can come any more. */
static void connection_gone(struct running *running, struct keeper *keeper, const char *address,
                            const struct rh_message *why)
{
    const struct cli_value *values = running->cli->arguments.values;
    struct rh_message closed = RH_ITEM(NULL, "transport_closed");
    bool is_closed = rh_message_equal(why, &closed);
    say_message(running, "", address, why);
    keeper->connected--;
    if (keeper->connected == 0 && cli_has(running->cli, CLI_OPTION_NO_STDIO) &&
        values[CLI_OPTION_LISTEN].count == 0 && !running->knows) {
        (void)cli_complain(running->cli, CLI_EXIT_HELD,
                           "no connection is left, and there is nobody to wait for");
        end(running, is_closed ? CLI_EXIT_HELD : CLI_EXIT_FAILED);
    }
}

/* One of the actors that the options asked for. */
static bool spawned_has_ended(const struct running *running, const struct keeper *keeper,
                              struct rh_ref monitor, const struct rh_message *why)
{
    const struct cli_value *value = &running->cli->arguments.values[CLI_OPTION_SPAWN];
    enum rh_reason_class kind = rh_reason_class(why);
    for (size_t i = 0; i < value->count; i++) {
        if (rh_ref_equal(keeper->spawned[i], monitor)) {
            if (kind != RH_REASON_NORMAL && kind != RH_REASON_SHUTDOWN) {
                char text[512];
                (void)rh_message_print(why, NULL, text, sizeof(text));
                (void)cli_complain(running->cli, CLI_EXIT_HELD, "actor %s has ended: %s",
                                   value->repeated[i], text);
            }
            return true;
        }
    }
    return false;
}

static enum rh_status keeper_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct keeper *keeper = state;
    struct running *running = (struct running *)(uintptr_t)rh_config(ctx);
    const struct cli_value *values = running->cli->arguments.values;
    if (in->kind == RH_DELIVERY_DOWN &&
        spawned_has_ended(running, keeper, rh_delivery_ref(ctx, in), &in->message)) {
        return RH_OK;
    }
    if (in->kind == RH_DELIVERY_DOWN) { /* of the parent's endpoint */
        struct rh_message closed = RH_ITEM(NULL, "transport_closed");
        bool is_closed = rh_message_equal(&in->message, &closed);
        if (!is_closed) {
            say_message(running, "stdin", "", &in->message);
        }
        end(running, is_closed ? CLI_EXIT_HELD : CLI_EXIT_FAILED);
        return RH_OK;
    }
    if (in->kind != RH_DELIVERY_EXIT) {
        return RH_OK;
    }
    const char *address = address_of(keeper->listeners, &values[CLI_OPTION_LISTEN], in->from);
    if (address != NULL) {
        say_message(running, "cannot listen at ", address, &in->message);
        end(running, CLI_EXIT_USAGE);
        return RH_OK;
    }
    address = address_of(keeper->endpoints, &values[CLI_OPTION_CONNECT], in->from);
    if (address != NULL) {
        connection_gone(running, keeper, address, &in->message);
    }
    return RH_OK;
}

static enum rh_status watch(struct rh_context *ctx, void *state, void *argument)
{
    const struct rh_pid *endpoint = argument;
    struct rh_ref unused;
    (void)state;
    return rh_monitor(ctx, *endpoint, RH_ALIAS_NONE, &unused);
}

/* ---- the process ---- */

static enum rh_status open_stdio(struct running *running)
{
    int in = -1;
    int out = -1;
    struct rh_ref handle;
    if (rh_uv_take_stdio(&in, &out) != RH_OK) {
        return RH_IO;
    }
    enum rh_status status = rh_node_endpoint(running->node, rh_uv_now(running->uv),
                                             &running->endpoints, &running->stdio, &handle);
    if (status != RH_OK) {
        return status;
    }
    status = rh_node_turn(running->node, rh_uv_now(running->uv), running->keeper, watch,
                          &running->stdio);
    /* The keeper watches before the first byte is read: what ends the endpoint is no noproc. */
    (void)rh_node_run(running->node, rh_uv_now(running->uv), SETTLING);
    return status == RH_OK ? rh_uv_adopt(running->uv, handle, in, out) : status;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct running *running = handle->data;
    end(running, 128 + number);
}

static void on_closed(void *self)
{
    ((struct running *)self)->closed = true;
}

static bool address_is_good(struct cli *cli, const char *what, const char *text,
                            const char *address)
{
    const char *flaw = rh_uv_address_flaw(address);
    if (flaw == NULL && strlen(address) > rh_limits_default().address_bytes_max) {
        flaw = "it is too long";
    }
    if (flaw != NULL) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "%s %s: %s", what, text, flaw);
    }
    return flaw == NULL;
}

static bool addresses_are_good(struct cli *cli)
{
    const struct cli_value *value = &cli->arguments.values[CLI_OPTION_LISTEN];
    for (size_t i = 0; i < value->count; i++) {
        if (!address_is_good(cli, "cannot listen at", value->repeated[i], value->repeated[i])) {
            return false;
        }
    }
    value = &cli->arguments.values[CLI_OPTION_CONNECT];
    for (size_t i = 0; i < value->count; i++) {
        const char *address;
        uint32_t node;
        if (!split_number(value->repeated[i], &node, &address)) {
            (void)cli_complain(cli, CLI_EXIT_USAGE, "numbers of nodes go from 1 to 4294967295");
            return false;
        }
        if (!address_is_good(cli, "cannot connect to", value->repeated[i], address)) {
            return false;
        }
    }
    return true;
}

/* What can be judged before anything is started. */
static bool options_are_good(struct running *running, struct rh_node_options *options)
{
    struct cli *cli = running->cli;
    const struct cli_value *values = cli->arguments.values;
    uint64_t number = cli_has(cli, CLI_OPTION_NUMBER) ? values[CLI_OPTION_NUMBER].number : 1;
    uint64_t incarnation =
        cli_has(cli, CLI_OPTION_INCARNATION) ? values[CLI_OPTION_INCARNATION].number : 1;
    if (number == 0 || number > UINT32_MAX || incarnation == 0 || incarnation > UINT32_MAX) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "numbers of nodes go from 1 to 4294967295");
        return false;
    }
    for (size_t i = 0; i < values[CLI_OPTION_SPAWN].count; i++) {
        char name[256];
        const char *what;
        if (!cli_split_spawn(cli, values[CLI_OPTION_SPAWN].repeated[i], name, sizeof(name),
                             &what)) {
            return false;
        }
    }
    if (!addresses_are_good(cli)) {
        return false;
    }
    if (!cli_has(cli, CLI_OPTION_NO_STDIO) &&
        (!rh_uv_can_wait(STDIN_FILENO) || !rh_uv_can_wait(STDOUT_FILENO))) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "stdin and stdout have to be pipes or sockets, for frames; "
                           "'--no-stdio' leaves them alone");
        return false;
    }
    running->endpoints = (struct rh_endpoint_options){
        .heartbeat = values[CLI_OPTION_HEARTBEAT].number * RH_MILLISECOND,
        .deadline = values[CLI_OPTION_DEADLINE].number * RH_MILLISECOND,
        .relay = cli_has(cli, CLI_OPTION_RELAY),
    };
    options->node = (uint32_t)number;
    options->incarnation = (uint32_t)incarnation;
    options->name = cli_text(cli, CLI_OPTION_NAME);
    options->find_behaviour = cli_find_behaviour;
    options->behaviours = cli;
    return true;
}

static enum rh_status know_others(struct running *running)
{
    const struct cli_value *value = &running->cli->arguments.values[CLI_OPTION_CONNECT];
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < value->count && status == RH_OK; i++) {
        struct rh_endpoint_options options = running->endpoints;
        (void)split_number(value->repeated[i], &options.node, &options.address);
        if (options.node != 0) {
            running->knows = true;
            status = refuse(running, rh_node_know(running->node, &options), "cannot connect to",
                            value->repeated[i]);
        }
    }
    return status;
}

static enum rh_status start(struct running *running, const struct rh_behaviour *keeper)
{
    static const int numbers[2] = {SIGTERM, SIGINT};
    for (int i = 0; i < 2; i++) {
        running->signals[i].data = running;
        if (uv_signal_init(&running->loop, &running->signals[i]) != 0 ||
            uv_signal_start(&running->signals[i], on_signal, numbers[i]) != 0) {
            return RH_IO;
        }
    }
    enum rh_status status = know_others(running);
    if (status == RH_OK) {
        status =
            rh_node_spawn(running->node, rh_uv_now(running->uv), keeper, NULL, &running->keeper);
    }
    (void)rh_node_run(running->node, rh_uv_now(running->uv), 1);
    if (status == RH_OK && !cli_has(running->cli, CLI_OPTION_NO_STDIO)) {
        status = open_stdio(running);
    }
    rh_uv_wake(running->uv);
    return status;
}

static void close_signals(struct running *running)
{
    for (int i = 0; i < 2; i++) {
        if (running->signals[i].data != NULL) {
            uv_close((uv_handle_t *)&running->signals[i], NULL);
        }
    }
}

int cli_node(struct cli *cli)
{
    struct running running = {.cli = cli,
                              .bad_frames = {.what = "bad frame"},
                              .limits = {.what = "limit reached"},
                              .code = CLI_EXIT_HELD};
    struct rh_observer observer = {on_event, &running};
    struct rh_node_options options = {.observer =
                                          cli_has(cli, CLI_OPTION_VERBOSE) ? &observer : NULL};
    struct rh_uv_options driving = {
        .output = on_output, .child_said = on_child_said, .self = &running};
    const struct rh_behaviour keeper = {.name = "keeper",
                                        .state_bytes = sizeof(struct keeper),
                                        .init = keeper_init,
                                        .receive = keeper_receive,
                                        .config = &running,
                                        .release = keeper_gone};
    if (cli->arguments.operand_count > 0) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'node' takes options only");
    }
    if (!options_are_good(&running, &options)) {
        return CLI_EXIT_USAGE;
    }
    if (uv_loop_init(&running.loop) != 0) {
        return cli_complain(cli, CLI_EXIT_INTERNAL, "there is no event loop to be had");
    }
    enum rh_status status = rh_node_create(&options, &running.node);
    if (status == RH_OK) {
        status = rh_uv_create(&running.loop, running.node, &driving, &running.uv);
    }
    if (status != RH_OK || start(&running, &keeper) != RH_OK) {
        running.code = CLI_EXIT_USAGE;
    } else if (!running.ended) {
        (void)uv_run(&running.loop, UV_RUN_DEFAULT);
    }
    running.ended = true;
    if (running.uv != NULL) {
        close_signals(&running);
        rh_uv_close(running.uv, on_closed, &running);
        while (!running.closed || uv_loop_alive(&running.loop) != 0) {
            (void)uv_run(&running.loop, UV_RUN_DEFAULT);
        }
        running.uv = NULL;
    }
    say_unsaid(&running, &running.bad_frames);
    say_unsaid(&running, &running.limits);
    (void)uv_loop_close(&running.loop);
    rh_node_destroy(running.node);
    return running.code;
}
