/* SPDX-License-Identifier: MIT */
/*
 * Faults: which kind has struck what in which state. Of nodes, pipes and processes the world knows the state; of an actor it
 * is what an outsider could tell: does it live, has it begun, does anything wait for it, does it wait for something.
 */
#include "harness/coverage/internal.h"

#include <rehearse/cluster.h>

#include <string.h>

const char strike_in_a_turn[] = "in a turn";

enum state {
    NEW,     /* it has not handled START */
    IDLE,    /* nothing waits for it */
    BUSY,    /* something does */
    READY,   /* of messages: it handles them as they come */
    WAITING, /* in a selective receive */
    TURN,    /* the fault ends a turn of it */
    DEAD,
    STATES
};
static const char *const states_of_actors[STATES] = {
    [NEW] = "new",         [IDLE] = "idle",           [BUSY] = "busy", [READY] = "ready",
    [WAITING] = "waiting", [TURN] = strike_in_a_turn, [DEAD] = "dead",
};

enum rh_fault_kind strike_kind(const char *word)
{
    unsigned kind = 0;
    while (kind < RH_FAULT_COUNT &&
           (word == NULL || strcmp(rh_fault_kind_word((enum rh_fault_kind)kind), word) != 0)) {
        kind++;
    }
    return (enum rh_fault_kind)kind;
}

bool strike_is_of_turns(const char *fault)
{
    return strike_kind(fault) == RH_FAULT_CRASH;
}

static bool is_of_actor(enum rh_fault_kind kind)
{
    switch (rh_fault_kind_family(kind)) {
    case RH_FAULT_FAMILY_ACTOR:
    case RH_FAULT_FAMILY_MESSAGE:
    case RH_FAULT_FAMILY_FORGERY:
        return true;
    default:
        return false;
    }
}

static const char *state_of_actor(const struct rh_world *world, enum rh_fault_kind kind,
                                  struct rh_pid actor)
{
    const struct rh_node *node = rh_world_node_of(world, actor);
    struct rh_actor_view view;
    if (node == NULL || !rh_inspect_actor(node, actor, &view)) {
        return states_of_actors[DEAD];
    }
    if (!view.started) {
        return states_of_actors[NEW];
    }
    if (view.waiting) {
        return states_of_actors[WAITING];
    }
    if (rh_fault_kind_family(kind) == RH_FAULT_FAMILY_MESSAGE) {
        return states_of_actors[READY]; /* the message that is struck waits, too */
    }
    return view.inbox_length > 0 || view.mailbox_length > 0 ? states_of_actors[BUSY]
                                                            : states_of_actors[IDLE];
}

const char *strike_state(const struct rh_world *world, enum rh_fault_kind kind, struct rh_pid actor)
{
    return is_of_actor(kind) ? state_of_actor(world, kind, actor)
                             : rh_struck_word(rh_world_struck(world));
}

/* ---- what there is ---- */

#define A(state) (1u << (state))
#define W(state) (1u << RH_STRUCK_##state)

#define LIVING (A(NEW) | A(IDLE) | A(BUSY) | A(WAITING))
#define PIPES (W(OPENING) | W(STILL) | W(HALF) | W(BUSY) | W(BLOCKED))

static const char before_start[] = "nothing comes to an actor before its START";
static const char no_mailbox[] = "hosts and agents have no mailbox";
static const char no_bytes[] = "no bytes are under way";
static const char other_state[] = "the catalogue offers it in no other state";

/* States that a kind finds, and those that it never does, with why. Of actors by enum state, else by enum rh_struck. */
struct finds {
    unsigned states;
    unsigned never;
    const char *why;
};

static struct finds of_actors(enum rh_fault_kind kind)
{
    switch (kind) {
    case RH_FAULT_CRASH:
        return (struct finds){LIVING | A(TURN), 0, NULL};
    case RH_FAULT_FORGE:
    case RH_FAULT_REPLAY:
        return (struct finds){LIVING & ~A(NEW), A(NEW), before_start};
    case RH_FAULT_LOSE_CALLBACK:
    case RH_FAULT_DOUBLE_CALLBACK:
    case RH_FAULT_IGNORE_STOP:
        return (struct finds){A(READY), A(WAITING), no_mailbox};
    default:
        break;
    }
    bool is_of_message = rh_fault_kind_family(kind) == RH_FAULT_FAMILY_MESSAGE;
    return is_of_message ? (struct finds){A(READY) | A(WAITING), A(NEW), before_start}
                         : (struct finds){LIVING, 0, NULL};
}

static struct finds of_the_world(enum rh_fault_kind kind)
{
    const unsigned nodes = W(ALONE) | W(CONNECTED) | W(FROZEN) | W(DOWN);
    switch (kind) {
    case RH_FAULT_KILL_NODE:
    case RH_FAULT_FREEZE_NODE:
    case RH_FAULT_SKEW_CLOCK:
        return (struct finds){nodes & ~W(DOWN), W(DOWN), other_state};
    case RH_FAULT_RESTART_NODE:
        return (struct finds){W(DOWN), nodes & ~W(DOWN), other_state};
    case RH_FAULT_PART:
    case RH_FAULT_PARTITION:
    case RH_FAULT_STALL_PIPE:
    case RH_FAULT_NARROW_PIPE:
        return (struct finds){PIPES | W(NOTHING), 0, NULL};
    case RH_FAULT_FLIP_BYTES:
    case RH_FAULT_LOSE_BYTES:
        return (struct finds){W(BUSY) | W(BLOCKED), W(OPENING) | W(STILL) | W(HALF), no_bytes};
    case RH_FAULT_REFUSE_START:
    case RH_FAULT_DELAY_START:
    case RH_FAULT_FAIL_LAUNCH:
        return (struct finds){W(STARTING), W(UNHEARD) | W(HEARD) | W(LEAVING), other_state};
    case RH_FAULT_KILL_PROCESS:
        return (struct finds){W(UNHEARD) | W(HEARD) | W(LEAVING), W(STARTING), other_state};
    default:
        return (struct finds){PIPES, 0, NULL};
    }
}

static bool tell_states(const char *word, struct finds finds, bool is_actor, universe_visit visit,
                        void *self)
{
    char key[KEY_BYTES];
    bool goes_on = true;
    unsigned count = is_actor ? (unsigned)STATES : (unsigned)RH_STRUCK_COUNT;
    for (unsigned i = 0; i < count && goes_on; i++) {
        bool is_found = (finds.states >> i & 1u) != 0;
        bool is_never = (finds.never >> i & 1u) != 0;
        (void)snprintf(key, sizeof key, "%s: %s", word,
                       is_actor ? states_of_actors[i] : rh_struck_word((enum rh_struck)i));
        goes_on = (!is_found && !is_never) || visit(self, key, is_found ? NULL : finds.why);
    }
    return goes_on;
}

/* What is refused is an effect: its state is what was asked for. */
static bool tell_effects(const char *word, universe_visit visit, void *self)
{
    char key[KEY_BYTES];
    bool goes_on = true;
    for (unsigned i = RH_EFFECT_CONNECT; i < RH_EFFECT_COUNT && goes_on; i++) {
        const char *why = NULL;
        if (i == RH_EFFECT_REFUSE) {
            continue;
        }
        if (i == RH_EFFECT_CLOSE) {
            why = "a close is never refused";
        } else if (i == RH_EFFECT_PAUSE || i == RH_EFFECT_RESUME || i == RH_EFFECT_SHUTDOWN) {
            why = "no behaviour of a scenario reads or ends a pipe by itself";
        }
        (void)snprintf(key, sizeof key, "%s: %s", word,
                       rh_effect_kind_word((enum rh_effect_kind)i));
        goes_on = visit(self, key, why);
    }
    return goes_on;
}

bool each_fault(universe_visit visit, void *self)
{
    bool goes_on = true;
    for (unsigned i = 0; i < RH_FAULT_COUNT && goes_on; i++) {
        enum rh_fault_kind kind = (enum rh_fault_kind)i;
        const char *word = rh_fault_kind_word(kind);
        bool is_actor = is_of_actor(kind);
        goes_on = kind == RH_FAULT_REFUSE_IO
                      ? tell_effects(word, visit, self)
                      : tell_states(word, is_actor ? of_actors(kind) : of_the_world(kind), is_actor,
                                    visit, self);
    }
    return goes_on;
}
