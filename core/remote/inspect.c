/* SPDX-License-Identifier: MIT */
/* Views of connections, and their part of the validator. */
#include "core/remote/internal.h"

static struct rh_connection_view view_of(const struct connection *connection)
{
    size_t unlinks = 0;
    size_t monitors = 0;
    for (const struct request *at = connection->requests.first; at != NULL; at = at->next) {
        unlinks += at->kind == REQUEST_UNLINK;
        monitors += at->kind == REQUEST_MONITOR;
    }
    return (struct rh_connection_view){
        .endpoint = connection->endpoint->pid,
        .node = connection->node,
        .incarnation = connection->incarnation,
        .generation = connection->generation,
        .up = connection->state == CONNECTION_UP,
        .plain = connection->plain,
        .proxy_count = connection->proxies.count,
        .export_count = connection->exports.count,
        .monitor_count = monitors,
        .unlink_count = unlinks,
        .held_count = connection->held_count,
        .lane_bytes = connection->lane.used + connection->lane.flying_size,
        .kept_bytes = connection->cutter.kept,
    };
}

void rh_inspect_each_connection(const struct rh_node *node,
                                bool (*visit)(void *self, const struct rh_connection_view *view),
                                void *self)
{
    const struct connection *at = node->remote == NULL ? NULL : node->remote->first;
    for (; at != NULL; at = at->next) {
        struct rh_connection_view view = view_of(at);
        if (!visit(self, &view)) {
            return;
        }
    }
}

static void each_numbered(const struct directory *directory,
                          bool (*visit)(void *self, struct rh_pid actor, uint64_t number),
                          void *self)
{
    for (const struct numbered *id = directory->first; id != NULL; id = id->next) {
        if (!visit(self, id->pid, id->number)) {
            return;
        }
    }
}

void rh_inspect_each_proxy(const struct rh_node *node, struct rh_pid endpoint,
                           bool (*visit)(void *self, struct rh_pid actor, uint64_t number),
                           void *self)
{
    const struct connection *connection = connection_of(node, endpoint);
    if (connection != NULL) {
        each_numbered(&connection->proxies, visit, self);
    }
}

void rh_inspect_each_export(const struct rh_node *node, struct rh_pid endpoint,
                            bool (*visit)(void *self, struct rh_pid actor, uint64_t number),
                            void *self)
{
    const struct connection *connection = connection_of(node, endpoint);
    if (connection != NULL) {
        each_numbered(&connection->exports, visit, self);
    }
}

static const char *validate(const struct connection *connection, size_t *proxies, size_t *exports)
{
    const char *what = directory_validate(&connection->proxies);
    if (what == NULL) {
        what = directory_validate(&connection->exports);
    }
    if (what == NULL && connection->endpoint->form != FORM_ENDPOINT) {
        what = "a connection has lost its endpoint";
    }
    const struct numbered *last = connection->exports.last;
    if (what == NULL && last != NULL && last->number > connection->last_number) {
        what = "a number was given that was never counted";
    }
    if (what == NULL &&
        connection->cutter.kept > connection->cutter.frame_bytes_max + FRAME_HEADER_BYTES) {
        what = "a connection keeps more than one frame";
    }
    *proxies += connection->proxies.count;
    *exports += connection->exports.count;
    return what;
}

const char *remote_validate(const struct rh_node *node, size_t *entries)
{
    size_t proxies = 0;
    size_t exports = 0;
    const char *what = NULL;
    for (const struct connection *at = node->remote->first; at != NULL && what == NULL;
         at = at->next) {
        what = validate(at, &proxies, &exports);
        for (const struct numbered *id = at->proxies.first; id != NULL && what == NULL;
             id = id->next) {
            const struct proxy *proxy =
                (const struct proxy *)(const void *)((const unsigned char *)id -
                                                     offsetof(struct proxy, id));
            what = actor_validate(node, &proxy->actor, entries);
        }
    }
    if (what == NULL && (proxies != node->stats.proxies || exports != node->stats.exports)) {
        what = "the proxies or exports have lost count";
    }
    return what;
}
