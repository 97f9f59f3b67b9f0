/* SPDX-License-Identifier: MIT */
/* What must hold when nothing is on its way. */
#include "core/remote/tests/swarm.h"

#include <string.h>

static bool lives(const struct swarm *s, struct rh_pid pid)
{
    return pid.node >= 1 && pid.node <= s->count && s->nodes[pid.node - 1] != NULL &&
           rh_inspect_is_alive(s->nodes[pid.node - 1], pid);
}

struct seek {
    struct rh_pid wanted;
    uint64_t ordinal;
    bool found;
};

static bool seek_one(void *self, struct rh_pid partner, uint64_t ordinal, const char *name)
{
    struct seek *seek = self;
    (void)name;
    seek->found = seek->found || (seek->ordinal == 0 ? rh_pid_equal(partner, seek->wanted)
                                                     : ordinal == seek->ordinal);
    return true;
}

struct pair {
    struct swarm *swarm;
    struct rh_pid self;
};

static bool agree_link(void *self, struct rh_pid partner, uint64_t ordinal, const char *name)
{
    const struct pair *pair = self;
    (void)ordinal;
    (void)name;
    if (!lives(pair->swarm, partner)) {
        fail_msg("linked to a dead actor of node %u", partner.node);
    }
    struct seek seek = {.wanted = pair->self};
    rh_inspect_each_relation(pair->swarm->nodes[partner.node - 1], partner, RH_RELATION_LINK,
                             seek_one, &seek);
    if (!seek.found) {
        fail_msg("%u.%u.%u is linked to %u.%u.%u, which is not", pair->self.node, pair->self.slot,
                 pair->self.generation, partner.node, partner.slot, partner.generation);
    }
    return true;
}

static bool agree_watcher(void *self, struct rh_pid watcher, uint64_t ordinal, const char *name)
{
    const struct pair *pair = self;
    (void)name;
    if (!lives(pair->swarm, watcher)) {
        fail_msg("watched by a dead actor of node %u", watcher.node);
    }
    (void)ordinal; /* of a remote one it is the connection's reference */
    return true;
}

static bool agree(void *self, const struct rh_actor_view *view)
{
    struct swarm *s = self;
    struct pair pair = {s, view->pid};
    struct rh_node *node = s->nodes[view->pid.node - 1];
    rh_inspect_each_relation(node, view->pid, RH_RELATION_LINK, agree_link, &pair);
    rh_inspect_each_relation(node, view->pid, RH_RELATION_WATCHER, agree_watcher, &pair);
    return true;
}

static void agree_watches(const struct swarm *s)
{
    for (size_t i = 0; i < s->watch_count; i++) {
        const struct swarm_watch *watch = &s->watches[i];
        struct rh_pid self = watch->ref.owner;
        bool over = watch->fired > 0 || watch->withdrawn;
        if (over || !lives(s, self) || watch->lenient) {
            continue;
        }
        struct seek seek = {.ordinal = watch->ref.ordinal};
        rh_inspect_each_relation(s->nodes[self.node - 1], self, RH_RELATION_MONITOR, seek_one,
                                 &seek);
        if (!seek.found || !lives(s, watch->target)) {
            fail_msg("a monitor of %u.%u.%u/%u on node %u has not fired (%s)", self.node, self.slot,
                     self.generation, (unsigned)watch->ref.ordinal, watch->target.node,
                     seek.found ? "target dead" : "lost");
        }
    }
}

void swarm_settle(struct swarm *s)
{
    bool busy = true;
    while (busy) {
        busy = false;
        for (uint32_t node = 0; node < s->count; node++) {
            busy = swarm_happen(s, node) || busy;
            while (s->nodes[node] != NULL && swarm_apply(s, node)) {
                busy = true;
            }
        }
        for (size_t i = 0; i < SWARM_PIPES; i++) {
            busy = swarm_serve(s, &s->pipes[i]) || busy;
        }
        swarm_validate(s);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->nodes[i] != NULL) {
            rh_inspect_each_actor(s->nodes[i], agree, s);
        }
    }
    agree_watches(s);
}

struct last {
    struct rh_pid pid;
};

static bool somebody(void *self, const struct rh_actor_view *view)
{
    struct last *last = self;
    if (strcmp(view->behaviour, "anybody") == 0) {
        last->pid = view->pid;
        return false;
    }
    return true;
}

static bool is_empty(void *self, const struct rh_connection_view *view)
{
    (void)self;
    assert_int_equal(view->proxy_count, 0);
    assert_int_equal(view->export_count, 0);
    assert_int_equal(view->monitor_count, 0);
    assert_int_equal(view->unlink_count, 0);
    assert_int_equal(view->held_count, 0);
    assert_int_equal(view->lane_bytes, 0);
    return true;
}

void swarm_finish(struct swarm *s)
{
    s->budget = 0;
    swarm_settle(s);
    for (uint32_t i = 0; i < s->count; i++) {
        struct last last = {rh_pid_none()};
        while (s->nodes[i] != NULL) {
            last.pid = rh_pid_none();
            rh_inspect_each_actor(s->nodes[i], somebody, &last);
            if (rh_pid_is_none(last.pid)) {
                break;
            }
            assert_status(rh_node_crash(s->nodes[i], s->now, last.pid, rh_message_none()), RH_OK);
        }
    }
    swarm_settle(s);
    for (uint32_t i = 0; i < s->count; i++) {
        struct rh_node_stats stats;
        if (s->nodes[i] == NULL) {
            continue;
        }
        rh_node_stats(s->nodes[i], &stats);
        assert_int_equal(stats.signals_waiting, 0);
        assert_int_equal(stats.monitors, 0);
        assert_int_equal(stats.proxies, 0);
        assert_int_equal(stats.exports, 0);
        assert_int_equal(stats.entries, stats.links); /* endpoints, listener and keeper */
        rh_inspect_each_connection(s->nodes[i], is_empty, s);
    }
}
