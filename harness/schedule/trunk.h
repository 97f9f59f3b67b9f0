/* SPDX-License-Identifier: MIT */
/** @file
 *  What is open of an exploration that is played in parts, as trunk.c keeps it and trunk_state.c writes it down. */
#ifndef HARNESS_SCHEDULE_TRUNK_H
#define HARNESS_SCHEDULE_TRUNK_H

#include "harness/schedule/dpor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A step from a place. All that can come after it has been explored, unless there is a place behind it. */
struct edge {
    struct edge *next;
    struct explored *what;
    struct node *node; /**< NULL: nothing is open there */
};

/** A place from which, or behind which, something is still to be played. */
struct node {
    struct node *parent;
    struct edge *edge; /**< that leads here; NULL: none, a run begins here */
    uint32_t depth;
    uint32_t edge_count;
    uint32_t open;      /**< edges that lead to places */
    struct edge *edges; /**< oldest first: each sleeps behind all that come after it */
    struct plan *plans; /**< while it is away: as it was given */
    struct ask *asks;   /**< while it is away: what others have asked for since */
    bool is_away;
    double weight; /**< how much of everything is behind it, as far as one can tell */
};

/** What a part remembered last, for those that go on behind it. */
struct lore {
    uint32_t users;
    struct rh_numbers numbers;
};

/** A part that is away: the places from one down to another. */
struct away {
    struct away *next;
    struct node *floor;
    struct node *leaf;
    bool is_given;     /**< not if it was written down, and nobody has taken it since */
    struct lore *lore; /**< that it begins with; NULL: none */
};

struct trunk {
    struct node *root; /**< NULL: everything has been explored */
    struct away *away; /**< the first given first */
    struct lore *lore; /**< of the part that came back last; NULL: nobody needs any */
};

struct trunk *trunk_create(struct dpor *dpor);
/** An empty place behind a step, or the first one. NULL: it has failed. */
struct node *node_create(struct dpor *dpor, struct node *parent, struct edge *edge);
/** Add a step, a copy of what it was. NULL: it has failed. */
struct edge *node_add_edge(struct dpor *dpor, struct node *node, const struct explored *what);
/** Add a plan, a copy. */
bool node_add_plan(struct dpor *dpor, struct node *node, const struct plan *plan);
/** Add a copy. */
bool node_add_ask(struct dpor *dpor, struct node *node, const struct ask *ask);
/** The places one after the other, each before those behind it; NULL: there are no more. */
struct node *node_next(struct node *node);
bool away_add(struct dpor *dpor, const struct away *away);
/** Of one user. NULL: it has failed. */
struct lore *trunk_create_lore(struct dpor *dpor);
/** One user less. Accepts NULL. */
void trunk_release_lore(struct dpor *dpor, struct lore *lore);
/** The place so deep on the way to a place. */
struct node *node_above(struct node *node, uint32_t depth);
/** Find out how much has been explored. */
void trunk_estimate(struct dpor *dpor);

#ifdef __cplusplus
}
#endif
#endif
