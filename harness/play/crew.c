/* SPDX-License-Identifier: MIT */
/*
 * Who plays which part, and when, has no influence on what comes of it; so there is no plan. Parts wait in the order in which
 * they were offered, everybody who is free takes the first, and the caller, who needs them in that order, plays what nobody has
 * taken and otherwise waits.
 *
 * Threads and not processes: worlds share nothing, parts come and go by pointer, and a part is some milliseconds of work. A
 * thread reads the scenario again, because the messages of a plan are counted by one thread only; nothing else is common
 * but the options. Signals are for the thread of the caller: it may leave a turn that never ends by a jump, and the others are
 * left to the end of the process then.
 */
#include "harness/play/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct crew {
    struct player *player;
    uint32_t thread_count;
    uint32_t threads_max;
    uint32_t capacity;
    pthread_mutex_t mutex;
    pthread_cond_t offered;
    pthread_cond_t done;
    struct part *first; /**< that waits */
    struct part *last;
    uint32_t busy; /**< threads that play */
    bool ends;
    atomic_bool is_dropped;
    pthread_t threads[];
};

static size_t crew_bytes(uint32_t threads)
{
    return sizeof(struct crew) + threads * sizeof(pthread_t);
}

enum rh_status crew_create(struct player *player, uint32_t jobs, struct crew **ret_crew)
{
    uint32_t threads = jobs - 1;
    struct crew *crew = player->allocator->allocate(player->allocator->self, crew_bytes(threads));
    if (crew == NULL) {
        return RH_NO_MEMORY;
    }
    *crew = (struct crew){.player = player, .threads_max = threads, .capacity = threads};
    bool has_mutex = pthread_mutex_init(&crew->mutex, NULL) == 0;
    bool has_offered = has_mutex && pthread_cond_init(&crew->offered, NULL) == 0;
    bool has_done = has_offered && pthread_cond_init(&crew->done, NULL) == 0;
    if (has_done) {
        *ret_crew = crew;
        return RH_OK;
    }
    if (has_offered) {
        (void)pthread_cond_destroy(&crew->offered);
    }
    if (has_mutex) {
        (void)pthread_mutex_destroy(&crew->mutex);
    }
    player->allocator->release(player->allocator->self, crew, crew_bytes(threads));
    return RH_NO_MEMORY;
}

/* ---- threads; the mutex is held where nothing else is said ---- */

static struct part *take(struct crew *crew)
{
    struct part *part = crew->first;
    crew->first = part->next;
    crew->last = crew->first == NULL ? NULL : crew->last;
    part->state = PART_IS_PLAYED;
    return part;
}

/* Without it. Whoever waits has time to ask whether there is an end. */
static bool is_wanted(void *self, uint64_t runs)
{
    struct crew *crew = self;
    (void)runs;
    (void)pthread_cond_signal(&crew->done);
    return !atomic_load_explicit(&crew->is_dropped, memory_order_relaxed);
}

static void work(struct crew *crew, struct player *player)
{
    (void)pthread_mutex_lock(&crew->mutex);
    while (!crew->ends) {
        if (crew->first == NULL) {
            (void)pthread_cond_wait(&crew->offered, &crew->mutex);
            continue;
        }
        struct part *part = take(crew);
        crew->busy++;
        (void)pthread_mutex_unlock(&crew->mutex);
        part_play(part, player);
        (void)pthread_mutex_lock(&crew->mutex);
        crew->busy--;
        part->state = PART_IS_DONE;
        (void)pthread_cond_signal(&crew->done);
    }
    (void)pthread_mutex_unlock(&crew->mutex);
}

/* Without it. */
static void *run_thread(void *self)
{
    struct crew *crew = self;
    const struct player *model = crew->player;
    struct player player;
    enum rh_status status =
        player_init(&player, model->scenario, model->options, model->allocator, true);
    player.go_on = is_wanted;
    player.self = crew;
    if (status == RH_OK) {
        work(crew, &player);
    }
    player_deinit(&player);
    return NULL;
}

static void release(const struct crew *crew)
{
    const struct rh_explore_options *options = crew->player->options;
    if (options->release != NULL) {
        options->release(options->self);
    }
}

static void start_thread(struct crew *crew)
{
    const struct rh_explore_options *options = crew->player->options;
    sigset_t all;
    sigset_t before;
    if (options->hire != NULL && !options->hire(options->self)) {
        return;
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    if (pthread_create(&crew->threads[crew->thread_count], NULL, run_thread, crew) == 0) {
        crew->thread_count++;
    } else {
        crew->threads_max = crew->thread_count;
        release(crew);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the caller ---- */

void crew_offer(struct crew *crew, struct part *part)
{
    part->state = PART_WAITS;
    part->next = NULL;
    (void)pthread_mutex_lock(&crew->mutex);
    if (crew->first == NULL) {
        crew->first = part;
    } else {
        crew->last->next = part;
        if (crew->thread_count < crew->threads_max) {
            start_thread(crew);
        }
    }
    crew->last = part;
    (void)pthread_cond_signal(&crew->offered);
    (void)pthread_mutex_unlock(&crew->mutex);
}

/* Play what comes first, with the mutex held before and afterwards. False: interrupted. */
static bool lend_a_hand(struct crew *crew)
{
    struct part *part = take(crew);
    (void)pthread_mutex_unlock(&crew->mutex);
    part_play(part, crew->player);
    (void)pthread_mutex_lock(&crew->mutex);
    part->state = PART_IS_DONE;
    return !part->is_interrupted;
}

static bool may_go_on(const struct crew *crew)
{
    const struct player *player = crew->player;
    return player->go_on == NULL || player->go_on(player->self, 0);
}

/* Until something is done, or just goes on: then the caller is asked whether it is to. */
static bool wait_a_while(struct crew *crew)
{
    (void)pthread_cond_wait(&crew->done, &crew->mutex);
    return may_go_on(crew);
}

bool crew_finish(struct crew *crew, struct part *part)
{
    (void)pthread_mutex_lock(&crew->mutex);
    /* Where others are always ahead of the caller it would never be asked below. */
    bool goes_on = part->state != PART_IS_DONE || may_go_on(crew);
    while (part->state != PART_IS_DONE && goes_on) {
        goes_on = crew->first != NULL ? lend_a_hand(crew) : wait_a_while(crew);
    }
    (void)pthread_mutex_unlock(&crew->mutex);
    return goes_on;
}

void crew_drop(struct crew *crew)
{
    atomic_store(&crew->is_dropped, true);
    (void)pthread_mutex_lock(&crew->mutex);
    crew->first = NULL;
    crew->last = NULL;
    while (crew->busy > 0) {
        (void)pthread_cond_wait(&crew->done, &crew->mutex);
    }
    (void)pthread_mutex_unlock(&crew->mutex);
    atomic_store(&crew->is_dropped, false);
}

void crew_destroy(struct crew *crew)
{
    if (crew == NULL) {
        return;
    }
    crew_drop(crew);
    (void)pthread_mutex_lock(&crew->mutex);
    crew->ends = true;
    (void)pthread_cond_broadcast(&crew->offered);
    (void)pthread_mutex_unlock(&crew->mutex);
    for (uint32_t i = 0; i < crew->thread_count; i++) {
        (void)pthread_join(crew->threads[i], NULL);
        release(crew);
    }
    (void)pthread_cond_destroy(&crew->done);
    (void)pthread_cond_destroy(&crew->offered);
    (void)pthread_mutex_destroy(&crew->mutex);
    const struct rh_allocator *allocator = crew->player->allocator;
    allocator->release(allocator->self, crew, crew_bytes(crew->capacity));
}
