/* SPDX-License-Identifier: MIT */
/*
 * Lanes: what a scheduler that chooses would have to find by walking the whole queue, once for every event.
 *
 * Each signal that waits has an entry; entries are found by the signal's address, which decides nothing else. An entry has
 * its neighbours in its lane and, while it is deliverable, in the list of what is. A signal that leaves lets the next one of
 * its lane step forward: its place in the list is looked for from where the other was and from the end at once, since lanes
 * that were filled in one go advance side by side and lanes that are filled in turns go round.
 *
 * Memory is taken when the lanes are built, for twice as many as wait then. A signal for which there is no entry left makes
 * them be forgotten: the next walk builds them again, larger. So what an actor's operation allocates does not depend on
 * whether somebody has asked what could happen next.
 */
#include "core/actor/lanes.h"

#include "core/base/random.h"

#include <string.h>

#define NONE 0u
#define ENTRIES_MIN 64u
#define ORDER_FIRST (UINT64_C(1) << 62)

struct entry {
    struct signal *signal;
    uint64_t order;  /**< of sending */
    uint32_t chain;  /**< next one of its bucket, or next free one */
    uint32_t lane;   /**< NONE: a TAKE, which is in none */
    uint32_t before; /**< in the lane */
    uint32_t behind;
    uint32_t prev; /**< in the list of what is deliverable */
    uint32_t next;
    bool is_open; /**< it is in that list */
};

struct lane {
    uint32_t first;
    uint32_t last;
    uint32_t chain;
};

struct lanes {
    uint32_t capacity; /**< a power of two; places are from 1 */
    uint32_t free_entry;
    uint32_t free_lane;
    uint32_t open_first;
    uint32_t open_last;
    uint64_t order_first;
    uint64_t order_last;
    struct entry *entries;
    struct lane *lanes;
    uint32_t *entry_buckets;
    uint32_t *lane_buckets;
};

/* ---- channels ---- */

bool same_channel(const struct rh_node *node, const struct signal *a, const struct signal *b)
{
    if (!rh_pid_equal(a->body.from, b->body.from)) {
        return false;
    }
    if (a->to.node != node->id && a->to.node != 0) {
        return !pid_is_local(node, b->to) && a->hop == b->hop; /* they share a connection */
    }
    bool a_named = (a->body.flags & SIGNAL_BY_NAME) != 0 && a->kind == RH_SIGNAL_MESSAGE;
    bool b_named = (b->body.flags & SIGNAL_BY_NAME) != 0 && b->kind == RH_SIGNAL_MESSAGE;
    return a_named == b_named && (!a_named || a->body.detail == b->body.detail) &&
           rh_pid_equal(a->to, b->to);
}

size_t channel_hash(const struct rh_node *node, const struct signal *signal)
{
    bool local = signal->to.node == node->id;
    uint64_t to = local ? (uint64_t)signal->to.slot << 32 | signal->to.generation : signal->hop;
    uint64_t from = (uint64_t)signal->body.from.slot << 32 | signal->body.from.generation;
    return (size_t)random_mix(to * RANDOM_STRIDE + from);
}

/* ---- tables ---- */

static uint32_t *bucket_of(const struct lanes *lanes, const struct signal *signal)
{
    uint64_t address = (uint64_t)(uintptr_t)signal;
    return &lanes->entry_buckets[random_mix(address) & (lanes->capacity - 1)];
}

static uint32_t *lane_bucket_of(const struct rh_node *node, const struct signal *signal)
{
    const struct lanes *lanes = node->lanes;
    return &lanes->lane_buckets[channel_hash(node, signal) & (lanes->capacity - 1)];
}

/* Return the place of a signal that comes; NONE: there is no room, and the lanes are forgotten. */
static uint32_t enter(struct rh_node *node, struct signal *signal)
{
    struct lanes *lanes = node->lanes;
    uint32_t place = lanes->free_entry;
    if (place == NONE) {
        lanes_free(node);
        return NONE;
    }
    uint32_t *bucket = bucket_of(lanes, signal);
    struct entry *entry = &lanes->entries[place];
    lanes->free_entry = entry->chain;
    *entry = (struct entry){.signal = signal, .chain = *bucket};
    *bucket = place;
    return place;
}

/* Take the entry of a signal out of its bucket; it is there. */
static uint32_t find_out(struct lanes *lanes, const struct signal *signal)
{
    uint32_t *link = bucket_of(lanes, signal);
    while (lanes->entries[*link].signal != signal) {
        RH_ASSERT(*link != NONE);
        link = &lanes->entries[*link].chain;
    }
    uint32_t place = *link;
    *link = lanes->entries[place].chain;
    return place;
}

/* Return the lane that a signal is for, made if nothing waits there. */
static uint32_t lane_for(struct rh_node *node, const struct signal *signal)
{
    struct lanes *lanes = node->lanes;
    uint32_t *bucket = lane_bucket_of(node, signal);
    uint32_t at = *bucket;
    while (at != NONE &&
           !same_channel(node, lanes->entries[lanes->lanes[at].first].signal, signal)) {
        at = lanes->lanes[at].chain;
    }
    if (at == NONE) {
        at = lanes->free_lane;
        lanes->free_lane = lanes->lanes[at].chain;
        lanes->lanes[at] = (struct lane){.chain = *bucket};
        *bucket = at;
    }
    return at;
}

/* The last signal of a lane is leaving. */
static void drop_lane(struct rh_node *node, uint32_t at, const struct signal *signal)
{
    struct lanes *lanes = node->lanes;
    uint32_t *link = lane_bucket_of(node, signal);
    while (*link != at) {
        RH_ASSERT(*link != NONE);
        link = &lanes->lanes[*link].chain;
    }
    *link = lanes->lanes[at].chain;
    lanes->lanes[at].chain = lanes->free_lane;
    lanes->free_lane = at;
}

/* ---- what is deliverable ---- */

static void open_behind(struct lanes *lanes, uint32_t place, uint32_t prev)
{
    struct entry *entry = &lanes->entries[place];
    uint32_t next = prev == NONE ? lanes->open_first : lanes->entries[prev].next;
    entry->is_open = true;
    entry->prev = prev;
    entry->next = next;
    *(prev == NONE ? &lanes->open_first : &lanes->entries[prev].next) = place;
    *(next == NONE ? &lanes->open_last : &lanes->entries[next].prev) = place;
}

/* Return what it stands behind. All in front of `forward` (NONE: all) were sent before it. */
static uint32_t prev_of(const struct lanes *lanes, uint64_t order, uint32_t forward)
{
    const struct entry *entries = lanes->entries;
    uint32_t backward = lanes->open_last;
    while (forward != NONE && entries[forward].order < order) {
        if (entries[backward].order < order) {
            return backward;
        }
        forward = entries[forward].next;
        backward = entries[backward].prev;
    }
    return forward == NONE ? lanes->open_last : entries[forward].prev;
}

static void close_entry(struct lanes *lanes, uint32_t place)
{
    struct entry *entry = &lanes->entries[place];
    *(entry->prev == NONE ? &lanes->open_first : &lanes->entries[entry->prev].next) = entry->next;
    *(entry->next == NONE ? &lanes->open_last : &lanes->entries[entry->next].prev) = entry->prev;
    entry->is_open = false;
}

uint32_t lanes_first(const struct rh_node *node)
{
    return node->lanes->open_first;
}

uint32_t lanes_next(const struct rh_node *node, uint32_t place, struct signal **ret_signal)
{
    const struct entry *entry = &node->lanes->entries[place];
    *ret_signal = entry->signal;
    return entry->next;
}

/* ---- the queue changes ---- */

void lanes_push(struct rh_node *node, struct signal *signal)
{
    uint32_t place = enter(node, signal);
    if (place == NONE) {
        return;
    }
    struct lanes *lanes = node->lanes;
    struct entry *entry = &lanes->entries[place];
    entry->order = lanes->order_last++;
    bool is_open = true;
    if (signal->kind != RH_SIGNAL_TAKE) {
        entry->lane = lane_for(node, signal);
        struct lane *lane = &lanes->lanes[entry->lane];
        entry->before = lane->last;
        *(lane->last == NONE ? &lane->first : &lanes->entries[lane->last].behind) = place;
        lane->last = place;
        is_open = entry->before == NONE || signal->kind == RH_SIGNAL_START;
    }
    if (is_open) {
        open_behind(lanes, place, lanes->open_last);
    }
}

/* A START waits for nothing; anything else that was first does now. */
void lanes_push_front(struct rh_node *node, struct signal *signal)
{
    uint32_t place = enter(node, signal);
    if (place == NONE) {
        return;
    }
    struct lanes *lanes = node->lanes;
    struct entry *entry = &lanes->entries[place];
    entry->order = --lanes->order_first;
    entry->lane = lane_for(node, signal);
    struct lane *lane = &lanes->lanes[entry->lane];
    entry->behind = lane->first;
    if (lane->first == NONE) {
        lane->last = place;
    } else {
        lanes->entries[lane->first].before = place;
        if (lanes->entries[lane->first].signal->kind != RH_SIGNAL_START) {
            close_entry(lanes, lane->first);
        }
    }
    lane->first = place;
    open_behind(lanes, place, NONE);
}

/* Take it out of its lane, and let the next one step forward. `forward`: what is deliverable and was sent later. */
static void leave_lane(struct rh_node *node, uint32_t place, uint32_t forward)
{
    struct lanes *lanes = node->lanes;
    const struct entry *entry = &lanes->entries[place];
    struct lane *lane = &lanes->lanes[entry->lane];
    uint32_t before = entry->before;
    uint32_t behind = entry->behind;
    *(before == NONE ? &lane->first : &lanes->entries[before].behind) = behind;
    *(behind == NONE ? &lane->last : &lanes->entries[behind].before) = before;
    if (lane->first == NONE) {
        drop_lane(node, entry->lane, entry->signal);
    } else if (before == NONE && !lanes->entries[behind].is_open) {
        open_behind(lanes, behind, prev_of(lanes, lanes->entries[behind].order, forward));
    }
}

void lanes_remove(struct rh_node *node, const struct signal *signal)
{
    struct lanes *lanes = node->lanes;
    uint32_t place = find_out(lanes, signal);
    struct entry *entry = &lanes->entries[place];
    uint32_t forward = entry->next;
    if (entry->is_open) {
        close_entry(lanes, place);
    }
    if (entry->lane != NONE) {
        leave_lane(node, place, forward);
    }
    entry->signal = NULL;
    entry->chain = lanes->free_entry;
    lanes->free_entry = place;
    if (node->queue.length == 0) {
        lanes_free(node);
    }
}

/* ---- made and forgotten ---- */

static size_t lanes_bytes(uint32_t capacity)
{
    return sizeof(struct lanes) + (capacity + 1) * (sizeof(struct entry) + sizeof(struct lane)) +
           2 * capacity * sizeof(uint32_t);
}

static void lanes_init(struct lanes *lanes, uint32_t capacity)
{
    memset(lanes, 0, lanes_bytes(capacity));
    lanes->capacity = capacity;
    lanes->order_first = ORDER_FIRST;
    lanes->order_last = ORDER_FIRST;
    lanes->entries = (struct entry *)(lanes + 1);
    lanes->lanes = (struct lane *)(lanes->entries + capacity + 1);
    lanes->entry_buckets = (uint32_t *)(lanes->lanes + capacity + 1);
    lanes->lane_buckets = lanes->entry_buckets + capacity;
    for (uint32_t place = capacity; place > NONE; place--) {
        lanes->entries[place].chain = lanes->free_entry;
        lanes->lanes[place].chain = lanes->free_lane;
        lanes->free_entry = place;
        lanes->free_lane = place;
    }
}

bool lanes_build(struct rh_node *node)
{
    RH_ASSERT(!node->in_turn && node->lanes == NULL);
    uint32_t capacity = ENTRIES_MIN;
    while (capacity < node->queue.length * 2) {
        capacity *= 2;
    }
    node->lanes = node->allocator.allocate(node->allocator.self, lanes_bytes(capacity));
    if (node->lanes == NULL) {
        node->stats.allocation_failures++;
        return false;
    }
    lanes_init(node->lanes, capacity);
    for (struct signal *signal = node->queue.head; signal != NULL; signal = signal->next) {
        lanes_push(node, signal);
    }
    return true;
}

void lanes_free(struct rh_node *node)
{
    if (node->lanes != NULL) {
        node_release(node, node->lanes, lanes_bytes(node->lanes->capacity));
        node->lanes = NULL;
    }
}

/* ---- are they right? ---- */

static uint32_t find(const struct lanes *lanes, const struct signal *signal)
{
    uint32_t place = *bucket_of(lanes, signal);
    while (place != NONE && lanes->entries[place].signal != signal) {
        place = lanes->entries[place].chain;
    }
    return place;
}

static const char *check_lane(const struct rh_node *node, uint32_t place)
{
    const struct lanes *lanes = node->lanes;
    const struct entry *entry = &lanes->entries[place];
    uint32_t before = entry->before;
    if (before == NONE && lanes->lanes[entry->lane].first != place) {
        return "a lane begins twice";
    }
    if (before != NONE &&
        (lanes->entries[before].behind != place || lanes->entries[before].order >= entry->order ||
         !same_channel(node, lanes->entries[before].signal, entry->signal))) {
        return "a lane is torn";
    }
    uint32_t at = *lane_bucket_of(node, entry->signal);
    while (at != NONE &&
           !same_channel(node, lanes->entries[lanes->lanes[at].first].signal, entry->signal)) {
        at = lanes->lanes[at].chain;
    }
    return at == entry->lane ? NULL : "a channel has two lanes";
}

const char *lanes_validate(const struct rh_node *node)
{
    const struct lanes *lanes = node->lanes;
    uint32_t last = NONE; /* deliverable one so far */
    uint64_t order = 0;
    for (const struct signal *signal = lanes == NULL ? NULL : node->queue.head; signal != NULL;
         signal = signal->next) {
        uint32_t place = find(lanes, signal);
        const struct entry *entry = &lanes->entries[place];
        if (place == NONE || entry->order <= order) {
            return "the lanes do not know the queue";
        }
        const char *what = entry->lane == NONE ? NULL : check_lane(node, place);
        if (what != NULL) {
            return what;
        }
        bool free = entry->lane == NONE || signal->kind == RH_SIGNAL_START;
        if (entry->is_open != (free || entry->before == NONE) ||
            (entry->is_open && entry->prev != last)) {
            return "the lanes are wrong about what is deliverable";
        }
        last = entry->is_open ? place : last;
        order = entry->order;
    }
    return lanes != NULL && lanes->open_last != last ? "the lanes have more than the queue" : NULL;
}
