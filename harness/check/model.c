/* SPDX-License-Identifier: MIT */
/* Follows the stream. Actors are found by slot, without hashing. */
#include "harness/check/model.h"

#include "core/base/assert.h"

#define CREWS_MAX 65536u

void model_init(struct model *model, const struct rh_allocator *allocator, struct rh_judge *judge)
{
    *model = (struct model){.judge = judge, .allocator = allocator, .epoch = 1};
    table_init(&model->channels, allocator, sizeof(struct channel_key), sizeof(struct channel));
    table_init(&model->ties, allocator, sizeof(uint64_t), sizeof(struct tie));
    table_init(&model->names, allocator, sizeof(uint64_t), 2 * sizeof(uint64_t));
    slab_init(&model->flights, allocator, sizeof(struct flight));
    slab_init(&model->mails, allocator, sizeof(struct mail));
    slab_init(&model->wants, allocator, sizeof(struct want));
}

void model_deinit(struct model *model)
{
    const struct rh_allocator *allocator = model->allocator;
    table_deinit(&model->channels);
    table_deinit(&model->names);
    table_deinit(&model->ties);
    slab_deinit(&model->flights);
    slab_deinit(&model->mails);
    slab_deinit(&model->wants);
    for (uint32_t i = 0; i < model->crew_count; i++) {
        allocator->release(allocator->self, model->crews[i].parts,
                           model->crews[i].capacity * sizeof(struct part));
    }
    allocator->release(allocator->self, model->crews, model->crew_count * sizeof(struct crew));
    allocator->release(allocator->self, model->text, model->text_capacity);
}

static void post_forget(struct model *model)
{
    if (model->post.mail != 0) {
        rh_message_unref(model_mail(model, model->post.mail)->message);
        slab_give(&model->mails, model->post.mail);
    }
    model->post.mail = 0;
    model->post.wanted = 0;
}

static void release_part(void *self, struct part *part)
{
    mail_forget(self, part);
}

void model_release(struct model *model)
{
    channel_forget_ending(model);
    post_forget(model);
    for (uint32_t i = 0; i < model->channels.count; i++) {
        struct channel *channel = table_at(&model->channels, i);
        while (channel->first != 0) {
            struct flight *flight = model_flight(model, channel->first);
            channel->first = flight->next;
            rh_message_unref(flight->message);
        }
    }
    model_each_part(model, release_part, model);
    table_clear(&model->channels);
    slab_clear(&model->flights);
    model->under_way = 0;
}

void model_reset(struct model *model)
{
    model_release(model);
    slab_clear(&model->mails);
    slab_clear(&model->wants);
    table_clear(&model->names);
    table_clear(&model->ties);
    model->text_used = 0;
    for (uint32_t i = 0; i < model->crew_count; i++) {
        model->crews[i].used = 0;
    }
    model->epoch++;
    RH_ASSERT(model->epoch != 0);
    model->totals = (struct model_totals){0};
    model->actor = NULL;
    model->capped = false;
    model->lossy = false;
    model->garbled = false;
    model->node_lost = false;
}

/* ---- actors ---- */

static const struct part *tenant(const struct model *model, struct rh_pid pid)
{
    if (pid.node >= model->crew_count || pid.slot >= model->crews[pid.node].used) {
        return NULL;
    }
    const struct part *part = &model->crews[pid.node].parts[pid.slot];
    return part->epoch == model->epoch ? part : NULL;
}

/* A slot's tenants have rising generations, so a lower one has lived and died, or failed to be born. */
enum life model_life(const struct model *model, struct rh_pid pid)
{
    const struct part *part = tenant(model, pid);
    if (part == NULL || part->pid.incarnation != pid.incarnation ||
        pid.generation > part->pid.generation || rh_pid_is_none(pid)) {
        return LIFE_UNKNOWN;
    }
    return pid.generation == part->pid.generation ? (enum life)part->life : LIFE_DEAD;
}

static bool crews_reserve(struct model *model, struct rh_pid pid)
{
    const struct rh_allocator *allocator = model->allocator;
    if (pid.node >= CREWS_MAX) {
        return false;
    }
    if (pid.node >= model->crew_count) {
        uint32_t count = pid.node + 1;
        struct crew *crews =
            allocator->resize(allocator->self, model->crews, model->crew_count * sizeof(*crews),
                              count * sizeof(*crews));
        if (crews == NULL) {
            return false;
        }
        memset(crews + model->crew_count, 0, (count - model->crew_count) * sizeof(*crews));
        model->crews = crews;
        model->crew_count = count;
    }
    struct crew *crew = &model->crews[pid.node];
    uint32_t capacity = crew->capacity < 16 ? 16 : crew->capacity;
    while (capacity <= pid.slot && capacity != 0) {
        capacity *= 2;
    }
    if (capacity != crew->capacity) {
        struct part *parts = capacity == 0 ? NULL
                                           : allocator->resize(allocator->self, crew->parts,
                                                               crew->capacity * sizeof(*parts),
                                                               capacity * sizeof(*parts));
        if (parts == NULL) {
            return false;
        }
        memset(parts + crew->capacity, 0, (capacity - crew->capacity) * sizeof(*parts));
        crew->parts = parts;
        crew->capacity = capacity;
    }
    if (pid.slot >= crew->used) {
        crew->used = pid.slot + 1;
    }
    return true;
}

static enum rh_status born(struct model *model, const struct rh_event *event)
{
    struct rh_pid pid = event->actor;
    const struct part *before = tenant(model, pid);
    model->birth_is_clean =
        before == NULL ||
        (before->life == LIFE_DEAD &&
         (before->pid.incarnation != pid.incarnation || before->pid.generation < pid.generation));
    if (!crews_reserve(model, pid)) {
        return RH_NO_MEMORY;
    }
    struct part *part = &model->crews[pid.node].parts[pid.slot];
    if (part->epoch == model->epoch) {
        mail_forget(model, part);
    }
    *part = (struct part){
        .pid = pid,
        .epoch = model->epoch,
        .life = LIFE_ALIVE,
        .channel = UINT32_MAX,
        .is_endpoint = event->name != NULL && strcmp(event->name, "endpoint") == 0,
    };
    model->actor = part;
    model->totals.spawned++;
    return RH_OK;
}

static void dies(struct model *model, struct part *part)
{
    if (part != NULL) {
        part->life = LIFE_DEAD;
        part->waiting = false;
        mail_forget(model, part);
    }
}

void model_each_part(const struct model *model, void (*visit)(void *self, struct part *part),
                     void *self)
{
    for (uint32_t node = 0; node < model->crew_count; node++) {
        for (uint32_t slot = 0; slot < model->crews[node].used; slot++) {
            struct part *part = &model->crews[node].parts[slot];
            if (part->epoch == model->epoch) {
                visit(self, part);
            }
        }
    }
}

/* ---- names ---- */

struct name_row {
    uint64_t hash;
    uint32_t node;
    uint32_t text; /**< where it begins */
};

static bool text_reserve(struct model *model, size_t bytes)
{
    uint32_t capacity = model->text_capacity == 0 ? 256 : model->text_capacity;
    while (capacity - model->text_used < bytes) {
        if (capacity > UINT32_MAX / 2) {
            return false;
        }
        capacity *= 2;
    }
    if (capacity == model->text_capacity) {
        return true;
    }
    char *text = model->allocator->resize(model->allocator->self, model->text, model->text_capacity,
                                          capacity);
    if (text == NULL) {
        return false;
    }
    model->text = text;
    model->text_capacity = capacity;
    return true;
}

/* Rows are never removed, so a row's place is the number of its name. */
uint32_t model_name(struct model *model, uint32_t node, const char *text)
{
    uint64_t hash = 14695981039346656037u ^ node; /* FNV-1a */
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)text[i]) * 1099511628211u;
    }
    struct name_row *row;
    while ((row = table_find(&model->names, &hash)) != NULL) {
        if (row->node == node && strcmp(model->text + row->text, text) == 0) {
            return (uint32_t)(row - (struct name_row *)(void *)model->names.rows) + 1;
        }
        hash++;
    }
    if (!text_reserve(model, length + 1)) {
        return 0;
    }
    row = table_add(&model->names, &hash);
    if (row == NULL) {
        return 0;
    }
    row->node = node;
    row->text = model->text_used;
    memcpy(model->text + model->text_used, text, length + 1);
    model->text_used += (uint32_t)length + 1;
    return model->names.count;
}

const char *model_name_text(const struct model *model, uint32_t number)
{
    const struct name_row *row = table_at(&model->names, number - 1);
    return model->text + row->text;
}

/* ---- the stream ---- */

/* Totals may go below zero: then the books do not balance. */
static void count(uint32_t *number, int64_t *total, bool up)
{
    *total += up ? 1 : -1;
    if (up) {
        (*number)++;
    } else if (*number > 0) {
        (*number)--;
    }
}

static enum rh_status follow_timer(struct model *model, const struct rh_event *event)
{
    bool here = event->name == NULL && event->peer.node == model->told_on;
    struct part *target = here ? model_part(model, event->peer) : NULL;
    uint32_t nobody = 0;
    count(target == NULL ? &nobody : &target->timers, &model->totals.timers,
          event->kind == RH_EVENT_TIMER_SET);
    return RH_OK;
}

/* What adds to and removes from the tables of an actor, or only to the totals if nobody knows it. */
static enum rh_status follow_entry(struct model *model, const struct rh_event *event)
{
    struct part nobody = {0};
    struct part *part = model->actor == NULL ? &nobody : model->actor;
    struct model_totals *totals = &model->totals;
    switch (event->kind) {
    case RH_EVENT_LINK_ADD:
    case RH_EVENT_LINK_REMOVE:
        count(&part->links, &totals->links, event->kind == RH_EVENT_LINK_ADD);
        break;
    case RH_EVENT_MONITOR_ADD:
    case RH_EVENT_MONITOR_REMOVE:
        count(&part->monitors, &totals->monitors, event->kind == RH_EVENT_MONITOR_ADD);
        break;
    case RH_EVENT_WATCH_ADD:
    case RH_EVENT_WATCH_REMOVE:
        count(&part->watches, &totals->watches, event->kind == RH_EVENT_WATCH_ADD);
        break;
    case RH_EVENT_ALIAS_OPEN:
    case RH_EVENT_ALIAS_CLOSE:
        count(&part->aliases, &totals->aliases, event->kind == RH_EVENT_ALIAS_OPEN);
        break;
    case RH_EVENT_NAME_ADD:
    case RH_EVENT_NAME_REMOVE:
        count(&part->names, &totals->names, event->kind == RH_EVENT_NAME_ADD);
        break;
    default:
        count(&part->groups, &totals->groups, event->kind == RH_EVENT_GROUP_ADD);
        break;
    }
    return RH_OK;
}

/* A signal has met its end; START never travels before its actor does anything. */
static enum rh_status follow_end(struct model *model, const struct rh_event *event)
{
    if (event->kind == RH_EVENT_HANDLE && event->signal == RH_SIGNAL_START &&
        model->actor != NULL) {
        model->actor->started = true;
    }
    return model_travels(event->signal) ? channel_ended(model, event) : RH_OK;
}

/* ---- connections ---- */

struct tie *model_tie(const struct model *model, uint32_t node, uint32_t peer)
{
    uint64_t key = (uint64_t)node << 32 | peer;
    return table_find(&model->ties, &key);
}

bool model_connected(const struct model *model, uint32_t a, uint32_t b)
{
    const struct tie *there = model_tie(model, a, b);
    const struct tie *back = model_tie(model, b, a);
    return there != NULL && there->up && back != NULL && back->up;
}

static enum rh_status follow_connection(struct model *model, const struct rh_event *event)
{
    uint64_t key = (uint64_t)model->told_on << 32 | event->peer.node;
    struct tie *tie = table_find(&model->ties, &key);
    tie = tie == NULL ? table_add(&model->ties, &key) : tie;
    if (tie == NULL) {
        return RH_NO_MEMORY;
    }
    if (event->kind == RH_EVENT_CONNECTION_UP) {
        tie->generation = event->number;
        tie->endpoint = event->actor;
        tie->up = 1;
    } else if (rh_pid_equal(tie->endpoint, event->actor)) {
        tie->up = 0; /* an older connection may end after a younger one is up */
    }
    return RH_OK;
}

static void ties_lose(struct model *model, uint32_t node)
{
    for (uint32_t i = 0; i < model->ties.count; i++) {
        struct tie *tie = table_at(&model->ties, i);
        tie->up = tie->key >> 32 == node ? 0 : tie->up;
    }
}

/* What waited on the node that is spoken of has gone with it, and so have its books. */
static void lose_node(struct model *model)
{
    model->node_lost = true;
    channels_lose(model, model->told_on);
    ties_lose(model, model->told_on);
}

static enum rh_status follow_node_end(struct model *model, const struct rh_event *event)
{
    (void)event;
    lose_node(model);
    return RH_OK;
}

void model_fault(struct model *model, const struct rh_event *fault)
{
    static const char *const silent[] = {"black_hole", "half_close_pipe", "part", "freeze_node"};
    for (size_t i = 0; fault->name != NULL && i < sizeof(silent) / sizeof(silent[0]); i++) {
        model->lossy = model->lossy || strcmp(fault->name, silent[i]) == 0;
    }
    if (fault->name != NULL &&
        (strcmp(fault->name, "flip_bytes") == 0 || strcmp(fault->name, "lose_bytes") == 0)) {
        model->lossy = true; /* no frame has a sum: what is well formed is believed */
        model->garbled = true;
    }
}

/* It has left for another node. */
static enum rh_status follow_depart(struct model *model, const struct rh_event *event)
{
    return model_travels(event->signal) ? channel_departed(model, event) : RH_OK;
}

static enum rh_status follow_drop(struct model *model, const struct rh_event *event)
{
    const struct part *part = model->actor;
    if (event->why == RH_WHY_OVERFLOW && part != NULL && part->counted > part->cap) {
        channel_newest_first(model, event);
    }
    return follow_end(model, event);
}

static enum rh_status follow_put(struct model *model, const struct rh_event *event)
{
    enum rh_status status = follow_end(model, event);
    if (model->actor == NULL || status != RH_OK) {
        return status;
    }
    bool by_name = event->signal == RH_SIGNAL_MESSAGE && event->name != NULL;
    bool counted = model_travels(event->signal) && model->ending.flight != 0 &&
                   model_flight(model, model->ending.flight)->counted;
    if (by_name && model->actor->cap > 0) {
        model->actor->counted++; /* it had no receiver before */
        counted = true;
    }
    return mail_put(model, model->actor, event, counted);
}

/* What else a live actor does. */
static enum rh_status follow_actor(struct model *model, const struct rh_event *event)
{
    struct part *part = model->actor;
    if (part == NULL) {
        return RH_OK;
    }
    switch (event->kind) {
    case RH_EVENT_EXIT:
        model->totals.exited++;
        part->life = LIFE_EXITING;
        if (event->why == RH_WHY_NODE) {
            dies(model, part);
            lose_node(model);
        }
        break;
    case RH_EVENT_TRAP:
        part->trap = event->number != 0;
        break;
    case RH_EVENT_CAP:
        model->capped = true;
        part->cap = event->number > UINT32_MAX ? UINT32_MAX : (uint32_t)event->number;
        break;
    case RH_EVENT_WAIT:
        model->totals.waits_timed += event->due != RH_NEVER;
        return mail_wait(model, part, event);
    case RH_EVENT_WAIT_END:
        if (part->waiting && part->wait_due != RH_NEVER) {
            model->totals.waits_timed--;
        }
        part->waiting = false;
        break;
    default: /* TAKE, DISCARD */
        post_forget(model);
        mail_leaves(model, part, event);
        break;
    }
    return RH_OK;
}

static enum rh_status (*const follows[RH_EVENT_COUNT])(struct model *model,
                                                       const struct rh_event *event) = {
    [RH_EVENT_SPAWN] = born,
    [RH_EVENT_SEND] = channel_sent,
    [RH_EVENT_HANDLE] = follow_end,
    [RH_EVENT_PUT] = follow_put,
    [RH_EVENT_DROP] = follow_drop,
    [RH_EVENT_RETURN] = follow_end,
    [RH_EVENT_DEPART] = follow_depart,
    [RH_EVENT_CONNECTION_UP] = follow_connection,
    [RH_EVENT_CONNECTION_DOWN] = follow_connection,
    [RH_EVENT_TAKE] = follow_actor,
    [RH_EVENT_DISCARD] = follow_actor,
    [RH_EVENT_EXIT] = follow_actor,
    [RH_EVENT_LINK_ADD] = follow_entry,
    [RH_EVENT_LINK_REMOVE] = follow_entry,
    [RH_EVENT_MONITOR_ADD] = follow_entry,
    [RH_EVENT_MONITOR_REMOVE] = follow_entry,
    [RH_EVENT_WATCH_ADD] = follow_entry,
    [RH_EVENT_WATCH_REMOVE] = follow_entry,
    [RH_EVENT_NAME_ADD] = follow_entry,
    [RH_EVENT_NAME_REMOVE] = follow_entry,
    [RH_EVENT_ALIAS_OPEN] = follow_entry,
    [RH_EVENT_ALIAS_CLOSE] = follow_entry,
    [RH_EVENT_TIMER_SET] = follow_timer,
    [RH_EVENT_TIMER_CANCEL] = follow_timer,
    [RH_EVENT_TIMER_FIRE] = follow_timer,
    [RH_EVENT_GROUP_ADD] = follow_entry,
    [RH_EVENT_GROUP_REMOVE] = follow_entry,
    [RH_EVENT_TRAP] = follow_actor,
    [RH_EVENT_CAP] = follow_actor,
    [RH_EVENT_WAIT] = follow_actor,
    [RH_EVENT_WAIT_END] = follow_actor,
    [RH_EVENT_NODE_END] = follow_node_end,
};

/* The actor is nobody, or lives on another node: its own tables are not what this speaks of. */
RH_COLD static enum rh_status follow_abroad(struct model *model, const struct rh_event *event)
{
    model->actor = NULL;
    model->life = model_life(model, event->actor);
    model->facts |= FACT_LIFE | (event->actor.node == 0 ? 0 : FACT_ABROAD);
    return follows[event->kind] == NULL ? RH_OK : follows[event->kind](model, event);
}

enum rh_status model_follow(struct model *model, const struct rh_record *record)
{
    const struct rh_event *event = record->event;
    model->told_on = record->node + 1;
    bool qualified = event->name != NULL || (event->ordinal | (uint64_t)event->why) != 0;
    model->facts = qualified ? FACT_QUALIFIED : 0;
    if (event->actor.node != model->told_on) {
        return follow_abroad(model, event);
    }
    struct part *part = model_part(model, event->actor);
    model->actor = part;
    if (part != NULL && part->life == LIFE_ALIVE && part->started) {
        model->life = LIFE_ALIVE;
    } else {
        model->life = model_life(model, event->actor);
        model->facts |= FACT_LIFE;
    }
    return follows[event->kind] == NULL ? RH_OK : follows[event->kind](model, event);
}

void model_settle(struct model *model, const struct rh_event *event)
{
    if (event->kind == RH_EVENT_EXIT_END) {
        dies(model, model->actor);
    }
}
