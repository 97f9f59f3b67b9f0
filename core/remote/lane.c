/* SPDX-License-Identifier: MIT */
/*
 * The lane: frames on their way out, in one order, because an actor's exit must not overtake its messages. Two budgets:
 * data is refused when lane_bytes_max of it waits, and somebody hears of it; control frames are admitted beyond that, up to
 * lane_controls_max of them, and then the connection ends, because a control frame that is lost would be a lie. What a
 * connection finds when it goes up (members of groups, signals that were held) is not counted: it has limits of its own, and
 * a node that has more of it could never be reached.
 *
 * Two buffers change places: while the driver writes one, frames gather in the other.
 */
#include "core/remote/internal.h"

#include <string.h>

#define LANE_BYTES_MIN 512u

static bool reserve(struct rh_node *node, struct lane *lane, size_t more)
{
    size_t wanted = lane->used + more;
    if (wanted <= lane->capacity) {
        return true;
    }
    size_t capacity = lane->capacity == 0 ? LANE_BYTES_MIN : lane->capacity;
    while (capacity < wanted) {
        capacity *= 2;
    }
    uint8_t *bytes = node_allocate(node, capacity);
    if (bytes == NULL) {
        return false;
    }
    if (lane->used > 0) {
        memcpy(bytes, lane->bytes, lane->used);
    }
    node_release(node, lane->bytes, lane->capacity);
    lane->bytes = bytes;
    lane->capacity = capacity;
    return true;
}

static enum rh_status admit(const struct rh_node *node, const struct lane *lane,
                            enum lane_class lane_class, size_t size)
{
    if (size - FRAME_HEADER_BYTES > node->limits.frame_bytes_max) {
        return RH_LIMIT;
    }
    bool full = lane_class == LANE_DATA
                    ? lane->data_bytes + size > node->limits.lane_bytes_max
                    : !lane->opening && lane->controls >= node->limits.lane_controls_max;
    return full ? RH_FULL : RH_OK;
}

enum rh_status lane_put(struct rh_node *node, struct lane *lane, enum lane_class lane_class,
                        const struct wire_message *message)
{
    size_t room = wire_size_most(message);
    enum rh_status status = admit(node, lane, lane_class, room);
    if (status != RH_OK) { /* so close to a limit its size decides */
        room = wire_size(message);
        status = admit(node, lane, lane_class, room);
    }
    if (status != RH_OK) {
        return status;
    }
    if (!reserve(node, lane, room)) {
        return RH_NO_MEMORY;
    }
    size_t size = wire_encode(message, lane->bytes + lane->used, room);
    lane->used += size;
    if (lane_class == LANE_DATA) {
        lane->data_bytes += size;
    } else if (!lane->opening) {
        lane->controls++;
    }
    node->stats.frames_out++;
    return RH_OK;
}

void lane_free(struct rh_node *node, struct lane *lane)
{
    node_release(node, lane->bytes, lane->capacity);
    node_release(node, lane->flying, lane->flying_capacity);
    *lane = (struct lane){0};
}
