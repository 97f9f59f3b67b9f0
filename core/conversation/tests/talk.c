/* SPDX-License-Identifier: MIT */
#include "core/conversation/tests/talk.h"

#include "core/base/random.h"

unsigned talk_cells[EVENT_COUNT][RH_CONVERSATION_PHASE_COUNT];

/* ---- memory that can fail and is counted ---- */

static void *talk_allocate(void *self, size_t bytes)
{
    struct talk *talk = self;
    if (++talk->attempts == talk->fail_at) {
        return NULL;
    }
    const struct rh_allocator *base = rh_allocator_default();
    void *block = base->allocate(base->self, bytes);
    talk->blocks += block != NULL ? 1 : 0;
    return block;
}

static void *talk_resize(void *self, void *block, size_t bytes_before, size_t bytes)
{
    struct talk *talk = self;
    if (++talk->attempts == talk->fail_at) {
        return NULL;
    }
    const struct rh_allocator *base = rh_allocator_default();
    void *resized = base->resize(base->self, block, bytes_before, bytes);
    talk->blocks += block == NULL && resized != NULL ? 1 : 0;
    return resized;
}

static void talk_release(void *self, void *block, size_t bytes)
{
    struct talk *talk = self;
    const struct rh_allocator *base = rh_allocator_default();
    talk->blocks -= block != NULL ? 1 : 0;
    base->release(base->self, block, bytes);
}

/* ---- names ---- */

static void talk_name(struct talk *talk, const char *name, struct rh_pid pid)
{
    for (size_t i = 0; i < talk->actor_count; i++) {
        if (strcmp(talk->actors[i].name, name) == 0) {
            talk->actors[i].pid = pid;
            talk->ends[i] = 0;
            return;
        }
    }
    assert_true(talk->actor_count < TALK_ACTORS);
    struct talk_actor *actor = &talk->actors[talk->actor_count++];
    (void)snprintf(actor->name, sizeof actor->name, "%s", name);
    actor->pid = pid;
}

static size_t index_of_pid(const struct talk *talk, struct rh_pid pid)
{
    size_t i = 0;
    while (i < talk->actor_count && !rh_pid_equal(talk->actors[i].pid, pid)) {
        i++;
    }
    return i;
}

static size_t name_of_pid(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    const struct talk *talk = self;
    size_t i = index_of_pid(talk, pid);
    return i == talk->actor_count ? 0
                                  : (size_t)snprintf(buffer, capacity, "%s", talk->actors[i].name);
}

struct rh_pid talk_pid(const struct talk *talk, const char *name)
{
    for (size_t i = 0; i < talk->actor_count; i++) {
        if (strcmp(talk->actors[i].name, name) == 0) {
            return talk->actors[i].pid;
        }
    }
    return rh_pid_none();
}

bool talk_is_alive(const struct talk *talk, struct rh_pid pid)
{
    return talk->node != NULL && !rh_pid_is_none(pid) && rh_inspect_is_alive(talk->node, pid);
}

static void print(struct talk *talk, const struct rh_message *message, char *buffer, size_t size)
{
    struct rh_print_names names = {.pid = name_of_pid, .self = talk};
    (void)rh_message_print(message, &names, buffer, size);
}

/* ---- what is observed ---- */

static void log_write(struct talk *talk, const char *word, const struct rh_message *message)
{
    char text[512] = "";
    print(talk, message, text, sizeof text);
    size_t length = strlen(talk->log);
    if (length + strlen(text) + strlen(word) + 4 > sizeof talk->log) {
        length = 0; /* long runs forget their beginning */
    }
    (void)snprintf(talk->log + length, sizeof talk->log - length, "%s %s; ", word, text);
}

static struct talk_promise *promise_find(struct talk *talk, struct rh_ref call, uint64_t id)
{
    for (size_t i = 0; i < talk->promise_count; i++) {
        struct talk_promise *promise = &talk->promises[i];
        if (id == promise->id && rh_ref_equal(promise->call, call)) {
            return promise;
        }
    }
    struct talk_promise *promise = &talk->promises[talk->promise_count % 512];
    if (talk->promise_count < 511) {
        talk->promise_count++;
    } else {
        promise = &talk->promises[511]; /* more than a test judges */
    }
    *promise = (struct talk_promise){.call = call, .id = id};
    return promise;
}

static enum rh_conversation_phase phase_find(struct rh_text word)
{
    for (unsigned i = 0; i < RH_CONVERSATION_PHASE_COUNT; i++) {
        const char *known = rh_conversation_phase_word((enum rh_conversation_phase)i);
        if (strlen(known) == word.size && memcmp(known, word.bytes, word.size) == 0) {
            return (enum rh_conversation_phase)i;
        }
    }
    fail_msg("unknown phase");
    return RH_CONVERSATION_CREATED;
}

static bool is_word(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

static void observe_event(struct rh_text phase, struct rh_text event)
{
    unsigned i = 0;
    while (i < EVENT_COUNT && !is_word(event, event_word((enum event)i))) {
        i++;
    }
    assert_true(i < EVENT_COUNT);
    talk_cells[i][phase_find(phase)]++;
}

static void observe_phase(struct talk *talk, struct rh_text from, struct rh_text to)
{
    enum rh_conversation_phase before = phase_find(from);
    enum rh_conversation_phase after = phase_find(to);
    talk->phase = after;
    assert_int_not_equal(before, RH_CONVERSATION_CLOSED);
    assert_true(after > before || after == RH_CONVERSATION_CLOSED);
    assert_true(before < RH_CONVERSATION_COMPLETING || after == RH_CONVERSATION_CLOSED);
}

static void observe_request(struct talk *talk, uint64_t id, struct rh_text word)
{
    struct talk_promise *promise = promise_find(talk, (struct rh_ref){talk->conv, 0}, id);
    if (is_word(word, "sent")) {
        assert_int_equal(promise->accepted++, 0);
    } else if (is_word(word, "received") || is_word(word, "dropped")) {
        promise->answered++;
        assert_true(id == 0 || promise->answered == 1);
    }
}

static void observe_mark(struct talk *talk, const char *topic, const struct rh_message *mark)
{
    struct rh_pid conv;
    struct rh_pid pid;
    struct rh_ref ref;
    struct rh_text a;
    struct rh_text b;
    struct rh_text c;
    struct rh_item item;
    uint64_t number;
    if (strcmp(topic, "conversation.event") == 0) {
        assert_true(RH_MATCH(mark, &conv, &a, &b, &c));
        observe_event(a, b);
        return;
    }
    log_write(talk, topic + strlen("conversation."), mark);
    if (strcmp(topic, "conversation.phase") == 0) {
        assert_true(RH_MATCH(mark, &conv, &a, &b, &item));
        observe_phase(talk, a, b);
    } else if (strcmp(topic, "conversation.incarnation") == 0) {
        bool has = RH_MATCH(mark, &conv, &number, &pid);
        assert_true(!has || rh_pid_is_none(talk->incarnation));
        talk->incarnation = has ? pid : rh_pid_none();
        talk->incarnations += has ? 1 : 0;
    } else if (strcmp(topic, "conversation.command") == 0) {
        assert_true(RH_MATCH(mark, &conv, &ref, &a));
        assert_int_equal(promise_find(talk, ref, 0)->accepted++, 0);
    } else if (strcmp(topic, "conversation.answer") == 0) {
        assert_true(RH_MATCH(mark, &conv, &ref, &a));
        assert_int_equal(promise_find(talk, ref, 0)->answered++, 0);
    } else if (strcmp(topic, "conversation.request") == 0) {
        assert_true(RH_MATCH(mark, &conv, &number, &a, &item));
        observe_request(talk, number, a);
    } else if (strcmp(topic, "conversation.participant") == 0) {
        assert_true(RH_MATCH(mark, &conv, &pid, &a, &item));
        size_t i = index_of_pid(talk, pid);
        if (!is_word(a, "alive") && i < talk->actor_count) {
            assert_int_equal(talk->ends[i]++, 0);
        }
    } else if (strcmp(topic, "conversation.notifier") == 0) {
        assert_true(RH_MATCH(mark, &conv, &ref, &pid, &a));
        struct talk_promise *promise = promise_find(talk, ref, 0);
        promise->notifiers_set += is_word(a, "set") ? 1 : 0;
        promise->notifiers_ended += is_word(a, "set") ? 0 : 1;
    }
}

static void observe(void *self, const struct rh_event *event)
{
    struct talk *talk = self;
    if (event->kind == RH_EVENT_MARK && strncmp(event->name, "conversation.", 13) == 0) {
        observe_mark(talk, event->name, event->message);
    }
}

/* ---- crashes inside a turn ---- */

static struct rh_filter_answer filter_ask(void *self, const struct rh_filter_question *question)
{
    struct talk *talk = self;
    struct rh_filter_answer pass = {.action = RH_FILTER_PASS};
    if (talk->crash == NULL || !question->turn || talk->has_crashed) {
        return pass;
    }
    struct rh_pid victim =
        strcmp(talk->crash, "actor") == 0 ? talk->incarnation : talk_pid(talk, talk->crash);
    if (!rh_pid_equal(question->actor, victim) || --talk->crash_turn > 0) {
        return pass;
    }
    talk->has_crashed = true;
    return (struct rh_filter_answer){.action = RH_FILTER_CRASH,
                                     .operations = talk->crash_operations,
                                     .replacement = RH_ITEM(NULL, "boom")};
}

void talk_arm(struct talk *talk, const char *crash, unsigned turn, uint32_t operations)
{
    talk->crash = crash;
    talk->crash_turn = turn;
    talk->crash_operations = operations;
    talk->has_crashed = false;
}

/* ---- participants ---- */

static struct talk *current; /* behaviours find their talk here */

static enum rh_status participant_receive(struct rh_context *ctx, void *state,
                                          const struct rh_delivery *in)
{
    (void)state;
    struct talk *talk = current;
    struct rh_ref call;
    struct rh_item item;
    char name[16] = "";
    (void)name_of_pid(talk, rh_self(ctx), name, sizeof name);
    if (!rh_is_call(in, &call, &item)) {
        char text[128];
        print(talk, &in->message, text, sizeof text);
        size_t length = strlen(talk->got);
        (void)snprintf(talk->got + length, sizeof talk->got - length, "%s %s; ", name, text);
        return RH_OK;
    }
    if (name[0] == 'e') {
        return rh_reply(ctx, call, RH_ARRAY(rh_allocator_of(ctx), "re", item));
    }
    struct rh_message payload;
    enum rh_status status =
        rh_message_copy(rh_allocator_default(), item.bytes, item.size, &payload);
    assert_int_equal(status, RH_OK);
    assert_true(talk->request_count < TALK_REQUESTS);
    talk->requests[talk->request_count].call = call;
    talk->requests[talk->request_count].participant = rh_self(ctx);
    talk->requests[talk->request_count++].payload = payload;
    return RH_OK;
}

static const struct rh_behaviour participant = {.name = "participant",
                                                .receive = participant_receive};

struct rh_pid talk_participant(struct talk *talk, const char *name)
{
    struct rh_pid pid = rh_pid_none();
    struct rh_spawn_options options = {.trap = name[0] == 's', .cap = name[0] == 'c' ? 1 : 0};
    if (talk->node != NULL &&
        rh_node_spawn(talk->node, talk->now, &participant, &options, &pid) == RH_OK) {
        talk_name(talk, name, pid);
        talk_settle(talk);
    }
    return pid;
}

struct doing {
    struct rh_ref call;
    struct rh_pid to;
    struct rh_message message;
    const struct rh_conversation_options *options;
    struct talk_call *open;
    enum rh_status status;
};

/* Let an actor do something in a turn of its own, if it is alive. */
static void talk_do(struct talk *talk, struct rh_pid actor,
                    enum rh_status (*body)(struct rh_context *, void *, void *),
                    struct doing *doing)
{
    doing->status = RH_NOPROC;
    if (!talk_is_alive(talk, actor)) {
        rh_message_unref(doing->message);
        return;
    }
    if (rh_node_turn(talk->node, talk->now, actor, body, doing) == RH_NOPROC) {
        rh_message_unref(doing->message); /* it has not started */
    }
}

static enum rh_status reply_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct doing *doing = argument;
    doing->status = rh_reply(ctx, doing->call, doing->message);
    return RH_OK;
}

void talk_reply(struct talk *talk, size_t request, struct rh_message reply)
{
    if (request >= talk->request_count) {
        rh_message_unref(reply);
        return;
    }
    struct doing doing = {.call = talk->requests[request].call, .message = reply};
    talk_do(talk, talk->requests[request].participant, reply_body, &doing);
    rh_message_unref(talk->requests[request].payload);
    talk->request_count--;
    memmove(&talk->requests[request], &talk->requests[request + 1],
            (talk->request_count - request) * sizeof talk->requests[0]);
}

static enum rh_status stray_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct doing *doing = argument;
    doing->status = rh_send(ctx, doing->to, doing->message);
    return RH_OK;
}

void talk_stray(struct talk *talk, struct rh_pid from)
{
    struct doing doing = {.to = talk->conv, .message = RH_ARRAY(NULL, "$exit", 0, 0, "forged")};
    talk_do(talk, from, stray_body, &doing);
}

static enum rh_status exit_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct doing *doing = argument;
    return rh_exit(ctx, doing->message);
}

void talk_exit(struct talk *talk, struct rh_pid actor, const char *reason)
{
    struct doing doing = {.message = RH_ITEM(NULL, reason)};
    talk_do(talk, actor, exit_body, &doing);
}

/* ---- parent and client ---- */

static enum rh_status nothing_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static const struct rh_behaviour parent_behaviour = {.name = "parent", .receive = nothing_receive};

static enum rh_status open_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct doing *doing = argument;
    doing->status = rh_conversation_open(ctx, doing->options, &doing->to);
    return RH_OK;
}

static void opening_begin(struct talk *talk)
{
    talk->incarnation = rh_pid_none();
    talk->incarnations = 0;
    talk->phase = RH_CONVERSATION_CREATED;
    talk->promise_count = 0;
    memset(talk->ends, 0, sizeof talk->ends);
    talk->conv = rh_pid_none();
}

void talk_open(struct talk *talk, const struct rh_conversation_options *options)
{
    struct doing doing = {.options = options};
    opening_begin(talk);
    talk_do(talk, talk->parent, open_body, &doing);
    if (doing.status == RH_OK) {
        talk->conv = doing.to;
        talk_name(talk, "conv", doing.to);
        talk_settle(talk);
    }
}

void talk_spawn(struct talk *talk, struct rh_message argument)
{
    struct rh_spawn_options options = {.argument = argument};
    opening_begin(talk);
    if (rh_node_spawn(talk->node, talk->now, &rh_conversation_behaviour, &options, &talk->conv) ==
        RH_OK) {
        talk_name(talk, "conv", talk->conv);
        talk_settle(talk);
    }
}

void talk_open_with(struct talk *talk, enum rh_crash_policy policy, const char *participants)
{
    struct rh_participant list[8];
    size_t count = 0;
    while (*participants != '\0') {
        size_t length = strcspn(participants, " ");
        char word[16];
        assert_true(length < sizeof word && count < 8);
        memcpy(word, participants, length);
        word[length] = '\0';
        participants += length + strspn(participants + length, " ");
        struct rh_participant *one = &list[count++];
        *one =
            (struct rh_participant){.flags = strstr(word, "+o") != NULL ? RH_PARTICIPANT_OWNED : 0};
        one->flags |= strstr(word, "+i") != NULL ? RH_PARTICIPANT_INERT : 0;
        word[strcspn(word, "+")] = '\0';
        one->pid = talk_pid(talk, word);
        if (!talk_is_alive(talk, one->pid)) {
            one->pid = talk_participant(talk, word);
        }
    }
    struct rh_conversation_options options = {.participants = list,
                                              .participant_count = count,
                                              .policy = policy,
                                              .restarts = 3,
                                              .grace = RH_SECOND};
    talk_open(talk, &options);
}

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)state;
    struct talk *talk = current;
    static const char *const words[] = {"", "down ", "timeout"};
    for (size_t i = 0; i < talk->call_count; i++) {
        struct talk_call *call = &talk->calls[i];
        struct rh_outcome outcome;
        char text[16000] = "";
        if (!rh_call_result(ctx, in, &call->call, &outcome)) {
            continue;
        }
        if (outcome.message != NULL) {
            print(talk, outcome.message, text, sizeof text);
        }
        assert_int_equal(call->outcomes++, 0);
        (void)snprintf(call->outcome, sizeof call->outcome, "%s%s", words[outcome.kind], text);
        break;
    }
    return RH_OK;
}

static const struct rh_behaviour client_behaviour = {.name = "client", .receive = client_receive};

static enum rh_status call_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct doing *doing = argument;
    doing->status = rh_call(ctx, doing->to, doing->message, RH_NEVER, &doing->open->call);
    if (doing->status != RH_OK) {
        (void)snprintf(doing->open->outcome, sizeof doing->open->outcome, "refused");
    }
    return RH_OK;
}

size_t talk_tell(struct talk *talk, struct rh_message request)
{
    size_t i = 0; /* the first that is free, or whose outcome is the oldest to go */
    while (i < talk->call_count && talk->calls[i].call.open) {
        i++;
    }
    if (talk->call_count < TALK_CALLS) {
        i = talk->call_count++;
    }
    assert_true(i < TALK_CALLS);
    talk->calls[i] = (struct talk_call){.is_used = true};
    struct doing doing = {.to = talk->conv, .message = request, .open = &talk->calls[i]};
    talk_do(talk, rh_pid_is_none(talk->conv) ? talk->conv : talk->client, call_body, &doing);
    return i;
}

const char *talk_outcome(const struct talk *talk, size_t call)
{
    return talk->calls[call].outcome;
}

const char *talk_ask(struct talk *talk, struct rh_message request)
{
    size_t call = talk_tell(talk, request);
    talk_settle(talk);
    return talk->calls[call].outcome;
}

const char *talk_find(struct talk *talk, struct rh_message request, const char *text)
{
    return strstr(talk_ask(talk, request), text);
}

void talk_end_client(struct talk *talk)
{
    talk_exit(talk, talk->client, "boom");
    talk_settle(talk);
    talk->call_count = 0;
    if (rh_node_spawn(talk->node, talk->now, &client_behaviour, NULL, &talk->client) == RH_OK) {
        talk_name(talk, "client", talk->client);
    }
    talk_settle(talk);
}

static enum rh_status link_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct doing *doing = argument;
    doing->status = rh_link(ctx, doing->to);
    return RH_OK;
}

void talk_link(struct talk *talk, struct rh_pid actor)
{
    struct doing doing = {.to = talk->conv};
    talk_do(talk, actor, link_body, &doing);
    talk_settle(talk);
}

void talk_fill(struct talk *talk, struct rh_pid filled)
{
    struct doing doing = {.to = filled, .message = RH_ITEM(NULL, "fill")};
    talk_do(talk, talk->parent, stray_body, &doing);
}

static enum rh_status start_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct doing *doing = argument;
    struct rh_call *call = &doing->open->call;
    doing->status = rh_monitor(ctx, doing->to, RH_ALIAS_REPLY_DEMONITOR, &call->reply);
    assert_int_equal(doing->status, RH_OK);
    call->open = true;
    return RH_SEND(ctx, doing->to, "$start", call->reply);
}

const char *talk_start(struct talk *talk)
{
    struct doing doing = {.to = talk->conv, .open = &talk->calls[talk->call_count++]};
    *doing.open = (struct talk_call){.is_used = true};
    talk_do(talk, talk->client, start_body, &doing);
    talk_settle(talk);
    return doing.open->outcome;
}

static enum rh_status signal_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct doing *doing = argument;
    doing->status = rh_exit_signal(ctx, doing->to, doing->message);
    return RH_OK;
}

void talk_signal(struct talk *talk, struct rh_pid from, struct rh_pid to, const char *reason)
{
    struct doing doing = {.to = to, .message = RH_ITEM(NULL, reason)};
    talk_do(talk, from, signal_body, &doing);
}

/* ---- life ---- */

void talk_begin(struct talk *talk)
{
    size_t fail_at = talk->fail_at;
    const char *crash = talk->crash; /* armed before, and once */
    unsigned crash_turn = talk->crash_turn;
    uint32_t crash_operations = talk->crash_operations;
    bool has_crashed = talk->has_crashed;
    uint64_t order = talk->order;
    memset(talk, 0, sizeof *talk);
    talk->order = order;
    talk->fail_at = fail_at;
    if (!has_crashed) {
        talk_arm(talk, crash, crash_turn, crash_operations);
    }
    talk->is_lenient = fail_at != 0;
    talk->allocator = (struct rh_allocator){talk_allocate, talk_resize, talk_release, talk};
    talk->observer = (struct rh_observer){observe, talk};
    talk->filter = (struct rh_filter){filter_ask, talk};
    current = talk;
    struct rh_limits limits = rh_limits_default();
    limits.pool_objects_per_chunk = 1; /* so that every signal is an allocation */
    limits.message_bytes_max = 32768;
    limits.reason_bytes_max = 255;
    limits.conversation_entries_max = TALK_ENTRIES;
    limits.conversation_context_max = TALK_CONTEXT;
    struct rh_node_options options = {.node = 1,
                                      .allocator = &talk->allocator,
                                      .observer = &talk->observer,
                                      .filter = &talk->filter,
                                      .limits = &limits};
    if (rh_node_create(&options, &talk->node) != RH_OK) {
        talk->node = NULL;
        return;
    }
    struct rh_spawn_options trap = {.trap = true};
    if (rh_node_spawn(talk->node, 0, &parent_behaviour, &trap, &talk->parent) == RH_OK) {
        talk_name(talk, "parent", talk->parent);
    }
    if (rh_node_spawn(talk->node, 0, &client_behaviour, NULL, &talk->client) == RH_OK) {
        talk_name(talk, "client", talk->client);
    }
    talk_settle(talk);
}

static void promises_judge(const struct talk *talk)
{
    for (size_t i = 0; i < talk->promise_count && !talk->is_lenient; i++) {
        const struct talk_promise *promise = &talk->promises[i];
        if (promise->id == 0 && promise->call.ordinal == 0) {
            continue; /* strays */
        }
        assert_true(promise->answered <= promise->accepted);
        assert_true(promise->notifiers_ended <= promise->notifiers_set);
        if (!talk_is_alive(talk, talk->conv)) {
            assert_int_equal(promise->answered, promise->accepted);
            assert_int_equal(promise->notifiers_ended, promise->notifiers_set);
        }
    }
}

void talk_end(struct talk *talk)
{
    const char *what = NULL;
    if (talk->node != NULL) {
        assert_true(rh_inspect_validate(talk->node, &what));
    }
    promises_judge(talk);
    rh_node_destroy(talk->node);
    for (size_t i = 0; i < talk->request_count; i++) {
        rh_message_unref(talk->requests[i].payload);
    }
    assert_int_equal(talk->blocks, 0);
}

void talk_end_empty(struct talk *talk)
{
    if (talk_is_alive(talk, talk->conv)) {
        (void)talk_ask(talk, RH_ITEM(NULL, "close"));
        talk_wait(talk, 10 * RH_SECOND);
    }
    assert_false(talk_is_alive(talk, talk->conv));
    for (size_t i = 0; i < talk->actor_count; i++) {
        if (talk_is_alive(talk, talk->actors[i].pid)) {
            assert_int_equal(
                rh_node_crash(talk->node, talk->now, talk->actors[i].pid, RH_ITEM(NULL, "killed")),
                RH_OK);
        }
    }
    talk_settle(talk);
    struct rh_node_stats stats = talk_stats(talk);
    assert_int_equal(stats.actors, 0);
    assert_int_equal(stats.entries, 0);
    assert_int_equal(stats.timers, 0);
    assert_int_equal(stats.signals_waiting, 0);
    talk_end(talk);
}

struct rh_node_stats talk_stats(const struct talk *talk)
{
    struct rh_node_stats stats;
    rh_node_stats(talk->node, &stats);
    return stats;
}

struct pick {
    size_t count;
    size_t left;
    struct rh_pending found;
};

static bool pick_count(void *self, const struct rh_pending *pending)
{
    struct pick *pick = self;
    (void)pending;
    pick->count++;
    return true;
}

static bool pick_one(void *self, const struct rh_pending *pending)
{
    struct pick *pick = self;
    pick->found = *pending;
    return pick->left-- > 0;
}

bool talk_step(struct talk *talk)
{
    if (talk->order == 0) {
        return rh_node_run(talk->node, talk->now, 1) == 1;
    }
    struct pick pick = {.count = 0};
    rh_node_each_pending(talk->node, talk->now, pick_count, &pick);
    if (pick.count == 0) {
        return false;
    }
    pick.left = (size_t)random_below(talk->order, &talk->draws, pick.count);
    rh_node_each_pending(talk->node, talk->now, pick_one, &pick);
    rh_node_execute(talk->node, talk->now, &pick.found);
    return true;
}

void talk_settle(struct talk *talk)
{
    size_t budget = 100000;
    if (talk->node == NULL) {
        return;
    }
    if (talk->order == 0) {
        assert_true(rh_node_run(talk->node, talk->now, budget) < budget);
        return;
    }
    while (talk_step(talk)) {
        assert_true(budget-- > 0);
    }
}

void talk_wait(struct talk *talk, rh_duration duration)
{
    rh_instant end = talk->now + duration;
    talk_settle(talk);
    while (talk->node != NULL && rh_node_next_due(talk->node) <= end) {
        talk->now = rh_node_next_due(talk->node);
        talk_settle(talk);
    }
    talk->now = end;
    talk_settle(talk);
}

void talk_until(struct talk *talk, enum rh_conversation_phase phase)
{
    while (talk->phase != phase) {
        assert_true(talk_step(talk));
    }
}
