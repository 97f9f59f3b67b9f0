/* SPDX-License-Identifier: MIT */
/* Every kind of the catalogue as a C program has it: a spec, armed in a world of its own actors. */
#include <rehearse/cluster.h>
#include <rehearse/fault.h>
#include <rehearse/host.h>
#include <rehearse/server.h>
#include <rehearse/world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TICKS 6
#define RUNS 40

static struct {
    struct rh_world *world;
    struct rh_strategy *strategy;
    struct rh_pid log;   /**< of n1 */
    struct rh_pid other; /**< of n2, if there is one */
    struct rh_pid host;
    struct rh_call call;
    unsigned ticks;
    uint64_t told; /**< faults that the listener was told of */
    const char *word;
} stage;

/* ---- who acts ---- */

static enum rh_status hear(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static enum rh_status set_timer(struct rh_context *ctx)
{
    struct rh_ref timer;
    return rh_timer_start(ctx, RH_MILLISECOND, rh_self(ctx), RH_ITEM(NULL, "tick"), &timer);
}

static enum rh_status tick_init(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    return set_timer(ctx);
}

static enum rh_status tick(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    if (in->kind != RH_DELIVERY_TIMEOUT || stage.ticks++ >= TICKS) {
        return RH_OK;
    }
    struct rh_pid to = rh_pid_is_none(stage.other) ? stage.log : stage.other;
    enum rh_status status = rh_send(ctx, stage.log, RH_ARRAY(rh_allocator_of(ctx), "n", 1));
    if (status == RH_OK) {
        status = rh_send(ctx, to, RH_ARRAY(rh_allocator_of(ctx), "n", 2));
    }
    return status == RH_OK ? set_timer(ctx) : status;
}

static const struct rh_behaviour listener = {.name = "listener", .receive = hear};
static const struct rh_behaviour ticker = {.name = "ticker", .init = tick_init, .receive = tick};

/* ---- the stages ---- */

static void on_record(void *self, const struct rh_record *record)
{
    (void)self;
    stage.told += record->kind == RH_RECORD_FAULT && strcmp(record->event->name, stage.word) == 0;
}

static void open_world(uint64_t seed)
{
    stage.ticks = 0;
    stage.other = rh_pid_none();
    assert_int_equal(rh_strategy_random(NULL, seed, 1, &stage.strategy), RH_OK);
    const struct rh_world_options options = {
        .strategy = stage.strategy, .seed = 1, .is_scarce = true};
    const struct rh_listener told = {.record = on_record};
    assert_int_equal(rh_world_create(&options, &stage.world), RH_OK);
    assert_int_equal(rh_world_listen(stage.world, &told), RH_OK);
}

static void add_node(const char *name, const struct rh_world_network *network)
{
    uint32_t node = 0;
    assert_int_equal(rh_world_add_node(stage.world, name, &node), RH_OK);
    if (network != NULL) {
        assert_int_equal(rh_world_join(stage.world, node, 0, network), RH_OK);
    }
}

static void spawn(uint32_t node, const char *name, const struct rh_behaviour *behaviour,
                  struct rh_pid *ret_pid)
{
    assert_int_equal(rh_world_spawn(stage.world, node, name, behaviour, NULL, ret_pid), RH_OK);
}

/* One who ticks at two who listen, one of them on another node. */
static void two_nodes(const struct rh_fault_spec *specs, size_t count)
{
    static const struct rh_world_network network = {.heartbeat = 5 * RH_MILLISECOND,
                                                    .deadline = 20 * RH_MILLISECOND};
    const struct rh_pipe_rules rules = {.latency_min = RH_MILLISECOND,
                                        .latency_max = RH_MILLISECOND};
    struct rh_pid unused;
    add_node("n1", NULL);
    add_node("n2", NULL);
    assert_int_equal(rh_world_join(stage.world, 0, 0, &network), RH_OK);
    assert_int_equal(rh_world_join(stage.world, 1, 0, &network), RH_OK);
    assert_int_equal(rh_world_set_rules(stage.world, 0, 1, &rules), RH_OK);
    assert_int_equal(rh_world_arm(stage.world, specs, count), RH_OK);
    spawn(0, "log", &listener, &stage.log);
    spawn(1, "other", &listener, &stage.other);
    spawn(0, "w", &ticker, &unused);
}

/* A host that is asked for one proc, which is a process. */
static enum rh_status do_call(struct rh_context *ctx, void *state, void *request)
{
    (void)state;
    return rh_call(ctx, stage.host, *(struct rh_message *)request, RH_NEVER, &stage.call);
}

static void ask(struct rh_message request)
{
    assert_int_equal(rh_node_turn(rh_world_node(stage.world, 0), rh_world_now(stage.world),
                                  stage.log, do_call, &request),
                     RH_OK);
}

static void hosting(const struct rh_fault_spec *specs, size_t count)
{
    static const char *const nobody[] = {NULL};
    static const struct rh_agent agent = {.actors = nobody};
    static const struct rh_command command = {.program = "web"};
    static const struct rh_proc_program program = {
        .name = "web", .command = &command, .ready_timeout = RH_SECOND};
    static const struct rh_host config = {.name = "h",
                                          .programs = &program,
                                          .program_count = 1,
                                          .backend = "node:1",
                                          .first_node = RH_HOST_ANY_NODE,
                                          .grace = RH_SECOND,
                                          .kill_timeout = RH_SECOND};
    static struct rh_behaviour behaviours[2];
    static struct rh_world_proc child;
    behaviours[0] = rh_host_behaviour(&config);
    behaviours[1] = rh_agent_behaviour(&agent);
    child = (struct rh_world_proc){.options = {.agent = &behaviours[1]},
                                   .program = {.start_min = 1, .start_max = 2}};
    add_node("n1", NULL);
    assert_int_equal(rh_world_add_proc(stage.world, "web", &child), RH_OK);
    assert_int_equal(rh_world_arm(stage.world, specs, count), RH_OK);
    spawn(0, "h", &behaviours[0], &stage.host);
    spawn(0, "log", &listener, &stage.log);
    (void)rh_node_run(rh_world_node(stage.world, 0), 0, 100);
    while (rh_world_set_up_pipes(stage.world, 0)) {
    }
}

/* ---- the kinds ---- */

struct row {
    struct rh_fault_spec spec;
    const struct rh_fault_spec *with; /**< what must strike before it can */
};

static const struct rh_fault_spec node_down = {.kind = RH_FAULT_KILL_NODE, .node = 1};
#define ACTOR(identifier, ...)                                                                     \
    {                                                                                              \
        .spec = {.kind = RH_FAULT_##identifier, .actor = "w", __VA_ARGS__ }                        \
    }
#define MAIL(identifier, ...)                                                                      \
    {                                                                                              \
        .spec = {.kind = RH_FAULT_##identifier, .actor = "log", __VA_ARGS__ }                      \
    }
#define NODE(identifier, ...)                                                                      \
    {                                                                                              \
        .spec = {.kind = RH_FAULT_##identifier, .node = 1, __VA_ARGS__ }                           \
    }
#define PIPE(identifier, ...)                                                                      \
    {                                                                                              \
        .spec = {.kind = RH_FAULT_##identifier, .node = 0, .other = 1, __VA_ARGS__ }               \
    }
#define CHILD(identifier, ...)                                                                     \
    {                                                                                              \
        .spec = {.kind = RH_FAULT_##identifier, .program = "web", __VA_ARGS__ }                    \
    }

static const struct row rows[] = {
    ACTOR(CRASH, .weight = 1),
    ACTOR(KILL, .weight = 1),
    ACTOR(FIRE, .weight = 1),
    ACTOR(STALL, .span = 5),
    ACTOR(SLOW, .span = 5),
    ACTOR(LATE, .span = 5),
    ACTOR(FAIL_ALLOCATION, .nth = 1),
    ACTOR(EXHAUST, .left = 1),
    MAIL(DROP, .weight = 1),
    MAIL(DUPLICATE, .weight = 1),
    MAIL(REPLACE, .weight = 1),
    MAIL(CORRUPT, .weight = 1),
    MAIL(HOLD, .span = 5),
    MAIL(FORGE, .signal = RH_SIGNAL_EXIT),
    MAIL(REPLAY, .weight = 1),
    NODE(KILL_NODE, .weight = 1),
    NODE(FREEZE_NODE, .span = 5),
    NODE(SKEW_CLOCK, .span = 5),
    {.spec = {.kind = RH_FAULT_RESTART_NODE, .node = 1}, .with = &node_down},
    PIPE(PART, .span = 5),
    NODE(PARTITION, .nodes = 1, .span = 5),
    PIPE(CLOSE_PIPE, .weight = 1),
    PIPE(RESET_PIPE, .weight = 1),
    PIPE(HALF_CLOSE_PIPE, .weight = 1),
    PIPE(BLACK_HOLE, .weight = 1),
    PIPE(CUT_PIPE, .bytes_most = 50),
    PIPE(FLIP_BYTES, .weight = 1),
    PIPE(LOSE_BYTES, .weight = 1),
    PIPE(STALL_PIPE, .span = 5),
    PIPE(NARROW_PIPE, .bytes = 5),
    PIPE(BLIP, .weight = 1),
    {.spec = {.kind = RH_FAULT_REFUSE_IO, .node = 0, .effect = "write"}},
    CHILD(REFUSE_START, .weight = 1),
    CHILD(DELAY_START, .span = 5),
    CHILD(FAIL_LAUNCH, .weight = 1),
    CHILD(KILL_PROCESS, .weight = 1),
    CHILD(LOSE_CALLBACK, .weight = 1),
    CHILD(DOUBLE_CALLBACK, .weight = 1),
    CHILD(IGNORE_STOP, .weight = 1),
};

static void play(const struct rh_fault_spec *specs, size_t count, uint64_t seed)
{
    const bool hosts = specs[0].program != NULL;
    open_world(seed);
    if (hosts) {
        hosting(specs, count);
    } else {
        two_nodes(specs, count);
    }
    rh_strategy_begin(stage.strategy);
    if (hosts) {
        ask(RH_ARRAY(NULL, "spawn", "web", "p"));
    }
    enum rh_end end = rh_world_run(stage.world);
    assert_int_equal(end, RH_END_QUIESCENT);
    if (hosts && rh_world_fault_fired(stage.world, 0) == 0) {
        ask(RH_ARRAY(NULL, "terminate", "p", RH_SECOND, "bye"));
        assert_int_equal(rh_world_run(stage.world), RH_END_QUIESCENT);
    }
}

static void close_world(void)
{
    (void)rh_strategy_end(stage.strategy);
    rh_world_destroy(stage.world);
    rh_strategy_destroy(stage.strategy);
}

static void every_kind_strikes_once_and_is_told_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rh_fault_spec specs[2] = {rows[i].spec};
        uint32_t struck = 0;
        if (specs[0].kind == RH_FAULT_REPLACE) {
            specs[0].payload = RH_ITEM(NULL, "x");
        }
        if (rows[i].with != NULL) {
            specs[1] = *rows[i].with;
        }
        stage.word = rh_fault_kind_word(specs[0].kind);
        for (uint64_t seed = 1; seed <= RUNS; seed++) {
            stage.told = 0;
            play(specs, rows[i].with == NULL ? 1 : 2, seed);
            uint32_t fired = rh_world_fault_fired(stage.world, 0);
            struck += fired;
            if (fired > 1 || stage.told != fired) {
                fail_msg("%s: struck %u times, told of %u", stage.word, (unsigned)fired,
                         (unsigned)stage.told);
            }
            close_world();
        }
        if (struck == 0) {
            fail_msg("%s never struck", stage.word);
        }
    }
}

static void every_kind_has_a_row(void **state)
{
    (void)state;
    uint64_t found = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        found |= UINT64_C(1) << rows[i].spec.kind;
    }
    assert_true(found == (UINT64_C(1) << RH_FAULT_COUNT) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_row),
        cmocka_unit_test(every_kind_strikes_once_and_is_told_of),
    };
    return cmocka_run_group_tests_name("harness.world.every_fault", tests, NULL, NULL) ? 1 : 0;
}
