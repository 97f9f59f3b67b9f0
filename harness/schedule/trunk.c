/* SPDX-License-Identifier: MIT */
/*
 * The whole of which parts are given away: a tree of the places at which something is open.
 *
 * A part is a chain of places, each the last thing that was begun at the one before, with all that is planned there. Whoever
 * plays it goes on as one dpor would that had come so far; where it stops, its places are open again, and the chain may be
 * given away in two pieces: the highest place that has plans, and what is below. So the work divides where most of it is.
 *
 * Nothing in the proof at the top of dpor.c asks in which order subtrees are played. What sleeps behind a step is what stands
 * before it among the steps of its place, and all of them are explored in the end, by whomever; what a run asks for at a
 * place is there in the end. So what has to be seen to is this:
 *
 *   - The steps of a place have one order, and a new one is the last. Only one part at a time owns a place, and it is told
 *     what stands before the step that leads on from there.
 *   - What the runs of a part ask for at a place that is not its own comes here with it, and is planned there unless
 *     what could be first in it is known by then. If the place is away, that is asked again when it is back. As plans stay in
 *     the order in which they came, and each was new when it did, none of them is played for nothing that would not be
 *     otherwise.
 *
 * What is given away, and what is known when it is, depends on the order of splits and joins only. So do memories (memo.c): a
 * part begins with what the one remembers last that was the last to come back (lore.c), whoever plays it. What those that are
 * away at the same time come to know it does not know, so that now and then it begins a run that they cover.
 *
 * Memory: the deepest places go first, so that those that wait are a bounded number at each depth.
 */
#include "harness/schedule/trunk.h"

#include "harness/schedule/strategy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Chains are cut in two until there are so many. */
#define PIECES_WANTED 64u

/* ---- the tree ---- */

struct node *node_create(struct dpor *dpor, struct node *parent, struct edge *edge)
{
    struct node *node = tree_allocate(dpor, sizeof *node);
    if (node != NULL) {
        uint32_t depth = parent == NULL ? 0 : parent->depth + 1;
        *node = (struct node){.parent = parent, .edge = edge, .depth = depth};
    }
    if (node != NULL && edge != NULL) {
        edge->node = node;
        parent->open++;
    }
    return node;
}

struct edge *node_add_edge(struct dpor *dpor, struct node *node, const struct explored *what)
{
    struct edge **last = &node->edges;
    struct edge *edge = tree_allocate(dpor, sizeof *edge);
    struct explored *copy = edge == NULL ? NULL : tree_copy_explored(dpor, what);
    if (copy == NULL) {
        if (edge != NULL) {
            tree_release(dpor, edge, sizeof *edge);
        }
        return NULL;
    }
    *edge = (struct edge){.what = copy};
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = edge;
    node->edge_count++;
    return edge;
}

bool node_add_plan(struct dpor *dpor, struct node *node, const struct plan *plan)
{
    struct plan *copy = tree_copy_plan(dpor, plan, plan->count);
    struct plan **last = &node->plans;
    if (copy == NULL) {
        return false;
    }
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = copy;
    return true;
}

bool node_add_ask(struct dpor *dpor, struct node *node, const struct ask *ask)
{
    struct ask **last = &node->asks;
    struct ask *copy = tree_allocate(dpor, ask->bytes);
    struct plan *plan = copy == NULL ? NULL : tree_copy_plan(dpor, ask->plan, ask->plan->count);
    if (plan == NULL) {
        if (copy != NULL) {
            tree_release(dpor, copy, ask->bytes);
        }
        return false;
    }
    *copy = (struct ask){.bytes = ask->bytes, .plan = plan, .is_first = (bool *)(void *)(copy + 1)};
    memcpy(copy->is_first, ask->is_first, plan->count * sizeof(bool));
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = copy;
    return true;
}

static void node_destroy(struct dpor *dpor, struct node *node)
{
    while (node->edges != NULL) {
        struct edge *edge = node->edges;
        node->edges = edge->next;
        tree_free_explored(dpor, edge->what);
        tree_release(dpor, edge, sizeof *edge);
    }
    tree_free_plans(dpor, node->plans);
    ask_free_all(dpor, node->asks);
    tree_release(dpor, node, sizeof *node);
}

static struct node *first_open(struct edge *edge)
{
    while (edge != NULL && edge->node == NULL) {
        edge = edge->next;
    }
    return edge == NULL ? NULL : edge->node;
}

struct node *node_next(struct node *node)
{
    struct node *next = first_open(node->edges);
    while (next == NULL && node->edge != NULL) {
        next = first_open(node->edge->next);
        node = node->parent;
    }
    return next;
}

struct node *node_above(struct node *node, uint32_t depth)
{
    while (node->depth > depth) {
        node = node->parent;
    }
    return node;
}

struct trunk *trunk_create(struct dpor *dpor)
{
    struct trunk *trunk = tree_allocate(dpor, sizeof *trunk);
    if (trunk != NULL) {
        *trunk = (struct trunk){0};
    }
    return trunk;
}

struct lore *trunk_create_lore(struct dpor *dpor)
{
    struct lore *lore = tree_allocate(dpor, sizeof *lore);
    if (lore != NULL) {
        *lore = (struct lore){.users = 1, .numbers = {.allocator = &dpor->arena.allocator}};
    }
    return lore;
}

void trunk_release_lore(struct dpor *dpor, struct lore *lore)
{
    if (lore != NULL && --lore->users == 0) {
        rh_numbers_deinit(&lore->numbers);
        tree_release(dpor, lore, sizeof *lore);
    }
}

bool away_add(struct dpor *dpor, const struct away *away)
{
    struct away **last = &dpor->trunk->away;
    struct away *copy = tree_allocate(dpor, sizeof *copy);
    if (copy == NULL) {
        return false;
    }
    *copy = *away;
    copy->next = NULL;
    if (copy->lore != NULL) {
        copy->lore->users++;
    }
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = copy;
    for (struct node *node = away->leaf; node != away->floor->parent; node = node->parent) {
        node->is_away = true;
    }
    return true;
}

static void away_take(struct dpor *dpor, struct away *ret_away)
{
    struct away *first = dpor->trunk->away;
    *ret_away = *first;
    dpor->trunk->away = first->next;
    tree_release(dpor, first, sizeof *first);
    for (struct node *node = ret_away->leaf; node != ret_away->floor->parent; node = node->parent) {
        node->is_away = false;
    }
}

void trunk_destroy(struct dpor *dpor)
{
    struct trunk *trunk = dpor->trunk;
    if (trunk == NULL) {
        return;
    }
    struct node *node = trunk->root;
    while (node != NULL) { /* those behind it first */
        struct node *below = first_open(node->edges);
        if (below != NULL) {
            node = below;
            continue;
        }
        struct node *parent = node->parent;
        if (node->edge != NULL) {
            node->edge->node = NULL;
        }
        node_destroy(dpor, node);
        node = parent;
    }
    while (trunk->away != NULL) {
        struct away *next = trunk->away->next;
        trunk_release_lore(dpor, trunk->away->lore);
        tree_release(dpor, trunk->away, sizeof *trunk->away);
        trunk->away = next;
    }
    trunk_release_lore(dpor, trunk->lore);
    tree_release(dpor, trunk, sizeof *trunk);
    dpor->trunk = NULL;
}

/* Nothing is open at some places any more. */
static void close(struct dpor *dpor, struct node *node)
{
    while (node != NULL && !node->is_away && node->open == 0 && node->plans == NULL) {
        struct node *parent = node->parent;
        if (node->edge != NULL) {
            node->edge->node = NULL;
            parent->open--;
        } else {
            dpor->trunk->root = NULL;
        }
        node_destroy(dpor, node);
        node = parent;
    }
}

/* ---- what to give away ---- */

static bool is_free(const struct node *node)
{
    return !node->is_away && node->plans != NULL;
}

/* The last place of a chain: the deepest that has something to be played. */
static struct node *find_leaf(const struct trunk *trunk)
{
    struct node *leaf = NULL;
    for (struct node *node = trunk->root; node != NULL; node = node_next(node)) {
        if (is_free(node) && (leaf == NULL || node->depth > leaf->depth)) {
            leaf = node;
        }
    }
    return leaf;
}

static uint32_t count_pieces(const struct trunk *trunk)
{
    uint32_t count = 0;
    for (struct node *node = trunk->root; node != NULL; node = node_next(node)) {
        count += is_free(node);
    }
    for (const struct away *away = trunk->away; away != NULL; away = away->next) {
        count++;
    }
    return count;
}

/* The first place of the chain that ends at a place. */
static struct node *find_floor(const struct trunk *trunk, struct node *leaf)
{
    struct node *floor = leaf;
    struct node *below = leaf; /* the one below the highest that has plans */
    struct node *highest = leaf;
    uint32_t in_chain = 1;
    while (floor->parent != NULL && !floor->parent->is_away && floor->edge->next == NULL) {
        struct node *child = floor;
        floor = floor->parent;
        if (floor->plans != NULL) {
            highest = floor;
            below = child;
            in_chain++;
        }
    }
    bool is_cut = highest != leaf && count_pieces(trunk) - in_chain + 1 < PIECES_WANTED;
    return is_cut ? below : floor;
}

static bool begin(struct dpor *dpor)
{
    const struct plan nothing = {0};
    dpor->trunk = trunk_create(dpor);
    if (dpor->trunk == NULL) {
        return false;
    }
    dpor->trunk->root = node_create(dpor, NULL, NULL);
    return dpor->trunk->root != NULL && node_add_plan(dpor, dpor->trunk->root, &nothing);
}

/* The next to be given away; NULL also if nothing is, and if it has failed. */
static struct away *choose(struct dpor *dpor)
{
    struct trunk *trunk = dpor->trunk;
    struct away *away = trunk->away;
    while (away != NULL && away->is_given) {
        away = away->next;
    }
    if (away != NULL) {
        return away;
    }
    struct away next = {.leaf = find_leaf(trunk), .lore = trunk->lore};
    if (next.leaf == NULL) {
        return NULL;
    }
    next.floor = find_floor(trunk, next.leaf);
    if (!away_add(dpor, &next)) {
        return NULL;
    }
    away = trunk->away;
    while (away->next != NULL) {
        away = away->next;
    }
    return away;
}

/* ---- what a part is told ---- */

static bool tell_explored(struct dpor *part, struct waypoint *point, const struct explored *what)
{
    struct explored **last = &point->explored;
    struct explored *copy = tree_copy_explored(part, what);
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = copy;
    return copy != NULL;
}

static bool tell_plan(struct dpor *part, struct waypoint *point, const struct plan *plan,
                      uint32_t wishes)
{
    struct plan **last = &point->plans;
    if (plan->count == 0) {
        return true;
    }
    struct plan *copy = tree_copy_plan(part, plan, wishes);
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = copy;
    return copy != NULL;
}

static bool tell_step(struct dpor *part, struct waypoint *point, const struct explored *what)
{
    struct wish wish = {what->id, what->draws};
    const struct plan plan = {.count = 1, .needed = 1, .wishes = &wish};
    return tell_plan(part, point, &plan, 1);
}

/* What is known of a place: what stands before the step that is taken has been explored, everything else is planned. */
static bool tell_place(struct dpor *part, struct waypoint *point, const struct node *node,
                       const struct edge *taken)
{
    const struct edge *edge = node->edges;
    bool is_own = node->depth >= part->way.floor;
    bool ok = true;
    for (; edge != taken && ok; edge = edge->next) {
        ok = tell_explored(part, point, edge->what);
    }
    if (taken != NULL && ok) {
        point->step.id = taken->what->id;
        point->step.draws = taken->what->draws;
    }
    for (edge = taken == NULL ? NULL : taken->next; edge != NULL && ok; edge = edge->next) {
        ok = tell_step(part, point, edge->what);
    }
    for (const struct plan *plan = node->plans; plan != NULL && ok; plan = plan->next) {
        ok = tell_plan(part, point, plan, is_own ? plan->count : plan->count > 0);
    }
    for (const struct ask *ask = node->asks; ask != NULL && ok && !is_own; ask = ask->next) {
        ok = tell_plan(part, point, ask->plan, 1);
    }
    return ok;
}

static bool tell(struct dpor *part, const struct away *away)
{
    struct node *node = away->leaf;
    const struct edge *taken = NULL;
    bool ok = way_init(part, node->depth + 1, away->floor->depth);
    while (node != NULL && ok) {
        ok = tell_place(part, &part->way.points[node->depth], node, taken);
        taken = node->edge;
        node = node->parent;
    }
    if (ok) {
        struct waypoint *last = &part->way.points[away->leaf->depth];
        part->plan = last->plans;
        last->plans = last->plans == NULL ? NULL : last->plans->next;
    }
    if (ok && away->lore != NULL) {
        struct rh_numbers numbers = away->lore->numbers;
        ok = lore_read(part, &numbers);
    }
    return ok;
}

/* More than is allowed is a bound that was reached, and no error. */
static enum rh_status status_of(const struct rh_strategy *self)
{
    return self->status == RH_NO_MEMORY ? RH_NO_MEMORY : RH_OK;
}

enum rh_status trunk_split(struct rh_strategy *self, uint64_t runs, struct rh_strategy **ret_part)
{
    (void)runs;
    struct dpor *dpor = (struct dpor *)self;
    bool has_begun = dpor->trunk != NULL || begin(dpor);
    struct away *away = has_begun && dpor->trunk->root != NULL ? choose(dpor) : NULL;
    if (self->failed || away == NULL) {
        return status_of(self);
    }
    struct rh_strategy *part = NULL;
    enum rh_status status =
        rh_strategy_dpor(&dpor->arena.allocator, dpor->depth_max, dpor->memory_max, &part);
    if (status != RH_OK) {
        return status;
    }
    if (!tell((struct dpor *)part, away)) {
        rh_strategy_fail(self, part->status);
        rh_strategy_destroy(part);
        return status_of(self);
    }
    away->is_given = true;
    *ret_part = part;
    return RH_OK;
}

/* ---- what comes back ---- */

/* Is something that could be first in what is asked for explored or planned? */
static bool is_known(const struct node *node, const struct ask *ask)
{
    for (uint32_t i = 0; i < ask->plan->count; i++) {
        uint64_t id = ask->plan->wishes[i].id;
        if (!ask->is_first[i]) {
            continue;
        }
        for (const struct edge *it = node->edges; it != NULL; it = it->next) {
            if (it->what->id == id) {
                return true;
            }
        }
        for (const struct plan *it = node->plans; it != NULL; it = it->next) {
            if (it->count > 0 && it->wishes[0].id == id) {
                return true;
            }
        }
        for (const struct ask *it = node->asks; it != NULL; it = it->next) {
            if (it->plan->wishes[0].id == id) {
                return true;
            }
        }
    }
    return false;
}

static bool take_asks(struct dpor *dpor, struct node *node, const struct ask *ask)
{
    bool ok = true;
    for (; ask != NULL && ok; ask = ask->next) {
        if (!is_known(node, ask)) {
            ok = node->is_away ? node_add_ask(dpor, node, ask)
                               : node_add_plan(dpor, node, ask->plan);
        }
    }
    return ok;
}

/* What was explored at a place, but for the first of it. */
static bool take_explored(struct dpor *dpor, struct node *node, const struct explored *explored,
                          uint32_t known)
{
    bool ok = true;
    for (uint32_t i = 0; explored != NULL && ok; i++, explored = explored->next) {
        ok = i < known || node_add_edge(dpor, node, explored) != NULL;
    }
    return ok;
}

static bool take_plans(struct dpor *dpor, struct node *node, const struct dpor *part)
{
    bool is_next = node->depth == part->shared;
    bool ok = !is_next || node_add_plan(dpor, node, part->plan);
    const struct plan *plan = part->places[node->depth].plans;
    for (; plan != NULL && ok; plan = plan->next) {
        ok = node_add_plan(dpor, node, plan);
    }
    return ok;
}

/* The places that were given, as they are now; `live` of them from the top are still those of the run. */
static bool take_given(struct dpor *dpor, const struct away *away, const struct dpor *part,
                       uint32_t live)
{
    bool ok = true;
    for (uint32_t p = away->floor->depth; p <= away->leaf->depth && ok; p++) {
        struct node *node = node_above(away->leaf, p);
        bool is_live = p < live;
        tree_free_plans(dpor, node->plans);
        node->plans = NULL;
        ok = take_explored(dpor, node,
                           is_live ? part->places[p].explored : part->way.points[p].explored,
                           node->edge_count) &&
             (!is_live || take_plans(dpor, node, part));
    }
    return ok;
}

/* What others have asked for at the places that were given. */
static bool take_their_asks(struct dpor *dpor, const struct away *away)
{
    bool ok = true;
    for (uint32_t p = away->floor->depth; p <= away->leaf->depth && ok; p++) {
        struct node *node = node_above(away->leaf, p);
        struct ask *asks = node->asks;
        node->asks = NULL;
        ok = take_asks(dpor, node, asks);
        ask_free_all(dpor, asks);
    }
    return ok;
}

/* The places behind a given one that the run has come to since. */
static bool take_new(struct dpor *dpor, struct node *node, const struct dpor *part)
{
    bool ok = true;
    while (ok && node->depth < part->shared) {
        const struct step *step = part->steps[node->depth];
        const struct explored what = {
            .id = step->id, .draws = step->draws, .footprint = step->footprint};
        struct edge *edge = node_add_edge(dpor, node, &what);
        struct node *next = edge == NULL ? NULL : node_create(dpor, node, edge);
        ok = next != NULL && take_explored(dpor, next, part->places[next->depth].explored, 0) &&
             take_plans(dpor, next, part);
        node = next;
    }
    return ok;
}

static bool take(struct dpor *dpor, const struct away *away, const struct dpor *part)
{
    bool has_more = part->plan != NULL;
    uint32_t live = has_more ? part->way.count : 0;
    live = live > part->shared + 1 ? part->shared + 1 : live;
    bool ok = take_given(dpor, away, part, live) &&
              (!has_more || take_new(dpor, node_above(away->leaf, live - 1), part)) &&
              take_their_asks(dpor, away);
    for (uint32_t p = 0; p < away->floor->depth && ok; p++) {
        ok = take_asks(dpor, node_above(away->floor, p), part->way.points[p].asks);
    }
    return ok;
}

/* What it remembers is what the next ones begin with, as soon as memories have been of any use. */
static bool take_lore(struct dpor *dpor, const struct dpor *part)
{
    struct trunk *trunk = dpor->trunk;
    if (trunk->lore == NULL && !part->memo.is_used) {
        return true;
    }
    struct lore *lore = trunk_create_lore(dpor);
    if (lore == NULL) {
        return false;
    }
    trunk_release_lore(dpor, trunk->lore);
    trunk->lore = lore;
    if (lore_write(part, &lore->numbers) != RH_OK) {
        rh_strategy_fail(&dpor->head, RH_NO_MEMORY);
        return false;
    }
    return true;
}

enum rh_status trunk_join(struct rh_strategy *self, struct rh_strategy *part)
{
    struct dpor *dpor = (struct dpor *)self;
    const struct dpor *back = (const struct dpor *)part;
    struct away away;
    away_take(dpor, &away);
    trunk_release_lore(dpor, away.lore);
    dpor->has_lost = dpor->has_lost || back->has_lost;
    if (part->runs > 0) {
        if (!take(dpor, &away, back) || !take_lore(dpor, back)) {
            return status_of(self);
        }
        close(dpor, away.leaf);
    }
    self->complete = dpor->trunk->root == NULL && !dpor->has_lost;
    trunk_estimate(dpor);
    return RH_OK;
}

/* ---- what is told ---- */

/* Each place gets what its place before has, in equal parts for all that is known to be played there. */
void trunk_estimate(struct dpor *dpor)
{
    double open = 0.0;
    for (struct node *node = dpor->trunk->root; node != NULL; node = node_next(node)) {
        uint32_t branches = node->edge_count;
        uint32_t planned = 0;
        for (const struct plan *plan = node->plans; plan != NULL; plan = plan->next) {
            planned++;
        }
        for (const struct ask *ask = node->asks; ask != NULL; ask = ask->next) {
            planned++;
        }
        branches += planned;
        node->weight = node->parent == NULL ? 1.0 : node->parent->weight;
        node->weight /= branches == 0 ? 1.0 : (double)branches;
        open += node->weight * planned;
    }
    dpor->head.share = open >= 1.0 ? 0.0 : 1.0 - open;
}

void trunk_tell_open(const struct rh_strategy *self, char *buffer, size_t capacity)
{
    const struct dpor *dpor = (const struct dpor *)self;
    uint64_t places = 0;
    uint64_t plans = 0;
    uint32_t deepest = 0;
    struct node *node = dpor->trunk == NULL ? NULL : dpor->trunk->root;
    for (; node != NULL; node = node_next(node)) {
        places += node->plans != NULL;
        for (const struct plan *plan = node->plans; plan != NULL; plan = plan->next) {
            plans++;
            deepest = node->depth > deepest ? node->depth : deepest;
        }
    }
    (void)snprintf(buffer, capacity,
                   "%" PRIu64 " order%s known to be open, at %" PRIu64 " place%s down to step %u",
                   plans, plans == 1 ? "" : "s", places, places == 1 ? "" : "s", deepest);
}
