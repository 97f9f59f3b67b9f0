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

#ifdef __cplusplus
extern "C" {
#endif

/** One row per kind: identifier, word, what it may do, what it may never do, what the system promises under it. */
#define RH_FAULT_MAP(X)                                                                            \
    X(CRASH, "crash", "end an actor between two turns, or inside one after n operations",          \
      "skip the exit step, or touch another actor",                                                \
      "links and monitors hear once, with the reason; names are free; nothing leaks")              \
    X(KILL, "kill", "send an actor the exit signal kill from outside", "be trapped",               \
      "it ends killed, and others see killed, which can be trapped")                               \
    X(FIRE, "fire", "let a time-out of an actor happen before everything else that is pending",    \
      "fire a timer early on its target's own clock, or twice",                                    \
      "either the time-out or what it waited for wins, never both, and nothing is lost")           \
    X(STALL, "stall", "keep an actor from running for a while",                                    \
      "lose or reorder what waits for it",                                                         \
      "it goes on where it was; time-outs of others may pass meanwhile")                           \
    X(KILL_NODE, "kill_node", "end a node with everything on it, at once",                         \
      "run an exit step there",                                                                    \
      "others hear noconnection once for each link and monitor; nothing of it is acted on later")  \
    X(FREEZE_NODE, "freeze_node", "let nothing of a node happen for a while",                      \
      "lose or reorder what waits for it",                                                         \
      "others see it go down at most; it goes on where it was")                                    \
    X(CLOSE_PIPE, "close_pipe", "end both directions of a pipe behind what is under way",          \
      "lose or tear what was written before", "both sides see one end, and may connect anew")      \
    X(RESET_PIPE, "reset_pipe", "drop a pipe with what is under way", "drop only a part of it",    \
      "both sides see one end; half a frame is never acted on")                                    \
    X(HALF_CLOSE_PIPE, "half_close_pipe", "end one direction of a pipe",                           \
      "touch the other direction", "the connection ends as a whole, once")                         \
    X(BLACK_HOLE, "black_hole", "swallow what is written in one direction, and tell nobody",       \
      "close anything", "only a deadline finds it")                                                \
    X(CUT_PIPE, "cut_pipe", "reset a pipe after exactly so many bytes",                            \
      "lose bytes in front of the cut",                                                            \
      "whole frames in front of it count, the torn one does not")                                  \
    X(PART, "part", "let nothing pass between two nodes for a while", "lose or reorder anything",  \
      "what was under way arrives when they rejoin, unless a deadline has passed")

enum rh_fault_kind {
#define X(identifier, word, may, may_never, promised) RH_FAULT_##identifier,
    RH_FAULT_MAP(X)
#undef X
    RH_FAULT_COUNT
};
const char *rh_fault_kind_word(enum rh_fault_kind kind);

/** A fault in the plan. Borrowed by the menu for its life. */
struct rh_fault_spec {
    enum rh_fault_kind kind;
    const char *actor;        /**< its name */
    struct rh_message reason; /**< crash; empty: the text "crash" */
    const struct rh_message *
        when; /**< pinned: strikes when the actor handles a message of this pattern; crash and kill */
    uint32_t times;            /**< the n-th such message; 0 means 1 */
    uint32_t after_operations; /**< crash inside that turn, after so many operations; 0 means 1 */
    bool has_at;               /**< pinned: strikes at `at` */
    rh_instant at;
    uint32_t max;     /**< how often it may strike; 0 means 1 */
    rh_duration span; /**< stall, freeze, part: how long; RH_NEVER until the run heals */
    uint32_t node;    /**< faults of nodes and pipes, from KILL_NODE: index of the node */
    uint32_t other;   /**< pipes: of the other one */
    uint64_t bytes;   /**< cut */
};

/** What the menu needs of whoever runs it. */
struct rh_fault_host {
    /** Find a live actor by name. */
    bool (*find)(void *self, const char *name, struct rh_pid *ret_actor);
    struct rh_node *(*node)(void *self, struct rh_pid actor);
    /** Keep an actor from running until then. */
    void (*stall)(void *self, struct rh_pid actor, rh_instant until);
    /** Is a time-out aimed at it, and let the earliest happen now. */
    bool (*has_timer)(void *self, struct rh_pid actor);
    void (*fire)(void *self, struct rh_pid actor);
    /** Is a fault of nodes or pipes possible now, and do it. */
    bool (*can_network)(void *self, const struct rh_fault_spec *spec);
    void (*network)(void *self, const struct rh_fault_spec *spec, rh_instant now);
    /** A fault has struck; of nodes and pipes, nobody, and where. */
    void (*tell)(void *self, enum rh_fault_kind kind, struct rh_pid actor,
                 const struct rh_message *reason);
    void *self;
};

struct rh_fault_menu;
RH_MUST_USE enum rh_status rh_fault_menu_create(const struct rh_allocator *allocator,
                                                const struct rh_fault_spec *specs, size_t count,
                                                const struct rh_fault_host *host,
                                                struct rh_fault_menu **ret_menu);
void rh_fault_menu_destroy(struct rh_fault_menu *menu);

/** The filter that carries the faults pinned to messages. Lives as long as the menu. */
const struct rh_filter *rh_fault_menu_filter(const struct rh_fault_menu *menu);

/** A fault that may strike now, as an event of its own. */
struct rh_fault_offer {
    uint32_t id; /**< index of the spec */
    struct rh_pid actor;
    rh_instant earliest;
    bool optional; /**< false: pinned to a time */
};
/** Tell what may strike, in the order of the specs. */
void rh_fault_menu_each(struct rh_fault_menu *menu,
                        bool (*visit)(void *self, const struct rh_fault_offer *offer), void *self);
/** Let one strike. */
void rh_fault_menu_execute(struct rh_fault_menu *menu, uint32_t id, rh_instant now);
/** No fault strikes from now on. */
void rh_fault_menu_heal(struct rh_fault_menu *menu);
/** How often a spec has struck. */
uint32_t rh_fault_menu_fired(const struct rh_fault_menu *menu, size_t id);

#ifdef __cplusplus
}
#endif
#endif
