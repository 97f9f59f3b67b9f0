/* SPDX-License-Identifier: MIT */
#include "core/conversation/tests/play.h"

static void tell(struct talk *talk, struct rh_message request)
{
    (void)talk_tell(talk, request);
    talk_settle(talk);
}

void play_all(struct talk *talk, enum rh_crash_policy policy)
{
    static const char text[] = "a text that is longer than a handle can hold by itself";
    talk_begin(talk);
    talk_open_with(talk, policy, "h1+o e1+o h2 s1+o+i");
    struct rh_pid h1 = talk_pid(talk, "h1");
    struct rh_pid h2 = talk_pid(talk, "h2");
    (void)talk_tell(talk, RH_ITEM(NULL, "receive"));
    tell(talk, RH_ARRAY(NULL, "send", text));
    talk_reply(talk, 0, RH_ITEM(NULL, "one"));
    talk_settle(talk);
    (void)talk_tell(talk, RH_ARRAY(NULL, "ask", text, 5 * RH_SECOND));
    (void)talk_tell(talk, RH_ARRAY(NULL, "receive", RH_SECOND));
    (void)talk_tell(talk, RH_ARRAY(NULL, "await_exit", h1));
    tell(talk, RH_ARRAY(NULL, "compensate", h2, "undo"));
    tell(talk, RH_ARRAY(NULL, "send", "second", h2));
    tell(talk, RH_ITEM(NULL, "query"));
    talk_wait(talk, 2 * RH_SECOND);
    talk_exit(talk, h1, "boom");
    talk_settle(talk);
    tell(talk, RH_ARRAY(NULL, "ask", "third", 0));
    (void)talk_tell(talk, RH_ARRAY(NULL, "receive_of", 3, RH_SECOND));
    tell(talk, RH_ARRAY(NULL, "await_exit", h2));
    talk_reply(talk, talk->request_count - 1, RH_ITEM(NULL, "two"));
    talk_wait(talk, 2 * RH_SECOND);
    (void)talk_tell(talk, RH_ITEM(NULL, "close"));
    (void)talk_tell(talk, RH_ITEM(NULL, "receive"));
    tell(talk, RH_ITEM(NULL, "close"));
    talk_wait(talk, 10 * RH_SECOND);
    if (talk_is_alive(talk, talk->conv)) {
        tell(talk, RH_ITEM(NULL, "close")); /* if those before were answered otherwise */
        talk_wait(talk, 10 * RH_SECOND);
    }
}

void play_judge(const struct talk *talk)
{
    if (!talk_is_alive(talk, talk->client)) {
        return; /* nobody was there to close it */
    }
    for (size_t i = 0; i < talk->call_count; i++) {
        assert_false(talk->calls[i].call.open);
    }
    if (!rh_pid_is_none(talk->conv)) {
        assert_false(talk_is_alive(talk, talk->conv));
        assert_false(talk_is_alive(talk, talk->incarnation));
        assert_false(talk_is_alive(talk, talk_pid(talk, "h1")));
        assert_false(talk_is_alive(talk, talk_pid(talk, "e1")));
    }
}
