/* SPDX-License-Identifier: MIT */
/* A reason travels through links, monitors and wires unchanged; only its class is ever decided upon.
 * Truncating keeps the class, and says that it truncated: only ["shutdown", …] and the unclassified
 * can be long, so the replacement has at most 20 bytes and is inline whatever the limit is. */
#include <rehearse/reason.h>

static const char *const words[] = {
#define X(identifier, word) word,
    RH_REASON_MAP(X)
#undef X
};

const char *rh_reason_word(enum rh_reason_class reason_class)
{
    return reason_class < RH_REASON_COUNT ? words[reason_class] : words[RH_REASON_ERROR];
}

static enum rh_reason_class class_of_text(struct rh_text text)
{
    for (enum rh_reason_class i = RH_REASON_NORMAL; i < RH_REASON_COUNT; i++) {
        if (strlen(words[i]) == text.size && memcmp(words[i], text.bytes, text.size) == 0) {
            return i;
        }
    }
    return RH_REASON_ERROR;
}

enum rh_reason_class rh_reason_class(const struct rh_message *reason)
{
    struct rh_reader reader;
    struct rh_text text;
    rh_reader_message(&reader, reason);
    if (rh_read_kind(&reader) == RH_KIND_TEXT && rh_read_text(&reader, &text)) {
        return class_of_text(text);
    }
    return RH_MATCH(reason, "shutdown", RH_ANY) ? RH_REASON_SHUTDOWN : RH_REASON_ERROR;
}

struct rh_message rh_reason(enum rh_reason_class reason_class)
{
    return RH_ITEM(NULL, rh_reason_word(reason_class));
}

struct rh_message rh_reason_limit(struct rh_message reason, uint32_t reason_bytes_max)
{
    size_t size = rh_message_size(&reason);
    if (size == 0) {
        enum rh_status status = rh_message_status(reason);
        return RH_ARRAY(NULL, "error", rh_status_word(status == RH_OK ? RH_INVALID : status));
    }
    enum rh_reason_class reason_class = rh_reason_class(&reason);
    struct rh_message word = rh_reason(reason_class);
    if (size <= reason_bytes_max || rh_message_equal(&reason, &word)) {
        return reason;
    }
    rh_message_unref(reason);
    return RH_ARRAY(NULL, rh_reason_word(reason_class), "truncated");
}
