/* SPDX-License-Identifier: MIT */
/* What the families of several nodes object to: the shortest streams that break a promise, and what keeps it. */
#include "harness/check/tests/feed.h"

#include <string.h>

#define A actor(1)
#define B far_actor(1)
#define C ((struct rh_pid){3, 1, 1, 1}) /* of a node that only node 2 is connected with */
#define NODE_1 ((struct rh_pid){.node = 1, .incarnation = 1})
#define NODE_2 ((struct rh_pid){.node = 2, .incarnation = 1})
#define END_1 actor(9) /* the endpoints */
#define END_2 far_actor(9)

static void up(struct feed *f, uint32_t node, uint64_t generation)
{
    f->node = node - 1;
    TELL(f, CONNECTION_UP, .actor = node == 1 ? END_1 : END_2, .peer = node == 1 ? NODE_2 : NODE_1,
         .number = generation);
}

static void down(struct feed *f, uint32_t node, uint64_t generation, const char *why)
{
    f->node = node - 1;
    TELL(f, CONNECTION_DOWN, .actor = node == 1 ? END_1 : END_2,
         .peer = node == 1 ? NODE_2 : NODE_1, .number = generation, .name = why);
}

/* An actor of this number on each node, and their endpoints, whose connection is up. */
static struct feed two_nodes(const char *family)
{
    struct feed f = feed_open(family);
    born(&f, A);
    born(&f, END_1);
    f.node = 1;
    born(&f, B);
    born(&f, END_2);
    up(&f, 1, 1);
    up(&f, 2, 1);
    f.node = 0;
    return f;
}

/* What comes now has come through a pipe. */
static void reads(struct feed *f, uint32_t node)
{
    f->node = node - 1;
    TELL(f, HANDLE, .signal = RH_SIGNAL_IO, .actor = node == 1 ? END_1 : END_2);
}

static void departs(struct feed *f, enum rh_signal_kind signal, struct rh_pid from,
                    struct rh_pid to, const char *payload)
{
    struct rh_message message = text(payload);
    f->node = from.node - 1;
    TELL(f, DEPART, .signal = signal, .actor = from, .peer = to, .message = &message);
}

static void arrives(struct feed *f, enum rh_signal_kind signal, struct rh_pid from,
                    struct rh_pid to, const char *payload)
{
    struct rh_message message = text(payload);
    TELL(f, ARRIVE, .signal = signal, .actor = from, .peer = to, .message = &message);
}

static void introduced(struct feed *f, uint64_t number)
{
    f->node = 0;
    TELL(f, EXPORT_ADD, .actor = A, .peer = END_1, .number = number);
    f->node = 1;
    TELL(f, PROXY_ADD, .actor = END_2, .peer = A, .number = number);
}

static void proxy_ends(struct feed *f, uint64_t number, const char *reason)
{
    struct rh_message message = text(reason);
    f->node = 1;
    TELL(f, PROXY_REMOVE, .actor = END_2, .peer = A, .number = number, .message = &message);
}

static void export_ends(struct feed *f, uint64_t number)
{
    f->node = 0;
    TELL(f, EXPORT_REMOVE, .actor = A, .peer = END_1, .number = number);
}

/* ---- connections ---- */

static void a_connection_is_up_and_down_in_turn(void **state)
{
    (void)state;
    struct feed f = two_nodes("connections");
    down(&f, 1, 1, "requested");
    up(&f, 1, 2);
    down(&f, 2, 1, "transport_closed");
    up(&f, 2, 2);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("connections");
    up(&f, 1, 2);
    feed_fails(&f, RH_END_QUIESCENT, "connections/alternate", "one connection", "older one");
    f = two_nodes("connections");
    down(&f, 1, 1, "requested");
    down(&f, 1, 1, "requested");
    feed_fails(&f, RH_END_QUIESCENT, "connections/once", "once", "not up");
}

static void generations_rise(void **state)
{
    (void)state;
    struct feed f = two_nodes("connections");
    down(&f, 1, 1, "requested");
    up(&f, 1, 1);
    feed_fails(&f, RH_END_QUIESCENT, "connections/generation", "rise", "as high");
}

/* News of an older generation. Covers: W13 */
static void an_older_generation_ends_no_younger_one(void **state)
{
    (void)state;
    struct feed f = two_nodes("connections");
    down(&f, 1, 1, "requested");
    up(&f, 1, 2);
    down(&f, 1, 1, "transport_closed");
    feed_fails(&f, RH_END_QUIESCENT, "connections/once", "once", "connection 1");
}

static void no_frame_ends_a_connection(void **state)
{
    (void)state;
    struct feed f = two_nodes("connections");
    down(&f, 1, 1, "unknown_target");
    feed_fails(&f, RH_END_QUIESCENT, "connections/contained", "transport", "unknown_target");
}

static void nothing_happens_on_a_connection_that_is_down(void **state)
{
    (void)state;
    struct feed f = two_nodes("connections");
    reads(&f, 1);
    arrives(&f, RH_SIGNAL_MESSAGE, B, A, "hi");
    down(&f, 1, 1, "requested");
    arrives(&f, RH_SIGNAL_MESSAGE, B, A, "hi");
    feed_fails(&f, RH_END_QUIESCENT, "connections/after", "acted on", "arrive MESSAGE");
}

static void both_sides_see_the_end(void **state)
{
    (void)state;
    struct feed f = two_nodes("connections");
    down(&f, 1, 1, "requested");
    feed_fails(&f, RH_END_QUIESCENT, "connections/agreed", "both sides", "down there");
    f = two_nodes("connections");
    f.node = 0;
    dies(&f, END_1, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "connections/once", "the end of its connection", "still up");
}

/* ---- numbers ---- */

/* The slot of a dead actor, and with it its number, goes to another. Covers: W2 */
static void a_number_is_given_once(void **state)
{
    (void)state;
    struct feed f = two_nodes("proxies");
    introduced(&f, 1);
    f.node = 0;
    TELL(&f, EXPORT_ADD, .actor = actor(2), .peer = END_1, .number = 1);
    feed_fails(&f, RH_END_QUIESCENT, "proxies/number", "given once", "number 1");
    f = two_nodes("proxies");
    introduced(&f, 1);
    f.node = 0;
    TELL(&f, EXPORT_ADD, .actor = A, .peer = END_1, .number = 2);
    feed_fails(&f, RH_END_QUIESCENT, "proxies/bijection", "one number", "already");
}

/* A frame behind the exit makes somebody of the dead. Covers: W16 */
static void the_dead_are_not_introduced_again(void **state)
{
    (void)state;
    struct feed f = two_nodes("proxies");
    introduced(&f, 1);
    f.node = 0;
    dies(&f, A, "boom");
    export_ends(&f, 1);
    proxy_ends(&f, 1, "boom");
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("proxies");
    introduced(&f, 1);
    f.node = 0;
    dies(&f, A, "boom");
    export_ends(&f, 1);
    proxy_ends(&f, 1, "boom");
    introduced(&f, 2);
    feed_fails(&f, RH_END_QUIESCENT, "proxies/leak", "is said", "number 2");
    f = two_nodes("proxies");
    introduced(&f, 1);
    proxy_ends(&f, 1, "boom");
    f.node = 1;
    TELL(&f, PROXY_ADD, .actor = END_2, .peer = A, .number = 2);
    proxy_ends(&f, 2, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "proxies/resurrected", "not introduced", "once more");
}

static void who_arrives_was_introduced(void **state)
{
    (void)state;
    struct feed f = two_nodes("proxies");
    introduced(&f, 1);
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "hi");
    proxy_ends(&f, 1, "boom");
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "hi");
    feed_fails(&f, RH_END_QUIESCENT, "proxies/known", "introduced", "MESSAGE");
}

static void nobody_is_kept_for_the_dead(void **state)
{
    (void)state;
    struct feed f = two_nodes("proxies");
    introduced(&f, 1);
    f.node = 0;
    dies(&f, A, "boom");
    export_ends(&f, 1);
    feed_fails(&f, RH_END_QUIESCENT, "proxies/leak", "kept", "dead");
    f = two_nodes("proxies");
    f.node = 0;
    TELL(&f, EXPORT_ADD, .actor = A, .peer = END_1, .number = 1);
    feed_fails(&f, RH_END_QUIESCENT, "proxies/inverse", "same number", "other side");
}

/* Covers: TH-I14 BM-I18 */
static void what_is_fatal_ends_it_under_its_name(void **state)
{
    (void)state;
    struct feed f = two_nodes("connections");
    reads(&f, 1);
    TELL(&f, FRAME_BAD, .actor = END_1, .name = "frame_too_large");
    down(&f, 1, 1, "frame_too_large");
    down(&f, 2, 1, "transport_closed");
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("connections");
    reads(&f, 1);
    TELL(&f, FRAME_BAD, .actor = END_1, .name = "frame_too_large");
    reads(&f, 1);
    feed_fails(&f, RH_END_QUIESCENT, "connections/classified", "at once", "frame_too_large");
    f = two_nodes("connections");
    f.node = 0;
    TELL(&f, LIMIT, .actor = END_1, .status = RH_FULL, .name = "lane_controls_max");
    down(&f, 1, 1, "transport_closed");
    feed_fails(&f, RH_END_QUIESCENT, "connections/classified", "own name", "transport_closed");
    f = two_nodes("connections");
    down(&f, 1, 1, "control_overflow");
    feed_fails(&f, RH_END_QUIESCENT, "connections/classified", "own name", "control_overflow");
}

/* Covers: BM-I17 */
static void a_refused_frame_does_nothing(void **state)
{
    (void)state;
    struct feed f = two_nodes("connections");
    reads(&f, 1);
    arrives(&f, RH_SIGNAL_EXIT_SIGNAL, B, A, "boom");
    TELL(&f, SEND, .signal = RH_SIGNAL_EXIT_SIGNAL, .actor = B, .peer = A);
    TELL(&f, FRAME_BAD, .actor = END_1, .name = "unknown_target");
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("connections");
    reads(&f, 1);
    TELL(&f, FRAME_BAD, .actor = END_1, .name = "unknown_target");
    TELL(&f, SEND, .signal = RH_SIGNAL_EXIT_SIGNAL, .actor = B, .peer = A);
    feed_fails(&f, RH_END_QUIESCENT, "connections/heard", "a frame has said", "none has");
    f = two_nodes("connections");
    reads(&f, 1);
    TELL(&f, FRAME_BAD, .actor = END_1, .name = "unknown_target");
    down(&f, 1, 1, "unknown_target");
    feed_fails(&f, RH_END_QUIESCENT, "connections/contained", "wish", "unknown_target");
}

static void who_introduces_somebody_elses_knows_it(void **state)
{
    (void)state;
    struct feed f = two_nodes("proxies");
    f.node = 1;
    TELL(&f, EXPORT_ADD, .actor = C, .peer = END_2, .number = 1);
    feed_fails(&f, RH_END_QUIESCENT, "proxies/relay", "passes on", "no longer");
}

/* ---- frames ---- */

static void what_departs_arrives_in_order(void **state)
{
    (void)state;
    struct feed f = two_nodes("frames");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "two");
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "two");
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("frames");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "two");
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "two");
    feed_fails(&f, RH_END_QUIESCENT, "frames/order", "sending order", "one");
}

/* The second frame of one read. Covers: W1 */
static void what_departs_arrives_once(void **state)
{
    (void)state;
    struct feed f = two_nodes("frames");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "two");
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    feed_fails(&f, RH_END_QUIESCENT, "frames/lost", "unless the connection is lost", "two");
    f = two_nodes("frames");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    feed_fails(&f, RH_END_QUIESCENT, "frames/once", "arrives once", "one");
}

static void what_is_lost_with_a_connection_is_excused(void **state)
{
    (void)state;
    struct feed f = two_nodes("frames");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    down(&f, 1, 1, "transport_closed");
    up(&f, 1, 2);
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "two");
    down(&f, 2, 1, "transport_closed");
    up(&f, 2, 2);
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "two");
    feed_holds(&f, RH_END_QUIESCENT);
}

/* Where nobody tells of pipes, which of those that are alike was lost is not known: that there was one is. */
static void of_those_that_are_alike_any_may_be_lost(void **state)
{
    (void)state;
    struct feed f = two_nodes("frames");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    down(&f, 1, 1, "transport_closed");
    up(&f, 1, 2);
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    down(&f, 2, 1, "transport_closed");
    up(&f, 2, 2);
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    feed_holds(&f, RH_END_QUIESCENT);
}

/* The exit overtakes a message. */
static void an_exit_arrives_last(void **state)
{
    (void)state;
    struct feed f = two_nodes("frames");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "one");
    export_ends(&f, 1);
    departs(&f, RH_SIGNAL_GONE, A, NODE_2, "boom");
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_GONE, A, rh_pid_none(), "boom");
    feed_fails(&f, RH_END_QUIESCENT, "frames/order", "behind all", "one");
}

/* ---- at a distance ---- */

static void a_reason_is_the_same_at_every_distance(void **state)
{
    (void)state;
    struct feed f = two_nodes("distance");
    dies(&f, A, "boom");
    proxy_ends(&f, 1, "boom");
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("distance");
    dies(&f, A, "boom");
    proxy_ends(&f, 1, "error");
    feed_fails(&f, RH_END_QUIESCENT, "distance/reason", "boom", "error");
    f = two_nodes("distance");
    proxy_ends(&f, 1, "noproc");
    feed_fails(&f, RH_END_QUIESCENT, "distance/alive", "has exited", "noproc");
}

static void noconnection_means_that_there_is_none(void **state)
{
    (void)state;
    struct feed f = two_nodes("distance");
    proxy_ends(&f, 1, "noconnection");
    feed_fails(&f, RH_END_QUIESCENT, "distance/alive", "has exited", "noconnection");
    f = two_nodes("distance");
    down(&f, 2, 1, "transport_closed");
    proxy_ends(&f, 1, "noconnection");
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("distance");
    f.node = 1;
    arrives(&f, RH_SIGNAL_DOWN, A, B, "noconnection");
    feed_fails(&f, RH_END_QUIESCENT, "distance/alive", "has exited", "noconnection");
}

/* Node 2 is connected with node 1, and has heard of its actor from node 3 all the same. */
static void who_is_in_the_middle_may_lose_the_way(void **state)
{
    (void)state;
    const struct rh_pid middle = far_actor(8);
    const struct rh_pid node_3 = {.node = 3, .incarnation = 1};
    struct rh_message noconnection = text("noconnection");
    struct rh_message boom = text("boom");
    for (int i = 0; i < 2; i++) {
        struct feed f = two_nodes("distance");
        f.node = 1;
        born(&f, middle);
        TELL(&f, CONNECTION_UP, .actor = middle, .peer = node_3, .number = 1);
        TELL(&f, PROXY_ADD, .actor = middle, .peer = A, .number = 1);
        arrives(&f, RH_SIGNAL_DOWN, A, B, "noconnection");
        TELL(&f, PROXY_REMOVE, .actor = middle, .peer = A, .number = 1,
             .message = i == 0 ? &noconnection : &boom);
        if (i == 0) {
            feed_holds(&f, RH_END_QUIESCENT);
        } else {
            feed_fails(&f, RH_END_QUIESCENT, "distance/alive", "has exited", "boom");
        }
    }
}

static void groups_forget_a_node_before_anybody_hears(void **state)
{
    (void)state;
    struct feed f = two_nodes("distance");
    f.node = 1;
    TELL(&f, GROUP_ADD, .actor = A, .name = "g");
    down(&f, 2, 1, "transport_closed");
    TELL(&f, GROUP_REMOVE, .actor = A, .name = "g", .why = RH_WHY_EXIT);
    proxy_ends(&f, 1, "noconnection");
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("distance");
    f.node = 1;
    TELL(&f, GROUP_ADD, .actor = A, .name = "g");
    down(&f, 2, 1, "transport_closed");
    proxy_ends(&f, 1, "noconnection");
    feed_fails(&f, RH_END_QUIESCENT, "distance/groups", "no members", "node 2");
}

static void node_2_is_killed(struct feed *f)
{
    f->node = 1;
    TELL(f, NODE_END, .why = RH_WHY_NODE, .name = "n2");
}

static void a_node_that_starts_anew_has_no_members_yet(void **state)
{
    (void)state;
    struct feed f = two_nodes("distance");
    f.node = 1;
    TELL(&f, GROUP_ADD, .actor = A, .name = "g");
    node_2_is_killed(&f);
    up(&f, 2, 1);
    down(&f, 2, 1, "transport_closed");
    proxy_ends(&f, 1, "noconnection");
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_node_that_starts_anew_has_nobody_in_the_middle(void **state)
{
    (void)state;
    const struct rh_pid middle = far_actor(8);
    const struct rh_pid node_3 = {.node = 3, .incarnation = 1};
    for (int killed = 0; killed < 2; killed++) {
        struct feed f = two_nodes("distance");
        f.node = 1;
        born(&f, middle);
        TELL(&f, CONNECTION_UP, .actor = middle, .peer = node_3, .number = 1);
        TELL(&f, PROXY_ADD, .actor = middle, .peer = A, .number = 1);
        if (killed) {
            node_2_is_killed(&f);
            up(&f, 2, 1);
        }
        arrives(&f, RH_SIGNAL_DOWN, A, B, "noconnection");
        if (killed) {
            feed_fails(&f, RH_END_QUIESCENT, "distance/alive", "has exited", "noconnection");
        } else {
            feed_holds(&f, RH_END_QUIESCENT);
        }
    }
}

/* ---- the families of one node, on two ---- */

/* One side of a link between A and B, as its node tells it: both halves. */
static void linked_on(struct feed *f, uint32_t node)
{
    f->node = node - 1;
    linked(f, A, B);
}

static void a_link_is_known_on_both_nodes(void **state)
{
    (void)state;
    struct feed f = two_nodes("links");
    linked_on(&f, 1);
    linked_on(&f, 2);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("links");
    linked_on(&f, 1);
    feed_fails(&f, RH_END_QUIESCENT, "links/both-nodes", "same links", "knows nothing");
    f = two_nodes("links"); /* out of touch, they need not agree */
    linked_on(&f, 1);
    down(&f, 1, 1, "requested");
    feed_holds(&f, RH_END_QUIESCENT);
}

/* A's node tells of a link with somebody that it is not connected with. */
static void linked_beyond(struct feed *f)
{
    f->node = 0;
    linked(f, A, C);
}

/* Over a node in the middle. Covers: P46 */
static void a_link_is_known_on_the_way(void **state)
{
    (void)state;
    struct feed f = two_nodes("links");
    f.node = 2;
    born(&f, C);
    f.node = 1;
    linked(&f, A, C);
    linked_beyond(&f);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("links");
    f.node = 2;
    born(&f, C);
    linked_beyond(&f);
    feed_fails(&f, RH_END_QUIESCENT, "links/both-nodes", "over others", "next node on the way");
}

static void a_proxy_owes_its_partners_one_notice(void **state)
{
    (void)state;
    struct feed f = two_nodes("links");
    linked_on(&f, 1);
    TELL(&f, LINK_REMOVE, .actor = B, .peer = A, .why = RH_WHY_EXIT);
    TELL(&f, TURN_END, .actor = END_1);
    TELL(&f, EXIT_END, .actor = END_1);
    feed_fails(&f, RH_END_QUIESCENT, "links/one-notice", "at once", "no EXIT");
}

/* The target's node knows a monitor that the watcher's does not. Covers: W12 */
static void monitors_are_known_on_both_nodes(void **state)
{
    (void)state;
    const uint64_t wire = UINT64_C(1) << 56;
    struct feed f = two_nodes("monitors");
    TELL(&f, MONITOR_ADD, .actor = A, .peer = B, .ordinal = 1);
    TELL(&f, DEPART, .signal = RH_SIGNAL_MONITOR, .actor = A, .peer = B, .ordinal = 1);
    f.node = 1;
    watched(&f, A, B, wire);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("monitors");
    f.node = 1;
    watched(&f, A, B, wire);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/both-nodes", "same monitors", "1 fewer than node 2");
}

static void a_remote_down_comes_once(void **state)
{
    (void)state;
    struct feed f = two_nodes("monitors");
    TELL(&f, MONITOR_ADD, .actor = A, .peer = B, .ordinal = 1);
    TELL(&f, DEPART, .signal = RH_SIGNAL_MONITOR, .actor = A, .peer = B, .ordinal = 1);
    sends(&f, RH_SIGNAL_DOWN, B, A, 1, "boom");
    sends(&f, RH_SIGNAL_DOWN, B, A, 1, "noconnection");
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-notice", "once for each reference",
               "without a monitor");
}

static void what_departs_has_ended_on_its_node(void **state)
{
    (void)state;
    struct feed f = two_nodes("conservation");
    sends(&f, RH_SIGNAL_MESSAGE, A, B, 0, "hi");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "hi");
    reads(&f, 2);
    arrives(&f, RH_SIGNAL_MESSAGE, A, B, "hi");
    sends(&f, RH_SIGNAL_MESSAGE, A, B, 0, "hi");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_MESSAGE, B, A, 0, "hi", RH_WHY_NONE);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_nodes("conservation");
    sends(&f, RH_SIGNAL_MESSAGE, A, B, 0, "hi");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "hi");
    departs(&f, RH_SIGNAL_MESSAGE, A, B, "hi");
    feed_fails(&f, RH_END_QUIESCENT, "conservation/once", "ends once", "depart");
    f = two_nodes("conservation"); /* what was sent there has not been sent here */
    sends(&f, RH_SIGNAL_MESSAGE, A, B, 0, "hi");
    f.node = 1;
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_MESSAGE, B, A, 0, "hi", RH_WHY_NONE);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/once", "ends once", "none like it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_up_and_down_in_turn),
        cmocka_unit_test(generations_rise),
        cmocka_unit_test(an_older_generation_ends_no_younger_one),
        cmocka_unit_test(no_frame_ends_a_connection),
        cmocka_unit_test(nothing_happens_on_a_connection_that_is_down),
        cmocka_unit_test(both_sides_see_the_end),
        cmocka_unit_test(a_number_is_given_once),
        cmocka_unit_test(the_dead_are_not_introduced_again),
        cmocka_unit_test(who_arrives_was_introduced),
        cmocka_unit_test(nobody_is_kept_for_the_dead),
        cmocka_unit_test(what_departs_arrives_in_order),
        cmocka_unit_test(what_departs_arrives_once),
        cmocka_unit_test(what_is_lost_with_a_connection_is_excused),
        cmocka_unit_test(of_those_that_are_alike_any_may_be_lost),
        cmocka_unit_test(an_exit_arrives_last),
        cmocka_unit_test(a_reason_is_the_same_at_every_distance),
        cmocka_unit_test(noconnection_means_that_there_is_none),
        cmocka_unit_test(who_is_in_the_middle_may_lose_the_way),
        cmocka_unit_test(groups_forget_a_node_before_anybody_hears),
        cmocka_unit_test(a_node_that_starts_anew_has_no_members_yet),
        cmocka_unit_test(a_node_that_starts_anew_has_nobody_in_the_middle),
        cmocka_unit_test(a_link_is_known_on_both_nodes),
        cmocka_unit_test(a_link_is_known_on_the_way),
        cmocka_unit_test(what_is_fatal_ends_it_under_its_name),
        cmocka_unit_test(a_refused_frame_does_nothing),
        cmocka_unit_test(who_introduces_somebody_elses_knows_it),
        cmocka_unit_test(a_proxy_owes_its_partners_one_notice),
        cmocka_unit_test(monitors_are_known_on_both_nodes),
        cmocka_unit_test(a_remote_down_comes_once),
        cmocka_unit_test(what_departs_has_ended_on_its_node),
    };
    return cmocka_run_group_tests_name("harness.check.spread", tests, NULL, NULL) ? 1 : 0;
}
