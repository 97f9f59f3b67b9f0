/* SPDX-License-Identifier: MIT */
/*
 * The child's side. The connection is asked for before the agent is spawned, so that what the agent says to the host in its
 * first turn waits for the connection; the callback is said when the connection is up, behind all of that. The host then has
 * an address, an agent, and whatever came before it, in this order.
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

static bool is_name(const char *name)
{
    size_t size = strlen(name);
    bool is_plain = size > 0 && rh_utf8_valid((const uint8_t *)name, size);
    for (size_t i = 0; i < size && is_plain; i++) {
        unsigned char byte = (unsigned char)name[i];
        is_plain = byte > 0x1f && byte != 0x7f && byte != '/';
    }
    return is_plain;
}

static bool read_id(struct rh_proc_identity *identity, const char *value)
{
    memcpy(identity->id, value, strlen(value) + 1);
    const char *at = read_number(identity->id, '.', &identity->node);
    at = at == NULL ? NULL : read_number(at, '/', &identity->incarnation);
    identity->name = at;
    return at != NULL && is_name(at);
}

static bool read_value(struct rh_proc_identity *identity, enum rh_proc_variable variable,
                       const char *value)
{
    if (strlen(value) >= RH_PROC_TEXT_MAX) {
        return false;
    }
    if (variable == RH_PROC_VARIABLE_ID) {
        return read_id(identity, value);
    }
    if (variable == RH_PROC_VARIABLE_CALLBACK) {
        memcpy(identity->callback, value, strlen(value) + 1);
        return is_name(value);
    }
    const char *address = read_number(value, '=', &identity->host);
    if (address == NULL || *address == '\0') {
        return false;
    }
    memcpy(identity->backend, address, strlen(address) + 1);
    return true;
}

enum rh_status rh_proc_read(const struct rh_proc_environment *environment,
                            struct rh_proc_identity *ret_identity)
{
    enum rh_status status = RH_OK;
    memset(ret_identity, 0, sizeof(*ret_identity));
    for (int i = 0; i < RH_PROC_VARIABLE_COUNT; i++) {
        enum rh_proc_variable variable = (enum rh_proc_variable)i;
        const char *value = environment->look_up(environment->self, names[i]);
        if (value == NULL || !read_value(ret_identity, variable, value)) {
            complain(environment, variable, value == NULL);
            status = RH_INVALID;
        }
    }
    if (status == RH_OK && ret_identity->node == ret_identity->host) {
        complain(environment, RH_PROC_VARIABLE_ID, false);
        status = RH_INVALID;
    }
    return status;
}

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

enum rh_status rh_proc_id_write(uint32_t node, uint32_t incarnation, const char *name, char *buffer,
                                size_t capacity)
{
    if (node == 0 || incarnation == 0 || !is_name(name) ||
        capacity < RH_PROC_ID_BYTES(strlen(name))) {
        return RH_INVALID;
    }
    char *at = write_number(buffer, node);
    *at++ = '.';
    at = write_number(at, incarnation);
    *at++ = '/';
    memcpy(at, name, strlen(name) + 1);
    return RH_OK;
}

/* ---- the root ---- */

struct root {
    struct rh_pid agent; /**< none: it has ended */
    struct rh_pid endpoint;
    bool has_called;
    bool is_stopping;       /**< the agent was asked to */
    struct rh_call stop;    /**< its answer does not matter: its end does */
    bool is_leaving;        /**< only last words are waited for */
    struct rh_ref question; /**< behind them */
    int64_t code;
    struct rh_message reason;
};

static enum rh_status leave(struct rh_context *ctx, int64_t code, struct rh_message reason)
{
    struct rh_message word = RH_ARRAY(rh_allocator_of(ctx), "$exit", code, reason);
    enum rh_status status = rh_output(ctx, word);
    (void)status; /* unsaid: the driver sees a root that has ended without a word */
    if (code == RH_PROC_CODE_ENDED) {
        rh_message_unref(reason);
        return RH_DONE;
    }
    return rh_exit(ctx, reason);
}

static enum rh_status leave_for(struct rh_context *ctx, enum rh_status status)
{
    int64_t code = status == RH_NO_MEMORY ? RH_PROC_CODE_NO_MEMORY : RH_PROC_CODE_FAILED;
    return leave(ctx, code, RH_ITEM(NULL, rh_status_word(status)));
}

static enum rh_status set_out(struct rh_context *ctx, struct root *root)
{
    const struct rh_proc *proc = rh_config(ctx);
    struct rh_endpoint_options way = {.address = proc->identity.backend,
                                      .node = proc->identity.host,
                                      .heartbeat = proc->options.heartbeat,
                                      .deadline = proc->options.deadline};
    struct rh_ref unused;
    enum rh_status status = rh_monitor_nodes(ctx, &unused);
    if (status == RH_OK) {
        status = rh_endpoint_spawn(ctx, &way, &root->endpoint);
    }
    if (status == RH_OK) {
        struct rh_spawn_options how = {
            .link = true, .argument = RH_ITEM(rh_allocator_of(ctx), proc->identity.name)};
        status = rh_spawn(ctx, proc->options.agent, &how, &root->agent, NULL);
    }
    if (status == RH_OK && proc->options.connect_timeout > 0) {
        status = rh_timer_start(ctx, proc->options.connect_timeout, rh_self(ctx),
                                RH_ITEM(NULL, late), &unused);
    }
    return status;
}

static enum rh_status root_init(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    struct root *root = state;
    (void)start;
    root->agent = rh_pid_none();
    (void)rh_trap(ctx, true);
    enum rh_status status = set_out(ctx, root);
    return status == RH_OK ? RH_OK : leave_for(ctx, status);
}

/* The address is what the host's node calls this one; who listens elsewhere says so by other means. */
static enum rh_status call_back(struct rh_context *ctx, struct root *root)
{
    const struct rh_proc *proc = rh_config(ctx);
    char address[sizeof("node:") + 10] = "node:";
    *write_number(address + strlen(address), rh_self(ctx).node) = '\0';
    root->has_called = true;
    enum rh_status status =
        rh_send_name_at(ctx, proc->identity.callback, proc->identity.host,
                        RH_ARRAY(rh_allocator_of(ctx), "$callback", (const char *)proc->identity.id,
                                 (const char *)address, root->agent));
    return status == RH_OK ? RH_OK : leave_for(ctx, status);
}

/* ---- its end ---- */

static enum rh_status agent_ended(struct rh_context *ctx, struct root *root,
                                  const struct rh_message *reason)
{
    const struct rh_proc *proc = rh_config(ctx);
    enum rh_reason_class class = rh_reason_class(reason);
    bool is_well = class == RH_REASON_NORMAL || class == RH_REASON_SHUTDOWN;
    rh_duration wait = proc->options.last_words == 0 ? LAST_WORDS : proc->options.last_words;
    struct rh_ref unused;
    root->agent = rh_pid_none();
    root->code = is_well ? RH_PROC_CODE_ENDED : RH_PROC_CODE_FAILED;
    root->is_leaving = true;
    root->reason = rh_message_ref(*reason);
    /* Nobody has this name. */
    enum rh_status status = rh_monitor_name_at(ctx, "$last_words", proc->identity.host,
                                               RH_ALIAS_NONE, &root->question);
    if (status == RH_OK) {
        status = rh_timer_start(ctx, wait, rh_self(ctx), RH_ITEM(NULL, unheard), &unused);
    }
    return status == RH_OK ? RH_OK : leave(ctx, root->code, rh_message_ref(root->reason));
}

static enum rh_status on_exit(struct rh_context *ctx, struct root *root,
                              const struct rh_delivery *in)
{
    if (rh_pid_equal(in->from, root->agent)) {
        return agent_ended(ctx, root, &in->message);
    }
    if (rh_pid_equal(in->from, root->endpoint)) {
        return root->is_leaving
                   ? leave(ctx, root->code, rh_message_ref(root->reason))
                   : leave(ctx, RH_PROC_CODE_HOST_LOST, rh_message_ref(in->message));
    }
    return RH_OK;
}

static enum rh_status on_timeout(struct rh_context *ctx, struct root *root,
                                 const struct rh_message *what)
{
    struct rh_message silence = RH_ITEM(NULL, unheard);
    struct rh_message patience = RH_ITEM(NULL, late);
    if (root->is_leaving && rh_message_equal(what, &silence)) {
        return leave(ctx, root->code, rh_message_ref(root->reason));
    }
    if (!root->has_called && rh_message_equal(what, &patience)) {
        return leave(ctx, RH_PROC_CODE_HOST_LOST, rh_message_ref(*what));
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
    if (!asks || root->is_stopping || rh_pid_is_none(root->agent)) {
        return leave(ctx, 128 + (int64_t)number,
                     RH_ARRAY(rh_allocator_of(ctx), "signal", number));
    }
    root->is_stopping = true;
    enum rh_status status = rh_call(ctx, root->agent, RH_ARRAY(rh_allocator_of(ctx), "stop"),
                                    RH_NEVER, &root->stop);
    return status == RH_OK ? RH_OK : leave_for(ctx, status);
}

static enum rh_status on_io(struct rh_context *ctx, const struct rh_io *io)
{
    if (io->kind == RH_IO_EOF || io->kind == RH_IO_CLOSED) {
        return leave(ctx, RH_PROC_CODE_HOST_LOST, RH_ITEM(NULL, "host_gone"));
    }
    return RH_OK;
}

static enum rh_status root_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    struct root *root = state;
    const struct rh_proc *proc = rh_config(ctx);
    struct rh_outcome unused;
    if (rh_call_result(ctx, in, &root->stop, &unused)) {
        return RH_OK;
    }
    switch (in->kind) {
    case RH_DELIVERY_NODE_UP:
        return in->from.node == proc->identity.host && !root->has_called && !root->is_leaving
                   ? call_back(ctx, root)
                   : RH_OK;
    case RH_DELIVERY_DOWN:
        return root->is_leaving && rh_ref_equal(rh_delivery_ref(ctx, in), root->question)
                   ? leave(ctx, root->code, rh_message_ref(root->reason))
                   : RH_OK;
    case RH_DELIVERY_EXIT:
        return on_exit(ctx, root, in);
    case RH_DELIVERY_TIMEOUT:
        return on_timeout(ctx, root, &in->message);
    case RH_DELIVERY_USER:
        return on_signal(ctx, root, &in->message);
    case RH_DELIVERY_IO:
        return on_io(ctx, rh_delivery_io(ctx));
    default:
        return RH_OK;
    }
}

static void root_deinit(void *state, const void *config)
{
    struct root *root = state;
    (void)config;
    rh_message_unref(root->reason);
}

/* ---- what the driver calls ---- */

void rh_proc_init(struct rh_proc *proc, const struct rh_proc_identity *identity,
                  const struct rh_proc_options *options)
{
    *proc = (struct rh_proc){.identity = *identity, .options = *options};
    proc->identity.name = proc->identity.id + (identity->name - identity->id);
    proc->root = (struct rh_behaviour){.name = "root",
                                       .state_bytes = sizeof(struct root),
                                       .init = root_init,
                                       .receive = root_receive,
                                       .deinit = root_deinit,
                                       .config = proc};
}

enum rh_status rh_proc_start(struct rh_proc *proc, struct rh_node *node, rh_instant now,
                             struct rh_pid *ret_root, struct rh_ref *ret_stdio)
{
    enum rh_status status = rh_node_spawn(node, now, &proc->root, NULL, ret_root);
    return status == RH_OK ? rh_node_adopt(node, now, *ret_root, ret_stdio) : status;
}

struct rh_message rh_proc_signal(int number)
{
    return RH_ARRAY(NULL, "$signal", number);
}

bool rh_proc_is_exit(const struct rh_message *message, int64_t *ret_code,
                     struct rh_item *ret_reason)
{
    return RH_MATCH(message, "$exit", ret_code, ret_reason);
}
