/* SPDX-License-Identifier: MIT */
/*
 * What becomes of things, in the words of the event stream: each event is the change of state of something that the core
 * keeps. A signal is sent and then handled, put, dropped, returned or departs; an entry (link, monitor, alias, timer, name,
 * membership, wait) is made, and removed for one of several reasons; an actor is spawned and ends; a connection is up and
 * lost; a handle opens and is closed. So what distinguishes one transition from another is the kind of event, of signals the
 * kind of signal, and why.
 */
#include "harness/coverage/internal.h"

#include <rehearse/cluster.h>
#include <rehearse/reason.h>

#include <string.h>

/* What says nothing of any state, or says it with its name or number: transition_detail. */
static bool is_without_key(enum rh_event_kind kind)
{
    switch (kind) {
    case RH_EVENT_MARK:
    case RH_EVENT_CAP:
    case RH_EVENT_EFFECT:
    case RH_EVENT_INPUT:
    case RH_EVENT_EXIT_END:
    case RH_EVENT_TURN_END:
    case RH_EVENT_LIMIT:
    case RH_EVENT_CONNECTION_DOWN:
    case RH_EVENT_FRAME_BAD:
    case RH_EVENT_TRAP:
    case RH_EVENT_REFUSE:
        return true;
    default:
        return false;
    }
}

bool transition_key(char key[KEY_BYTES], enum rh_event_kind kind, enum rh_signal_kind signal,
                    enum rh_why why)
{
    if (is_without_key(kind)) {
        return false;
    }
    const char *word = rh_event_kind_word(kind);
    const char *of =
        rh_event_kind_signal(kind) != RH_EVENT_SIGNAL_NONE ? rh_signal_kind_word(signal) : "";
    (void)snprintf(key, KEY_BYTES, "%s%s%s%s%s%s", of, *of == '\0' ? "" : " ", word,
                   why == RH_WHY_NONE ? "" : " (", why == RH_WHY_NONE ? "" : rh_why_word(why),
                   why == RH_WHY_NONE ? "" : ")");
    return true;
}

static const char *word_of_input(const struct rh_event *event)
{
    return event->signal == RH_SIGNAL_IO && event->name != NULL ? event->name : "user";
}

static void input_key(char key[KEY_BYTES], const struct rh_event *event)
{
    const char *word = word_of_input(event);
    bool is_closed = strcmp(word, rh_io_kind_word(RH_IO_CLOSED)) == 0;
    (void)snprintf(key, KEY_BYTES, "input %s%s%s%s", word, is_closed ? " (" : "",
                   is_closed ? rh_close_word((enum rh_close_why)event->number) : "",
                   is_closed ? ")" : "");
}

bool transition_detail(char key[KEY_BYTES], const struct rh_event *event)
{
    const char *word = rh_event_kind_word(event->kind);
    switch (event->kind) {
    case RH_EVENT_INPUT:
        input_key(key, event);
        return true;
    case RH_EVENT_EFFECT:
        (void)snprintf(key, KEY_BYTES, "effect %s%s", event->name,
                       event->why == RH_WHY_FAULT ? " (fault)" : "");
        return true;
    case RH_EVENT_CONNECTION_DOWN:
    case RH_EVENT_FRAME_BAD:
    case RH_EVENT_LIMIT:
        (void)snprintf(key, KEY_BYTES, "%s (%s)", word, event->name);
        return true;
    case RH_EVENT_TURN_END:
        (void)snprintf(key, KEY_BYTES, "turn_end (%s)", rh_status_word(event->status));
        return true;
    case RH_EVENT_REFUSE:
        (void)snprintf(key, KEY_BYTES, "%s refuse (%s)", rh_signal_kind_word(event->signal),
                       rh_status_word(event->status));
        return true;
    case RH_EVENT_TRAP:
        (void)snprintf(key, KEY_BYTES, "trap (%s)", event->number != 0 ? "on" : "off");
        return true;
    case RH_EVENT_EXIT:
        if (event->message == NULL) {
            return false;
        }
        (void)snprintf(key, KEY_BYTES, "exit as %s",
                       rh_reason_word(rh_reason_class(event->message)));
        return true;
    default:
        return false;
    }
}

/* ---- steps and accesses ---- */

bool event_is_handling(enum rh_event_kind kind)
{
    switch (kind) {
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
    case RH_EVENT_TAKE:
    case RH_EVENT_DROP:
    case RH_EVENT_RETURN:
        return true;
    default:
        return false;
    }
}

/* TIMER_FIRE and INPUT come in front of what says who has it; an actor that the driver makes act says so by what it does. */
bool event_is_acting(enum rh_event_kind kind)
{
    switch (kind) {
    case RH_EVENT_SEND:
    case RH_EVENT_REFUSE:
    case RH_EVENT_LINK_ADD:
    case RH_EVENT_LINK_REMOVE:
    case RH_EVENT_MONITOR_ADD:
    case RH_EVENT_MONITOR_REMOVE:
    case RH_EVENT_ALIAS_OPEN:
    case RH_EVENT_ALIAS_CLOSE:
    case RH_EVENT_TIMER_SET:
    case RH_EVENT_TIMER_CANCEL:
    case RH_EVENT_TRAP:
    case RH_EVENT_WAIT:
    case RH_EVENT_OUTPUT:
    case RH_EVENT_FLUSH:
        return true;
    default:
        return false;
    }
}

enum access access_of(const struct rh_event *event)
{
    switch (event->kind) {
    case RH_EVENT_DEPART:
        return ACCESS_NET_DEPART;
    case RH_EVENT_ARRIVE:
        return ACCESS_NET_ARRIVE;
    case RH_EVENT_LOSE:
        return ACCESS_NET_LOSE;
    case RH_EVENT_CONNECTION_UP:
        return ACCESS_NET_UP;
    case RH_EVENT_CONNECTION_DOWN:
        return ACCESS_NET_DOWN;
    case RH_EVENT_FRAME_BAD:
        return ACCESS_NET_BAD;
    case RH_EVENT_NAME_ADD:
        return ACCESS_NAME_ADD;
    case RH_EVENT_NAME_REMOVE:
        return ACCESS_NAME_REMOVE;
    case RH_EVENT_SEND:
        return event->name != NULL ? ACCESS_NAME_SEND : ACCESS_COUNT;
    case RH_EVENT_GROUP_ADD:
        return ACCESS_GROUP_ADD;
    case RH_EVENT_GROUP_REMOVE:
        return ACCESS_GROUP_REMOVE;
    default:
        return ACCESS_COUNT;
    }
}

bool access_is_named(enum access access)
{
    return access >= ACCESS_NAME_ADD;
}
