/* SPDX-License-Identifier: MIT */
/*
 * Jobs are begun in order, by whoever is free, and never far ahead of what the caller asks for: what waits to be reported takes
 * memory. Signals are for the caller's thread.
 *
 * A thread without a job is a hand for hire: a long exploration at the end of a suite gets those that have nothing left.
 */
#include "harness/cli/cli.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct cli_pool {
    void (*work)(void *self, size_t index);
    void *self;
    size_t count;
    size_t ahead;
    size_t next;    /**< the first that nobody has begun */
    size_t asked;   /**< the caller wants to have this one */
    uint32_t spare; /**< threads that could be at work and are not */
    uint32_t threads_max;
    uint32_t thread_count;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool *is_done;
    pthread_t *threads;
};

/* With the mutex, which is not held during the work. */
static void do_next(struct cli_pool *pool)
{
    size_t index = pool->next++;
    (void)pthread_mutex_unlock(&pool->mutex);
    pool->work(pool->self, index);
    (void)pthread_mutex_lock(&pool->mutex);
    pool->is_done[index] = true;
    (void)pthread_cond_broadcast(&pool->changed);
}

static void *run_thread(void *self)
{
    struct cli_pool *pool = self;
    (void)pthread_mutex_lock(&pool->mutex);
    while (pool->next < pool->count) {
        if (pool->next < pool->asked + pool->ahead) {
            do_next(pool);
        } else {
            (void)pthread_cond_wait(&pool->changed, &pool->mutex);
        }
    }
    pool->spare++;
    (void)pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static void start_threads(struct cli_pool *pool)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    while (pool->thread_count < pool->threads_max &&
           pthread_create(&pool->threads[pool->thread_count], NULL, run_thread, pool) == 0) {
        pool->thread_count++;
    }
    pool->threads_max = pool->thread_count;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void destroy(struct cli_pool *pool)
{
    free(pool->is_done);
    free(pool->threads);
    free(pool);
}

struct cli_pool *cli_pool_start(void (*work)(void *self, size_t index), void *self, size_t count,
                                uint32_t jobs, size_t ahead)
{
    struct cli_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    *pool = (struct cli_pool){.work = work, .self = self, .count = count, .ahead = ahead};
    uint32_t most = count < jobs ? (uint32_t)count : jobs;
    most = most == 0 ? 1 : most;
    pool->is_done = calloc(count + 1, sizeof *pool->is_done);
    pool->threads = calloc(jobs, sizeof *pool->threads);
    bool is_ready = pool->is_done != NULL && pool->threads != NULL &&
                    pthread_mutex_init(&pool->mutex, NULL) == 0;
    if (!is_ready || pthread_cond_init(&pool->changed, NULL) != 0) {
        destroy(pool);
        return NULL;
    }
    pool->spare = jobs - most;
    pool->threads_max = most - 1;
    return pool;
}

void cli_pool_finish(struct cli_pool *pool, size_t index)
{
    (void)pthread_mutex_lock(&pool->mutex);
    pool->asked = index;
    start_threads(
        pool); /* not before the caller knows the pool: what is at work may want to hire */
    (void)pthread_cond_broadcast(&pool->changed);
    while (!pool->is_done[index]) {
        if (pool->next <= index) {
            do_next(pool);
        } else {
            (void)pthread_cond_wait(&pool->changed, &pool->mutex);
        }
    }
    (void)pthread_mutex_unlock(&pool->mutex);
}

void cli_pool_stop(struct cli_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->mutex);
    pool->count = pool->next;
    (void)pthread_cond_broadcast(&pool->changed);
    (void)pthread_mutex_unlock(&pool->mutex);
    for (uint32_t i = 0; i < pool->thread_count; i++) {
        (void)pthread_join(pool->threads[i], NULL);
    }
    (void)pthread_cond_destroy(&pool->changed);
    (void)pthread_mutex_destroy(&pool->mutex);
    destroy(pool);
}

bool cli_pool_hire(struct cli_pool *pool)
{
    (void)pthread_mutex_lock(&pool->mutex);
    bool has_spare = pool->spare > 0;
    pool->spare -= has_spare ? 1 : 0;
    (void)pthread_mutex_unlock(&pool->mutex);
    return has_spare;
}

void cli_pool_release(struct cli_pool *pool)
{
    (void)pthread_mutex_lock(&pool->mutex);
    pool->spare++;
    (void)pthread_mutex_unlock(&pool->mutex);
}
