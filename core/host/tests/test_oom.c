/* SPDX-License-Identifier: MIT */
/* Every allocation of a run fails once. Whatever it hits, nothing leaks, nobody waits for ever, and a host that is alive
 * works as before. */
#include "core/host/tests/play.h"

static void maybe_ask(size_t client, struct rh_message request)
{
    if (play_is_alive(play.clients[client].pid) && play_is_alive(play.host)) {
        play_ask(client, request);
        play_settle();
    } else {
        rh_message_unref(request);
    }
}

static const char long_word[] = "a text that is longer than a handle can hold by itself";

/* Spawns that succeed and fail, waiters, routes, messages, every query, every stop. */
static void play_a_life(void)
{
    play_begin();
    maybe_ask(1, RH_ARRAY(NULL, "wait", "p", "stopped", 100 * RH_SECOND));
    maybe_ask(2, RH_ARRAY(NULL, "spawn", "three", "p", long_word));
    maybe_ask(3, RH_ARRAY(NULL, "ready", "p"));
    maybe_ask(3, RH_ARRAY(NULL, "spawn", "silent", "q"));
    maybe_ask(4, RH_ARRAY(NULL, "spawn", "orphan", "r"));
    maybe_ask(4, RH_ARRAY(NULL, "bind", "far/away", play.clients[5].pid));
    if (play.node != NULL && play_is_alive(play.host)) {
        play_route(5, "p/a", RH_ITEM(NULL, long_word));
        play_route(5, "far/away/x", RH_ITEM(NULL, long_word));
        play_route(5, "nowhere", RH_ITEM(NULL, long_word));
        play_route(5, "local/x", RH_ITEM(NULL, 1));
    }
    maybe_ask(4, RH_ARRAY(NULL, "info", "p"));
    maybe_ask(4, RH_ARRAY(NULL, "list"));
    maybe_ask(4, RH_ARRAY(NULL, "local"));
    play_wait(RH_SECOND);
    maybe_ask(4, RH_ARRAY(NULL, "spawn", "slow", "s"));
    maybe_ask(5, RH_ARRAY(NULL, "request_stop", "s", 2 * RH_SECOND, long_word));
    maybe_ask(5, RH_ARRAY(NULL, "terminate", "p", RH_SECOND, long_word));
    maybe_ask(6, RH_ARRAY(NULL, "spawn", "dies", "t"));
    maybe_ask(6, RH_ARRAY(NULL, "terminate_all", 1, RH_SECOND, long_word));
    maybe_ask(4, RH_ARRAY(NULL, "unbind", "far/away"));
    play_wait(20 * RH_SECOND);
}

/* Two procs, one that is slow to end, and a shutdown for which others wait. */
static void play_an_end(void)
{
    play_begin();
    maybe_ask(2, RH_ARRAY(NULL, "spawn", "slow", "p", long_word));
    maybe_ask(4, RH_ARRAY(NULL, "spawn", "plain", "q", long_word));
    maybe_ask(1, RH_ARRAY(NULL, "wait", "p"));
    maybe_ask(3, RH_ARRAY(NULL, "ready", "never"));
    maybe_ask(5, RH_ARRAY(NULL, "shutdown", 1, RH_SECOND, long_word));
    maybe_ask(6, RH_ARRAY(NULL, "kill", "q"));
    play_wait(20 * RH_SECOND);
}

/* Nobody is left waiting but who waits for something that may still come. */
static void check_answers(void)
{
    for (size_t i = 0; i < PLAY_CLIENTS; i++) {
        const struct play_client *client = &play.clients[i];
        bool may_wait = i == 1 || i == 3; /* for p, which may never have been spawned */
        if (play_is_alive(client->pid) && strcmp(client->outcome, "open") == 0 && !may_wait) {
            fail_msg("allocation %zu: client %zu waits for ever", play.fail_at, i);
        }
    }
}

/* What was spawned and is gone has left nothing; a live host takes new work and shuts down. */
static void check_host(size_t failed_at)
{
    play.fail_at = 0;
    if (!play_is_alive(play.host) || !play_is_alive(play.clients[2].pid)) {
        return;
    }
    play_ask(2, RH_ARRAY(NULL, "spawn", "plain", "z"));
    play_settle();
    if (strncmp(play.clients[2].outcome, "reply [ok, ", 11) != 0) {
        fail_msg("allocation %zu: %s", failed_at, play.clients[2].outcome);
    }
    play_ask(2, RH_ARRAY(NULL, "shutdown", 4, RH_SECOND, "end"));
    play_wait(10 * RH_SECOND);
    if (strncmp(play.clients[2].outcome, "reply [ok, ", 11) != 0) {
        fail_msg("allocation %zu: %s", failed_at, play.clients[2].outcome);
    }
    assert_false(play_is_alive(play.host));
}

static void sweep(void (*life)(void), bool is_quiet)
{
    size_t survived = 0;
    bool is_complete = false;
    size_t n = 1;
    for (; !is_complete; n++) {
        play.fail_at = n;
        play.is_quiet = is_quiet;
        life();
        is_complete = play.attempts < n;
        check_answers();
        survived += play_is_alive(play.host) ? 1 : 0;
        check_host(n);
        if (play.node != NULL && play_is_alive(play.clients[2].pid)) {
            if (play_living() > PLAY_CLIENTS) { /* something is left of the host or its procs */
                fail_msg("allocation %zu left an actor behind", n);
            }
        }
        play_end();
    }
    print_message("allocations that failed once: %zu; the host survived %zu of them\n", n - 1,
                  survived);
    assert_true(n > 100);
    play.fail_at = 0;
    play.is_quiet = false;
}

static void sweeps_a_life(void **state)
{
    (void)state;
    sweep(play_a_life, true);
}

static void sweeps_a_life_that_is_watched(void **state)
{
    (void)state;
    sweep(play_a_life, false);
}

static void sweeps_an_end(void **state)
{
    (void)state;
    sweep(play_an_end, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweeps_a_life),
        cmocka_unit_test(sweeps_a_life_that_is_watched),
        cmocka_unit_test(sweeps_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
