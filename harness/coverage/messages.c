/* SPDX-License-Identifier: MIT */
/* Who has handled what: signals by their kind, messages also by the word that they begin with. */
#include "harness/coverage/internal.h"

#include <string.h>

#define TAG_BYTES_MAX 40u

static bool read_tag(struct rh_reader *reader, struct rh_text *ret_tag)
{
    size_t count = 0;
    if (rh_read_kind(reader) == RH_KIND_ARRAY && !rh_read_array(reader, &count)) {
        return false;
    }
    return rh_read_text(reader, ret_tag);
}

static bool is_word(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

/* ["$call", reference, request] and ["$cast", request] */
static bool read_request(struct rh_reader *reader, struct rh_text verb, struct rh_text *ret_tag)
{
    struct rh_ref reference;
    bool is_request =
        is_word(verb, "$call") ? rh_read_ref(reader, &reference) : is_word(verb, "$cast");
    return is_request && read_tag(reader, ret_tag);
}

struct rh_text message_tag(const struct rh_message *message)
{
    struct rh_reader reader;
    struct rh_text tag = {NULL, 0};
    rh_reader_message(&reader, message);
    if (!read_tag(&reader, &tag)) {
        return (struct rh_text){NULL, 0};
    }
    struct rh_text request = {NULL, 0};
    if (read_request(&reader, tag, &request)) {
        tag = request;
    }
    tag.size = tag.size < TAG_BYTES_MAX ? tag.size : TAG_BYTES_MAX;
    return tag;
}

void message_key(char key[KEY_BYTES], const char *behaviour, enum rh_signal_kind signal,
                 struct rh_text tag)
{
    if (tag.size > 0) {
        (void)snprintf(key, KEY_BYTES, "%s: [%.*s]", behaviour, (int)tag.size, tag.bytes);
    } else {
        (void)snprintf(key, KEY_BYTES, "%s: %s", behaviour, rh_signal_kind_word(signal));
    }
}

/* ---- what there is ---- */

/* What the behaviours that come along understand: kinds of signals, and in brackets the words that messages begin with.
 * Every live actor is asked for links and monitors as well; that is no matter of its behaviour. */
static const struct vocabulary {
    const char *behaviour;
    const char *words[26];
} vocabularies[] = {
    {"echo", {"START", "MESSAGE"}},
    {"forward", {"START", "MESSAGE"}},
    {"ring", {"START", "[token]"}},
    {"broadcaster", {"START", "MESSAGE"}},
    {"sink",
     {"START", "MESSAGE", "EXIT", "EXIT2", "DOWN", "TIMER", "UNDELIVERABLE", "GROUP_JOIN",
      "GROUP_LEAVE", "NODE_UP", "NODE_DOWN", "LIVENESS", "SPAWN_REPLY", "USER"}},
    {"collect", {"START", "MESSAGE"}},
    {"counter", {"START", "[add]", "[get]"}},
    {"crasher", {"START", "MESSAGE"}},
    {"pinger", {"START", "[pong]"}},
    {"ponger", {"START", "[ping]"}},
    {"client", {"START", "MESSAGE", "DOWN", "TIMER"}},
    {"server", {"START", "MESSAGE", "TIMER", "[stop]"}},
    {"worker", {"START", "[job]", "[crash]"}},
    {"sender", {"START", "MESSAGE"}},
    {"ticker", {"START", "TIMER"}},
    {"conversation",
     {"START", "EXIT", "EXIT2", "DOWN", "TIMER", "UNDELIVERABLE", "LIVENESS", "[send]", "[receive]",
      "[receive_of]", "[ask]", "[await_exit]", "[compensate]", "[close]", "[query]"}},
    {"conversation_actor",
     {"START", "EXIT", "EXIT2", "DOWN", "TIMER", "[send]", "[receive]", "[receive_of]", "[ask]",
      "[await_exit]", "[compensate]", "[close]", "[query]"}},
    {"dispatcher", {"START", "DOWN", "TIMER", "[dispatch]"}},
    {"supervisor",
     {"START", "EXIT", "EXIT2", "DOWN", "TIMER", "[$start]", "[start_child]", "[terminate_child]",
      "[restart_child]", "[delete_child]", "[which_children]", "[count_children]"}},
    {"host", {"START",           "EXIT",          "EXIT2",       "DOWN",        "IO",
              "TIMER",           "UNDELIVERABLE", "GROUP_JOIN",  "GROUP_LEAVE", "[$callback]",
              "[$route]",        "[spawn]",       "[ready]",     "[wait]",      "[status]",
              "[info]",          "[list]",        "[terminate]", "[kill]",      "[request_stop]",
              "[terminate_all]", "[shutdown]",    "[bind]",      "[unbind]",    "[bind_exact]"}},
    {"agent",
     {"START", "EXIT", "EXIT2", "UNDELIVERABLE", "[$accepted]", "[$route]", "[start]", "[list]",
      "[status]", "[drain]", "[stop]"}},
    {"root", {"START", "EXIT", "EXIT2", "DOWN", "IO", "NODE_UP", "USER"}},
    {"endpoint", {"START", "IO", "TIMER", "EXIT", "EXIT2"}},
    {"listener", {"START", "IO", "EXIT", "EXIT2"}},
};

bool each_message(universe_visit visit, void *self)
{
    char key[KEY_BYTES];
    bool goes_on = true;
    for (size_t i = 0; i < sizeof vocabularies / sizeof vocabularies[0]; i++) {
        const struct vocabulary *it = &vocabularies[i];
        const size_t most = sizeof it->words / sizeof it->words[0];
        for (size_t j = 0; j < most && it->words[j] != NULL && goes_on; j++) {
            (void)snprintf(key, sizeof key, "%s: %s", it->behaviour, it->words[j]);
            goes_on = visit(self, key, NULL);
        }
    }
    return goes_on;
}
