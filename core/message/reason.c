/* SPDX-License-Identifier: MIT */
/* A reason travels through links, monitors and wires unchanged; only its class is ever decided upon.
 * Truncating keeps the class, and says that it truncated: only ["shutdown", …] and the unclassified
 * can be long, so the replacement has at most 20 bytes and is inline whatever the limit is. */
#include <rehearse/reason.h>

/* Each word as the message that it is: laid out as struct rh_message_small, to be copied as a whole. */
struct word {
    uint8_t size;
    uint8_t head;
    char text[RH_MESSAGE_INLINE_BYTES - 1];
};

_Static_assert(sizeof(struct word) == sizeof(struct rh_message), "a word is a whole handle");

static const struct word words[] = {
#define X(identifier, word) {sizeof(word), 0x60 | (sizeof(word) - 1), word},
    RH_REASON_MAP(X)
#undef X
};

const char *rh_reason_word(enum rh_reason_class reason_class)
{
    return words[reason_class < RH_REASON_COUNT ? reason_class : RH_REASON_ERROR].text;
}

enum rh_reason_class rh_reason_class(const struct rh_message *reason)
{
    size_t size;
    const uint8_t *bytes = rh_message_bytes(reason, &size);
    for (enum rh_reason_class i = RH_REASON_NORMAL; i < RH_REASON_COUNT; i++) {
        if (words[i].size == size && memcmp((const uint8_t *)&words[i] + 1, bytes, size) == 0) {
            return i;
        }
    }
    return RH_MATCH(reason, "shutdown", RH_ANY) ? RH_REASON_SHUTDOWN : RH_REASON_ERROR;
}

struct rh_message rh_reason(enum rh_reason_class reason_class)
{
    struct rh_message reason;
    memcpy(&reason, &words[reason_class < RH_REASON_COUNT ? reason_class : RH_REASON_ERROR],
           sizeof(reason));
    return reason;
}

struct rh_message rh_reason_limit(struct rh_message reason, uint32_t reason_bytes_max)
{
    size_t size = rh_message_size(&reason);
    if (size == 0) {
        enum rh_status status = rh_message_status(reason);
        return RH_ARRAY(NULL, "error", rh_status_word(status == RH_OK ? RH_INVALID : status));
    }
    if (size <= reason_bytes_max) {
        return reason;
    }
    enum rh_reason_class reason_class = rh_reason_class(&reason);
    struct rh_message word = rh_reason(reason_class);
    if (rh_message_equal(&reason, &word)) {
        return reason;
    }
    rh_message_unref(reason);
    return RH_ARRAY(NULL, rh_reason_word(reason_class), "truncated");
}
