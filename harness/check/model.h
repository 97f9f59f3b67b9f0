/* SPDX-License-Identifier: MIT */
/** @file
 *  The shared model: what the event stream says about actors, channels and mailboxes, kept once for all families.
 *
 *  It follows an event before the families hear of it, and leaves what it found in `actor`, `life`, `ending` and `post`. It
 *  believes everything: judging is the families' business. */
#ifndef HARNESS_CHECK_MODEL_H
#define HARNESS_CHECK_MODEL_H

#include "harness/check/table.h"

#include <rehearse/check.h>

enum life {
    LIFE_UNKNOWN,
    LIFE_ALIVE,
    LIFE_EXITING, /**< in its exit step */
    LIFE_DEAD
};

/** What is unusual about an event. */
enum fact {
    FACT_QUALIFIED = 1, /**< it carries a name, an ordinal or a why */
    FACT_LIFE = 2,      /**< its actor is not alive, or has not started */
    FACT_UNSENT = 4,    /**< nothing like it was under way */
    FACT_OVERTAKES = 8, /**< something older of its channel still is */
    FACT_CAPPED = 16,   /**< a message, and somebody has or had a cap */
    FACT_DUE = 32,      /**< the record of a step that somebody has waited for */
    FACT_ABROAD = 64,   /**< its actor lives on another node: a proxy, or what arrived from there */
};

/** One actor, as long as no later one has its slot. The counts are those of what the stream has added and not removed. */
struct part {
    struct rh_pid pid;
    uint32_t epoch;
    uint8_t life; /**< enum life */
    bool started;
    bool trap;
    bool waiting;
    bool wants_known;
    bool is_endpoint; /**< its behaviour has that name: it owns a connection */
    uint32_t channel; /**< where it sent last, a hint */
    uint32_t links;
    uint32_t monitors;
    uint32_t watches;
    uint32_t aliases;
    uint32_t timers; /**< aimed at it */
    uint32_t names;
    uint32_t groups;
    uint32_t cap;
    uint32_t counted; /**< messages that wait and count against the cap */
    uint32_t wants;   /**< of the last wait: first in `wants` */
    uint32_t mail_first;
    uint32_t mail_last;
    uint32_t mail_count;
    uint64_t last_monitor; /**< ordinal */
    rh_instant wait_due;
};

/** A signal under way. */
struct flight {
    uint32_t next;
    uint32_t number; /**< n-th of its channel */
    uint8_t signal;  /**< enum rh_signal_kind */
    bool counted;
    bool of_fault; /**< a copy or a forgery */
    uint64_t ordinal;
    struct rh_message message; /**< referenced */
};

struct channel_key {
    struct rh_pid from;
    struct rh_pid to; /**< of a message to a name: {node, 0, number of the name, 0} */
    uint64_t
        told_on; /**< number of the node: what departs from one is sent once more on the other */
};

struct channel {
    struct channel_key key;
    uint32_t first;
    uint32_t last;
    uint32_t length;
    uint32_t sent;
};

/** A delivery in a mailbox. */
struct mail {
    uint32_t next;
    uint8_t signal;
    bool counted;
    struct rh_pid from;
    uint64_t ordinal;
    struct rh_message message; /**< referenced */
};

/** One row of a wait: a pattern, a tag or a reference. */
struct want {
    uint32_t next;
    enum want_kind {
        WANT_PATTERN,
        WANT_TAG,
        WANT_REF
    } kind;
    struct rh_message message; /**< referenced */
    struct rh_ref ref;
};

/** What one node has said of its connection to another. */
struct tie {
    uint64_t key; /**< node << 32 | peer */
    uint64_t generation;
    struct rh_pid endpoint;
    uint64_t up;
};

struct crew {
    struct part *parts; /**< by slot */
    uint32_t capacity;
    uint32_t used; /**< slots of this run */
};

struct model {
    struct rh_judge *judge;
    const struct rh_allocator *allocator;
    uint32_t epoch;
    struct crew *crews; /**< by the pid's node */
    uint32_t crew_count;
    struct table channels;
    struct table ties;
    struct slab flights;
    struct slab mails;
    struct slab wants;
    struct table names;
    char *text; /**< of the names, each with its terminator */
    uint32_t text_used;
    uint32_t text_capacity;
    uint64_t under_way; /**< flights in channels */
    bool capped;        /**< some actor has or had a cap */
    bool lossy;         /**< a fault has let bytes vanish, or keeps them: nodes may disagree */
    bool garbled;       /**< one has changed bytes: what arrives may say something else */
    bool node_lost;     /**< a node has stopped: what it held has not ended in any event */

    struct model_totals {
        int64_t spawned;
        int64_t exited;
        int64_t links;
        int64_t monitors;
        int64_t watches;
        int64_t aliases;
        int64_t names;
        int64_t groups;
        int64_t timers;
        int64_t waits_timed; /**< armed receives with a time-out */
    } totals;

    /* ---- about the event that is being told ---- */

    uint64_t step;       /**< of the world */
    uint32_t told_on;    /**< number of the node that tells it */
    struct part *actor;  /**< of event->actor, or NULL; lasts for the event */
    unsigned facts;      /**< enum fact */
    enum life life;      /**< of event->actor before the event */
    bool birth_is_clean; /**< SPAWN: nobody of that identity or later has lived in the slot */
    /** HANDLE, PUT, DROP, RETURN of what was sent. */
    struct {
        uint32_t flight;    /**< 0: nothing like it was under way */
        uint32_t overtaken; /**< 0: it was its channel's oldest; otherwise that is */
    } ending;
    /** TAKE, DISCARD. */
    struct {
        uint32_t mail; /**< 0: nothing like it was in the mailbox */
        uint32_t
            wanted; /**< TAKE: the earliest that is wanted, if wants are known; 0: none, or not known */
    } post;
};

void model_init(struct model *model, const struct rh_allocator *allocator, struct rh_judge *judge);
void model_deinit(struct model *model);
/** Forget the run. */
void model_reset(struct model *model);
/** Give back every message that is still held. */
void model_release(struct model *model);
/** Follow one event. RH_NO_MEMORY: the model is of no use any more. */
RH_MUST_USE enum rh_status model_follow(struct model *model, const struct rh_record *record);

/** Follow a fault of the world's. */
void model_fault(struct model *model, const struct rh_event *fault);
/** Complete an event after all families have heard of it. */
void model_settle(struct model *model, const struct rh_event *event);

static inline bool same_pid(const struct rh_pid *a, const struct rh_pid *b)
{
    uint64_t x[2];
    uint64_t y[2];
    memcpy(x, a, sizeof(x));
    memcpy(y, b, sizeof(y));
    return x[0] == y[0] && x[1] == y[1];
}

/** Return the actor of exactly this identity if its slot has no later tenant, or NULL. */
static inline struct part *model_part(const struct model *model, struct rh_pid pid)
{
    if (pid.node >= model->crew_count || pid.slot >= model->crews[pid.node].used) {
        return NULL;
    }
    struct part *part = &model->crews[pid.node].parts[pid.slot];
    return part->epoch == model->epoch && same_pid(&part->pid, &pid) ? part : NULL;
}
enum life model_life(const struct model *model, struct rh_pid pid);
/** Return what a node said of its connection to another; NULL: nothing yet. */
struct tie *model_tie(const struct model *model, uint32_t node, uint32_t peer);
/** Return whether both say that their connection is up. */
bool model_connected(const struct model *model, uint32_t a, uint32_t b);
/** Return how much is under way on a node from one to the other, messages to names apart. */
uint32_t model_under_way(const struct model *model, uint32_t node, struct rh_pid from,
                         struct rh_pid to);
/** Visit every actor that was born in this run and has the last word in its slot. */
void model_each_part(const struct model *model, void (*visit)(void *self, struct part *part),
                     void *self);
/** Return a number for a name on a node, the same for the same text; 0: no memory. */
uint32_t model_name(struct model *model, uint32_t node, const char *text);
const char *model_name_text(const struct model *model, uint32_t number);
/** Is this a kind that is sent, and so has a channel? */
static inline bool model_travels(enum rh_signal_kind signal)
{
    const uint32_t local = UINT32_C(1) << RH_SIGNAL_TIMER | UINT32_C(1) << RH_SIGNAL_RECEIVE_TIMER |
                           UINT32_C(1) << RH_SIGNAL_USER | UINT32_C(1) << RH_SIGNAL_TAKE |
                           UINT32_C(1) << RH_SIGNAL_IO;
    return (local >> signal & 1) == 0;
}

static inline struct flight *model_flight(const struct model *model, uint32_t number)
{
    return &((struct flight *)(void *)model->flights.items)[number - 1];
}
static inline struct mail *model_mail(const struct model *model, uint32_t number)
{
    return &((struct mail *)(void *)model->mails.items)[number - 1];
}

static inline bool messages_same(const struct rh_message *a, const struct rh_message *b)
{
    return memcmp(a, b, sizeof(*a)) == 0 || rh_message_equal(a, b);
}

/* ---- channels: channels.c ---- */

/** Is this event about an actor of another node? */
static inline bool model_is_abroad(const struct model *model)
{
    return (model->facts & FACT_ABROAD) != 0;
}

/** Something was sent: it is under way. */
enum rh_status channel_sent(struct model *model, const struct rh_event *event);
/** Something that was sent has met its end: find it and take it out, into `ending`. */
enum rh_status channel_ended(struct model *model, const struct rh_event *event);
/** The same of what has left for another node. */
enum rh_status channel_departed(struct model *model, const struct rh_event *event);
/** A message that was above the cap is dropped as soon as it is sent: the newest, whatever is like it. */
void channel_newest_first(struct model *model, const struct rh_event *event);
/** Forget what was under way on a node that has stopped. */
void channels_lose(struct model *model, uint32_t node);
/** Give back what ended last. */
void channel_forget_ending(struct model *model);

/* ---- mailboxes: mail.c ---- */

enum rh_status mail_put(struct model *model, struct part *part, const struct rh_event *event,
                        bool counted);
/** Find what TAKE or DISCARD speaks of, and take it out. */
void mail_leaves(struct model *model, struct part *part, const struct rh_event *event);
enum rh_status mail_wait(struct model *model, struct part *part, const struct rh_event *event);
/** Forget mail and wants of an actor. */
void mail_forget(struct model *model, struct part *part);
/** Return the earliest mail that the last wait wants; 0: none. A scan, naive on purpose. */
uint32_t mail_first_wanted(const struct model *model, const struct part *part);
/** Return the earliest notice of this kind from that partner or of that reference; 0: none. */
uint32_t mail_find_notice(const struct model *model, const struct part *part,
                          const struct rh_event *flush);

#endif
