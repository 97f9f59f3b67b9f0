/* SPDX-License-Identifier: MIT */
/** @file
 *  The words of scenario files that stand for something: one table each, read by the loader, the player and the schema. */
#ifndef HARNESS_SCENARIO_WORDS_H
#define HARNESS_SCENARIO_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One row per operation of an actor: identifier, word, sentence. */
#define RH_OP_MAP(X)                                                                               \
    X(SEND, "send", "send a message to an actor")                                                  \
    X(REPLY, "reply",                                                                              \
      "answer what is being handled: a message to its sender, or the answer to a call")            \
    X(FORWARD, "forward", "pass what is being handled on to another actor")                        \
    X(SEND_NAME, "send_name", "send a message to whoever has a registered name")                   \
    X(SEND_ALIAS, "send_alias", "send a message through an alias")                                 \
    X(BROADCAST, "broadcast", "send a message to every member of a group, in joining order")       \
    X(ASK, "ask",                                                                                  \
      "ask a server; what comes of it is for a row of answer, ask_down or ask_timeout")            \
    X(UNASK, "unask", "give an ask up: nothing comes of it any more")                              \
    X(ANSWER, "answer", "answer a call, in the row of the call or later")                          \
    X(OUTPUT, "output", "say something to the world outside")                                      \
    X(EXIT, "exit", "end with a reason")                                                           \
    X(DONE, "done", "end with reason normal")                                                      \
    X(FAIL_WITH, "fail_with", "let the turn fail with a status")                                   \
    X(TRAP, "trap", "trap exits, or do so no longer")                                              \
    X(LINK, "link", "link with an actor")                                                          \
    X(UNLINK, "unlink", "remove a link")                                                           \
    X(MONITOR, "monitor", "watch an actor, or the owner of a name")                                \
    X(DEMONITOR, "demonitor", "stop watching")                                                     \
    X(EXIT_SIGNAL, "exit_signal", "send an actor an exit signal")                                  \
    X(KILL, "kill", "send an actor the exit signal kill")                                          \
    X(ASK_ALIVE, "ask_alive", "ask whether an actor is alive; the answer is a liveness delivery")  \
    X(SPAWN, "spawn", "start an actor")                                                            \
    X(SPAWN_REQUEST, "spawn_request", "ask for an actor; the answer is a spawn_reply delivery")    \
    X(REGISTER, "register", "give an actor a name")                                                \
    X(UNREGISTER, "unregister", "free a name")                                                     \
    X(WHEREIS, "whereis", "find the owner of a name; null if it is free")                          \
    X(TIMER, "timer", "start a timer; it arrives as a timeout delivery")                           \
    X(SEND_AFTER, "send_after", "start a timer that arrives as a message")                         \
    X(CANCEL, "cancel", "cancel a timer")                                                          \
    X(READ_TIMER, "read_timer", "read the nanoseconds that a timer has left; null if it is gone")  \
    X(ALIAS, "alias", "open an alias")                                                             \
    X(UNALIAS, "unalias", "close an alias")                                                        \
    X(JOIN, "join", "join a process group")                                                        \
    X(LEAVE, "leave", "leave a process group")                                                     \
    X(MEMBERS, "members", "list the members of a group")                                           \
    X(WATCH_GROUP, "watch_group", "be told who joins and leaves a group")                          \
    X(UNWATCH_GROUP, "unwatch_group", "be told no longer")                                         \
    X(MONITOR_NODE, "monitor_node", "be told once when the connection to a node is lost")          \
    X(MONITOR_NODES, "monitor_nodes", "be told of every node that comes and goes")                 \
    X(CONNECT, "connect", "connect to a node by an endpoint of one's own, linked with the actor")  \
    X(DISCONNECT, "disconnect", "close the connection to a node")                                  \
    X(SPAWN_AT, "spawn_at",                                                                        \
      "start an actor on another node; the answer is a spawn_reply delivery")                      \
    X(LINKS, "links", "list the partners of the own links")                                        \
    X(MONITORS, "monitors", "list the targets of the own monitors")                                \
    X(RECEIVE, "receive", "wait for messages of some patterns or tags; needs a mailbox")           \
    X(RECEIVE_CANCEL, "receive_cancel", "wait no longer")                                          \
    X(SET, "set", "give variables values")                                                         \
    X(ADD, "add", "add numbers to variables")                                                      \
    X(RANDOM, "random", "draw a number from the actor's own stream")                               \
    X(DRAW, "draw", "draw a number that strategies choose: an exhaustive one tries all")           \
    X(IF, "if", "go on only if variables have values")                                             \
    X(REPEAT, "repeat", "do something several times")

enum rh_op {
#define X(identifier, word, sentence) RH_OP_##identifier,
    RH_OP_MAP(X)
#undef X
    RH_OP_COUNT
};

/** One row per thing that a step does to nodes and pipes: identifier, word, sentence. All but THAW_NODE and REJOIN are faults
 *  too, of the same words. */
#define RH_DEED_MAP(X)                                                                             \
    X(KILL_NODE, "kill_node", "end a node at once: no exit step runs there")                       \
    X(FREEZE_NODE, "freeze_node", "let nothing of a node happen for a while")                      \
    X(CLOSE_PIPE, "close_pipe", "end both directions of the pipes between two nodes")              \
    X(RESET_PIPE, "reset_pipe", "drop the pipes between two nodes with what is under way")         \
    X(HALF_CLOSE_PIPE, "half_close_pipe", "end one direction of the pipes between two nodes")      \
    X(BLACK_HOLE, "black_hole", "swallow what is written in one direction, and tell nobody")       \
    X(CUT_PIPE, "cut_pipe", "reset a pipe after exactly so many bytes of one direction")           \
    X(PART, "part", "let nothing pass between two nodes for a while")                              \
    X(THAW_NODE, "thaw_node", "let a frozen node go on")                                           \
    X(RESTART_NODE, "restart_node", "start a killed node anew, with its actors")                   \
    X(REJOIN, "rejoin", "let everything pass between parted nodes again")                          \
    X(FLIP_BYTES, "flip_bytes", "flip a bit of what is under way in one direction")                \
    X(LOSE_BYTES, "lose_bytes", "lose some of what would arrive next in one direction")            \
    X(STALL_PIPE, "stall_pipe", "let nothing pass in one direction for a while")                   \
    X(NARROW_PIPE, "narrow_pipe", "leave room for only so many bytes in one direction")            \
    X(BLIP, "blip", "reset the pipes between two nodes, and let the first dial at once")           \
    X(PARTITION, "partition", "let nothing pass between some nodes and all others")                \
    X(SKEW_CLOCK, "skew_clock", "let the clock of a node jump ahead")

enum rh_deed {
#define X(identifier, word, sentence) RH_DEED_##identifier,
    RH_DEED_MAP(X)
#undef X
    RH_DEED_COUNT
};
extern const char *const rh_deed_words[RH_DEED_COUNT];

/** One row per comparison. */
#define RH_COMPARE_MAP(X)                                                                          \
    X(EQ, "eq")                                                                                    \
    X(NE, "ne")                                                                                    \
    X(LT, "lt")                                                                                    \
    X(LE, "le")                                                                                    \
    X(GT, "gt")                                                                                    \
    X(GE, "ge")

enum rh_compare {
#define X(identifier, word) RH_COMPARE_##identifier,
    RH_COMPARE_MAP(X)
#undef X
    RH_COMPARE_COUNT
};

/** One row per kind of event that a scenario can speak of: identifier, word, keys for actor, peer, message, name and
 *  word ("" where the kind has none), sentence. */
#define RH_OCCURRENCE_MAP(X)                                                                       \
    X(DELIVER, "deliver", "to", "from", "message", "", "", "an actor handles a message")           \
    X(SEND, "send", "from", "to", "message", "name", "", "an actor sends a message")               \
    X(REFUSE, "refuse", "from", "to", "message", "", "status", "a message is not accepted")        \
    X(DROP, "drop", "to", "from", "message", "", "why", "a message has no effect")                 \
    X(RETURN, "return", "from", "to", "message", "", "", "a message goes back to its sender")      \
    X(EXIT, "exit", "actor", "cause", "reason", "", "why", "an actor ends")                        \
    X(NOTICE, "notice", "to", "from", "reason", "", "", "a trapping actor handles an exit signal") \
    X(DOWN, "down", "to", "of", "reason", "", "", "an actor handles the notice of a monitor")      \
    X(TIMEOUT, "timeout", "to", "from", "message", "", "", "an actor handles a time-out")          \
    X(UNDELIVERABLE, "undeliverable", "to", "from", "message", "", "",                             \
      "an actor handles a message of its own that came back")                                      \
    X(SPAWN, "spawn", "actor", "parent", "", "behaviour", "", "an actor comes to life")            \
    X(OUTPUT, "output", "actor", "", "message", "", "", "an actor says something to the outside")  \
    X(INPUT, "input", "actor", "", "message", "", "", "the outside says something to an actor")    \
    X(REGISTER, "register", "actor", "by", "", "name", "", "a name gets an owner")                 \
    X(UNREGISTER, "unregister", "actor", "", "", "name", "why", "a name becomes free")             \
    X(JOIN, "join", "actor", "", "", "group", "", "an actor joins a group")                        \
    X(LEAVE, "leave", "actor", "", "", "group", "why", "an actor leaves a group")                  \
    X(LINK, "link", "actor", "peer", "", "", "", "a half of a link is installed")                  \
    X(UNLINK, "unlink", "actor", "peer", "", "", "why", "a half of a link is removed")             \
    X(TIMER, "timer", "from", "to", "message", "", "", "an actor starts a timer")                  \
    X(CANCEL, "cancel", "from", "to", "", "", "why", "a timer is cancelled")                       \
    X(FAULT, "fault", "actor", "", "", "", "kind", "a fault strikes")

enum rh_occurrence {
#define X(identifier, word, actor, peer, message, name, why, sentence) RH_OCCURRENCE_##identifier,
    RH_OCCURRENCE_MAP(X)
#undef X
    RH_OCCURRENCE_COUNT
};

/** One row per kind of claim about a run: identifier, word, whether `always` takes it, sentence. */
#define RH_CLAIM_MAP(X)                                                                            \
    X(ALIVE, "alive", true, "these actors are alive")                                              \
    X(DEAD, "dead", true, "these actors have ended, for these reasons")                            \
    X(RECEIVED, "received", false, "what actors have handled, in order")                           \
    X(OUTPUT, "output", false, "what actors have said to the outside, in order")                   \
    X(MAILBOX, "mailbox", false, "what waits in mailboxes, in order")                              \
    X(STATE, "state", true, "variables of scripted actors have these values")                      \
    X(NAMES, "names", true, "registered names have these owners; null: they are free")             \
    X(LINKS, "links", true, "an actor's own links, no more and no fewer")                          \
    X(MONITORS, "monitors", true, "the targets of an actor's own monitors")                        \
    X(TALLY, "count", true, "how many events of a kind there were")                                \
    X(OUTCOMES, "outcomes", false, "how many distinct outcomes an exhaustive exploration finds")   \
    X(RUNS, "runs", false, "how many interleavings an exhaustive exploration finds")               \
    X(CLASSES, "classes", false, "how many classes of equivalent interleavings dpor finds")

enum rh_claim {
#define X(identifier, word, always, sentence) RH_CLAIM_##identifier,
    RH_CLAIM_MAP(X)
#undef X
    RH_CLAIM_COUNT
};

/** One row per strategy. */
#define RH_PLAN_STRATEGY_MAP(X)                                                                    \
    X(FIFO, "fifo", "the oldest event first, no faults; one run")                                  \
    X(RANDOM, "random", "seeded runs, uniform over what may happen next")                          \
    X(UNIFORM, "uniform", "seeded runs, uniform over the interleavings of channels")               \
    X(PCT, "pct", "seeded runs by priorities that change depth - 1 times")                         \
    X(POS, "pos", "seeded runs by priorities of events, drawn again where they race")              \
    X(FAIR, "fair", "seeded runs in which whoever has waited longest goes first")                  \
    X(PORTFOLIO, "portfolio", "random, uniform, pct of depths 2 and 3, and pos in turn")           \
    X(EXHAUSTIVE, "exhaustive", "every order and every placement of faults")                       \
    X(DPOR, "dpor", "one run of each class of orders that differ, and every placement of faults")  \
    X(PINNED, "pinned", "one run that follows the lines of 'schedule'")

enum rh_plan_strategy_kind {
#define X(identifier, word, sentence) RH_PLAN_STRATEGY_##identifier,
    RH_PLAN_STRATEGY_MAP(X)
#undef X
    RH_PLAN_STRATEGY_COUNT
};

/** Is it one that draws runs from seeds, and proves nothing? */
static inline bool rh_plan_strategy_draws(enum rh_plan_strategy_kind kind)
{
    return kind >= RH_PLAN_STRATEGY_RANDOM && kind <= RH_PLAN_STRATEGY_PORTFOLIO;
}

extern const char *const rh_op_words[RH_OP_COUNT];
extern const char *const rh_compare_words[RH_COMPARE_COUNT];
extern const char *const rh_claim_words[RH_CLAIM_COUNT];
extern const char *const rh_occurrence_words[RH_OCCURRENCE_COUNT];
extern const char *const rh_plan_strategy_words[RH_PLAN_STRATEGY_COUNT];

/** The keys of one kind of event; NULL where it has none. */
struct rh_occurrence_keys {
    const char *actor;
    const char *peer;
    const char *message;
    const char *name;
    const char *word;
    const char *sentence;
};
extern const struct rh_occurrence_keys rh_occurrence_keys[RH_OCCURRENCE_COUNT];

/** Words that only the file knows; the numbers behind them are the places in these lists. */
enum {
    RH_TIME_WORDS = 2,
    RH_OVERFLOW_WORDS = 3,
    RH_ALIAS_WORDS = 4,
    RH_RESTART_WORDS = 3,
    RH_SUPERVISION_WORDS = 3,
    RH_READINESS_WORDS = 4
};
extern const char *const rh_time_words[RH_TIME_WORDS];
extern const char *const rh_overflow_words[RH_OVERFLOW_WORDS];
extern const char *const rh_alias_words[RH_ALIAS_WORDS];
extern const char *const rh_restart_words[RH_RESTART_WORDS];
extern const char *const rh_supervision_words[RH_SUPERVISION_WORDS];
extern const char *const rh_readiness_words[RH_READINESS_WORDS];

#ifdef __cplusplus
}
#endif
#endif
