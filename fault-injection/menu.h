/* SPDX-License-Identifier: MIT */
/* What the families of faults share. Private to fault-injection. */
#ifndef FAULT_INJECTION_MENU_H
#define FAULT_INJECTION_MENU_H

#include <rehearse/fault.h>

struct armed {
    const struct rh_fault_spec *spec;
    uint32_t fired;
    uint32_t matches;       /**< messages that it fits and that were handled */
    bool has_kept;          /**< replay: the last of them */
    struct rh_message kept; /**< referenced */
    struct rh_pid kept_from;
    struct rh_pid kept_by;
    bool is_waiting; /**< refuse_io: it was drawn, and strikes what is asked for next */
};

/** What a kind does; what it cannot do is NULL. */
struct fault_family {
    /** As an event of its own: is it possible for this actor now (NULL: always), and do it. */
    bool (*possible)(const struct rh_fault_host *host, const struct armed *armed,
                     struct rh_pid actor);
    void (*strike)(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                   rh_instant now);
    /** At a message that is about to be handled. */
    struct rh_filter_answer (*answer)(const struct rh_fault_host *host,
                                      const struct rh_fault_spec *spec,
                                      const struct rh_message *message);
};

struct rh_fault_menu {
    const struct rh_allocator *allocator;
    struct rh_fault_host host;
    struct rh_filter filter;
    bool healed;
    bool holds;        /**< a hold is pinned to a message */
    const char *phase; /**< NULL: none yet */
    rh_instant phase_since;
    uint64_t budget;      /**< of drawn faults in the run; 0: no bound */
    uint64_t drawn;       /**< that have struck */
    struct armed *forced; /**< strikes at the message that is handled next */
    size_t count;
    struct armed armed[];
};

/** The filter: see pinned.c. */
struct rh_filter_answer menu_answer(void *menu, const struct rh_filter_question *question);
const struct fault_family *menu_family(enum rh_fault_kind kind);
/** May it strike no more, or not in this phase? */
bool menu_is_off(const struct rh_fault_menu *menu, const struct armed *armed);
/** Is it an event of its own, that may happen or not? */
bool menu_is_drawn(const struct rh_fault_spec *spec);
/** Is a message one of those that a fault is about? */
bool menu_fits(const struct rh_fault_menu *menu, const struct rh_fault_spec *spec,
               struct rh_pid from, struct rh_pid to, const struct rh_message *message);
/** Count that a fault strikes, and tell of it. `message` is what it strikes or what comes; NULL: nothing, or the reason of a
 *  crash. */
void menu_strikes(struct rh_fault_menu *menu, struct armed *armed, struct rh_pid actor,
                  const struct rh_message *message);

extern const struct fault_family fault_crash;
extern const struct fault_family fault_kill;
extern const struct fault_family fault_fire;
extern const struct fault_family fault_stall;
/** Of nodes and pipes. */
extern const struct fault_family fault_network;
extern const struct fault_family fault_drop;
extern const struct fault_family fault_duplicate;
extern const struct fault_family fault_replace;
extern const struct fault_family fault_corrupt;
/** The host keeps what is held: nothing to answer. */
extern const struct fault_family fault_hold;
extern const struct fault_family fault_forge;
extern const struct fault_family fault_replay;
/** Of processes: what is said between a child and its host. */
extern const struct fault_family fault_lose_callback;
extern const struct fault_family fault_double_callback;
extern const struct fault_family fault_ignore_stop;
extern const struct fault_family fault_slow;
extern const struct fault_family fault_late;
extern const struct fault_family fault_starve;
extern const struct fault_family fault_exhaust;
extern const struct fault_family fault_refuse_io;

/** Is a message what a kind is about? Of others than the callback and stop of a process: true. */
bool fault_is_about(enum rh_fault_kind kind, const struct rh_message *message);
/** Does this effect of a node meet a refusal? */
bool fault_refuses(const struct rh_fault_menu *menu, const struct armed *armed,
                   const struct rh_filter_question *question);

/** The reason of a crash; the caller owns it. */
struct rh_message fault_reason(const struct rh_fault_spec *spec);
/** Who a forgery seems to come from: the first of `from`, or nobody. */
struct rh_pid fault_sender(const struct rh_fault_host *host, const struct rh_fault_spec *spec);
/** The last bit of the last scalar of a message flipped; the caller owns it. As it was, if it has none. */
struct rh_message fault_corrupted(const struct rh_allocator *allocator,
                                  const struct rh_message *message);
/** When what lasts for the span of a fault is over. */
static inline rh_instant fault_end(const struct rh_fault_spec *spec, rh_instant now)
{
    return spec->span > RH_NEVER - now ? RH_NEVER : now + spec->span;
}

#endif
