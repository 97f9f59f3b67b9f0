/* SPDX-License-Identifier: MIT */
/*
 * What waits to be written by a connection.
 *
 * Whoever has something to say puts it into the lane of a connection. It is written at once if nothing is being written, and
 * otherwise, with all that was put behind it, when that has been written. So what comes first into an empty lane ends there
 * alike, whether what is being written has been written before or behind it; only what comes second notices. Puts are numbered:
 * WRITTEN touches the numbers from the second that waits, or would, to the one that comes next, and a put touches its own. What
 * comes of a write needs both, the WRITTEN before it and the first put that is in it, whichever of the two it happened in.
 *
 * That holds as long as everything that was ever put fits into the pipe, and no fault asks whether something is in it; what is
 * put otherwise changes the lane as a whole.
 */
#include "harness/world/follow_internal.h"

/* The lane as a whole is told by core under this number, see RH_TOUCH_LANE; the order of puts, and each of them, behind it. */
#define WHOLE 1
#define ORDER 2
#define FIRST_PUT 3

static struct lane_of *lane_at(struct follow *follow, uint64_t endpoint)
{
    uint32_t *index = follow_map(follow, &follow->endpoints, endpoint, follow->lanes.count);
    if (index == NULL) {
        return NULL;
    }
    if (*index == follow->lanes.count) {
        struct lane_of *made = follow_grow(follow, &follow->lanes, sizeof(*made));
        if (made == NULL) {
            return NULL;
        }
        *made = (struct lane_of){.put_by = FOLLOW_NO_DEED, .first_by = FOLLOW_NO_DEED};
    }
    return (struct lane_of *)follow->lanes.at + *index;
}

static void touch_put(struct follow *follow, uint64_t endpoint, uint64_t number)
{
    follow_touch(follow, RH_OBJECT_NET, endpoint, FIRST_PUT + number, RH_MODE_WRITE);
}

/* One step is one put. */
static void put(struct follow *follow, struct rh_pid pid, uint64_t endpoint, uint64_t bytes)
{
    struct lane_of *lane = lane_at(follow, endpoint);
    uint32_t deed = follow->is_running ? follow->deeds : FOLLOW_NO_DEED;
    if (lane == NULL) {
        return;
    }
    lane->bytes += bytes;
    if (lane->puts == 0 || lane->put_by != deed || deed == FOLLOW_NO_DEED) {
        lane->puts++;
        lane->put_by = deed;
    }
    if (lane->waiting == 0) {
        lane->waiting = lane->puts;
        lane->first_by = deed;
    }
    if (follow->is_running) {
        const struct rh_world *world = follow->world;
        bool fits = lane->bytes <= world_least_capacity(world) && !world->minds_bytes;
        follow_touch(follow, RH_OBJECT_NET, endpoint, WHOLE, fits ? RH_MODE_READ : RH_MODE_WRITE);
        follow_touch(follow, RH_OBJECT_NET, endpoint, ORDER, RH_MODE_WRITE);
        touch_put(follow, endpoint, lane->puts);
        world_touch_writer(follow->world, pid);
    }
}

static void written(struct follow *follow, uint64_t endpoint)
{
    struct lane_of *lane = lane_at(follow, endpoint);
    if (lane == NULL || !follow->is_running) {
        return;
    }
    uint64_t first = lane->waiting == 0 ? lane->puts + 1 : lane->waiting;
    uint64_t last = lane->puts < first ? first : lane->puts;
    follow_touch(follow, RH_OBJECT_NET, endpoint, WHOLE, RH_MODE_READ);
    for (uint64_t number = first + 1; number <= last + 1; number++) {
        touch_put(follow, endpoint, number);
    }
}

void follow_lane(struct follow *follow, enum rh_touch_kind kind, struct rh_pid pid, uint64_t bytes)
{
    uint64_t endpoint = follow_actor_key(follow, pid);
    if (kind == RH_TOUCH_PUT) {
        put(follow, pid, endpoint, bytes);
    } else if (kind == RH_TOUCH_WRITTEN) {
        written(follow, endpoint);
    } else {
        (void)lane_at(follow, endpoint);
    }
}

bool follow_is_endpoint(const struct follow *follow, struct rh_pid pid)
{
    return keys_has(&follow->endpoints, follow_actor_key(follow, pid));
}

uint32_t follow_write(struct follow *follow, struct rh_pid writer)
{
    if (follow == NULL || !follow_is_endpoint(follow, writer)) {
        return FOLLOW_NO_DEED;
    }
    struct lane_of *lane = lane_at(follow, follow_actor_key(follow, writer));
    if (lane == NULL) {
        return FOLLOW_NO_DEED;
    }
    lane->waiting = 0;
    return lane->first_by;
}
