/* SPDX-License-Identifier: MIT */
/* What a host says: replies, and texts as people want to read them. */
#include "core/host/internal.h"

/* ---- texts ---- */

void text_add_view(struct text *text, struct rh_text view)
{
    size_t room = sizeof text->bytes - text->size;
    size_t size = view.size;
    if (size > room) { /* cut it between two characters */
        size = room;
        while (size > 0 && ((unsigned char)view.bytes[size] & 0xc0U) == 0x80) {
            size--;
        }
    }
    if (size > 0) {
        memcpy(text->bytes + text->size, view.bytes, size);
        text->size += size;
    }
}

void text_add(struct text *text, const char *words)
{
    text_add_view(text, (struct rh_text){words, strlen(words)});
}

void text_add_int(struct text *text, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = number < 0 ? ~(uint64_t)number + 1 : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    text_add_view(text, (struct rh_text){digits + at, sizeof digits - at});
}

void text_add_item(struct text *text, struct rh_item item)
{
    char words[sizeof text->bytes + 8]; /* more than fits: it is cut where all text is */
    size_t size = rh_item_print(item, NULL, words, sizeof words);
    if (size >= sizeof words) {
        size = sizeof words - 1;
    }
    text_add_view(text, (struct rh_text){words, size});
}

struct rh_text text_view(const struct text *text)
{
    return (struct rh_text){text->bytes, text->size};
}

void text_add_tail(struct text *text, const struct proc *proc)
{
    char line[120];
    size_t size = proc->tail_bytes;
    while (size > 0 && proc->tail[size - 1] == '\n') {
        size--;
    }
    size_t skipped = size > sizeof(line) ? size - sizeof(line) : 0;
    for (size_t i = skipped; i < size; i++) {
        uint8_t byte = proc->tail[i];
        line[i - skipped] = (char)(byte == '\n' ? ';' : byte < 0x20 || byte > 0x7e ? '?' : byte);
    }
    if (size > 0) {
        text_add(text, skipped > 0 ? "; it said: ..." : "; it said: ");
        text_add_view(text, (struct rh_text){line, size - skipped});
    }
}

void text_add_status(struct text *text, const struct proc *proc)
{
    switch (proc->status) {
    case RH_PROC_STOPPED:
        text_add(text, "Stopped(exit=");
        text_add_int(text, proc->number);
        if (proc->why.size > 0) {
            text_add(text, ", ");
            text_add_view(text, text_view(&proc->why));
        }
        break;
    case RH_PROC_KILLED:
        text_add(text, "Killed(sig=");
        text_add_int(text, proc->number);
        break;
    case RH_PROC_FAILED:
        text_add(text, "Failed(");
        text_add_view(text, text_view(&proc->why));
        break;
    default:
        text_add(text, rh_proc_status_word(proc->status));
        return;
    }
    text_add(text, ")");
}

/* ---- messages ---- */

void build_status(struct rh_builder *builder, const struct proc *proc)
{
    const char *word = rh_proc_status_word(proc->status);
    if (!proc_status_is_terminal(proc->status)) {
        rh_build_text(builder, word, strlen(word));
        return;
    }
    rh_build_array(builder, 2);
    rh_build_text(builder, word, strlen(word));
    if (proc->status == RH_PROC_FAILED) {
        rh_build_text(builder, proc->why.bytes, proc->why.size);
    } else {
        rh_build_int(builder, proc->number);
    }
}

void build_begin(const struct rh_context *ctx, struct rh_builder *builder, size_t items)
{
    rh_builder_init(builder, rh_allocator_of(ctx), rh_limits_of(ctx)->message_bytes_max);
    rh_build_array(builder, items);
}

void build_words(struct rh_builder *builder, const char *words)
{
    rh_build_text(builder, words, strlen(words));
}

struct rh_message reply_status(const struct rh_context *ctx, const struct proc *proc)
{
    struct rh_builder builder;
    build_begin(ctx, &builder, 2);
    build_words(&builder, "ok");
    build_status(&builder, proc);
    return rh_build_finish(&builder);
}

#define X(identifier, word, sentence) sentence,
static const char *const sentences[] = {RH_HOST_ERROR_MAP(X)};
#undef X

void text_add_error(struct text *text, enum rh_host_error error, struct rh_text name)
{
    const char *sentence = sentences[error];
    const char *mark = memchr(sentence, '%', strlen(sentence));
    if (mark == NULL) {
        text_add(text, sentence);
        return;
    }
    text_add_view(text, (struct rh_text){sentence, (size_t)(mark - sentence)});
    text_add_view(text, name);
    text_add(text, mark + 1);
}

struct rh_message reply_error(const struct rh_context *ctx, enum rh_host_error error,
                              struct rh_text name, const struct text *why)
{
    struct text text = {.size = 0};
    text_add_error(&text, error, name);
    if (why != NULL && why->size > 0) {
        text_add(&text, ": ");
        text_add_view(&text, text_view(why));
    }
    return RH_ARRAY(rh_allocator_of(ctx), "error", rh_host_error_word(error), text_view(&text));
}

struct rh_message reply_ended(const struct rh_context *ctx, enum rh_host_error error,
                              const struct proc *proc)
{
    struct text text = {.size = 0};
    text_add_error(&text, error, proc_name(proc));
    text_add(&text, " (status: ");
    text_add_status(&text, proc);
    text_add(&text, ")");
    struct rh_builder builder;
    build_begin(ctx, &builder, 4);
    build_words(&builder, "error");
    build_words(&builder, rh_host_error_word(error));
    rh_build_text(&builder, text.bytes, text.size);
    build_status(&builder, proc);
    return rh_build_finish(&builder);
}

struct rh_message reply_refused(const struct rh_context *ctx, enum rh_status status)
{
    enum rh_host_error error =
        status == RH_NO_MEMORY ? RH_HOST_ERROR_NO_MEMORY : RH_HOST_ERROR_LIMIT;
    return reply_error(ctx, error, (struct rh_text){"", 0}, NULL);
}

struct rh_message reply_ok(const struct rh_context *ctx)
{
    return RH_ITEM(rh_allocator_of(ctx), "ok");
}

void host_refuse(struct rh_context *ctx, struct host *host, struct rh_ref call,
                 enum rh_host_error error, struct rh_text name)
{
    host_answer(ctx, host, call, reply_error(ctx, error, name, NULL));
}

struct rh_message reply_or_failure(struct rh_message reply)
{
    enum rh_status failure = rh_message_status(reply);
    if (failure == RH_OK) {
        return reply;
    }
    rh_message_unref(reply);
    return RH_ARRAY(NULL, "error", failure == RH_NO_MEMORY ? "no_memory" : "limit", "");
}

enum rh_status reply_send(struct rh_context *ctx, struct rh_ref call, struct rh_message reply)
{
    enum rh_status status = rh_reply(ctx, call, reply_or_failure(reply));
    if (status == RH_LIMIT) { /* it may have been the size */
        status = rh_reply(ctx, call, RH_ARRAY(NULL, "error", "limit", ""));
    }
    bool is_ours = status == RH_NO_MEMORY || status == RH_LIMIT || status == RH_EXHAUSTED;
    return is_ours ? status : RH_OK;
}

void host_answer(struct rh_context *ctx, struct host *host, struct rh_ref call,
                 struct rh_message reply)
{
    enum rh_status status = reply_send(ctx, call, reply);
    if (status != RH_OK && host->broken == RH_OK) {
        host->broken = status;
    }
}
