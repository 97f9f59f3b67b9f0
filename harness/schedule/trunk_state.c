/* SPDX-License-Identifier: MIT */
/*
 * The tree of what is open, as numbers. In order:
 *
 *     has waited, has lost, is anything open
 *     each place, those before first       edges, plans, asks; each with its count in front
 *         edge         id, whether a place follows, numbers drawn, touches
 *         touch        object, owner, kind, mode
 *         plan         how much of it is needed, wishes; of the first run of all: none
 *         wish         id, numbers to be drawn
 *         ask          a plan, and for each wish whether it could be first
 *     each part that is away               its last place, counted from 0; how deep its first one is; lore;
 *                                          their count in front
 *     lore                                 of the part that came back last
 *
 * Lore is 0 if there is none, 1 if it is what was written down before, and otherwise 2, how many numbers follow, and those.
 *
 * What is away is written down as it was given, in order, since nothing is known of it yet. Whatever can be found out by
 * playing a run again is not here: what is asleep, what could happen, what came of what.
 */
#include "harness/schedule/trunk.h"

#include "harness/schedule/dependence.h"
#include "harness/schedule/memo.h"
#include "harness/schedule/strategy.h"

/* ---- writing ---- */

static bool put_draws(struct rh_numbers *numbers, const struct draws *draws)
{
    bool ok = rh_numbers_put(numbers, draws->count);
    for (uint32_t i = 0; i < draws->count && ok; i++) {
        ok = rh_numbers_put(numbers, draws->at[i]);
    }
    return ok;
}

static bool put_edges(struct rh_numbers *numbers, const struct node *node)
{
    bool ok = rh_numbers_put(numbers, node->edge_count);
    for (const struct edge *edge = node->edges; edge != NULL && ok; edge = edge->next) {
        const struct footprint *footprint = &edge->what->footprint;
        ok = rh_numbers_put(numbers, edge->what->id) &&
             rh_numbers_put(numbers, edge->node != NULL ? 1 : 0) &&
             put_draws(numbers, &edge->what->draws) && rh_numbers_put(numbers, footprint->count);
        for (uint32_t i = 0; i < footprint->count && ok; i++) {
            ok = touch_put(numbers, &footprint->touches[i]);
        }
    }
    return ok;
}

static bool put_plan(struct rh_numbers *numbers, const struct plan *plan)
{
    bool ok = rh_numbers_put(numbers, plan->needed) && rh_numbers_put(numbers, plan->count);
    for (uint32_t i = 0; i < plan->count && ok; i++) {
        ok = rh_numbers_put(numbers, plan->wishes[i].id) &&
             put_draws(numbers, &plan->wishes[i].draws);
    }
    return ok;
}

static bool put_plans(struct rh_numbers *numbers, const struct node *node)
{
    uint64_t count = 0;
    for (const struct plan *plan = node->plans; plan != NULL; plan = plan->next) {
        count++;
    }
    bool ok = rh_numbers_put(numbers, count);
    for (const struct plan *plan = node->plans; plan != NULL && ok; plan = plan->next) {
        ok = put_plan(numbers, plan);
    }
    return ok;
}

static bool put_asks(struct rh_numbers *numbers, const struct node *node)
{
    uint64_t count = 0;
    for (const struct ask *ask = node->asks; ask != NULL; ask = ask->next) {
        count++;
    }
    bool ok = rh_numbers_put(numbers, count);
    for (const struct ask *ask = node->asks; ask != NULL && ok; ask = ask->next) {
        ok = put_plan(numbers, ask->plan);
        for (uint32_t i = 0; i < ask->plan->count && ok; i++) {
            ok = rh_numbers_put(numbers, ask->is_first[i] ? 1 : 0);
        }
    }
    return ok;
}

static uint64_t number_of(const struct trunk *trunk, const struct node *wanted)
{
    uint64_t number = 0;
    for (struct node *node = trunk->root; node != wanted; node = node_next(node)) {
        number++;
    }
    return number;
}

enum lore_code {
    LORE_NONE,
    LORE_AS_BEFORE,
    LORE_FOLLOWS
};

static bool put_lore(struct rh_numbers *numbers, const struct lore *lore, const struct lore *before)
{
    if (lore == NULL || lore == before) {
        return rh_numbers_put(numbers, lore == NULL ? LORE_NONE : LORE_AS_BEFORE);
    }
    bool ok = rh_numbers_put(numbers, LORE_FOLLOWS) && rh_numbers_put(numbers, lore->numbers.count);
    for (size_t i = 0; i < lore->numbers.count && ok; i++) {
        ok = rh_numbers_put(numbers, lore->numbers.at[i]);
    }
    return ok;
}

static bool put_away(struct rh_numbers *numbers, const struct trunk *trunk)
{
    uint64_t count = 0;
    for (const struct away *away = trunk->away; away != NULL; away = away->next) {
        count++;
    }
    bool ok = rh_numbers_put(numbers, count);
    const struct lore *before = NULL;
    for (const struct away *away = trunk->away; away != NULL && ok; away = away->next) {
        ok = rh_numbers_put(numbers, number_of(trunk, away->leaf)) &&
             rh_numbers_put(numbers, away->floor->depth) && put_lore(numbers, away->lore, before);
        before = away->lore;
    }
    return ok && put_lore(numbers, trunk->lore, before);
}

enum rh_status trunk_save(const struct rh_strategy *self, struct rh_numbers *numbers)
{
    const struct dpor *dpor = (const struct dpor *)self;
    const struct trunk *trunk = dpor->trunk;
    if (trunk == NULL) {
        return RH_OK; /* nothing has begun */
    }
    bool ok = rh_numbers_put(numbers, dpor->has_lost ? 1 : 0) &&
              rh_numbers_put(numbers, trunk->root != NULL ? 1 : 0);
    for (struct node *node = trunk->root; node != NULL && ok; node = node_next(node)) {
        ok = put_edges(numbers, node) && put_plans(numbers, node) && put_asks(numbers, node);
    }
    ok = ok && (trunk->root == NULL || put_away(numbers, trunk));
    return ok ? RH_OK : RH_NO_MEMORY;
}

/* ---- reading; what fails without having failed the strategy is malformed ---- */

static bool take_flag(struct rh_numbers *numbers, bool *ret_flag)
{
    uint64_t number = 0;
    bool ok = rh_numbers_take_most(numbers, 1, &number);
    *ret_flag = number == 1;
    return ok;
}

/* How many of something follow, each of at least `least` numbers. */
static bool take_count(struct rh_numbers *numbers, uint64_t least, uint32_t *ret_count)
{
    uint64_t most = (numbers->count - numbers->taken) / least;
    uint64_t count = 0;
    bool ok = rh_numbers_take_most(numbers, most < UINT32_MAX ? most : UINT32_MAX, &count);
    *ret_count = ok ? (uint32_t)count : 0;
    return ok;
}

/* Memory for what is made of numbers until it is copied: whatever is taken of it fits if all that is left of the numbers
 * does. */
struct scratch {
    void *at;
    size_t bytes;
};

static bool scratch_init(struct dpor *dpor, struct scratch *scratch, size_t bytes)
{
    scratch->bytes = bytes + 1;
    scratch->at = tree_allocate(dpor, scratch->bytes);
    return scratch->at != NULL;
}

static bool take_draws(struct rh_numbers *numbers, uint32_t *at, uint32_t count)
{
    bool ok = true;
    for (uint32_t i = 0; i < count && ok; i++) {
        uint64_t number = 0;
        ok = rh_numbers_take_most(numbers, UINT32_MAX, &number);
        at[i] = (uint32_t)number;
    }
    return ok;
}

static bool take_touches(struct rh_numbers *numbers, struct rh_touch *touches,
                         struct footprint *footprint)
{
    bool ok = true;
    for (uint32_t i = 0; i < footprint->count && ok; i++) {
        ok = touch_take(numbers, i == 0 ? NULL : &touches[i - 1], &touches[i]);
        const uint64_t object = touches[i].object;
        footprint->summary |= object == RH_OBJECT_OF_RUN ? UINT64_MAX : footprint_bit(object);
    }
    footprint->touches = touches;
    footprint->is_known = true;
    return ok;
}

static bool load_edge(struct dpor *dpor, struct rh_numbers *numbers, struct node *node)
{
    struct explored what = {0};
    struct scratch drawn = {0};
    struct scratch touched = {0};
    bool has_node = false;
    bool ok = rh_numbers_take(numbers, &what.id) && take_flag(numbers, &has_node) &&
              take_count(numbers, 1, &what.draws.count) &&
              scratch_init(dpor, &drawn, what.draws.count * sizeof(uint32_t)) &&
              take_draws(numbers, drawn.at, what.draws.count) &&
              take_count(numbers, 4, &what.footprint.count) &&
              scratch_init(dpor, &touched, what.footprint.count * sizeof(struct rh_touch)) &&
              take_touches(numbers, touched.at, &what.footprint);
    what.draws.at = drawn.at;
    if (ok) {
        struct edge *edge = node_add_edge(dpor, node, &what);
        ok =
            edge != NULL &&
            (!has_node || (node->depth < dpor->depth_max && node_create(dpor, node, edge) != NULL));
    }
    if (drawn.at != NULL) {
        tree_release(dpor, drawn.at, drawn.bytes);
    }
    if (touched.at != NULL) {
        tree_release(dpor, touched.at, touched.bytes);
    }
    return ok;
}

/* Into `plan`, which lies in the scratch. */
static bool take_plan(struct dpor *dpor, struct rh_numbers *numbers, struct scratch *scratch,
                      struct plan *plan)
{
    uint64_t needed = 0;
    uint32_t count = 0;
    bool ok = rh_numbers_take_most(numbers, UINT32_MAX, &needed) && take_count(numbers, 2, &count);
    size_t left = numbers->count - numbers->taken;
    ok = ok && needed <= count &&
         scratch_init(dpor, scratch, count * sizeof(struct wish) + left * sizeof(uint32_t));
    struct wish *wishes = scratch->at;
    uint32_t *drawn = ok ? (uint32_t *)(void *)(wishes + count) : NULL;
    for (uint32_t i = 0; i < count && ok; i++) {
        wishes[i].draws.at = drawn;
        ok = rh_numbers_take(numbers, &wishes[i].id) &&
             take_count(numbers, 1, &wishes[i].draws.count) &&
             take_draws(numbers, drawn, wishes[i].draws.count);
        drawn += wishes[i].draws.count;
    }
    *plan = (struct plan){.count = count, .needed = (uint32_t)needed, .wishes = wishes};
    return ok;
}

static bool load_plan(struct dpor *dpor, struct rh_numbers *numbers, struct node *node)
{
    struct scratch scratch = {0};
    struct plan plan;
    bool is_first = node->parent == NULL && node->edges == NULL && node->plans == NULL;
    bool ok = take_plan(dpor, numbers, &scratch, &plan) && (plan.count > 0 || is_first) &&
              node_add_plan(dpor, node, &plan);
    if (scratch.at != NULL) {
        tree_release(dpor, scratch.at, scratch.bytes);
    }
    return ok;
}

static bool load_ask(struct dpor *dpor, struct rh_numbers *numbers, struct node *node)
{
    struct scratch scratch = {0};
    struct scratch flags = {0};
    struct plan plan = {0};
    bool ok = take_plan(dpor, numbers, &scratch, &plan) && plan.count > 0 &&
              scratch_init(dpor, &flags, plan.count * sizeof(bool));
    struct ask ask = {.bytes = sizeof ask + plan.count * sizeof(bool), .plan = &plan};
    ask.is_first = flags.at;
    for (uint32_t i = 0; i < plan.count && ok; i++) {
        ok = take_flag(numbers, &ask.is_first[i]);
    }
    ok = ok && node_add_ask(dpor, node, &ask);
    if (scratch.at != NULL) {
        tree_release(dpor, scratch.at, scratch.bytes);
    }
    if (flags.at != NULL) {
        tree_release(dpor, flags.at, flags.bytes);
    }
    return ok;
}

static bool load_node(struct dpor *dpor, struct rh_numbers *numbers, struct node *node)
{
    static bool (*const loads[])(struct dpor *, struct rh_numbers *,
                                 struct node *) = {load_edge, load_plan, load_ask};
    bool ok = true;
    for (uint32_t kind = 0; kind < sizeof loads / sizeof loads[0] && ok; kind++) {
        uint32_t count = 0;
        ok = take_count(numbers, 2, &count);
        for (uint32_t i = 0; i < count && ok; i++) {
            ok = loads[kind](dpor, numbers, node);
        }
    }
    return ok && (node->plans != NULL || node->open > 0);
}

/* Is it a chain of places that nobody has, each the last step of the one before? */
static bool is_chain(struct node *leaf, uint64_t floor)
{
    bool ok = floor <= leaf->depth && leaf->plans != NULL && !leaf->is_away;
    for (struct node *node = leaf; ok && node->depth > floor; node = node->parent) {
        ok = node->edge->next == NULL && !node->parent->is_away;
    }
    return ok;
}

/* What is written down is read once, to see whether it can be. */
static bool load_new_lore(struct dpor *dpor, struct rh_numbers *numbers, struct lore **ret_lore)
{
    uint32_t count = 0;
    struct lore *lore = take_count(numbers, 1, &count) ? trunk_create_lore(dpor) : NULL;
    if (lore == NULL) {
        return false;
    }
    *ret_lore = lore;
    for (uint32_t i = 0; i < count; i++) {
        if (!rh_numbers_put(&lore->numbers, numbers->at[numbers->taken + i])) {
            rh_strategy_fail(&dpor->head, RH_NO_MEMORY);
            return false;
        }
    }
    numbers->taken += count;
    struct rh_numbers all = lore->numbers;
    bool ok = lore_read(dpor, &all);
    memo_forget(dpor);
    return ok;
}

/* Of one user more, also where it fails. */
static bool load_lore(struct dpor *dpor, struct rh_numbers *numbers, struct lore *before,
                      struct lore **ret_lore)
{
    uint64_t code = 0;
    *ret_lore = NULL;
    if (!rh_numbers_take_most(numbers, LORE_FOLLOWS, &code)) {
        return false;
    }
    if (code == LORE_FOLLOWS) {
        return load_new_lore(dpor, numbers, ret_lore);
    }
    if (code == LORE_AS_BEFORE && before != NULL) {
        *ret_lore = before;
        before->users++;
    }
    return code == LORE_NONE || before != NULL;
}

static bool load_away(struct dpor *dpor, struct rh_numbers *numbers, struct lore *before)
{
    uint64_t leaf = 0;
    uint64_t floor = 0;
    struct away away = {0};
    if (!rh_numbers_take(numbers, &leaf) || !rh_numbers_take(numbers, &floor)) {
        return false;
    }
    away.leaf = dpor->trunk->root;
    for (; away.leaf != NULL && leaf > 0; leaf--) {
        away.leaf = node_next(away.leaf);
    }
    if (away.leaf == NULL || !is_chain(away.leaf, floor)) {
        return false;
    }
    away.floor = node_above(away.leaf, (uint32_t)floor);
    bool ok = load_lore(dpor, numbers, before, &away.lore) && away_add(dpor, &away);
    trunk_release_lore(dpor, away.lore);
    return ok;
}

static bool load_all_away(struct dpor *dpor, struct rh_numbers *numbers)
{
    uint32_t count = 0;
    bool ok = take_count(numbers, 3, &count);
    struct lore *before = NULL;
    for (uint32_t i = 0; i < count && ok; i++) {
        ok = load_away(dpor, numbers, before);
        const struct away *last = dpor->trunk->away;
        while (last != NULL && last->next != NULL) {
            last = last->next;
        }
        before = last == NULL ? NULL : last->lore;
    }
    return ok && load_lore(dpor, numbers, before, &dpor->trunk->lore);
}

/* Only what is away has been asked for something since. */
static bool are_asks_away(const struct dpor *dpor)
{
    struct node *node = dpor->trunk->root;
    while (node != NULL && (node->asks == NULL || node->is_away)) {
        node = node_next(node);
    }
    return node == NULL;
}

static bool load(struct dpor *dpor, struct rh_numbers *numbers)
{
    bool is_open = false;
    if (numbers->taken == numbers->count && dpor->head.runs == 0) {
        return true; /* nothing had begun */
    }
    if (!take_flag(numbers, &dpor->has_lost) || !take_flag(numbers, &is_open)) {
        return false;
    }
    dpor->trunk = trunk_create(dpor);
    if (dpor->trunk == NULL) {
        return false;
    }
    if (!is_open) {
        return dpor->head.runs > 0; /* nothing is no tree */
    }
    dpor->trunk->root = node_create(dpor, NULL, NULL);
    bool ok = dpor->trunk->root != NULL;
    for (struct node *node = dpor->trunk->root; node != NULL && ok; node = node_next(node)) {
        ok = load_node(dpor, numbers, node);
    }
    return ok && load_all_away(dpor, numbers) && are_asks_away(dpor);
}

enum rh_status trunk_load(struct rh_strategy *self, struct rh_numbers *numbers)
{
    struct dpor *dpor = (struct dpor *)self;
    bool ok = load(dpor, numbers);
    if (self->status == RH_NO_MEMORY) {
        return RH_NO_MEMORY;
    }
    if (!ok) {
        return RH_MALFORMED;
    }
    if (dpor->trunk != NULL) {
        self->complete = dpor->trunk->root == NULL && !dpor->has_lost;
        trunk_estimate(dpor);
    }
    return RH_OK;
}
