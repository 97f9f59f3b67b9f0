/* SPDX-License-Identifier: MIT */
/* Short phrases that start with the verb, because in a column of an actor the actor is known. An arrow is a signal and
 * points where it goes; its word stands only where it is not a message. ASCII, so that a log is a log everywhere. */
#include "harness/trace/print.h"

#include <string.h>

struct line {
    const struct rh_print_names *names;
    char *buffer;
    size_t capacity;
    size_t length;
};

/* Of ASCII, and either byte of one of the second set (U+0080 to U+009F), which begins a sequence in some terminals. */
static bool is_control(const char *bytes, size_t at, size_t size)
{
    unsigned char byte = (unsigned char)bytes[at];
    bool is_head = byte == 0xC2 && at + 1 < size && ((unsigned char)bytes[at + 1] & 0xE0U) == 0x80;
    bool is_tail = (byte & 0xE0U) == 0x80 && at > 0 && (unsigned char)bytes[at - 1] == 0xC2;
    return byte < 0x20 || byte == 0x7f || is_head || is_tail;
}

static void put_bytes(struct line *line, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size && line->length + i < line->capacity; i++) {
        line->buffer[line->length + i] = is_control(bytes, i, size) ? '.' : bytes[i];
    }
    line->length += size;
}

static void put(struct line *line, const char *text)
{
    put_bytes(line, text, strlen(text));
}

static void put_uint(struct line *line, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    put_bytes(line, digits + at, sizeof digits - at);
}

/* What is left of the buffer, for printers that keep snprintf's contract. */
static char *rest(const struct line *line, size_t *ret_capacity)
{
    bool has_room = line->length < line->capacity;
    *ret_capacity = has_room ? line->capacity - line->length : 0;
    return has_room ? line->buffer + line->length : NULL;
}

static void put_actor(struct line *line, uint32_t index)
{
    size_t capacity;
    char *at = rest(line, &capacity);
    struct rh_pid pid = {0, 0, index, index == 0 ? 0 : 1};
    line->length += line->names->pid(line->names->self, pid, at, capacity);
}

static void put_item(struct line *line, const char *before, struct rh_item item)
{
    if (item.size == 0) {
        return;
    }
    size_t capacity;
    put(line, before);
    char *at = rest(line, &capacity);
    line->length += rh_item_print(item, line->names, at, capacity);
}

static void put_name(struct line *line, const char *before, struct rh_text name)
{
    if (name.bytes != NULL) {
        put(line, before);
        put_bytes(line, name.bytes, name.size);
    }
}

static void put_time(struct line *line, rh_duration time)
{
    char text[40];
    rh_trace_print_time(time, text, sizeof text);
    put(line, text);
}

static void put_why(struct line *line, const struct rh_trace_item *item)
{
    if (item->why != RH_WHY_NONE) {
        put(line, ": ");
        put(line, rh_why_word(item->why));
    }
}

/* What connections ask for has references of its own, from here on: "#r0" is the first of them. */
#define REMOTE_FIRST (UINT64_C(1) << 56)
#define REMOTE_LAST ((UINT64_C(1) << 59) - 1)

static void put_number(struct line *line, const char *before, uint64_t ordinal)
{
    bool is_remote = ordinal >= REMOTE_FIRST && ordinal <= REMOTE_LAST;
    put(line, before);
    put(line, is_remote ? "r" : "");
    put_uint(line, is_remote ? ordinal - REMOTE_FIRST : ordinal);
}

static size_t finish(struct line *line)
{
    if (line->capacity > 0) {
        size_t end = line->length < line->capacity ? line->length : line->capacity - 1;
        line->buffer[end] = '\0';
    }
    return line->length;
}

void rh_trace_put_text(FILE *out, struct rh_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        (void)fputc(is_control(text.bytes, i, text.size) ? '.' : text.bytes[i], out);
    }
}

size_t rh_trace_print_name(void *reader, struct rh_pid pid, char *buffer, size_t capacity)
{
    struct rh_text name = rh_trace_name(reader, pid.slot);
    struct line line = {.buffer = buffer, .capacity = capacity};
    put_bytes(&line, name.bytes, name.size);
    return finish(&line);
}

/* ---- signals ---- */

/* "who [payload]", with the signal's word unless it is a message. */
static void put_signal(struct line *line, const struct rh_trace_item *item)
{
    if (item->peer != 0) {
        put(line, " ");
        put_actor(line, item->peer);
    }
    if (item->signal != RH_SIGNAL_MESSAGE) {
        put(line, " ");
        put(line, rh_signal_kind_word(item->signal));
    }
    put_item(line, " ", item->message);
}

static void put_send(struct line *line, const struct rh_trace_item *item)
{
    bool refused = item->kind == RH_EVENT_REFUSE;
    put(line, refused ? "-x" : "->");
    if (item->name.bytes != NULL && item->peer == 0) {
        put_name(line, " name ", item->name);
    }
    put_signal(line, item);
    if (item->signal == RH_SIGNAL_MESSAGE && item->ordinal != 0) {
        put_number(line, " by alias #", item->ordinal);
    }
    if (refused) {
        put(line, ": ");
        put(line, rh_status_word(item->status));
    } else if (item->why == RH_WHY_FAULT) {
        put(line, " (duplicate)");
    }
}

static void put_handle(struct line *line, const struct rh_trace_item *item)
{
    switch (item->signal) {
    case RH_SIGNAL_START:
        put(line, "starts");
        break;
    case RH_SIGNAL_RECEIVE_TIMER:
        put(line, "gives up waiting");
        break;
    default:
        put(line, "<-");
        put_signal(line, item);
        break;
    }
    if (item->kind == RH_EVENT_PUT) {
        put(line, " into mailbox");
    }
}

/* The reason first: it is what a cut cell has to keep. */
static void put_dropped(struct line *line, const struct rh_trace_item *item, const char *verb)
{
    put(line, verb);
    if (item->why != RH_WHY_NONE) {
        put(line, " (");
        put(line, rh_why_word(item->why));
        put(line, ")");
    }
    put_signal(line, item);
}

static void put_exit(struct line *line, const struct rh_trace_item *item)
{
    put(line, "exits");
    put_item(line, ": ", item->message);
    if (item->peer != 0 && item->peer != item->actor) {
        put(line, " (from ");
        put_actor(line, item->peer);
        put(line, ")");
    }
}

static void put_signal_event(struct line *line, const struct rh_trace_item *item)
{
    switch (item->kind) {
    case RH_EVENT_SEND:
    case RH_EVENT_REFUSE:
        put_send(line, item);
        break;
    case RH_EVENT_TAKE:
        put(line, "takes");
        put_signal(line, item);
        break;
    case RH_EVENT_DISCARD:
        put_dropped(line, item, "discards");
        break;
    case RH_EVENT_DROP:
        put_dropped(line, item, "drops");
        break;
    case RH_EVENT_RETURN:
        put_dropped(line, item, "returns to");
        break;
    default:
        put_handle(line, item);
        break;
    }
}

/* ---- tables ---- */

/* "verb who #n: why" */
static void put_relation(struct line *line, const struct rh_trace_item *item, const char *verb)
{
    put(line, verb);
    put_actor(line, item->peer);
    if (item->ordinal != 0) {
        put_number(line, " #", item->ordinal);
    }
    put_name(line, " as ", item->name);
    put_why(line, item);
}

static void put_owned(struct line *line, const struct rh_trace_item *item, const char *verb)
{
    put(line, verb);
    if (item->name.bytes != NULL) {
        put_name(line, "", item->name);
    } else {
        put_number(line, "#", item->ordinal);
    }
    put_why(line, item);
}

static void put_timer(struct line *line, const struct rh_trace_item *item)
{
    put(line, item->kind == RH_EVENT_TIMER_SET      ? "sets"
              : item->kind == RH_EVENT_TIMER_CANCEL ? "cancels"
                                                    : "is due:");
    put_number(line, " timer #", item->ordinal);
    if (item->peer != 0 && item->peer != item->actor) {
        put(line, " for ");
        put_actor(line, item->peer);
    }
    put_name(line, " for name ", item->name);
    if (item->kind == RH_EVENT_TIMER_SET) {
        put(line, " at ");
        put_time(line, item->due);
    }
    put_item(line, " ", item->message);
}

static void put_wait(struct line *line, const struct rh_trace_item *item)
{
    if (item->kind == RH_EVENT_WAIT_END) {
        put(line, "waits no more");
        put_why(line, item);
        return;
    }
    put(line, "waits");
    if (item->due != RH_NEVER) {
        put(line, " until ");
        put_time(line, item->due);
    }
}

static void put_table_event(struct line *line, const struct rh_trace_item *item)
{
    switch (item->kind) {
    case RH_EVENT_LINK_ADD:
        put_relation(line, item, "linked with ");
        break;
    case RH_EVENT_LINK_REMOVE:
        put_relation(line, item, "no link with ");
        break;
    case RH_EVENT_MONITOR_ADD:
        put_relation(line, item, "monitors ");
        break;
    case RH_EVENT_MONITOR_REMOVE:
        put_relation(line, item, "no monitor of ");
        break;
    case RH_EVENT_WATCH_ADD:
        put_relation(line, item, "monitored by ");
        break;
    case RH_EVENT_WATCH_REMOVE:
        put_relation(line, item, "not monitored by ");
        break;
    case RH_EVENT_NAME_ADD:
        put_owned(line, item, "is registered as ");
        break;
    case RH_EVENT_NAME_REMOVE:
        put_owned(line, item, "gives up the name ");
        break;
    case RH_EVENT_ALIAS_OPEN:
        put_owned(line, item, "opens alias ");
        break;
    case RH_EVENT_ALIAS_CLOSE:
        put_owned(line, item, "closes alias ");
        break;
    case RH_EVENT_GROUP_ADD:
        put_owned(line, item, "joins ");
        break;
    default:
        put_owned(line, item, "leaves ");
        break;
    }
}

/* ---- other nodes ---- */

static void put_numbered(struct line *line, const struct rh_trace_item *item, const char *verb,
                         const char *number)
{
    put(line, verb);
    if (item->peer != 0) {
        put_actor(line, item->peer);
    }
    if (item->number != 0) {
        put_number(line, number, item->number);
    }
    put_name(line, ": ", item->name);
    put_item(line, ": ", item->message);
}

static void put_remote_event(struct line *line, const struct rh_trace_item *item)
{
    switch (item->kind) {
    case RH_EVENT_DEPART:
        put(line, "=>");
        put_signal(line, item);
        break;
    case RH_EVENT_ARRIVE:
        put(line, "=> arrives:");
        put_signal(line, item);
        break;
    case RH_EVENT_LOSE:
        put_dropped(line, item, "=> lost");
        break;
    case RH_EVENT_CONNECTION_UP:
        put_numbered(line, item, "is connected", ", generation ");
        break;
    case RH_EVENT_CONNECTION_DOWN:
        put_numbered(line, item, "is connected no more", ", generation ");
        break;
    case RH_EVENT_PROXY_ADD:
        put_numbered(line, item, "knows ", " as number ");
        break;
    case RH_EVENT_PROXY_REMOVE:
        put_numbered(line, item, "knows no more of ", ", number ");
        break;
    case RH_EVENT_EXPORT_ADD:
        put_numbered(line, item, "is known to ", " as number ");
        break;
    case RH_EVENT_EXPORT_REMOVE:
        put_numbered(line, item, "is known no more to ", ", number ");
        break;
    default:
        put_name(line, "bad frame: ", item->name);
        break;
    }
}

/* ---- all of them ---- */

static void put_spawn(struct line *line, const struct rh_trace_item *item)
{
    put(line, "is spawned");
    if (item->peer != 0) {
        put(line, " by ");
        put_actor(line, item->peer);
    }
    put_name(line, ", ", item->name);
}

/* A handle is a reference: whose, if not the actor's own, and which. */
static void put_handle_of(struct line *line, const struct rh_trace_item *item)
{
    put(line, " ");
    if (item->peer != item->actor) {
        put_actor(line, item->peer);
    }
    put_number(line, "#", item->ordinal);
    if (item->number != 0) {
        put_number(line, ", ", item->number);
    }
}

static void put_effect(struct line *line, const struct rh_trace_item *item)
{
    put_name(line, "effect ", item->name);
    put_handle_of(line, item);
    put_why(line, item);
    if (item->status != RH_OK) {
        put(line, ", a fault cannot: ");
        put(line, rh_status_word(item->status));
    }
}

static void put_input(struct line *line, const struct rh_trace_item *item)
{
    if (item->signal == RH_SIGNAL_IO) {
        put_name(line, "hears ", item->name);
        put_handle_of(line, item);
        return;
    }
    put(line, item->message.size == 0 ? "acts" : "<- input");
    put_item(line, " ", item->message);
}

static void put_event(struct line *line, const struct rh_trace_item *item)
{
    switch (item->kind) {
    case RH_EVENT_SPAWN:
        put_spawn(line, item);
        break;
    case RH_EVENT_TURN_END:
        put(line, "turn ends: ");
        put(line, rh_status_word(item->status));
        break;
    case RH_EVENT_EXIT:
        put_exit(line, item);
        break;
    case RH_EVENT_EXIT_END:
        put(line, "is gone");
        break;
    case RH_EVENT_TIMER_SET:
    case RH_EVENT_TIMER_CANCEL:
    case RH_EVENT_TIMER_FIRE:
        put_timer(line, item);
        break;
    case RH_EVENT_TRAP:
        put(line, item->number != 0 ? "traps exits" : "traps exits no more");
        break;
    case RH_EVENT_WAIT:
    case RH_EVENT_WAIT_END:
        put_wait(line, item);
        break;
    case RH_EVENT_INPUT:
        put_input(line, item);
        break;
    case RH_EVENT_EFFECT:
        put_effect(line, item);
        break;
    case RH_EVENT_NODE_END:
        put_name(line, "node ends: ", item->name);
        break;
    case RH_EVENT_OUTPUT:
        put_item(line, "says ", item->message);
        break;
    case RH_EVENT_MARK:
        put_name(line, "marks ", item->name);
        put_item(line, " ", item->message);
        break;
    case RH_EVENT_LIMIT:
        put_name(line, "reaches the limit ", item->name);
        break;
    case RH_EVENT_FLUSH:
        put_number(line, "flushes ", item->number);
        put(line, item->number == 1 ? " notice" : " notices");
        break;
    case RH_EVENT_CAP:
        put_number(line, "lets wait at most ", item->number);
        break;
    case RH_EVENT_SEND:
    case RH_EVENT_REFUSE:
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
    case RH_EVENT_TAKE:
    case RH_EVENT_DISCARD:
    case RH_EVENT_DROP:
    case RH_EVENT_RETURN:
        put_signal_event(line, item);
        break;
    default:
        put_table_event(line, item);
        break;
    }
}

static void put_footer(struct line *line, const struct rh_trace_result *result)
{
    put(line, "the run ends: ");
    put(line, rh_end_word(result->end));
    put(line, ", ");
    put(line, rh_verdict_word(result->verdict));
    if (result->has_violation) {
        put_name(line, ", ", result->invariant);
    }
}

static void put_decision(struct line *line, const struct rh_decision *decision)
{
    put(line, "decision ");
    put(line, rh_site_word(decision->site));
    put(line, ": ");
    put_uint(line, (uint64_t)decision->chosen + 1);
    put(line, " of ");
    put_uint(line, decision->count);
}

/* The reason of a crash is "crash" unless somebody chose another. */
static void put_fault(struct line *line, const struct rh_trace_item *item)
{
    struct rh_reader reader;
    struct rh_text reason = {NULL, 0};
    put_name(line, "! ", item->name);
    rh_reader_item(&reader, item->message);
    bool says_no_more = rh_read_kind(&reader) == RH_KIND_TEXT && rh_read_text(&reader, &reason) &&
                        reason.size == item->name.size &&
                        memcmp(reason.bytes, item->name.bytes, reason.size) == 0;
    if (!says_no_more) {
        put_item(line, ": ", item->message);
    }
}

/* "n1>n2#1 brings 12 bytes": the arrow of the name is the way it came. */
static void put_pipe(struct line *line, const struct rh_trace_item *item)
{
    static const struct {
        const char *news;
        const char *says;
    } sentences[] = {
        {"opened", " is open"},       {"accepted", " is accepted"}, {"bytes", " brings "},
        {"written", " has taken "},   {"eof", " brings no more"},   {"started", " runs as node "},
        {"stderr", " complains in "}, {"exited", " ends with "},    {"closed", " is closed: "},
    };
    size_t i = 0;
    put_name(line, "", item->name);
    while (i + 1 < sizeof sentences / sizeof sentences[0] &&
           (strlen(sentences[i].news) != item->news.size ||
            memcmp(sentences[i].news, item->news.bytes, item->news.size) != 0)) {
        i++;
    }
    put(line, sentences[i].says);
    if (item->detail.bytes != NULL) {
        put_name(line, "", item->detail);
    } else if (sentences[i].says[strlen(sentences[i].says) - 1] == ' ') {
        put_uint(line, item->number);
        bool counts = item->news.bytes[0] == 'b' || item->news.bytes[0] == 'w';
        put(line, !counts ? "" : item->number == 1 ? " byte" : " bytes");
    }
}

static void put_any(struct line *line, const struct rh_trace_item *item)
{
    switch (item->code) {
    case RH_TRACE_STEP:
        put(line, item->source == 0 ? "step" : "step from outside");
        break;
    case RH_TRACE_TIME:
        put(line, "time passes");
        break;
    case RH_TRACE_NAME:
        put_name(line, "first mention of ", item->name);
        break;
    case RH_TRACE_DECISION:
        put_decision(line, &item->decision);
        break;
    case RH_TRACE_FAULT:
        put_fault(line, item);
        break;
    case RH_TRACE_PHASE:
        put_name(line, "phase: ", item->name);
        break;
    case RH_TRACE_PIPE:
        put_pipe(line, item);
        break;
    case RH_TRACE_DIGEST:
        put(line, "digest of everything before");
        break;
    case RH_TRACE_FOOTER:
        put_footer(line, &item->result);
        break;
    default:
        if (item->kind >= RH_EVENT_DEPART && item->kind <= RH_EVENT_FRAME_BAD) {
            put_remote_event(line, item);
        } else {
            put_event(line, item);
        }
        break;
    }
}

size_t rh_trace_print(const struct rh_trace_item *item, const struct rh_print_names *names,
                      char *buffer, size_t capacity)
{
    struct line line = {names, buffer, capacity, 0};
    put_any(&line, item);
    return finish(&line);
}

size_t rh_trace_print_line(const struct rh_trace_item *item, const struct rh_print_names *names,
                           char *buffer, size_t capacity)
{
    struct line line = {names, buffer, capacity, 0};
    uint32_t column = rh_trace_column(item);
    put(&line, "step ");
    put_uint(&line, item->step);
    put(&line, ", ");
    if (item->now == 0) {
        put(&line, "0ns"); /* beside a step, a bare 0 says nothing */
    } else {
        put_time(&line, item->now);
    }
    put(&line, ", ");
    if (column != 0) {
        put_actor(&line, column);
        put(&line, ": ");
    }
    put_any(&line, item);
    return finish(&line);
}

size_t rh_trace_print_time(rh_duration time, char *buffer, size_t capacity)
{
    static const struct {
        rh_duration unit;
        const char *word;
    } units[] = {{RH_SECOND, "s"}, {RH_MILLISECOND, "ms"}, {RH_MICROSECOND, "us"}, {1, "ns"}};
    struct line line = {NULL, buffer, capacity, 0};
    size_t i = 0;
    if (time == RH_NEVER || time == 0) {
        put(&line, time == 0 ? "0" : "never");
        return finish(&line);
    }
    while (time < units[i].unit) {
        i++;
    }
    put_uint(&line, time / units[i].unit);
    rh_duration fraction = time % units[i].unit;
    if (fraction != 0) {
        put(&line, ".");
    }
    for (rh_duration digit = units[i].unit / 10; fraction != 0; digit /= 10) {
        put_uint(&line, fraction / digit);
        fraction %= digit;
    }
    put(&line, units[i].word);
    return finish(&line);
}

uint32_t rh_trace_column(const struct rh_trace_item *item)
{
    bool of_actor =
        item->code == RH_TRACE_EVENT || item->code == RH_TRACE_FAULT || item->code == RH_TRACE_PIPE;
    return of_actor ? item->actor : 0;
}

bool rh_trace_matters(const struct rh_trace_item *item)
{
    switch (item->code) {
    case RH_TRACE_EVENT:
        break;
    case RH_TRACE_FAULT:
    case RH_TRACE_PHASE:
    case RH_TRACE_PIPE:
    case RH_TRACE_FOOTER:
        return true;
    default:
        return false;
    }
    switch (item->kind) {
    case RH_EVENT_SEND:
        return item->signal != RH_SIGNAL_START;
    case RH_EVENT_TURN_END: /* the exit that follows says more */
        return item->status != RH_EXITED;
    case RH_EVENT_EXIT_END:
    case RH_EVENT_LINK_ADD:
    case RH_EVENT_LINK_REMOVE:
    case RH_EVENT_MONITOR_REMOVE:
    case RH_EVENT_WATCH_ADD:
    case RH_EVENT_WATCH_REMOVE:
    case RH_EVENT_WAIT_END:
        return false;
    default:
        return true;
    }
}
