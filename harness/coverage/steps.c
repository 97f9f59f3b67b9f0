/* SPDX-License-Identifier: MIT */
/*
 * Pairs: two kinds of steps that depend on each other, seen one right behind the other at what they share. A pair that came in
 * one order only is a race of which nobody has seen the other end.
 *
 * Whether two steps of an actor depend on each other is asked of the table that dpor uses. The kinds are coarser than what it
 * looks at: a turn may do anything, but here it writes its actor's state and no more, unless the actor ends in it, which is a
 * kind of its own. Two of one kind are told apart by who sent them, the older pid first.
 */
#include "harness/coverage/internal.h"

#include "core/base/assert.h"
#include "harness/schedule/dependence.h"

const char *step_word(unsigned kind)
{
    switch (kind) {
    case STEP_ACT:
        return "act";
    case STEP_STRUCK:
        return "struck";
    case STEP_EXITS:
        return "exits";
    default:
        return rh_signal_kind_word((enum rh_signal_kind)kind);
    }
}

static struct rh_handling handling_of(unsigned kind)
{
    const signed char w = RH_MODE_WRITE;
    switch (kind) {
    case STEP_ACT:
        return (struct rh_handling){w, -1, -1};
    case STEP_STRUCK:
        return (struct rh_handling){w, w, -1};
    case STEP_EXITS:
        return (struct rh_handling){w, w, w};
    default:
        return rh_handling_of((enum rh_signal_kind)kind);
    }
}

static bool modes_depend(signed char a, signed char b)
{
    return a >= 0 && b >= 0 && (a != b || a == RH_MODE_WRITE);
}

bool steps_depend(unsigned a, unsigned b)
{
    struct rh_handling one = handling_of(a);
    struct rh_handling other = handling_of(b);
    return modes_depend(one.state, other.state) || modes_depend(one.life, other.life) ||
           modes_depend(one.links, other.links);
}

void step_pair_key(char key[KEY_BYTES], unsigned a, unsigned b)
{
    RH_ASSERT(a <= b);
    (void)snprintf(key, KEY_BYTES, "actor: %s | %s", step_word(a), step_word(b));
}

static const struct {
    const char *object;
    const char *word;
} accesses[ACCESS_COUNT] = {
#define X(object, identifier, object_word, word) {object_word, word},
    ACCESS_MAP(X)
#undef X
};

const char *access_object(enum access access)
{
    return accesses[access].object;
}

void access_pair_key(char key[KEY_BYTES], enum access a, enum access b)
{
    RH_ASSERT(a <= b);
    (void)snprintf(key, KEY_BYTES, "%s: %s | %s", accesses[a].object, accesses[a].word,
                   accesses[b].word);
}

/* ---- what there is ---- */

/* Steps that no actor has: what they are for is the node itself. */
static bool is_of_actors(unsigned kind)
{
    return kind != RH_SIGNAL_SPAWN_REQUEST && kind != RH_SIGNAL_GONE;
}

/* Kinds of which an actor can get several that race, from several senders. */
static bool is_of_many(unsigned kind)
{
    switch (kind) {
    case RH_SIGNAL_MESSAGE:
    case RH_SIGNAL_EXIT:
    case RH_SIGNAL_EXIT_SIGNAL:
    case RH_SIGNAL_DOWN:
    case RH_SIGNAL_TAKE:
    case RH_SIGNAL_UNDELIVERABLE:
    case RH_SIGNAL_GROUP_JOIN:
    case RH_SIGNAL_GROUP_LEAVE:
        return true;
    default:
        return false;
    }
}

bool pair_is_told(unsigned a, unsigned b)
{
    return is_of_actors(a) && is_of_actors(b) && steps_depend(a, b) && (a != b || is_of_many(a));
}

int pid_order(struct rh_pid a, struct rh_pid b)
{
    if (a.node != b.node) {
        return a.node < b.node ? -1 : 1;
    }
    if (a.slot != b.slot) {
        return a.slot < b.slot ? -1 : 1;
    }
    return a.generation < b.generation ? -1 : a.generation > b.generation;
}

/* What only the living have: an actor that ends takes along what waits in its mailbox, its timers and its handles. */
static bool ends_with_the_actor(unsigned kind)
{
    switch (kind) {
    case RH_SIGNAL_TAKE:
    case RH_SIGNAL_TIMER:
    case RH_SIGNAL_RECEIVE_TIMER:
    case RH_SIGNAL_IO:
    case RH_SIGNAL_USER:
    case STEP_ACT:
    case STEP_STRUCK:
        return true;
    default:
        return false;
    }
}

static bool is_of_mailboxes(unsigned kind)
{
    return kind == RH_SIGNAL_TAKE || kind == RH_SIGNAL_RECEIVE_TIMER;
}

/* What only actors of the runtime have in a scenario, and what they never ask for. */
static bool is_never_heard_by_who_has_pipes(unsigned kind)
{
    return is_of_mailboxes(kind) || kind == RH_SIGNAL_LIVENESS || kind == RH_SIGNAL_SPAWN_REPLY ||
           kind == RH_SIGNAL_NODE_DOWN;
}

static const char *why_not(unsigned a, unsigned b)
{
    if (b == STEP_EXITS && ends_with_the_actor(a)) {
        return "it is gone when the actor has ended";
    }
    if ((is_never_heard_by_who_has_pipes(a) && b == RH_SIGNAL_IO) ||
        (is_never_heard_by_who_has_pipes(b) && a == RH_SIGNAL_IO)) {
        return "who has pipes in a scenario is an actor of the runtime, which never hears that";
    }
    if (a == RH_SIGNAL_START && b != STEP_EXITS && b != STEP_STRUCK) {
        return "nothing comes to an actor before its START";
    }
    return NULL;
}

bool each_pair(universe_visit visit, void *self)
{
    char key[KEY_BYTES];
    bool goes_on = true;
    for (unsigned a = 0; a < STEP_KINDS && goes_on; a++) {
        for (unsigned b = a; b < STEP_KINDS && goes_on; b++) {
            step_pair_key(key, a, b);
            goes_on = !pair_is_told(a, b) || visit(self, key, why_not(a, b));
        }
    }
    for (unsigned a = 0; a < ACCESS_COUNT && goes_on; a++) {
        for (unsigned b = a + 1; b < ACCESS_COUNT && goes_on; b++) {
            if (accesses[a].object == accesses[b].object) {
                access_pair_key(key, (enum access)a, (enum access)b);
                goes_on = visit(self, key, NULL);
            }
        }
    }
    return goes_on;
}
