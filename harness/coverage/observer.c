/* SPDX-License-Identifier: MIT */
/*
 * Listening. What is told is counted by small numbers: of a kind of event with its signal and why, of a pair of kinds of
 * steps, of what a kind of actor got. The text of an item is made when its number is seen for the first time by this
 * observer; afterwards an event costs a look into an array or a hash table. Texts of marks and faults are made each time:
 * they are rare.
 *
 * What a step was for its actor is known when it is over, because it may have ended the actor: so pairs are counted when the
 * next step begins.
 */
#include "harness/coverage/internal.h"

#include <string.h>

#define CODES ((size_t)RH_EVENT_COUNT * RH_SIGNAL_COUNT * RH_WHY_COUNT)
#define NOTHING UINT32_MAX /* of that sort: no key */
#define NODES_MAX 4096u

/* An actor, as long as no later one has its slot. */
struct member {
    struct rh_pid pid;
    struct rh_pid last_peer;
    uint64_t epoch;
    uint32_t kind; /* number of its behaviour's word */
    uint8_t last;  /* what its last step was; STEP_KINDS: none */
    bool has_ended;
};
struct crew {
    struct member *members;
    uint32_t capacity;
};

/* What happened last to a name, a group, or what a node knows of others. */
struct accessed {
    uint64_t key;
    uint64_t epoch;
    uint64_t step;
    uint8_t last; /* enum access */
};
#define ACCESSED_SLOTS 1024u /* a later object may take the place of an earlier one */

/* What kind of actor has got what. */
struct got {
    uint64_t hash; /* 0: free */
    uint32_t row;
};

struct word {
    char text[RH_COVERAGE_KEY_BYTES_MAX / 2];
};

struct rh_coverage_observer {
    const struct rh_allocator *allocator;
    const struct rh_world *world;
    struct tally tally;
    uint64_t epoch; /* of the run */
    uint32_t codes[CODES];
    uint32_t step_pairs[STEP_KINDS][STEP_KINDS];
    uint32_t access_pairs[ACCESS_COUNT][ACCESS_COUNT];
    struct accessed accessed[ACCESSED_SLOTS];
    struct crew *crews;
    uint32_t crew_count;
    struct word *kinds; /* words of behaviours */
    uint32_t kind_count;
    uint32_t kind_capacity;
    struct got *got;
    uint32_t got_slots;
    uint32_t got_count;

    /* ---- the step under way ---- */
    uint64_t step;
    bool has_step; /* somebody's */
    bool exits;
    uint8_t kind;
    struct rh_pid actor;
    struct rh_pid peer;

    /* ---- a fault of the step, whose state may turn out to be another ---- */
    const char *fault; /* NULL: none; static */
    const char *state;
    struct rh_pid struck;
};

/* Grow an array of `before` bytes; what is new is zero. NULL: no memory, noted, and the old one is left. */
static void *grow(struct rh_coverage_observer *it, void *block, size_t before, size_t bytes)
{
    char *grown = it->allocator->resize(it->allocator->self, block, before, bytes);
    if (grown == NULL) {
        it->tally.is_out_of_memory = true;
        return NULL;
    }
    memset(grown + before, 0, bytes - before);
    return grown;
}

static uint32_t enough(uint32_t capacity, uint32_t wanted)
{
    capacity = capacity == 0 ? 16 : capacity;
    while (capacity < wanted) {
        capacity *= 2;
    }
    return capacity;
}

/* ---- who there is ---- */

static struct crew *crew_of(struct rh_coverage_observer *it, uint32_t node)
{
    if (node >= it->crew_count) {
        uint32_t count = enough(it->crew_count, node + 1);
        struct crew *crews =
            grow(it, it->crews, it->crew_count * sizeof(*crews), count * sizeof(*crews));
        if (crews == NULL) {
            return NULL;
        }
        it->crews = crews;
        it->crew_count = count;
    }
    return &it->crews[node];
}

static struct member *member_of(const struct rh_coverage_observer *it, struct rh_pid pid)
{
    if (pid.node >= it->crew_count || pid.slot >= it->crews[pid.node].capacity) {
        return NULL;
    }
    struct member *member = &it->crews[pid.node].members[pid.slot];
    return member->epoch == it->epoch && rh_pid_equal(member->pid, pid) ? member : NULL;
}

static uint32_t kind_of(struct rh_coverage_observer *it, const char *behaviour)
{
    struct word word = {""};
    (void)snprintf(word.text, sizeof word.text, "%s", behaviour == NULL ? "?" : behaviour);
    for (uint32_t i = 0; i < it->kind_count; i++) {
        if (strcmp(it->kinds[i].text, word.text) == 0) {
            return i;
        }
    }
    uint32_t capacity = enough(it->kind_capacity, it->kind_count + 1);
    if (capacity != it->kind_capacity) {
        struct word *kinds =
            grow(it, it->kinds, it->kind_capacity * sizeof(*kinds), capacity * sizeof(*kinds));
        if (kinds == NULL) {
            return 0;
        }
        it->kinds = kinds;
        it->kind_capacity = capacity;
    }
    it->kinds[it->kind_count] = word;
    return it->kind_count++;
}

static void is_born(struct rh_coverage_observer *it, const struct rh_event *event)
{
    struct rh_pid pid = event->actor;
    struct crew *crew = pid.node < NODES_MAX ? crew_of(it, pid.node) : NULL;
    if (crew == NULL) {
        return;
    }
    if (pid.slot >= crew->capacity) {
        uint32_t capacity = enough(crew->capacity, pid.slot + 1);
        struct member *members =
            grow(it, crew->members, crew->capacity * sizeof(*members), capacity * sizeof(*members));
        if (members == NULL) {
            return;
        }
        crew->members = members;
        crew->capacity = capacity;
    }
    crew->members[pid.slot] = (struct member){
        .pid = pid, .epoch = it->epoch, .kind = kind_of(it, event->name), .last = STEP_KINDS};
}

/* ---- transitions ---- */

static void count_key(struct rh_coverage_observer *it, enum rh_coverage_family family,
                      const char *key)
{
    tally_count(&it->tally, tally_row(&it->tally, family, key), 0);
}

static void count_transition(struct rh_coverage_observer *it, const struct rh_event *event)
{
    char key[KEY_BYTES];
    size_t code =
        ((size_t)event->kind * RH_SIGNAL_COUNT + event->signal) * RH_WHY_COUNT + event->why;
    uint32_t row = it->codes[code];
    if (row == 0) {
        bool is_one = transition_key(key, event->kind, event->signal, event->why);
        row = is_one ? tally_row(&it->tally, RH_COVERAGE_TRANSITION, key) : NOTHING;
        it->codes[code] = row;
    }
    if (row != NOTHING) {
        tally_count(&it->tally, row, 0);
    }
    if (transition_detail(key, event) || (event->kind == RH_EVENT_MARK && mark_key(key, event))) {
        count_key(it, RH_COVERAGE_TRANSITION, key);
    }
}

/* ---- messages ---- */

static struct got *got_at(const struct rh_coverage_observer *it, uint64_t hash)
{
    uint32_t mask = it->got_slots - 1;
    uint32_t at = (uint32_t)(hash >> 32) & mask;
    while (it->got[at].hash != 0 && it->got[at].hash != hash) {
        at = (at + 1) & mask;
    }
    return &it->got[at];
}

static bool grow_got(struct rh_coverage_observer *it)
{
    uint32_t before = it->got_slots;
    struct got *old = it->got;
    uint32_t slots = before == 0 ? 256 : before * 2;
    struct got *got = grow(it, NULL, 0, slots * sizeof(*got));
    if (got == NULL) {
        return false;
    }
    it->got = got;
    it->got_slots = slots;
    for (uint32_t i = 0; i < before; i++) {
        if (old[i].hash != 0) {
            *got_at(it, old[i].hash) = old[i];
        }
    }
    it->allocator->release(it->allocator->self, old, before * sizeof(*old));
    return true;
}

static uint64_t mix(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_of(const char *bytes, size_t size)
{
    uint64_t hash = size + 1;
    for (size_t i = 0; i < size; i++) {
        hash = mix(hash, (unsigned char)bytes[i]);
    }
    return hash;
}

/* Two hashes of 64 bits that are the same by chance are worse than a billion runs. */
static void count_got(struct rh_coverage_observer *it, uint32_t kind, enum rh_signal_kind signal,
                      struct rh_text tag)
{
    uint64_t hash = mix(mix(hash_of(tag.bytes, tag.size), kind + 1), (uint64_t)signal + 1) | 1;
    if (it->got_count * 2 >= it->got_slots && !grow_got(it)) {
        return;
    }
    struct got *got = got_at(it, hash);
    if (got->hash == 0) {
        char key[KEY_BYTES];
        message_key(key, it->kinds[kind].text, signal, tag);
        *got = (struct got){hash, tally_row(&it->tally, RH_COVERAGE_MESSAGE, key)};
        it->got_count++;
    }
    tally_count(&it->tally, got->row, 0);
}

static void count_message(struct rh_coverage_observer *it, const struct rh_event *event)
{
    const struct member *member = member_of(it, event->actor);
    if (member == NULL || it->kind_count == 0) {
        return;
    }
    const struct rh_text none = {NULL, 0};
    count_got(it, member->kind, event->signal, none);
    struct rh_text tag = event->signal == RH_SIGNAL_MESSAGE && event->message != NULL
                             ? message_tag(event->message)
                             : none;
    if (tag.size > 0) {
        count_got(it, member->kind, event->signal, tag);
    }
}

/* ---- pairs ---- */

static void count_step_pair(struct rh_coverage_observer *it, const struct member *member)
{
    unsigned before = member->last;
    unsigned after = it->kind;
    bool is_turned = before > after;
    if (before == after) {
        if (rh_pid_equal(member->last_peer, it->peer)) {
            return;
        }
        is_turned = pid_order(member->last_peer, it->peer) > 0;
    }
    unsigned a = before < after ? before : after;
    unsigned b = before < after ? after : before;
    uint32_t *row = &it->step_pairs[a][b];
    if (*row == 0) {
        char key[KEY_BYTES];
        step_pair_key(key, a, b);
        *row = pair_is_told(a, b) ? tally_row(&it->tally, RH_COVERAGE_PAIR, key) : NOTHING;
    }
    if (*row != NOTHING) {
        tally_count(&it->tally, *row, is_turned);
    }
}

static void end_fault(struct rh_coverage_observer *it)
{
    if (it->fault != NULL) {
        char key[KEY_BYTES];
        (void)snprintf(key, sizeof key, "%s: %s", it->fault, it->state);
        count_key(it, RH_COVERAGE_FAULT, key);
        it->fault = NULL;
    }
}

static void end_step(struct rh_coverage_observer *it)
{
    struct member *member = it->has_step ? member_of(it, it->actor) : NULL;
    end_fault(it);
    if (member != NULL) {
        it->kind = it->exits ? STEP_EXITS : it->kind;
        if (member->last < STEP_KINDS) {
            count_step_pair(it, member);
        }
        member->last = it->kind;
        member->last_peer = it->peer;
    }
    it->has_step = false;
    it->exits = false;
}

static void begin_step(struct rh_coverage_observer *it, struct rh_pid actor, struct rh_pid peer,
                       unsigned kind)
{
    it->has_step = true;
    it->actor = actor;
    it->peer = peer;
    it->kind = (uint8_t)kind;
}

/* What a notice ends, a link or a monitor, is told before the notice. */
static bool is_late_word(const struct rh_coverage_observer *it, const struct rh_event *event)
{
    return it->has_step && it->kind == STEP_ACT && rh_pid_equal(event->actor, it->actor) &&
           (event->kind == RH_EVENT_HANDLE || event->kind == RH_EVENT_PUT);
}

/* The first event of a step that is somebody's says what the step is. */
static void note_step(struct rh_coverage_observer *it, const struct rh_event *event)
{
    struct member *member = event_is_acting(event->kind) || event->kind == RH_EVENT_EXIT
                                ? member_of(it, event->actor)
                                : NULL;
    if (event->kind == RH_EVENT_EXIT) {
        if (member != NULL) {
            member->has_ended = true;
        }
        if (!it->has_step) {
            begin_step(it, event->actor, rh_pid_none(), STEP_ACT);
        }
        it->exits = it->exits || rh_pid_equal(event->actor, it->actor);
    } else if ((!it->has_step && event_is_handling(event->kind)) || is_late_word(it, event)) {
        unsigned kind = event->kind == RH_EVENT_TAKE ? (unsigned)RH_SIGNAL_TAKE : event->signal;
        begin_step(it, event->actor, event->peer, kind);
    } else if (!it->has_step && member != NULL && !member->has_ended) {
        begin_step(it, event->actor, rh_pid_none(), STEP_ACT);
    }
}

/* Two accesses of one step are no race, and the later one is what the next step finds. */
static void count_access(struct rh_coverage_observer *it, enum access access, uint64_t key)
{
    struct accessed *accessed = &it->accessed[(key >> 40) % ACCESSED_SLOTS];
    bool is_known = accessed->epoch == it->epoch && accessed->key == key;
    if (is_known && accessed->step != it->step && accessed->last != access) {
        enum access before = (enum access)accessed->last;
        enum access a = before < access ? before : access;
        enum access b = before < access ? access : before;
        uint32_t *row = &it->access_pairs[a][b];
        if (*row == 0) {
            char text[KEY_BYTES];
            access_pair_key(text, a, b);
            *row = tally_row(&it->tally, RH_COVERAGE_PAIR, text);
        }
        tally_count(&it->tally, *row, before > access);
    }
    *accessed = (struct accessed){key, it->epoch, it->step, (uint8_t)access};
}

static void note_access(struct rh_coverage_observer *it, uint32_t node,
                        const struct rh_event *event)
{
    enum access access = access_of(event);
    if (access == ACCESS_COUNT) {
        return;
    }
    const char *object = access_object(access);
    uint64_t key = mix(hash_of(object, strlen(object)), node);
    count_access(it, access,
                 access_is_named(access) ? mix(key, hash_of(event->name, strlen(event->name)))
                                         : mix(key, 0));
}

/* ---- faults ---- */

static void is_struck(struct rh_coverage_observer *it, const struct rh_event *event)
{
    enum rh_fault_kind kind = strike_kind(event->name);
    if (kind == RH_FAULT_COUNT || kind == RH_FAULT_REFUSE_IO || it->world == NULL) {
        return; /* what is refused tells by itself */
    }
    end_fault(it);
    it->fault = rh_fault_kind_word(kind);
    it->struck = event->actor;
    it->state = strike_state(it->world, kind, event->actor);
    if (!rh_pid_is_none(event->actor) && !it->has_step) {
        begin_step(it, event->actor, rh_pid_none(), STEP_STRUCK);
    }
}

/* ---- listening ---- */

void rh_coverage_observer_record(struct rh_coverage_observer *it, const struct rh_record *record)
{
    const struct rh_event *event = record->event;
    if (record->step != it->step) {
        end_step(it);
        it->step = record->step;
    }
    if (record->kind == RH_RECORD_FAULT) {
        is_struck(it, event);
    } else if (record->kind == RH_RECORD_PHASE &&
               strcmp(event->name, RH_PHASE_CONVERGE) == 0) { /* others are the scenario's */
        char key[KEY_BYTES];
        (void)snprintf(key, sizeof key, "run: %s", event->name);
        count_key(it, RH_COVERAGE_TRANSITION, key);
    }
    if (record->kind != RH_RECORD_EVENT) {
        return;
    }
    if (event->kind == RH_EVENT_SPAWN) {
        is_born(it, event);
    }
    if (record->step > 0) {
        note_step(it, event); /* setting up is no step */
    }
    count_transition(it, event);
    if (event->kind == RH_EVENT_HANDLE || event->kind == RH_EVENT_TAKE) {
        count_message(it, event);
        bool is_turn = it->fault != NULL && rh_pid_equal(it->struck, event->actor) &&
                       strike_is_of_turns(it->fault);
        it->state = is_turn ? strike_in_a_turn : it->state;
    }
    if (event->kind == RH_EVENT_EFFECT && event->why == RH_WHY_FAULT) {
        char key[KEY_BYTES];
        (void)snprintf(key, sizeof key, "%s: %s", rh_fault_kind_word(RH_FAULT_REFUSE_IO),
                       event->name);
        count_key(it, RH_COVERAGE_FAULT, key);
    }
    note_access(it, record->node, event);
}

static void listen(void *self, const struct rh_record *record)
{
    rh_coverage_observer_record(self, record);
}

void rh_coverage_observer_reset(struct rh_coverage_observer *it, const struct rh_world *world)
{
    tally_drop(&it->tally);
    it->world = world;
    it->epoch++;
    it->step = 0;
    it->has_step = false;
    it->exits = false;
    it->fault = NULL;
}

enum rh_status rh_coverage_observer_begin(struct rh_coverage_observer *it, struct rh_world *world)
{
    const struct rh_listener listener = {RH_LISTEN_ALL & ~RH_LISTEN_RECORD(STEP), listen, it};
    rh_coverage_observer_reset(it, world);
    return rh_world_listen(world, &listener);
}

void rh_coverage_observer_end(struct rh_coverage_observer *it)
{
    end_step(it);
    it->world = NULL;
}

void rh_coverage_observer_judged(struct rh_coverage_observer *it, const char *invariant,
                                 bool evaluated)
{
    uint32_t row = tally_row(&it->tally, RH_COVERAGE_INVARIANT, invariant);
    tally_count(&it->tally, row, 0);
    if (evaluated) {
        tally_count(&it->tally, row, 1);
    }
}

void rh_coverage_observer_keep(struct rh_coverage_observer *it)
{
    tally_keep(&it->tally);
}

void rh_coverage_observer_drop(struct rh_coverage_observer *it)
{
    tally_drop(&it->tally);
}

enum rh_status rh_coverage_observer_take(struct rh_coverage_observer *it,
                                         struct rh_coverage *coverage)
{
    return tally_take(&it->tally, coverage);
}

/* ---- life ---- */

enum rh_status rh_coverage_observer_create(const struct rh_allocator *allocator,
                                           struct rh_coverage_observer **ret_observer)
{
    struct rh_coverage_observer *it = allocator->allocate(allocator->self, sizeof *it);
    *ret_observer = it;
    if (it == NULL) {
        return RH_NO_MEMORY;
    }
    memset(it, 0, sizeof *it);
    it->allocator = allocator;
    tally_init(&it->tally, allocator);
    return RH_OK;
}

void rh_coverage_observer_destroy(struct rh_coverage_observer *it)
{
    if (it == NULL) {
        return;
    }
    const struct rh_allocator *allocator = it->allocator;
    for (uint32_t i = 0; i < it->crew_count; i++) {
        allocator->release(allocator->self, it->crews[i].members,
                           it->crews[i].capacity * sizeof(struct member));
    }
    allocator->release(allocator->self, it->crews, it->crew_count * sizeof(*it->crews));
    allocator->release(allocator->self, it->kinds, it->kind_capacity * sizeof(*it->kinds));
    allocator->release(allocator->self, it->got, it->got_slots * sizeof(*it->got));
    tally_deinit(&it->tally);
    allocator->release(allocator->self, it, sizeof *it);
}
