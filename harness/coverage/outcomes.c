/* SPDX-License-Identifier: MIT */
/*
 * Which transitions there are. Signals and entries stand in tables, by what the core tells of them; conversations and procs
 * have tables of their own in the core, and these are read here. What a scenario can never show says why.
 */
#include "harness/coverage/internal.h"

#include "core/conversation/table.h"
#include "core/host/status.h"

#include <rehearse/cluster.h>
#include <rehearse/reason.h>

#include <string.h>

struct each {
    universe_visit visit;
    void *self;
    bool goes_on;
};

static void tell(struct each *it, const char *key, const char *why)
{
    it->goes_on = it->goes_on && it->visit(it->self, key, why);
}

/* ---- signals ---- */

#define S(kind) (UINT32_C(1) << RH_SIGNAL_##kind)

/* What a node sends to itself or to others. */
#define QUESTIONS (S(ASK_ALIVE) | S(LIVENESS))
#define LINKS (S(LINK) | S(UNLINK) | S(EXIT))
#define MONITORS (S(MONITOR) | S(DEMONITOR) | S(DOWN))
#define GROUPS (S(GROUP_JOIN) | S(GROUP_LEAVE))
#define NODES (S(NODE_UP) | S(NODE_DOWN))
#define MAIL (S(MESSAGE) | S(UNDELIVERABLE))
#define LOCAL (S(TIMER) | S(USER) | S(IO))
#define SENT                                                                                       \
    (QUESTIONS | LINKS | MONITORS | GROUPS | NODES | MAIL | S(START) | S(EXIT_SIGNAL) |            \
     S(SPAWN_REPLY) | S(SPAWN_REQUEST) | S(GONE))
/* What the behaviour of an actor with a mailbox finds there. */
#define TAKEN                                                                                      \
    (MAIL | GROUPS | NODES | S(EXIT) | S(EXIT_SIGNAL) | S(DOWN) | S(LIVENESS) | S(SPAWN_REPLY) |   \
     S(TIMER))

static const struct signals {
    enum rh_event_kind kind;
    enum rh_why why;
    uint32_t signals;
    const char *never; /* NULL: it can happen */
} signals[] = {
    {RH_EVENT_SEND, RH_WHY_NONE, SENT, NULL},
    {RH_EVENT_SEND, RH_WHY_FAULT, S(MESSAGE) | S(EXIT) | S(UNLINK) | S(DOWN) | S(DEMONITOR), NULL},
    {RH_EVENT_HANDLE, RH_WHY_NONE,
     (SENT | LOCAL | S(RECEIVE_TIMER)) & ~(S(SPAWN_REQUEST) | S(GONE)), NULL},
    {RH_EVENT_HANDLE, RH_WHY_FAULT, S(MESSAGE), NULL},
    {RH_EVENT_PUT, RH_WHY_NONE, TAKEN, NULL},
    {RH_EVENT_PUT, RH_WHY_FAULT, S(MESSAGE), NULL},
    {RH_EVENT_TAKE, RH_WHY_NONE, TAKEN, NULL},
    {RH_EVENT_DISCARD, RH_WHY_EXIT, TAKEN, NULL},
    {RH_EVENT_DISCARD, RH_WHY_FLUSHED, S(EXIT) | S(DOWN) | GROUPS | NODES, NULL},
    {RH_EVENT_DISCARD, RH_WHY_OVERFLOW, S(MESSAGE), NULL},
    {RH_EVENT_DROP, RH_WHY_NOPROC, SENT & ~(S(GONE) | S(SPAWN_REQUEST)), NULL},
    {RH_EVENT_DROP, RH_WHY_NOCONNECTION,
     QUESTIONS | LINKS | MONITORS | MAIL | S(EXIT_SIGNAL) | S(GONE) | S(SPAWN_REQUEST), NULL},
    {RH_EVENT_DROP, RH_WHY_NONAME, S(MESSAGE) | S(TIMER), NULL},
    {RH_EVENT_DROP, RH_WHY_CLOSED, S(MESSAGE), NULL},
    {RH_EVENT_DROP, RH_WHY_OVERFLOW, S(MESSAGE), NULL},
    {RH_EVENT_DROP, RH_WHY_STALE, S(UNLINK) | S(EXIT) | S(DEMONITOR) | S(DOWN) | GROUPS | NODES,
     NULL},
    {RH_EVENT_DROP, RH_WHY_IGNORED, S(EXIT) | S(EXIT_SIGNAL), NULL},
    {RH_EVENT_DROP, RH_WHY_FAULT, S(MESSAGE), NULL},
    {RH_EVENT_DROP, RH_WHY_FAULT, S(USER), "no fault takes away what an actor says to the world"},
    {RH_EVENT_RETURN, RH_WHY_NOPROC, S(MESSAGE), NULL},
    {RH_EVENT_RETURN, RH_WHY_NONAME, S(MESSAGE), NULL},
    {RH_EVENT_RETURN, RH_WHY_NOCONNECTION, S(MESSAGE), NULL},
    {RH_EVENT_RETURN, RH_WHY_OVERFLOW, S(MESSAGE), NULL},
    {RH_EVENT_DEPART, RH_WHY_NONE,
     QUESTIONS | MONITORS | MAIL | S(EXIT_SIGNAL) | S(GONE) | S(SPAWN_REQUEST), NULL},
    {RH_EVENT_ARRIVE, RH_WHY_NONE,
     QUESTIONS | MONITORS | MAIL | S(EXIT_SIGNAL) | S(GONE) | S(LINK) | S(UNLINK), NULL},
    {RH_EVENT_LOSE, RH_WHY_STALE,
     MAIL | S(EXIT) | S(EXIT_SIGNAL) | S(LINK) | S(MONITOR) | S(DEMONITOR) | S(DOWN), NULL},
    {RH_EVENT_LOSE, RH_WHY_HOPS, S(MESSAGE), NULL},
    {RH_EVENT_FLUSH, RH_WHY_NONE, S(EXIT) | S(DOWN), NULL},
};

static void each_of_signals(struct each *it)
{
    char key[KEY_BYTES];
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        for (unsigned signal = 0; signal < RH_SIGNAL_COUNT; signal++) {
            if ((signals[i].signals >> signal & 1U) != 0 &&
                transition_key(key, signals[i].kind, (enum rh_signal_kind)signal, signals[i].why)) {
                tell(it, key, signals[i].never);
            }
        }
    }
}

/* ---- entries, actors, connections ---- */

static const char nobody_reads[] =
    "no behaviour of a scenario reads or ends a pipe by itself; the tests of core/io do";
static const char has_no_stderr[] = "children of the world have no stderr";
static const char of_machines[] = "the world never runs out of what a machine has";

static const struct word {
    const char *key;
    const char *never;
} words[] = {
    {"spawn", NULL},
    {"exit (requested)", NULL},
    {"exit (partner)", NULL},
    {"exit (fault)", NULL},
    {"exit (node)", NULL},
    {"exit as normal", NULL},
    {"exit as shutdown", NULL},
    {"exit as killed", NULL},
    {"exit as kill", NULL},
    {"exit as error", NULL},
    {"exit as noproc", NULL},
    {"exit as noconnection", NULL},
    {"exit as timeout", NULL},
    {"exit as noreceive", NULL},
    {"node_end (node)", NULL},
    {"link_add", NULL},
    {"link_remove (requested)", NULL},
    {"link_remove (partner)", NULL},
    {"link_remove (exit)", NULL},
    {"monitor_add", NULL},
    {"monitor_remove (requested)", NULL},
    {"monitor_remove (fired)", NULL},
    {"monitor_remove (exit)", NULL},
    {"watch_add", NULL},
    {"watch_remove (partner)", NULL},
    {"watch_remove (exit)", NULL},
    {"name_add", NULL},
    {"name_remove (requested)", NULL},
    {"name_remove (exit)", NULL},
    {"alias_open", NULL},
    {"alias_close (requested)", NULL},
    {"alias_close (fired)", NULL},
    {"alias_close (partner)", NULL},
    {"alias_close (exit)", NULL},
    {"timer_set", NULL},
    {"timer_fire", NULL},
    {"timer_cancel (requested)", NULL},
    {"timer_cancel (exit)", NULL},
    {"group_add", NULL},
    {"group_remove (requested)", NULL},
    {"group_remove (exit)", NULL},
    {"wait", NULL},
    {"wait_end (fired)", NULL},
    {"wait_end (requested)", NULL},
    {"wait_end (exit)", NULL},
    {"trap (on)", NULL},
    {"trap (off)", NULL},
    {"output", NULL},
    {"run: converge", NULL},
    {"MESSAGE refuse (full)", NULL},
    {"MESSAGE refuse (limit)", NULL},
    {"MESSAGE refuse (no_memory)", NULL},
    {"turn_end (done)", NULL},
    {"turn_end (exited)", NULL},
    {"turn_end (no_memory)", NULL},
    {"turn_end (limit)", NULL},
    {"turn_end (invalid)", NULL},
    {"connection_up", NULL},
    {"connection_down (requested)", NULL},
    {"connection_down (exited)", NULL},
    {"connection_down (transport_closed)", NULL},
    {"connection_down (transport_error)", NULL},
    {"connection_down (heartbeat_timeout)", NULL},
    {"connection_down (displaced)", NULL},
    {"connection_down (control_overflow)", NULL},
    {"connection_down (bad_frame_header)", NULL},
    {"connection_down (frame_too_large)", NULL},
    {"connection_down (no_memory)", NULL},
    {"frame_bad (bad_frame_header)", NULL},
    {"frame_bad (frame_too_large)", NULL},
    {"frame_bad (closed_in_mid_frame)", NULL},
    {"proxy_add", NULL},
    {"proxy_remove", NULL},
    {"export_add", NULL},
    {"export_remove", NULL},
    {"limit (memory)", NULL},
    {"limit (actors_max)", NULL},
    {"limit (signals_max)", NULL},
    {"limit (names_max)", NULL},
    {"limit (groups_max)", NULL},
    {"limit (hops_max)", NULL},
    {"limit (handles_max)", NULL},
    {"limit (proxies_max)", NULL},
    {"limit (connections_max)", NULL},
    {"limit (frame_bytes_max)", NULL},
    {"limit (held_signals_max)", NULL},
    {"limit (lane_bytes_max)", NULL},
    {"limit (lane_controls_max)", NULL},
    {"effect connect", NULL},
    {"effect listen", NULL},
    {"effect write", NULL},
    {"effect close", NULL},
    {"effect start", NULL},
    {"effect kill", NULL},
    {"effect pause", nobody_reads},
    {"effect resume", nobody_reads},
    {"effect shutdown", nobody_reads},
    {"effect connect (fault)", NULL},
    {"effect listen (fault)", NULL},
    {"effect write (fault)", NULL},
    {"effect start (fault)", NULL},
    {"effect kill (fault)", NULL},
    {"input user", NULL},
    {"input opened", NULL},
    {"input accepted", NULL},
    {"input bytes", NULL},
    {"input written", NULL},
    {"input eof", NULL},
    {"input started", NULL},
    {"input stderr", has_no_stderr},
    {"input exited", NULL},
    {"input closed (requested)", NULL},
    {"input closed (eof)", NULL},
    {"input closed (refused)", NULL},
    {"input closed (not_found)", NULL},
    {"input closed (reset)", NULL},
    {"input closed (io)", NULL},
    {"input closed (fault)", NULL},
    {"input closed (no_memory)", of_machines},
};

/* ---- conversations ---- */

static const struct phases {
    const char *word;
    uint8_t outcomes[EVENT_COUNT];
} phases[] = {
#define PHASE(word, column)                                                                        \
    {                                                                                              \
        word,                                                                                      \
        {                                                                                          \
            CONVERSATION_EVENT_MAP(column)                                                         \
        }                                                                                          \
    }
#define CREATED(identifier, name, a, b, c, d, e) OUTCOME_##a,
#define ACTIVE(identifier, name, a, b, c, d, e) OUTCOME_##b,
#define COMPLETING(identifier, name, a, b, c, d, e) OUTCOME_##c,
#define CLOSED(identifier, name, a, b, c, d, e) OUTCOME_##d,
#define FAILED(identifier, name, a, b, c, d, e) OUTCOME_##e,
    PHASE("created", CREATED), PHASE("active", ACTIVE), PHASE("completing", COMPLETING),
    PHASE("closed", CLOSED),   PHASE("failed", FAILED),
};

static void each_of_conversations(struct each *it)
{
    static const char *const events[] = {
#define X(identifier, word, a, b, c, d, e) word,
        CONVERSATION_EVENT_MAP(X)
#undef X
    };
    static const char *const outcomes[] = {
#define X(identifier, word) word,
        CONVERSATION_OUTCOME_MAP(X)
#undef X
    };
    static const char *const moves[] = {
        "created > active", "created > completing", "created > failed", "active > completing",
        "active > failed",  "completing > closed",  "failed > closed",
    };
    char key[KEY_BYTES];
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        for (size_t event = 0; event < EVENT_COUNT; event++) {
            unsigned outcome = phases[i].outcomes[event];
            if (outcome != OUTCOME_NEVER) {
                (void)snprintf(key, sizeof key, "conversation %s: %s > %s", phases[i].word,
                               events[event], outcomes[outcome]);
                tell(it, key, NULL);
            }
        }
    }
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        (void)snprintf(key, sizeof key, "conversation: %s", moves[i]);
        tell(it, key, NULL);
    }
}

static const char *const of_conversations[] = {
    "conversation answers ok",
    "conversation answers gone",
    "conversation request sent",
    "conversation request resent",
    "conversation request replied",
    "conversation request received",
    "conversation request failed",
    "conversation request dropped",
    "conversation participant alive",
    "conversation participant left",
    "conversation participant crashed",
    "conversation notifier set",
    "conversation notifier fired",
    "conversation notifier cancelled",
    "conversation compensator recorded",
    "conversation compensator run",
    "conversation compensator dropped",
    "dispatcher answers ok",
    "dispatcher answers timeout",
    "dispatcher answers no_consumer_available",
    "dispatcher reroutes",
};

static void each_of_answers(struct each *it)
{
    char key[KEY_BYTES];
#define X(identifier, word, sentence)                                                              \
    (void)snprintf(key, sizeof key, "conversation answers %s", word);                              \
    tell(it, key, NULL);
    RH_CONVERSATION_ERROR_MAP(X)
#undef X
    for (size_t i = 0; i < sizeof of_conversations / sizeof of_conversations[0]; i++) {
        tell(it, of_conversations[i], NULL);
    }
}

/* ---- procs ---- */

#define STATUSES 7
#define KEPT_HERE (-1)
#define ILLEGAL_HERE (-2)
enum {
#define X(identifier, word) HERE_##identifier,
    RH_PROC_STATUS_MAP(X)
#undef X
    HERE_KEPT = KEPT_HERE,
    HERE_ILLEGAL = ILLEGAL_HERE
};

static const char of_managers[] = "a manager says it once";

/* What a manager says once is never said of what has ended already. */
static const char *why_not(unsigned event, unsigned status)
{
    bool is_said_once = event != PROC_EVENT_CALLBACK && event != PROC_EVENT_STOP;
    bool is_over = proc_status_is_terminal((enum rh_proc_status)status);
    if (is_said_once) {
        return of_managers;
    }
    return is_over && event == PROC_EVENT_CALLBACK ? "what has ended has no record" : NULL;
}

static void each_of_procs(struct each *it)
{
    static const char *const statuses[] = {
#define X(identifier, word) word,
        RH_PROC_STATUS_MAP(X)
#undef X
    };
    static const char *const events[] = {
#define X(identifier, word, ...) word,
        PROC_EVENT_MAP(X)
#undef X
    };
    static const signed char cells[][STATUSES] = {
#define X(identifier, word, a, b, c, d, e, f, g)                                                   \
    {HERE_##a, HERE_##b, HERE_##c, HERE_##d, HERE_##e, HERE_##f, HERE_##g},
        PROC_EVENT_MAP(X)
#undef X
    };
    char key[KEY_BYTES];
    for (unsigned event = 0; event < PROC_EVENT_COUNT; event++) {
        for (unsigned status = 0; status < STATUSES; status++) {
            int to = cells[event][status];
            if (to == KEPT_HERE) {
                continue; /* nobody is told */
            }
            if (to == ILLEGAL_HERE) {
                (void)snprintf(key, sizeof key, "proc %s ignores %s", statuses[status],
                               events[event]);
            } else {
                (void)snprintf(key, sizeof key, "proc: %s > %s by %s", statuses[status],
                               statuses[to], events[event]);
            }
            tell(it, key, to == ILLEGAL_HERE ? why_not(event, status) : NULL);
        }
    }
}

static const char *const of_hosts[] = {
    "proc stage drain",
    "proc stage stop",
    "proc stage kill",
    "proc name taken",
    "proc name free",
    "spawn begun",
    "spawn ok",
    "spawn failed",
    "stop refused",
    "route bind",
    "route unbind",
    "waiter for spawn asked",
    "waiter for spawn answered",
    "waiter for spawn gone",
    "waiter for ready asked",
    "waiter for ready answered",
    "waiter for ready gone",
    "waiter for wait asked",
    "waiter for wait answered",
    "waiter for wait gone",
    "waiter for stop asked",
    "waiter for stop answered",
    "waiter for stop gone",
    "bulk begun",
    "bulk stop",
    "bulk done",
    "bulk ended",
    "shutdown begun",
    "shutdown acknowledged",
    "shutdown failed",
    "envelope unroutable",
    "envelope hops",
    "envelope noproc",
    "envelope noconnection",
    "agent running",
    "agent draining",
    "agent stopping",
    "agent's actor started",
    "agent's actor ended",
};

bool each_transition(universe_visit visit, void *self)
{
    struct each it = {visit, self, true};
    each_of_signals(&it);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        tell(&it, words[i].key, words[i].never);
    }
    each_of_conversations(&it);
    each_of_answers(&it);
    each_of_procs(&it);
    for (size_t i = 0; i < sizeof of_hosts / sizeof of_hosts[0]; i++) {
        tell(&it, of_hosts[i], NULL);
    }
    return it.goes_on;
}
