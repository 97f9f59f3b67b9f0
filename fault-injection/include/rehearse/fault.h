/* SPDX-License-Identifier: MIT */
/** @file
 *  Faults: accidents that a correct system must tolerate. One catalogue; a fault is a value (kind, target, trigger,
 *  parameters). A menu of them offers events to a scheduler and implements core's filter; it knows nothing else.
 *
 *      create -> (filter | each | execute)* -> destroy */
#ifndef REHEARSE_FAULT_H
#define REHEARSE_FAULT_H

#include <rehearse/filter.h>
#include <rehearse/node.h>

RH_PUBLIC_BEGIN

/** One row per family: identifier, word, what its kinds are aimed at. */
#define RH_FAULT_FAMILY_MAP(X)                                                                     \
    X(ACTOR, "actor", "one actor of a group, by name")                                             \
    X(NODE, "node", "a node, or the ways between two")                                             \
    X(PIPE, "pipe", "the pipes between two nodes")                                                 \
    X(MESSAGE, "message",                                                                          \
      "a message that is about to be handled, by receiver, sender and pattern")                    \
    X(FORGERY, "forgery", "an actor that something comes to which nobody sent")                    \
    X(PROCESS, "process", "a child of a program, the eldest that it can strike")                   \
    X(IO, "io", "what the actors of a node ask of the world outside")

enum rh_fault_family {
#define X(identifier, word, sentence) RH_FAULT_FAMILY_##identifier,
    RH_FAULT_FAMILY_MAP(X)
#undef X
    RH_FAULT_FAMILY_COUNT
};

/** One row per kind: identifier, word, family, what it may do, what it may never do, what the system promises under it. */
#define RH_FAULT_MAP(X)                                                                               \
    X(CRASH, "crash", ACTOR, "end an actor between two turns, or inside one after n operations",      \
      "skip the exit step, or touch another actor",                                                   \
      "links and monitors hear once, with the reason; names are free; nothing leaks")                 \
    X(KILL, "kill", ACTOR, "send an actor the exit signal kill from outside", "be trapped",           \
      "it ends killed, and others see killed, which can be trapped")                                  \
    X(FIRE, "fire", ACTOR,                                                                            \
      "let a time-out of an actor happen before everything else that is pending",                     \
      "fire a timer early on its target's own clock, or twice",                                       \
      "either the time-out or what it waited for wins, never both, and nothing is lost")              \
    X(STALL, "stall", ACTOR, "keep an actor from running for a while",                                \
      "lose or reorder what waits for it",                                                            \
      "it goes on where it was; time-outs of others may pass meanwhile")                              \
    X(KILL_NODE, "kill_node", NODE, "end a node with everything on it, at once",                      \
      "run an exit step there",                                                                       \
      "others hear noconnection once for each link and monitor; nothing of it is acted on later")     \
    X(FREEZE_NODE, "freeze_node", NODE, "let nothing of a node happen for a while",                   \
      "lose or reorder what waits for it",                                                            \
      "others see it go down at most; it goes on where it was")                                       \
    X(CLOSE_PIPE, "close_pipe", PIPE, "end both directions of a pipe behind what is under way",       \
      "lose or tear what was written before", "both sides see one end, and may connect anew")         \
    X(RESET_PIPE, "reset_pipe", PIPE, "drop a pipe with what is under way",                           \
      "drop only a part of it", "both sides see one end; half a frame is never acted on")             \
    X(HALF_CLOSE_PIPE, "half_close_pipe", PIPE, "end one direction of a pipe",                        \
      "touch the other direction", "the connection ends as a whole, once")                            \
    X(BLACK_HOLE, "black_hole", PIPE, "swallow what is written in one direction, and tell nobody",    \
      "close anything", "only a deadline finds it")                                                   \
    X(CUT_PIPE, "cut_pipe", PIPE, "reset a pipe after exactly so many bytes",                         \
      "lose bytes in front of the cut",                                                               \
      "whole frames in front of it count, the torn one does not")                                     \
    X(PART, "part", NODE, "let nothing pass between two nodes for a while",                           \
      "lose or reorder anything",                                                                     \
      "what was under way arrives when they rejoin, unless a deadline has passed")                    \
    X(DROP, "drop", MESSAGE, "take a message away from its receiver, which has no turn for it",       \
      "take a control signal, or what the receiver has in its mailbox",                               \
      "the next of its sender is handled in its place; nobody hears of it; a timer of theirs does")   \
    X(DUPLICATE, "duplicate", MESSAGE, "leave a copy of a message that is being handled",             \
      "let anything of that sender come between the two, or copy a copy",                             \
      "each copy is handled once, in order; references, links and names know no difference")          \
    X(REPLACE, "replace", MESSAGE, "put another payload in the place of a message's",                 \
      "change who sent it, or where it stands in its channel",                                        \
      "the runtime acts on no payload, whatever it looks like")                                       \
    X(CORRUPT, "corrupt", MESSAGE,                                                                    \
      "flip the last bit of the last number, text or truth of a message",                             \
      "make it malformed, or change a pid or a reference in it",                                      \
      "it is a valid message still, and only its receiver can tell")                                  \
    X(HOLD, "hold", MESSAGE, "let a message wait for a while",                                        \
      "lose it, or let a later one of its sender overtake it",                                        \
      "it and what waits behind it are handled once, in order, later; time-outs may pass meanwhile")  \
    X(FORGE, "forge", FORGERY,                                                                        \
      "put a message or a control signal into a channel that nobody sent",                            \
      "make a control signal that is current",                                                        \
      "a message is taken as what it says; a control signal that nothing backs is dropped as stale")  \
    X(REPLAY, "replay", FORGERY,                                                                      \
      "bring the last message of a pattern that an actor handled again",                              \
      "change it, or bring what was never sent",                                                      \
      "it is handled as a message of its own; what it answered is over")                              \
    X(FLIP_BYTES, "flip_bytes", PIPE, "flip the lowest bit of a byte that is under way",              \
      "touch what has arrived", "a frame that is none ends its connection, and harms nobody else")    \
    X(LOSE_BYTES, "lose_bytes", PIPE, "lose some of the bytes that would arrive next",                \
      "lose more than one write, or close anything",                                                  \
      "what follows is no frame, or waits for bytes that never come; nothing torn is acted on")       \
    X(STALL_PIPE, "stall_pipe", PIPE, "let nothing pass in one direction for a while",                \
      "lose or reorder anything, or touch the other direction",                                       \
      "what was under way arrives later, unless a deadline has passed")                               \
    X(NARROW_PIPE, "narrow_pipe", PIPE, "leave room for only so many bytes in one direction",         \
      "lose or reorder anything",                                                                     \
      "who writes waits and goes on; what cannot be queued is refused, and nobody else is held up")   \
    X(BLIP, "blip", PIPE, "reset the pipes between two nodes, and let the first dial at once",        \
      "lose only a part of what was under way",                                                       \
      "the loss is told before the new connection, and nothing of the old one is acted on")           \
    X(PARTITION, "partition", NODE, "let nothing pass between some nodes and all others",             \
      "lose or reorder anything, or come between nodes of one side",                                  \
      "what was under way arrives when it is over, unless a deadline has passed")                     \
    X(RESTART_NODE, "restart_node", NODE,                                                             \
      "start a node that was killed anew, with fresh counters",                                       \
      "bring anything of its last life back",                                                         \
      "nothing that was meant for its last life reaches this one")                                    \
    X(REFUSE_START, "refuse_start", PROCESS, "let a start that is under way fail",                    \
      "leave a process", "its spawn fails; no name, no route, no registration is left")               \
    X(DELAY_START, "delay_start", PROCESS, "let a start that is under way take longer", "lose it",    \
      "it is ready later, or its time-out takes it back")                                             \
    X(FAIL_LAUNCH, "fail_launch", PROCESS, "let a process that starts exit with 127 at once",         \
      "run any of its code", "its spawn fails; no name, no route, no registration is left")           \
    X(KILL_PROCESS, "kill_process", PROCESS, "end a process that runs by signal 9, at any moment",    \
      "run an exit step there", "its host hears how it ended, once; who waited is answered")          \
    X(LOSE_CALLBACK, "lose_callback", MESSAGE,                                                        \
      "take the callback of a process away from its host",                                            \
      "touch anything else that the process says", "the spawn ends by its time-out, with no rest")    \
    X(DOUBLE_CALLBACK, "double_callback", MESSAGE, "let the callback of a process come twice",        \
      "change it", "the second changes nothing")                                                      \
    X(IGNORE_STOP, "ignore_stop", MESSAGE,                                                            \
      "take a drain or stop away from the agent of a process", "keep a signal from the process",      \
      "it is stopped by the next stage, killed by the last")                                          \
    X(SLOW, "slow", ACTOR, "let every turn of an actor take so long, from now on",                    \
      "lose or reorder what waits for it", "what waits for it is handled, later; caps hold")          \
    X(LATE, "late", ACTOR, "let the time-outs of an actor come late, up to so much",                  \
      "fire one early, or twice, or let one pass another", "who waits only waits longer")             \
    X(FAIL_ALLOCATION, "fail_allocation", ACTOR,                                                      \
      "let the n-th allocation of an actor's next turns fail", "fail another actor's",                \
      "the operation says so or the actor ends, no_memory; nothing leaks, nobody else is touched")    \
    X(REFUSE_IO, "refuse_io", IO,                                                                     \
      "refuse what an actor of a node asks for next: connect, start …", "do it in part",              \
      "who asked to connect, listen, start or write hears that it failed, once: it is closed, fault") \
    X(EXHAUST, "exhaust", ACTOR,                                                                      \
      "leave an actor only so many references, links and children that it can still have",            \
      "give an identity a second time, or touch what it has already",                                 \
      "what it asks for beyond them is refused, exhausted; it goes on, and nothing leaks")            \
    X(SKEW_CLOCK, "skew_clock", NODE, "let the clock of a node jump ahead",                           \
      "go back, or stand still",                                                                      \
      "time-outs there come early for everybody else, never for its own clock, and each once")

enum rh_fault_kind {
#define X(identifier, word, family, may, may_never, promised) RH_FAULT_##identifier,
    RH_FAULT_MAP(X)
#undef X
    RH_FAULT_COUNT
};
const char *rh_fault_kind_word(enum rh_fault_kind kind);
enum rh_fault_family rh_fault_kind_family(enum rh_fault_kind kind);

/** Some of the actors. All zero: any. Borrowed. */
struct rh_fault_group {
    const char *const *names; /**< one of these; NULL: any */
    size_t count;
    uint32_t node; /**< on this node: 1 + its index; 0: on any */
};

/** A fault in the plan. Borrowed by the menu for its life. One that is neither pinned to a message nor to a time is drawn: it
 *  may strike at any event that it fits, or never. */
struct rh_fault_spec {
    enum rh_fault_kind kind;
    const char *actor;                /**< its name; NULL: one of `group` */
    struct rh_fault_group group;      /**< of actors; of messages and forgeries: the receiver */
    struct rh_fault_group from;       /**< messages and forgeries: the sender */
    const struct rh_message *message; /**< messages, replay: of this pattern; NULL: any */
    struct rh_message payload;  /**< replace: handled instead; forge: what comes, or the reason */
    enum rh_signal_kind signal; /**< forge: RH_SIGNAL_START stands for MESSAGE; see rh_node_forge */
    struct rh_message reason;   /**< crash; empty: the text "crash" */
    bool is_pinned;             /**< messages: strikes by `times` and `every`, or at `at` */
    const struct rh_message *
        when; /**< pinned: strikes when the actor handles a message of this pattern; crash and kill */
    uint32_t times;            /**< pinned: the n-th such message; 0 means 1 */
    uint32_t every;            /**< pinned: and each n-th behind that; 0: no other */
    uint32_t after_operations; /**< crash inside that turn, after so many operations; 0 means 1 */
    bool has_at;               /**< pinned: strikes at `at`; messages: the first from then on */
    rh_instant at;
    const char *phase; /**< only in this phase, and counting what happens in it; NULL: in any */
    bool at_phase;     /**< pinned: strikes as its phase begins */
    rh_instant since;  /**< drawn: not before */
    rh_instant until;  /**< drawn: not after; 0: at any time */
    uint32_t weight;   /**< drawn by random strategies: against 1 of any other event; 0 means 1 */
    uint32_t max;      /**< how often it may strike; 0 means 1, with `every` any number of times */
    rh_duration
        span; /**< stall, freeze, part, hold: how long; RH_NEVER until the run heals; skew: how far */
    uint32_t node;       /**< faults of nodes and pipes: index of the node */
    uint32_t other;      /**< pipes: of the other one */
    uint64_t bytes;      /**< cut, narrow: how many; flip: which; lose: how many, 0 means 1 */
    uint64_t bytes_most; /**< or any number up to this one, each an alternative; 0: just `bytes` */
    uint64_t nodes;      /**< partition: bit of each node of one side */
    const char *program; /**< processes: of which */
    const char *effect;  /**< refuse_io: word of RH_EFFECT_MAP; NULL: any */
    uint32_t nth;        /**< fail_allocation; 0 means 1 */
    uint32_t left;       /**< exhaust: how many it may still have of each */
};

/** A message that may be handled now. */
struct rh_fault_prey {
    uint32_t node; /**< index of the node where it waits */
    const struct rh_pending *pending;
    rh_instant earliest;
    rh_instant latest;
};

/** What the menu needs of whoever runs it. */
struct rh_fault_host {
    const struct rh_allocator *allocator; /**< of what is made for the nodes */
    /** Find a live actor by name; one that may be dead. */
    bool (*find)(void *self, const char *name, struct rh_pid *ret_actor);
    bool (*recall)(void *self, const char *name, struct rh_pid *ret_actor);
    struct rh_node *(*node)(void *self, struct rh_pid actor);
    /** What the clock of its node shows. */
    rh_instant (*clock)(void *self, struct rh_pid actor);
    /** Keep an actor from running until then. */
    void (*stall)(void *self, struct rh_pid actor, rh_instant until);
    /** Let every turn of it take so long; its time-outs come up to so much late; its n-th allocation from now on fail. */
    void (*slow)(void *self, struct rh_pid actor, rh_duration each);
    void (*late)(void *self, struct rh_pid actor, rh_duration most);
    void (*starve)(void *self, struct rh_pid actor, uint32_t nth);
    /** Is a time-out aimed at it, and let the earliest happen now. */
    bool (*has_timer)(void *self, struct rh_pid actor);
    void (*fire)(void *self, struct rh_pid actor);
    /** Is a fault of nodes, pipes or processes possible now, and do it. */
    bool (*can_network)(void *self, const struct rh_fault_spec *spec);
    void (*network)(void *self, const struct rh_fault_spec *spec, rh_instant now);
    /** Is an actor on a node that is a child of this program? */
    bool (*is_of_program)(void *self, const char *program, struct rh_pid actor);
    /** Tell each message that may be handled now by a live actor, in a fixed order; while offers are told. */
    void (*each_message)(void *self, bool (*visit)(void *visitor, const struct rh_fault_prey *prey),
                         void *visitor);
    /** Let the message that is struck be handled: the filter says how. Or let it wait until then. */
    void (*handle)(void *self, const struct rh_fault_prey *prey);
    void (*hold)(void *self, const struct rh_fault_prey *prey, rh_instant until);
    /** The time that no event has passed yet. */
    rh_instant (*now)(void *self);
    /** A fault has struck; of nodes and pipes, nobody, and where. */
    void (*tell)(void *self, enum rh_fault_kind kind, struct rh_pid actor,
                 const struct rh_message *message);
    void *self;
};

struct rh_fault_menu;
RH_MUST_USE enum rh_status rh_fault_menu_create(const struct rh_allocator *allocator,
                                                const struct rh_fault_spec *specs, size_t count,
                                                const struct rh_fault_host *host,
                                                struct rh_fault_menu **ret_menu);
void rh_fault_menu_destroy(struct rh_fault_menu *menu);

/** Let at most so many drawn faults strike in the run; 0: any number. Before the run. */
void rh_fault_menu_bound(struct rh_fault_menu *menu, uint64_t budget);

/** The filter that carries the faults of messages. Lives as long as the menu. */
const struct rh_filter *rh_fault_menu_filter(const struct rh_fault_menu *menu);
/** Does a hold that is pinned to this message strike? Then it waits, and is not to be handled now. Asked before a message is
 *  handled, of hosts whose rh_fault_menu_holds says so. */
bool rh_fault_menu_hold(struct rh_fault_menu *menu, const struct rh_fault_prey *prey,
                        rh_instant now);
bool rh_fault_menu_holds(const struct rh_fault_menu *menu);

/** A fault that may strike now, as an event of its own. */
struct rh_fault_offer {
    uint32_t spec; /**< its index */
    uint32_t
        target; /**< which of its group or of its numbers of bytes; messages: 0, `prey` says which */
    struct rh_pid actor;
    rh_instant earliest;
    rh_instant latest;
    bool optional; /**< false: pinned to a time */
    uint32_t weight;
    const struct rh_fault_prey *prey; /**< NULL: it is no alternative to anything */
};
/** Tell what may strike, in the order of the specs. */
void rh_fault_menu_each(struct rh_fault_menu *menu,
                        bool (*visit)(void *self, const struct rh_fault_offer *offer), void *self);
/** Let one strike; `prey` of a message. */
void rh_fault_menu_execute(struct rh_fault_menu *menu, uint32_t spec, uint32_t target,
                           const struct rh_fault_prey *prey, rh_instant now);
/** Begin a phase, whose name is borrowed; the run begins in none. */
void rh_fault_menu_enter(struct rh_fault_menu *menu, const char *phase, rh_instant now);
/** No fault strikes from now on. */
void rh_fault_menu_heal(struct rh_fault_menu *menu);
/** How often a spec has struck. */
uint32_t rh_fault_menu_fired(const struct rh_fault_menu *menu, size_t id);

RH_PUBLIC_END
#endif
