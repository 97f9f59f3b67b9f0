/* SPDX-License-Identifier: MIT */
#include "core/host/tests/play.h"

#include <stdlib.h>

struct play play;
struct script script;
char script_log[1024];

/* ---- memory that can fail and is counted ---- */

static void *play_allocate(void *self, size_t bytes)
{
    (void)self;
    if (++play.attempts == play.fail_at) {
        return NULL;
    }
    const struct rh_allocator *base = rh_allocator_default();
    void *block = base->allocate(base->self, bytes);
    play.blocks += block != NULL ? 1 : 0;
    return block;
}

static void *play_resize(void *self, void *block, size_t bytes_before, size_t bytes)
{
    (void)self;
    if (++play.attempts == play.fail_at) {
        return NULL;
    }
    const struct rh_allocator *base = rh_allocator_default();
    void *resized = base->resize(base->self, block, bytes_before, bytes);
    play.blocks += block == NULL && resized != NULL ? 1 : 0;
    return resized;
}

static void play_release(void *self, void *block, size_t bytes)
{
    (void)self;
    const struct rh_allocator *base = rh_allocator_default();
    play.blocks -= block != NULL ? 1 : 0;
    base->release(base->self, block, bytes);
}

/* ---- marks ---- */

static unsigned word_in(const struct rh_text *word, const char *(*word_of)(unsigned),
                        unsigned count)
{
    unsigned i = 0;
    while (i < count && !text_is(*word, word_of(i))) {
        i++;
    }
    return i;
}

static const char *status_word_of(unsigned i)
{
    return rh_proc_status_word((enum rh_proc_status)i);
}

static const char *event_word_of(unsigned i)
{
    return proc_event_word((enum proc_event_kind)i);
}

/* Each change of status must be the table's. */
static void check_move(const struct rh_event *event)
{
    struct rh_text name;
    uint64_t serial;
    struct rh_text from;
    struct rh_text what;
    struct rh_text to;
    if (strcmp(event->name, "host.status") == 0) {
        assert_true(RH_MATCH(event->message, &name, &serial, &from, &what, &to));
    } else {
        assert_true(RH_MATCH(event->message, &name, &serial, &from, &what));
        to = from;
    }
    unsigned before = word_in(&from, status_word_of, RH_PROC_STATUS_COUNT);
    unsigned kind = word_in(&what, event_word_of, PROC_EVENT_COUNT);
    unsigned after = word_in(&to, status_word_of, RH_PROC_STATUS_COUNT);
    assert_true(before < RH_PROC_STATUS_COUNT && kind < PROC_EVENT_COUNT);
    enum proc_move move = proc_move((enum rh_proc_status)before, (enum proc_event_kind)kind);
    bool is_move = strcmp(event->name, "host.status") == 0;
    bool is_good = is_move ? (unsigned)move == after : move == PROC_MOVE_ILLEGAL;
    play.bad_cells += is_good ? 0 : 1;
    play.cells[kind][before] = true;
}

static void observe(void *self, const struct rh_event *event)
{
    (void)self;
    char text[400];
    char line[512];
    if (event->kind != RH_EVENT_MARK) {
        return;
    }
    if (strcmp(event->name, "host.status") == 0 || strcmp(event->name, "host.illegal") == 0) {
        check_move(event);
    }
    (void)rh_message_print(event->message, NULL, text, sizeof text);
    int size = snprintf(line, sizeof line, "%s %s\n", event->name, text);
    size_t used = strlen(play.marks);
    if (used + (size_t)size + 1 < sizeof play.marks) {
        memcpy(play.marks + used, line, (size_t)size + 1);
    }
}

size_t play_count_marks(const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(play.marks, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

size_t play_numbers(const char *line, const char *start, unsigned long long *numbers,
                    size_t capacity)
{
    size_t count = 0;
    const char *at = line + strlen(start);
    if (strncmp(line, start, strlen(start)) != 0) {
        return 0;
    }
    while (count < capacity && *at >= '0' && *at <= '9') {
        char *end = NULL;
        numbers[count++] = strtoull(at, &end, 10);
        at = strncmp(end, ", ", 2) == 0 ? end + 2 : end;
    }
    return count;
}

/* ---- actors of procs ---- */

static enum rh_status actor_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    if (play.actor_count < sizeof play.actors / sizeof play.actors[0]) {
        play.actors[play.actor_count++] = rh_self(ctx);
    }
    return RH_OK;
}

/* Ends when it is told to; answers what is routed to it. */
static enum rh_status worker_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)state;
    struct rh_text destination;
    struct rh_item payload;
    struct rh_pid sender;
    if (RH_MATCH(&in->message, "end")) {
        return RH_DONE;
    }
    if (RH_MATCH(&in->message, "fail")) {
        return rh_exit(ctx, RH_ITEM(NULL, "bad"));
    }
    if (rh_is_routed(in, &destination, &payload, &sender) && !rh_pid_is_none(sender)) {
        return rh_send(ctx, sender, RH_ARRAY(rh_allocator_of(ctx), "got", destination, payload));
    }
    return RH_OK;
}

static enum rh_status stubborn_init(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *start)
{
    (void)rh_trap(ctx, true);
    return actor_init(ctx, state, start);
}

static enum rh_status failing_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    (void)actor_init(ctx, state, start);
    return rh_exit(ctx, RH_ITEM(NULL, "bad"));
}

static enum rh_status ignore(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

/* Fails when it is asked to end. */
static enum rh_status crash_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    (void)state;
    return in->kind == RH_DELIVERY_EXIT ? rh_exit(ctx, RH_ITEM(NULL, "crash")) : RH_OK;
}

static const struct rh_behaviour behaviours[] = {
    {.name = "worker", .init = actor_init, .receive = worker_receive},
    {.name = "stubborn", .init = stubborn_init, .receive = ignore},
    {.name = "crasher", .init = stubborn_init, .receive = crash_receive},
    {.name = "failing", .init = failing_init, .receive = ignore},
};

static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    (void)self;
    for (size_t i = 0; i < sizeof behaviours / sizeof behaviours[0]; i++) {
        if (strcmp(behaviours[i].name, name) == 0) {
            return &behaviours[i];
        }
    }
    return NULL;
}

/* ---- agents ---- */

static const char *const one_worker[] = {"worker", "w", NULL};
static const char *const three_workers[] = {"worker", "a", "worker", "b", "worker", "c", NULL};
static const char *const one_stubborn[] = {"stubborn", "s", NULL};
static const char *const one_crasher[] = {"crasher", "x", NULL};
static const char *const one_missing[] = {"nothing", "n", NULL};
static const char *const one_failing[] = {"failing", "f", NULL};
static const struct rh_agent plain = {.find_behaviour = find_behaviour, .actors = one_worker};
static const struct rh_agent three = {.find_behaviour = find_behaviour, .actors = three_workers};
static const struct rh_agent slow = {.find_behaviour = find_behaviour, .actors = one_stubborn};
static const struct rh_agent crashing = {.find_behaviour = find_behaviour, .actors = one_crasher};
static const struct rh_agent missing = {.find_behaviour = find_behaviour, .actors = one_missing};
static const struct rh_agent failing = {.find_behaviour = find_behaviour, .actors = one_failing};

/* Agents that misbehave. Their config is what they do in their first turn, and later when they are told to end. */
struct temper {
    const char *
        first; /**< "silent", "crash", "normal", "no_address", "no_agent", "twice", "late", "orphan" */
    const char *end; /**< "ignore", "crash", "obey" */
};

static enum rh_status misfit_call_back(struct rh_context *ctx, const struct rh_delivery *start,
                                       bool with_address, bool with_agent)
{
    struct rh_item id;
    struct rh_item address;
    struct rh_pid host;
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    assert_true(RH_MATCH(&start->message, "$proc", &id, &address, &host, RH_ANY));
    if (with_address && with_agent) {
        return rh_send(ctx, host, RH_ARRAY(allocator, "$callback", id, address, rh_self(ctx)));
    }
    if (with_address) {
        return rh_send(ctx, host, RH_ARRAY(allocator, "$callback", id, address, RH_NULL));
    }
    return rh_send(ctx, host, RH_ARRAY(allocator, "$callback", id, RH_NULL, rh_self(ctx)));
}

/* Leave an actor behind that traps, in the group of the proc. */
static enum rh_status leave_orphan(struct rh_context *ctx, const struct rh_delivery *start)
{
    struct rh_text id;
    char group[128];
    struct rh_pid child;
    assert_true(RH_MATCH(&start->message, "$proc", &id, RH_ANY, RH_ANY, RH_ANY));
    memcpy(group, id.bytes, id.size);
    group[id.size] = '\0';
    enum rh_status status = rh_spawn(ctx, &behaviours[1], NULL, &child, NULL);
    if (status != RH_OK) {
        return status;
    }
    status = rh_group_join(ctx, group, child);
    if (status != RH_OK) { /* not even in the group: nobody else could end it */
        may_fail(rh_exit_signal(ctx, child, rh_reason(RH_REASON_KILL)));
    }
    return status;
}

static enum rh_status misfit_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    (void)state;
    const struct temper *temper = rh_config(ctx);
    const char *first = temper->first;
    (void)rh_trap(ctx, true);
    if (strcmp(first, "silent") == 0) {
        return RH_OK;
    }
    if (strcmp(first, "crash") == 0) {
        return rh_exit(ctx, RH_ITEM(NULL, "bad"));
    }
    if (strcmp(first, "normal") == 0) {
        return RH_DONE;
    }
    if (strcmp(first, "orphan") == 0) {
        enum rh_status status = leave_orphan(ctx, start);
        return status == RH_OK ? RH_DONE : status;
    }
    enum rh_status status = misfit_call_back(ctx, start, strcmp(first, "no_address") != 0,
                                             strcmp(first, "no_agent") != 0);
    if (status == RH_OK && strcmp(first, "twice") == 0) {
        status = misfit_call_back(ctx, start, true, true);
    }
    return status;
}

static enum rh_status misfit_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)state;
    const struct temper *temper = rh_config(ctx);
    struct rh_item request;
    if (RH_MATCH(&in->message, "end")) {
        return RH_DONE;
    }
    if (!rh_is_cast(in, &request) || strcmp(temper->end, "ignore") == 0) {
        return RH_OK;
    }
    return strcmp(temper->end, "crash") == 0 ? rh_exit(ctx, RH_ITEM(NULL, "crash")) : RH_DONE;
}

#define MISFIT_MAP(X)                                                                              \
    X(silent, "silent", "ignore")                                                                  \
    X(crash, "crash", "ignore")                                                                    \
    X(normal, "normal", "ignore")                                                                  \
    X(no_address, "no_address", "ignore")                                                          \
    X(no_agent, "no_agent", "ignore")                                                              \
    X(twice, "twice", "obey")                                                                      \
    X(orphan, "orphan", "ignore")                                                                  \
    X(ignores, "late", "ignore")                                                                   \
    X(dies, "late", "crash")

#define X(word, first, end) static const struct temper temper_##word = {first, end};
MISFIT_MAP(X)
#undef X
#define X(word, first, end)                                                                        \
    static const struct rh_behaviour misfit_##word = {.name = "misfit",                            \
                                                      .init = misfit_init,                         \
                                                      .receive = misfit_receive,                   \
                                                      .config = &temper_##word};
MISFIT_MAP(X)
#undef X

/* ---- the scripted manager ---- */

static struct proc_event said; /* what it will say next */

static enum rh_status say(struct rh_context *ctx, struct proc *proc, const char *word)
{
    return rh_send(ctx, rh_self(ctx),
                   RH_ARRAY(rh_allocator_of(ctx), "$script", proc->serial, word));
}

static enum rh_status script_start(struct rh_context *ctx, struct host *host, struct proc *proc)
{
    (void)host;
    enum rh_status status = script.start;
    if (status == RH_OK && script.launches) {
        status = say(ctx, proc, "launched");
    }
    if (status == RH_OK && script.calls_back) {
        status = rh_send(
            ctx, rh_self(ctx),
            RH_ARRAY(rh_allocator_of(ctx), "$callback", proc->id, "here", play.clients[7].pid));
    }
    return status;
}

static enum rh_status script_attach(struct rh_context *ctx, struct host *host, struct proc *proc,
                                    struct rh_pid from, struct rh_pid agent)
{
    (void)ctx;
    (void)host;
    (void)proc;
    (void)from;
    (void)agent;
    return script.attach;
}

static enum rh_status script_stop(struct rh_context *ctx, struct host *host, struct proc *proc,
                                  enum proc_stage stage)
{
    (void)host;
    static const char *const words[] = {"none", "drain", "stop", "kill"};
    size_t used = strlen(script_log);
    (void)snprintf(script_log + used, sizeof script_log - used, "%s:%s ", proc->name, words[stage]);
    if (script.crashes[stage]) {
        return say(ctx, proc, "crashed");
    }
    if (script.obeys[stage]) {
        return say(ctx, proc, stage == PROC_STAGE_KILL ? "killed" : "ended");
    }
    return RH_OK;
}

static bool script_receive(struct rh_context *ctx, struct host *host, const struct rh_delivery *in,
                           struct proc_event *ret_event)
{
    uint64_t serial;
    struct rh_text word;
    if (said.proc != NULL && in->kind == RH_DELIVERY_USER) {
        *ret_event = said;
        said.proc = NULL;
        return true;
    }
    if (!rh_pid_equal(in->from, rh_self(ctx)) ||
        !RH_MATCH(&in->message, "$script", &serial, &word)) {
        return false;
    }
    struct proc *proc = proc_find_serial(host, serial);
    if (proc == NULL) {
        return true;
    }
    *ret_event = (struct proc_event){.proc = proc, .kind = PROC_EVENT_LAUNCHED};
    if (text_is(word, "ended")) {
        ret_event->kind = PROC_EVENT_EXITED;
    } else if (!text_is(word, "launched")) {
        ret_event->kind = PROC_EVENT_SIGNALLED;
        ret_event->number = text_is(word, "killed") ? 9 : 11;
    }
    return true;
}

static const struct rh_manager script_manager = {
    .word = "script",
    .start = script_start,
    .attach = script_attach,
    .stop = script_stop,
    .receive = script_receive,
};

/* ---- the host ---- */

static struct rh_behaviour plain_behaviour;
static struct rh_behaviour three_behaviour;
static struct rh_behaviour slow_behaviour;
static struct rh_behaviour crashing_behaviour;
static struct rh_behaviour missing_behaviour;
static struct rh_behaviour failing_behaviour;

static const struct rh_proc_program programs[] = {
    {.name = "plain", .agent = &plain_behaviour, .ready_timeout = RH_SECOND},
    {.name = "three", .agent = &three_behaviour},
    {.name = "slow", .agent = &slow_behaviour},
    {.name = "crashing", .agent = &crashing_behaviour},
    {.name = "missing", .agent = &missing_behaviour},
    {.name = "failing", .agent = &failing_behaviour},
    {.name = "scripted", .manager = &script_manager, .ready_timeout = RH_SECOND},
    {.name = "patient", .manager = &script_manager},
#define X(word, first, end) {.name = #word, .agent = &misfit_##word, .ready_timeout = RH_SECOND},
    MISFIT_MAP(X)
#undef X
};

static struct rh_host config = {.name = "host",
                                .programs = programs,
                                .program_count = sizeof programs / sizeof programs[0],
                                .grace = 4 * RH_SECOND,
                                .kill_timeout = 2 * RH_SECOND};

static void make_behaviours(void)
{
    plain_behaviour = rh_agent_behaviour(&plain);
    three_behaviour = rh_agent_behaviour(&three);
    slow_behaviour = rh_agent_behaviour(&slow);
    crashing_behaviour = rh_agent_behaviour(&crashing);
    missing_behaviour = rh_agent_behaviour(&missing);
    failing_behaviour = rh_agent_behaviour(&failing);
}

/* ---- clients ---- */

static void print(const struct rh_message *message, char *buffer, size_t size)
{
    (void)rh_message_print(message, NULL, buffer, size);
}

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)state;
    struct play_client *client = play.clients;
    struct rh_outcome outcome;
    char text[400] = "";
    while (!rh_pid_equal(client->pid, rh_self(ctx))) {
        client++;
    }
    if (in->kind == RH_DELIVERY_EXIT) {
        print(&in->message, client->exit_seen, sizeof client->exit_seen);
    } else if (rh_call_result(ctx, in, &client->call, &outcome)) {
        static const char *const words[] = {"reply ", "down ", "timeout"};
        if (outcome.message != NULL) {
            print(outcome.message, text, sizeof text);
        }
        (void)snprintf(client->outcome, sizeof client->outcome, "%s%s", words[outcome.kind], text);
        client->answers++;
    } else if (in->kind == RH_DELIVERY_MESSAGE) {
        size_t used = strlen(client->heard);
        print(&in->message, text, sizeof text);
        (void)snprintf(client->heard + used, sizeof client->heard - used, "%s ", text);
    }
    return RH_OK;
}

static const struct rh_behaviour client_behaviour = {.name = "client", .receive = client_receive};

struct sending {
    struct play_client *client;
    struct rh_pid to;
    struct rh_message message;
    const char *destination;
};

static enum rh_status call_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct sending *sending = argument;
    struct play_client *client = sending->client;
    rh_call_cancel(ctx, &client->call);
    client->answers = 0;
    enum rh_status status =
        rh_call(ctx, sending->to, sending->message, 3600 * RH_SECOND, &client->call);
    (void)snprintf(client->outcome, sizeof client->outcome, "%s",
                   status == RH_OK ? "open" : "refused");
    return RH_OK;
}

static void turn(size_t client, enum rh_status (*body)(struct rh_context *, void *, void *),
                 struct sending *sending)
{
    sending->client = &play.clients[client];
    if (play.node == NULL ||
        rh_node_turn(play.node, play.now, sending->client->pid, body, sending) != RH_OK) {
        rh_message_unref(sending->message);
    }
}

void play_ask(size_t client, struct rh_message request)
{
    struct sending sending = {.to = play.host, .message = request};
    turn(client, call_body, &sending);
}

const char *play_call(struct rh_message request)
{
    return play_call_to(play.host, request);
}

const char *play_call_to(struct rh_pid actor, struct rh_message request)
{
    struct sending sending = {.to = actor, .message = request};
    turn(0, call_body, &sending);
    play_settle();
    return play.clients[0].outcome;
}

static enum rh_status send_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct sending *sending = argument;
    may_fail(sending->destination == NULL
                 ? rh_send_with(ctx, sending->to, sending->message, RH_RETURN)
                 : rh_route_send(ctx, sending->to, sending->destination, sending->message));
    return RH_OK;
}

void play_send(size_t client, struct rh_pid to, struct rh_message message)
{
    struct sending sending = {.to = to, .message = message};
    turn(client, send_body, &sending);
    play_settle();
}

void play_route(size_t client, const char *destination, struct rh_message payload)
{
    struct sending sending = {.to = play.host, .message = payload, .destination = destination};
    turn(client, send_body, &sending);
    play_settle();
}

/* ---- life ---- */

static enum rh_status spawn_host(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_spawn_options options = {.link = true};
    may_fail(rh_spawn(ctx, argument, &options, &play.host, NULL));
    return RH_OK;
}

static void create_node(void)
{
    static const struct rh_observer observer = {observe, NULL};
    struct rh_limits limits = rh_limits_default();
    limits.pool_objects_per_chunk = 1; /* so that every signal is an allocation */
    limits.message_bytes_max = play.message_bytes_max > 0 ? play.message_bytes_max : 32768;
    limits.reason_bytes_max = 255;
    limits.name_bytes_max = 64;
    limits.hops_max = 8;
    limits.procs_max = play.procs_max > 0 ? play.procs_max : 32;
    limits.waiters_max = play.waiters_max > 0 ? play.waiters_max : 64;
    limits.routes_max = play.routes_max > 0 ? play.routes_max : 64;
    struct rh_node_options options = {.node = 1, .allocator = &play.allocator};
    options.observer = play.is_quiet ? NULL : &observer;
    options.limits = &limits;
    if (rh_node_create(&options, &play.node) != RH_OK) {
        play.node = NULL;
    }
}

void play_begin(void)
{
    static struct rh_behaviour host;
    struct play before = play;
    memset(&play, 0, sizeof play);
    memset(&script, 0, sizeof script);
    script_log[0] = '\0';
    play.fail_at = before.fail_at;
    play.is_quiet = before.is_quiet;
    play.procs_max = before.procs_max;
    play.waiters_max = before.waiters_max;
    play.routes_max = before.routes_max;
    play.message_bytes_max = before.message_bytes_max;
    memcpy(play.cells, before.cells, sizeof play.cells);
    play.allocator = (struct rh_allocator){play_allocate, play_resize, play_release, NULL};
    make_behaviours();
    create_node();
    for (size_t i = 0; play.node != NULL && i < PLAY_CLIENTS; i++) {
        struct rh_spawn_options options = {.trap = true};
        if (rh_node_spawn(play.node, play.now, &client_behaviour, &options, &play.clients[i].pid) !=
            RH_OK) {
            return;
        }
    }
    play_settle();
    host = rh_host_behaviour(&config);
    if (play.node != NULL) {
        may_fail(rh_node_turn(play.node, play.now, play.clients[0].pid, spawn_host, &host));
    }
    play_settle();
}

void play_end(void)
{
    const char *what = NULL;
    if (play.node != NULL) {
        assert_true(rh_inspect_validate(play.node, &what));
    }
    rh_node_destroy(play.node);
    assert_int_equal(play.blocks, 0);
    assert_int_equal(play.bad_cells, 0);
}

void play_settle(void)
{
    size_t budget = 100000;
    if (play.node != NULL) {
        assert_true(rh_node_run(play.node, play.now, budget) < budget);
    }
}

void play_wait(rh_duration duration)
{
    rh_instant end = play.now + duration;
    play_settle();
    while (play.node != NULL && rh_node_next_due(play.node) <= end) {
        play.now = rh_node_next_due(play.node);
        play_settle();
    }
    play.now = end;
    play_settle();
}

/* ---- looking ---- */

const struct host *play_host(void)
{
    struct rh_actor_view view;
    if (play.node == NULL || !rh_inspect_actor(play.node, play.host, &view)) {
        return NULL;
    }
    return view.state;
}

struct proc *play_proc(const char *name)
{
    const struct host *host = play_host();
    return host == NULL ? NULL : proc_find(host, text_of(name));
}

size_t play_routes(void)
{
    return play_host()->router.count;
}

static bool count_actor(void *self, const struct rh_actor_view *view)
{
    (void)view;
    ++*(size_t *)self;
    return true;
}

size_t play_living(void)
{
    size_t count = 0;
    rh_inspect_each_actor(play.node, count_actor, &count);
    return count;
}

bool play_is_alive(struct rh_pid pid)
{
    return play.node != NULL && !rh_pid_is_none(pid) && rh_inspect_is_alive(play.node, pid);
}

/* ---- speaking for procs ---- */

void play_say(const char *name, enum proc_event_kind kind, int64_t number)
{
    struct proc *proc = play_proc(name);
    assert_non_null(proc);
    said = (struct proc_event){.proc = proc, .kind = kind, .number = number, .why = "broken"};
    assert_int_equal(rh_node_input(play.node, play.now, play.host, rh_message_none()), RH_OK);
}

void play_happen(const char *name, enum proc_event_kind kind, int64_t number)
{
    play_say(name, kind, number);
    play_settle();
}

void play_callback(const char *name, bool with_address, bool with_agent)
{
    struct proc *proc = play_proc(name);
    assert_non_null(proc);
    struct rh_message message;
    if (with_address && with_agent) {
        message = RH_ARRAY(&play.allocator, "$callback", proc->id, "here", play.clients[7].pid);
    } else if (with_address) {
        message = RH_ARRAY(&play.allocator, "$callback", proc->id, "here", RH_NULL);
    } else {
        message = RH_ARRAY(&play.allocator, "$callback", proc->id, RH_NULL, play.clients[7].pid);
    }
    play_send(7, play.host, message);
}
