/* SPDX-License-Identifier: MIT */
#include "core/host/status.h"

#define X(identifier, word) word,
static const char *const status_words[] = {RH_PROC_STATUS_MAP(X)};
#undef X
#define X(identifier, word, sentence) word,
static const char *const error_words[] = {RH_HOST_ERROR_MAP(X)};
#undef X
#define X(identifier, word, ...) word,
static const char *const event_words[] = {PROC_EVENT_MAP(X)};
#undef X

static const uint8_t moves[PROC_EVENT_COUNT][RH_PROC_STATUS_COUNT] = {
#define X(identifier, word, starting, running, ready, stopping, stopped, killed, failed)           \
    {PROC_MOVE_##starting, PROC_MOVE_##running, PROC_MOVE_##ready, PROC_MOVE_##stopping,           \
     PROC_MOVE_##stopped,  PROC_MOVE_##killed,  PROC_MOVE_##failed},
    PROC_EVENT_MAP(X)
#undef X
};

const char *rh_proc_status_word(enum rh_proc_status status)
{
    return (unsigned)status < RH_PROC_STATUS_COUNT ? status_words[status] : "unknown_status";
}

enum rh_proc_status rh_proc_status_find(struct rh_text word)
{
    unsigned status = 0;
    while (status < RH_PROC_STATUS_COUNT &&
           !(strlen(status_words[status]) == word.size &&
             memcmp(status_words[status], word.bytes, word.size) == 0)) {
        status++;
    }
    return (enum rh_proc_status)status;
}

const char *rh_host_error_word(enum rh_host_error error)
{
    return (unsigned)error < RH_HOST_ERROR_COUNT ? error_words[error] : "unknown_error";
}

const char *proc_event_word(enum proc_event_kind kind)
{
    return (unsigned)kind < PROC_EVENT_COUNT ? event_words[kind] : "unknown_event";
}

enum proc_move proc_move(enum rh_proc_status status, enum proc_event_kind kind)
{
    return (enum proc_move)moves[kind][status];
}
