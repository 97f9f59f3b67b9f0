/* SPDX-License-Identifier: MIT */
/* Answers to requests: from the other node, or from nobody when the connection is lost. Their storage is kept by the request,
 * so that the end of a connection allocates nothing. */
#include "core/remote/internal.h"

enum rh_status status_of_item(struct rh_item item, enum rh_status otherwise)
{
    for (int status = 0; status < RH_STATUS_COUNT; status++) {
        struct rh_reader reader;
        rh_reader_item(&reader, item);
        if (rh_read_word(&reader, rh_status_word((enum rh_status)status))) {
            return (enum rh_status)status;
        }
    }
    return otherwise;
}

void monitor_fire(struct rh_node *node, struct request *request, struct rh_message reason)
{
    struct signal *signal = request->notice;
    request->notice = NULL;
    signal_strip(node, signal);
    signal->role = ROLE_QUEUED;
    signal->body.id.ordinal = request->ordinal;
    signal->body.message = reason;
    signal_post(node, signal, RH_SIGNAL_DOWN, request->target, request->asker);
}

void liveness_fire(struct rh_node *node, struct request *request, bool alive)
{
    struct signal *signal = request->notice;
    request->notice = NULL;
    signal_strip(node, signal);
    signal->body.detail = alive;
    signal_post(node, signal, RH_SIGNAL_LIVENESS, request->target, request->asker);
}

void requests_beyond_lost(struct connection *connection, struct rh_pid target)
{
    struct request *following = NULL;
    for (struct request *at = connection->requests.first; at != NULL; at = following) {
        following = at->next;
        if (at->kind == REQUEST_MONITOR && rh_pid_equal(at->target, target)) {
            request_lost(connection, at);
        }
    }
}

void request_lost(struct connection *connection, struct request *request)
{
    struct rh_node *node = connection->home;
    switch (request->kind) {
    case REQUEST_MONITOR:
        monitor_fire(node, request, rh_reason(RH_REASON_NOCONNECTION));
        break;
    case REQUEST_ALIVE:
        liveness_fire(node, request, false);
        break;
    case REQUEST_SPAWN:
        spawn_lost(connection, request);
        break;
    case REQUEST_UNLINK:
        break;
    }
    request_remove(node, &connection->requests, request);
}
