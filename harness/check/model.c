/* SPDX-License-Identifier: MIT */
/*
 * Follows the stream. Actors are found by slot, without hashing. A channel (sender, receiver) is a list of what was sent
 * and has not ended; whoever sends remembers its last channel, so that the usual message costs no lookup either. A
 * channel that is empty says nothing: those of the dead go when the table is full.
 */
#include "harness/check/model.h"

#include "core/base/assert.h"

#define CREWS_MAX 65536u

void model_init(struct model *model, const struct rh_allocator *allocator, struct rh_judge *judge)
{
    *model = (struct model){.judge = judge, .allocator = allocator, .epoch = 1};
    table_init(&model->channels, allocator, sizeof(struct channel_key), sizeof(struct channel));
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

static void ending_forget(struct model *model)
{
    if (model->ending.flight != 0) {
        rh_message_unref(model_flight(model, model->ending.flight)->message);
        slab_give(&model->flights, model->ending.flight);
    }
    model->ending.flight = 0;
    model->ending.overtaken = 0;
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
    ending_forget(model);
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
    model->text_used = 0;
    for (uint32_t i = 0; i < model->crew_count; i++) {
        model->crews[i].used = 0;
    }
    model->epoch++;
    RH_ASSERT(model->epoch != 0);
    model->totals = (struct model_totals){0};
    model->actor = NULL;
    model->capped = false;
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
    *part =
        (struct part){.pid = pid, .epoch = model->epoch, .life = LIFE_ALIVE, .channel = UINT32_MAX};
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

/* ---- channels ---- */

bool model_travels(enum rh_signal_kind signal)
{
    return signal != RH_SIGNAL_TIMER && signal != RH_SIGNAL_RECEIVE_TIMER &&
           signal != RH_SIGNAL_USER && signal != RH_SIGNAL_TAKE;
}

bool messages_same(const struct rh_message *a, const struct rh_message *b)
{
    return memcmp(a, b, sizeof(*a)) == 0 || rh_message_equal(a, b);
}

static bool by_name(const struct rh_event *event)
{
    return event->name != NULL && event->signal == RH_SIGNAL_MESSAGE;
}

/* The channel of an event between `from` and `to`; false: no memory for a name. */
static bool key_of(struct model *model, const struct rh_event *event, struct rh_pid from,
                   struct rh_pid to, struct channel_key *ret_key)
{
    *ret_key = (struct channel_key){from, to};
    if (by_name(event)) {
        uint32_t name = model_name(model, to.node, event->name);
        ret_key->to = (struct rh_pid){to.node, 0, name, 0};
        return name != 0;
    }
    return true;
}

/* The channel on which the sender sent last, if it is this one. */
static inline struct channel *channel_hinted(const struct model *model, const struct part *sender,
                                             const struct rh_pid *from, const struct rh_pid *to)
{
    if (sender == NULL || sender->channel >= model->channels.count) {
        return NULL;
    }
    struct channel *channel = (struct channel *)(void *)model->channels.rows + sender->channel;
    return same_pid(&channel->key.to, to) && same_pid(&channel->key.from, from) ? channel : NULL;
}

static struct channel *channel_find(const struct model *model, struct part *sender,
                                    const struct channel_key *key)
{
    struct channel *channel = table_find(&model->channels, key);
    if (channel != NULL && sender != NULL) {
        sender->channel = (uint32_t)(channel - (struct channel *)(void *)model->channels.rows);
    }
    return channel;
}

static void channels_sweep(struct model *model)
{
    for (uint32_t i = model->channels.count; i > 0; i--) {
        struct channel *channel = table_at(&model->channels, i - 1);
        if (channel->length == 0 && (model_life(model, channel->key.from) != LIFE_ALIVE ||
                                     model_life(model, channel->key.to) != LIFE_ALIVE)) {
            table_remove(&model->channels, channel);
        }
    }
}

static struct channel *channel_open(struct model *model, const struct channel_key *key)
{
    struct channel *channel = channel_find(model, model->actor, key);
    if (channel == NULL) {
        struct table *table = &model->channels;
        if (table->count == table->capacity && table->count > 0) {
            channels_sweep(model);
            if (table->count > table->capacity / 4 * 3 && !table_grow(table)) {
                return NULL;
            }
        }
        channel = table_add(table, key);
    }
    return channel;
}

static bool counts(const struct part *target, const struct rh_event *event)
{
    return target != NULL && target->cap > 0 && target->life == LIFE_ALIVE &&
           event->signal == RH_SIGNAL_MESSAGE && event->name == NULL && event->why == RH_WHY_NONE;
}

/* A copy that a fault has made waits before everything else. */
static void channel_push(struct model *model, struct channel *channel, uint32_t number,
                         bool in_front)
{
    struct flight *flight = model_flight(model, number);
    if (channel->first == 0) {
        channel->first = number;
        channel->last = number;
    } else if (in_front) {
        flight->next = channel->first;
        channel->first = number;
    } else {
        model_flight(model, channel->last)->next = number;
        channel->last = number;
    }
    channel->length++;
    model->under_way++;
}

static enum rh_status sent(struct model *model, const struct rh_event *event)
{
    struct channel *channel = NULL;
    if (!by_name(event)) {
        channel = channel_hinted(model, model->actor, &event->actor, &event->peer);
    }
    if (channel == NULL) {
        struct channel_key key;
        if (!key_of(model, event, event->actor, event->peer, &key)) {
            return RH_NO_MEMORY;
        }
        channel = channel_open(model, &key);
    }
    uint32_t number = channel == NULL ? 0 : slab_take(&model->flights);
    if (number == 0) {
        return RH_NO_MEMORY;
    }
    struct flight *flight = model_flight(model, number);
    flight->next = 0;
    flight->number = ++channel->sent;
    flight->signal = (uint8_t)event->signal;
    flight->counted = false;
    flight->ordinal = event->ordinal;
    flight->message = event->message == NULL ? rh_message_none() : rh_message_ref(*event->message);
    if (model->capped && event->signal == RH_SIGNAL_MESSAGE) {
        model->facts |= FACT_CAPPED;
        struct part *target = model_part(model, event->peer);
        if (counts(target, event)) {
            flight->counted = true;
            target->counted++;
        }
    }
    channel_push(model, channel, number, event->why == RH_WHY_FAULT);
    return RH_OK;
}

static bool is_that(const struct flight *flight, const struct rh_event *event)
{
    struct rh_message none = rh_message_none();
    const struct rh_message *message = event->message == NULL ? &none : event->message;
    bool replaced = event->kind != RH_EVENT_DROP && event->why == RH_WHY_FAULT;
    return flight->signal == event->signal && flight->ordinal == event->ordinal &&
           (replaced || messages_same(&flight->message, message));
}

static enum rh_status ended(struct model *model, const struct rh_event *event)
{
    ending_forget(model);
    struct part *sender = model_part(model, event->peer);
    struct channel *channel = NULL;
    if (!by_name(event)) {
        channel = channel_hinted(model, sender, &event->peer, &event->actor);
    }
    if (channel == NULL) {
        struct channel_key key;
        if (!key_of(model, event, event->peer, event->actor, &key)) {
            return RH_NO_MEMORY;
        }
        channel = channel_find(model, sender, &key);
    }
    uint32_t previous = 0;
    uint32_t number = channel == NULL ? 0 : channel->first;
    while (number != 0 && !is_that(model_flight(model, number), event)) {
        previous = number;
        number = model_flight(model, number)->next;
    }
    if (number == 0) {
        model->facts |= FACT_UNSENT;
        return RH_OK;
    }
    const struct flight *flight = model_flight(model, number);
    if (previous == 0) {
        channel->first = flight->next;
    } else {
        model_flight(model, previous)->next = flight->next;
        model->ending.overtaken = channel->first;
        model->facts |= FACT_OVERTAKES;
    }
    if (channel->last == number) {
        channel->last = previous;
    }
    channel->length--;
    model->under_way--;
    model->ending.flight = number;
    if (flight->counted && event->kind != RH_EVENT_PUT && model->actor != NULL &&
        model->actor->counted > 0) {
        model->actor->counted--;
    }
    return RH_OK;
}

uint32_t model_under_way(const struct model *model, struct rh_pid from, struct rh_pid to)
{
    struct channel_key key = {from, to};
    const struct channel *channel = table_find(&model->channels, &key);
    return channel == NULL ? 0 : channel->length;
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

static void count_timer(struct model *model, const struct rh_event *event)
{
    struct part *target = event->name == NULL ? model_part(model, event->peer) : NULL;
    uint32_t nobody = 0;
    count(target == NULL ? &nobody : &target->timers, &model->totals.timers,
          event->kind == RH_EVENT_TIMER_SET);
}

/* What adds to and removes from the tables of an actor. */
static void follow_entry(struct model *model, const struct rh_event *event)
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
    case RH_EVENT_GROUP_ADD:
    case RH_EVENT_GROUP_REMOVE:
        count(&part->groups, &totals->groups, event->kind == RH_EVENT_GROUP_ADD);
        break;
    default:
        break;
    }
}

static enum rh_status follow_actor(struct model *model, const struct rh_event *event)
{
    struct part *part = model->actor;
    if (part == NULL) {
        return RH_OK;
    }
    switch (event->kind) {
    case RH_EVENT_TURN_END:
        part->turns++;
        break;
    case RH_EVENT_EXIT:
        model->totals.exited++;
        part->life = LIFE_EXITING;
        if (event->why == RH_WHY_NODE) {
            dies(model, part);
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
    case RH_EVENT_TAKE:
    case RH_EVENT_DISCARD:
        post_forget(model);
        mail_leaves(model, part, event);
        break;
    default:
        break;
    }
    return RH_OK;
}

static enum rh_status follow_signal(struct model *model, const struct rh_event *event)
{
    enum rh_status status = RH_OK;
    if (model_travels(event->signal)) {
        status = ended(model, event);
    }
    if (event->kind == RH_EVENT_HANDLE && event->signal == RH_SIGNAL_START &&
        model->actor != NULL) {
        model->actor->started = true;
    }
    if (event->kind == RH_EVENT_PUT && model->actor != NULL && status == RH_OK) {
        bool counted = model_travels(event->signal) && model->ending.flight != 0 &&
                       model_flight(model, model->ending.flight)->counted;
        status = mail_put(model, model->actor, event, counted);
    }
    return status;
}

/* What can be seen before the event is followed. */
static unsigned facts_of(const struct model *model, const struct rh_event *event)
{
    bool qualified = event->name != NULL || event->ordinal != 0 || event->why != RH_WHY_NONE;
    bool lives = model->life == LIFE_ALIVE && model->actor->started;
    return (qualified ? FACT_QUALIFIED : 0U) | (lives ? 0U : FACT_LIFE);
}

enum rh_status model_follow(struct model *model, const struct rh_event *event)
{
    model->actor = model_part(model, event->actor);
    model->life =
        model->actor != NULL ? (enum life)model->actor->life : model_life(model, event->actor);
    model->facts = facts_of(model, event);
    switch (event->kind) {
    case RH_EVENT_SPAWN:
        return born(model, event);
    case RH_EVENT_SEND:
        return sent(model, event);
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
    case RH_EVENT_DROP:
    case RH_EVENT_RETURN:
        return follow_signal(model, event);
    case RH_EVENT_TIMER_SET:
    case RH_EVENT_TIMER_CANCEL:
    case RH_EVENT_TIMER_FIRE:
        count_timer(model, event);
        return RH_OK;
    case RH_EVENT_LINK_ADD:
    case RH_EVENT_LINK_REMOVE:
    case RH_EVENT_MONITOR_ADD:
    case RH_EVENT_MONITOR_REMOVE:
    case RH_EVENT_WATCH_ADD:
    case RH_EVENT_WATCH_REMOVE:
    case RH_EVENT_NAME_ADD:
    case RH_EVENT_NAME_REMOVE:
    case RH_EVENT_ALIAS_OPEN:
    case RH_EVENT_ALIAS_CLOSE:
    case RH_EVENT_GROUP_ADD:
    case RH_EVENT_GROUP_REMOVE:
        follow_entry(model, event);
        return RH_OK;
    default:
        return follow_actor(model, event);
    }
}

void model_settle(struct model *model, const struct rh_event *event)
{
    if (event->kind == RH_EVENT_EXIT_END) {
        dies(model, model->actor);
    }
}
