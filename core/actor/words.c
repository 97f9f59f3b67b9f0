/* SPDX-License-Identifier: MIT */
/* The printed words of every X-macro of the public headers. */
#include <rehearse/event.h>
#include <rehearse/node.h>

#define WORDS(function, type, MAP, COUNT)                                                          \
    const char *function(enum type value)                                                          \
    {                                                                                              \
        static const char *const words[] = {MAP(WORD)};                                            \
        return (unsigned)value < (unsigned)(COUNT) ? words[value] : "?";                           \
    }
#define WORD(identifier, word, sentence) word,

WORDS(rh_delivery_kind_word, rh_delivery_kind, RH_DELIVERY_MAP, RH_DELIVERY_COUNT)
WORDS(rh_signal_kind_word, rh_signal_kind, RH_SIGNAL_MAP, RH_SIGNAL_COUNT)
WORDS(rh_why_word, rh_why, RH_WHY_MAP, RH_WHY_COUNT)
WORDS(rh_close_word, rh_close_why, RH_CLOSE_MAP, RH_CLOSE_COUNT)
WORDS(rh_io_kind_word, rh_io_kind, RH_IO_MAP, RH_IO_COUNT)
WORDS(rh_effect_kind_word, rh_effect_kind, RH_EFFECT_MAP, RH_EFFECT_COUNT)

#undef WORD
#define WORD(identifier, word, signal, sentence) word,
WORDS(rh_event_kind_word, rh_event_kind, RH_EVENT_MAP, RH_EVENT_COUNT)

enum rh_event_signal rh_event_kind_signal(enum rh_event_kind kind)
{
#define X(identifier, word, signal, sentence) RH_EVENT_SIGNAL_##signal,
    static const uint8_t signals[] = {RH_EVENT_MAP(X)};
#undef X
    return (unsigned)kind < (unsigned)RH_EVENT_COUNT ? (enum rh_event_signal)signals[kind]
                                                     : RH_EVENT_SIGNAL_NONE;
}
