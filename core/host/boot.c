/* SPDX-License-Identifier: MIT */
/*
 * The child's side. The agent is spawned once the connection is up: what it says to its host in its first turn, the callback
 * included, has a way to go, and arrives in that order.
 *
 * At the end the agent's last words may still be on their way. A question that only the host's node answers goes out behind
 * them; the process ends with the answer, or after a while without.
 */
#include <rehearse/proc.h>

#include "core/message/utf8.h"

#include <rehearse/remote.h>
#include <rehearse/server.h>

#include <string.h>

#define SIGNAL_INTERRUPT 2
#define SIGNAL_KILL 9
#define SIGNAL_TERMINATE 15
#define LAST_WORDS (1 * RH_SECOND)

static const char late[] = "connect_timeout";
static const char unheard[] = "last_words";

static const char *const names[] = {
#define X(identifier, name, form, sentence) name,
    RH_PROC_VARIABLE_MAP(X)
#undef X
};
static const char *const forms[] = {
#define X(identifier, name, form, sentence) form,
    RH_PROC_VARIABLE_MAP(X)
#undef X
};

const char *rh_proc_variable_name(enum rh_proc_variable variable)
{
    return (unsigned)variable < RH_PROC_VARIABLE_COUNT ? names[variable] : "?";
}

/* ---- the environment ---- */

static void append(char *text, size_t capacity, const char *part)
{
    size_t used = strlen(text);
    size_t size = strlen(part);
    size = size < capacity - used - 1 ? size : capacity - used - 1;
    memcpy(text + used, part, size);
    text[used + size] = '\0';
}

static void complain(const struct rh_proc_environment *environment, enum rh_proc_variable variable,
                     bool is_missing)
{
    char text[160] = "";
    if (environment->complain == NULL) {
        return;
    }
    append(text, sizeof(text), "parameter '");
    append(text, sizeof(text), names[variable]);
    append(text, sizeof(text), is_missing ? "' missing" : "' invalid: it is not ");
    append(text, sizeof(text), is_missing ? "" : forms[variable]);
    environment->complain(environment->self, text);
}

/* Decimal, from 1, without leading zeros; returns what follows, or NULL. */
static const char *read_number(const char *text, char end, uint32_t *ret_number)
{
    uint64_t number = 0;
    const char *at = text;
    while (*at >= '0' && *at <= '9' && number <= UINT32_MAX) {
        number = number * 10 + (uint64_t)(*at - '0');
        at++;
    }
    if (*text < '1' || *text > '9' || number > UINT32_MAX || *at != end) {
        return NULL;
    }
    *ret_number = (uint32_t)number;
    return at + 1;
}

static bool is_text(const char *text)
{
    return *text != '\0' && rh_utf8_valid((const uint8_t *)text, strlen(text));
}

static bool read_id(struct rh_proc_identity *identity, const char *value)
{
    const char *at = read_number(value, '.', &identity->node);
    at = at == NULL ? NULL : read_number(at, '/', &identity->incarnation);
    if (at == NULL || !is_text(at)) {
        return false;
    }
    memcpy(identity->id, at, strlen(at) + 1);
    return true;
}

static bool read_backend(struct rh_proc_identity *identity, const char *value)
{
    const char *at = read_number(value, '=', &identity->host);
    if (at == NULL || !is_text(at)) {
        return false;
    }
    memcpy(identity->backend, at, strlen(at) + 1);
    return true;
}

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

static enum rh_status read_argument(const struct rh_proc_environment *environment,
                                    struct rh_message *argument, const char *value)
{
    const struct rh_allocator *allocator =
        environment->allocator == NULL ? rh_allocator_default() : environment->allocator;
    struct rh_limits limits =
        environment->limits == NULL ? rh_limits_default() : *environment->limits;
    size_t size = strlen(value) / 2;
    bool is_hex = size > 0 && strlen(value) % 2 == 0 && size <= limits.message_bytes_max;
    for (size_t i = 0; i < 2 * size && is_hex; i++) {
        is_hex = digit_of(value[i]) < 16;
    }
    if (!is_hex) {
        return RH_INVALID;
    }
    uint8_t *bytes = allocator->allocate(allocator->self, size);
    if (bytes == NULL) {
        return RH_NO_MEMORY;
    }
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(digit_of(value[2 * i]) << 4 | digit_of(value[2 * i + 1]));
    }
    enum rh_status status = rh_message_decode(allocator, &limits, bytes, size, argument);
    allocator->release(allocator->self, bytes, size);
    return status == RH_OK || status == RH_NO_MEMORY ? status : RH_INVALID;
}

static enum rh_status read_value(const struct rh_proc_environment *environment,
                                 struct rh_proc_identity *identity, enum rh_proc_variable variable,
                                 const char *value)
{
    if (variable == RH_PROC_VARIABLE_ARGUMENT) {
        return read_argument(environment, &identity->argument, value);
    }
    bool is_good = strlen(value) < RH_PROC_TEXT_MAX;
    if (variable == RH_PROC_VARIABLE_ID) {
        is_good = is_good && read_id(identity, value);
    } else if (variable == RH_PROC_VARIABLE_BACKEND) {
        is_good = is_good && read_backend(identity, value);
    } else {
        is_good = is_good && is_text(value);
        if (is_good) {
            memcpy(identity->callback, value, strlen(value) + 1);
        }
    }
    return is_good ? RH_OK : RH_INVALID;
}

enum rh_status rh_proc_read(const struct rh_proc_environment *environment,
                            struct rh_proc_identity *ret_identity)
{
    enum rh_status first = RH_OK;
    memset(ret_identity, 0, sizeof(*ret_identity));
    ret_identity->argument = RH_ITEM(NULL, RH_NULL);
    for (int i = 0; i < RH_PROC_VARIABLE_COUNT; i++) {
        enum rh_proc_variable variable = (enum rh_proc_variable)i;
        const char *value = environment->look_up(environment->self, names[i]);
        enum rh_status status = RH_OK;
        if (value != NULL) {
            status = read_value(environment, ret_identity, variable, value);
        } else if (variable != RH_PROC_VARIABLE_ARGUMENT) {
            status = RH_INVALID;
        }
        if (status == RH_INVALID) {
            complain(environment, variable, value == NULL);
        }
        first = first == RH_OK ? status : first;
    }
    if (first == RH_OK && ret_identity->node == ret_identity->host) {
        complain(environment, RH_PROC_VARIABLE_ID, false);
        first = RH_INVALID;
    }
    if (first != RH_OK) {
        rh_proc_identity_deinit(ret_identity);
    }
    return first;
}

void rh_proc_identity_deinit(struct rh_proc_identity *identity)
{
    rh_message_unref(identity->argument);
    identity->argument = rh_message_none();
}

/* ---- the other way round ---- */

static char *write_number(char *at, uint32_t number)
{
    char digits[10];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

enum rh_status rh_proc_write_id(uint32_t node, uint32_t incarnation, const char *id, char *buffer)
{
    char *at = write_number(buffer, node);
    *at++ = '.';
    at = write_number(at, incarnation);
    *at++ = '/';
    memcpy(at, id, strlen(id) + 1);
    bool fits = strlen(buffer) < RH_PROC_TEXT_MAX;
    return node > 0 && incarnation > 0 && is_text(id) && fits ? RH_OK : RH_INVALID;
}

enum rh_status rh_proc_write_backend(uint32_t host, const char *address, char *buffer)
{
    char *at = write_number(buffer, host);
    *at++ = '=';
    memcpy(at, address, strlen(address) + 1);
    bool fits = strlen(buffer) < RH_PROC_TEXT_MAX;
    return host > 0 && is_text(address) && fits ? RH_OK : RH_INVALID;
}

void rh_proc_write_argument(const struct rh_message *argument, char *buffer)
{
    static const char digits[] = "0123456789abcdef";
    struct rh_item item = rh_message_item(argument);
    for (size_t i = 0; i < item.size; i++) {
        *buffer++ = digits[item.bytes[i] >> 4];
        *buffer++ = digits[item.bytes[i] & 0xf];
    }
    *buffer = '\0';
}

/* ---- the root ---- */

struct root {
    struct rh_pid agent; /**< none: not spawned yet, or ended */
    struct rh_ref watch; /**< of the agent: an exit signal can be sent by hand, a DOWN cannot */
    struct rh_pid endpoint;
    struct rh_message argument;
    bool is_stopping;       /**< the agent was asked to */
    bool is_leaving;        /**< only last words are waited for */
    struct rh_ref question; /**< behind them */
    int64_t code;
    int signal;
    struct rh_message reason;
};

static enum rh_status leave(struct rh_context *ctx, int64_t code, int number,
                            struct rh_message reason)
{
    struct rh_message word = RH_ARRAY(rh_allocator_of(ctx), "$exit", code, number, reason);
    enum rh_status status = rh_output(ctx, word);
    (void)status; /* unsaid: the driver sees a root that has ended without a word */
    if (code == RH_PROC_CODE_ENDED && number == 0) {
        rh_message_unref(reason);
        return RH_DONE;
    }
    return rh_exit(ctx, reason);
}

static enum rh_status leave_for(struct rh_context *ctx, enum rh_status status)
{
    int64_t code = status == RH_NO_MEMORY ? RH_PROC_CODE_NO_MEMORY : RH_PROC_CODE_FAILED;
    return leave(ctx, code, 0, RH_ITEM(NULL, rh_status_word(status)));
}

static enum rh_status root_init(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    const struct rh_proc *proc = rh_config(ctx);
    struct root *root = state;
    struct rh_endpoint_options way = {.address = proc->identity.backend,
                                      .node = proc->identity.host,
                                      .heartbeat = proc->options.heartbeat,
                                      .deadline = proc->options.deadline};
    struct rh_ref unused;
    root->agent = rh_pid_none();
    root->argument = rh_message_ref(start->message);
    (void)rh_trap(ctx, true);
    enum rh_status status = rh_monitor_nodes(ctx, &unused);
    if (status == RH_OK) {
        status = rh_endpoint_spawn(ctx, &way, &root->endpoint);
    }
    if (status == RH_OK && proc->options.connect_timeout > 0) {
        status = rh_timer_start(ctx, proc->options.connect_timeout, rh_self(ctx),
                                RH_ITEM(NULL, late), &unused);
    }
    return status == RH_OK ? RH_OK : leave_for(ctx, status);
}

/* The address is what the host's node calls this one. */
static enum rh_status spawn_agent(struct rh_context *ctx, struct root *root)
{
    const struct rh_proc *proc = rh_config(ctx);
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    const struct rh_proc_identity *identity = &proc->identity;
    char address[sizeof("node:") + 10] = "node:";
    *write_number(address + strlen(address), rh_self(ctx).node) = '\0';
    struct rh_message host = RH_ARRAY(allocator, (const char *)identity->callback, identity->host);
    struct rh_spawn_options how = {.link = true,
                                   .monitor = true,
                                   .argument =
                                       RH_ARRAY(allocator, "$proc", (const char *)identity->id,
                                                (const char *)address, host, root->argument)};
    rh_message_unref(host);
    enum rh_status status = rh_spawn(ctx, proc->options.agent, &how, &root->agent, &root->watch);
    return status == RH_OK ? RH_OK : leave_for(ctx, status);
}

/* ---- its end ---- */

/* What the exit of an agent is in a proc of any kind. */
static void judge(struct root *root, const struct rh_message *reason)
{
    enum rh_reason_class class = rh_reason_class(reason);
    bool is_well = class == RH_REASON_NORMAL || class == RH_REASON_SHUTDOWN;
    root->code = is_well ? RH_PROC_CODE_ENDED : RH_PROC_CODE_FAILED;
    root->signal = class == RH_REASON_KILLED ? SIGNAL_KILL : 0;
    int64_t code = 0;
    if (RH_MATCH(reason, "exit", &code)) {
        root->code = code;
    }
    root->reason = rh_message_ref(*reason);
}

static enum rh_status leave_as_judged(struct rh_context *ctx, const struct root *root)
{
    return leave(ctx, root->code, root->signal, rh_message_ref(root->reason));
}

static enum rh_status agent_ended(struct rh_context *ctx, struct root *root,
                                  const struct rh_message *reason)
{
    const struct rh_proc *proc = rh_config(ctx);
    rh_duration wait = proc->options.last_words == 0 ? LAST_WORDS : proc->options.last_words;
    struct rh_ref unused;
    judge(root, reason);
    root->agent = rh_pid_none();
    root->is_leaving = true;
    /* Nobody has this name. */
    enum rh_status status =
        rh_monitor_name_at(ctx, "$last_words", proc->identity.host, RH_ALIAS_NONE, &root->question);
    if (status == RH_OK) {
        status = rh_timer_start(ctx, wait, rh_self(ctx), RH_ITEM(NULL, unheard), &unused);
    }
    return status == RH_OK ? RH_OK : leave_as_judged(ctx, root);
}

static enum rh_status on_exit(struct rh_context *ctx, struct root *root,
                              const struct rh_delivery *in)
{
    if (rh_pid_equal(in->from, root->endpoint)) {
        return root->is_leaving
                   ? leave_as_judged(ctx, root)
                   : leave(ctx, RH_PROC_CODE_HOST_LOST, 0, rh_message_ref(in->message));
    }
    return RH_OK;
}

static enum rh_status on_down(struct rh_context *ctx, struct root *root,
                              const struct rh_delivery *in)
{
    struct rh_ref of = rh_delivery_ref(ctx, in);
    if (rh_pid_equal(in->from, root->agent) && rh_ref_equal(of, root->watch)) {
        return agent_ended(ctx, root, &in->message);
    }
    bool is_answer = root->is_leaving && rh_ref_equal(of, root->question);
    return is_answer ? leave_as_judged(ctx, root) : RH_OK;
}

static enum rh_status on_timeout(struct rh_context *ctx, struct root *root,
                                 const struct rh_message *what)
{
    struct rh_message silence = RH_ITEM(NULL, unheard);
    struct rh_message patience = RH_ITEM(NULL, late);
    if (root->is_leaving && rh_message_equal(what, &silence)) {
        return leave_as_judged(ctx, root);
    }
    if (rh_pid_is_none(root->agent) && !root->is_leaving && rh_message_equal(what, &patience)) {
        return leave(ctx, RH_PROC_CODE_HOST_LOST, 0, rh_message_ref(*what));
    }
    return RH_OK;
}

static enum rh_status on_signal(struct rh_context *ctx, struct root *root,
                                const struct rh_message *input)
{
    int number = 0;
    if (!RH_MATCH(input, "$signal", &number)) {
        return RH_OK;
    }
    bool asks = number == SIGNAL_TERMINATE || number == SIGNAL_INTERRUPT;
    if (asks && root->is_leaving) {
        return leave_as_judged(ctx, root); /* it has ended by itself, and waits no longer */
    }
    if (!asks || root->is_stopping || rh_pid_is_none(root->agent)) {
        return leave(ctx, RH_PROC_CODE_FAILED, number, RH_ARRAY(NULL, "signal", number));
    }
    root->is_stopping = true;
    enum rh_status status = rh_cast(ctx, root->agent, RH_ARRAY(NULL, "stop"));
    return status == RH_OK ? RH_OK : leave_for(ctx, status);
}

static enum rh_status root_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    struct root *root = state;
    const struct rh_proc *proc = rh_config(ctx);
    switch (in->kind) {
    case RH_DELIVERY_NODE_UP:
        return in->from.node == proc->identity.host && rh_pid_is_none(root->agent) &&
                       !root->is_leaving
                   ? spawn_agent(ctx, root)
                   : RH_OK;
    case RH_DELIVERY_DOWN:
        return on_down(ctx, root, in);
    case RH_DELIVERY_EXIT:
        return on_exit(ctx, root, in);
    case RH_DELIVERY_TIMEOUT:
        return on_timeout(ctx, root, &in->message);
    case RH_DELIVERY_USER:
        return on_signal(ctx, root, &in->message);
    case RH_DELIVERY_IO:
        return rh_delivery_io(ctx)->kind == RH_IO_EOF || rh_delivery_io(ctx)->kind == RH_IO_CLOSED
                   ? leave(ctx, RH_PROC_CODE_HOST_LOST, 0, RH_ITEM(NULL, "host_gone"))
                   : RH_OK;
    default:
        return RH_OK;
    }
}

static void root_deinit(void *state, const void *config)
{
    struct root *root = state;
    (void)config;
    rh_message_unref(root->argument);
    rh_message_unref(root->reason);
}

/* ---- what the driver calls ---- */

void rh_proc_init(struct rh_proc *proc, struct rh_proc_identity *identity,
                  const struct rh_proc_options *options)
{
    *proc = (struct rh_proc){.identity = *identity,
                             .options = *options,
                             .root = {.name = "root",
                                      .state_bytes = sizeof(struct root),
                                      .init = root_init,
                                      .receive = root_receive,
                                      .deinit = root_deinit,
                                      .config = proc}};
    identity->argument = rh_message_none();
}

void rh_proc_deinit(struct rh_proc *proc)
{
    rh_proc_identity_deinit(&proc->identity);
}

enum rh_status rh_proc_start(struct rh_proc *proc, struct rh_node *node, rh_instant now,
                             struct rh_pid *ret_root, struct rh_ref *ret_stdio)
{
    struct rh_spawn_options how = {.argument = proc->identity.argument};
    proc->identity.argument = rh_message_none();
    enum rh_status status = rh_node_spawn(node, now, &proc->root, &how, ret_root);
    return status == RH_OK ? rh_node_adopt(node, now, *ret_root, ret_stdio) : status;
}

struct rh_message rh_proc_signal(int number)
{
    return RH_ARRAY(NULL, "$signal", number);
}

bool rh_proc_is_exit(const struct rh_message *message, struct rh_proc_exit *ret_exit)
{
    return RH_MATCH(message, "$exit", &ret_exit->code, &ret_exit->signal, &ret_exit->reason);
}
