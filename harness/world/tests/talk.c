/* SPDX-License-Identifier: MIT */
#include "harness/world/tests/talk.h"

/* Behaviours have no state here: what they know belongs to the test. */
struct heard heard[4];

static void hear(struct heard *self, const char *format, ...)
{
    size_t length = strlen(self->text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(self->text + length, sizeof(self->text) - length, format, arguments);
    va_end(arguments);
}

static enum rh_status say(struct rh_context *ctx, struct heard *self)
{
    return self->says == NULL ? RH_OK : rh_write(ctx, self->handle, self->says, strlen(self->says));
}

static enum rh_status on_io(struct rh_context *ctx, struct heard *self, const struct rh_io *io)
{
    switch (io->kind) {
    case RH_IO_OPENED:
        hear(self, "opened ");
        return rh_ref_equal(io->handle, self->listener) ? RH_OK : say(ctx, self);
    case RH_IO_ACCEPTED:
        hear(self, "accepted ");
        self->handle = io->accepted;
        return say(ctx, self);
    case RH_IO_BYTES:
        hear(self, "bytes:%.*s ", (int)io->size, (const char *)io->bytes);
        memcpy(self->bytes + self->byte_count, io->bytes, io->size);
        self->byte_count += io->size;
        return RH_OK;
    case RH_IO_EOF:
        hear(self, "eof ");
        if (self->closes_at_eof) {
            return rh_close(ctx, io->handle);
        }
        return RH_OK;
    case RH_IO_STARTED:
        hear(self, "started:%lld ", (long long)io->number);
        return say(ctx, self);
    case RH_IO_EXITED:
        hear(self, "exited:%lld/%d ", (long long)io->number, io->signal);
        return RH_OK;
    case RH_IO_CLOSED:
        hear(self, "closed:%s ", rh_close_word(io->why));
        return RH_OK;
    default:
        hear(self, "%s ", rh_io_kind_word(io->kind));
        return RH_OK;
    }
}

static enum rh_status receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    const struct rh_io *io = rh_delivery_io(ctx);
    (void)in;
    return io == NULL ? RH_OK : on_io(ctx, *(struct heard **)state, io);
}

static enum rh_status init(struct rh_context *ctx, void *state, const struct rh_delivery *start)
{
    (void)ctx;
    int64_t index = 0;
    struct rh_reader reader;
    rh_reader_message(&reader, &start->message);
    assert_true(rh_read_int(&reader, &index));
    *(struct heard **)state = &heard[index];
    return RH_OK;
}

const struct rh_behaviour talker = {
    .name = "talker", .init = init, .receive = receive, .state_bytes = sizeof(struct heard *)};

/* ---- a world of two nodes, an actor on each ---- */

bool connects_early;

void set_up(struct stage *stage, struct rh_strategy *strategy, const struct rh_pipe_rules *rules)
{
    const struct rh_world_options options = {
        .strategy = strategy, .seed = 1, .connects_early = connects_early};
    connects_early = false;
    stage->strategy = strategy;
    memset(heard, 0, sizeof(heard));
    assert_int_equal(rh_world_create(&options, &stage->world), RH_OK);
    for (uint32_t i = 0; i < 2; i++) {
        static const char *const names[] = {"n1", "n2"};
        uint32_t node = 0;
        assert_int_equal(rh_world_add_node(stage->world, names[i], &node), RH_OK);
        const struct rh_spawn_options spawn = {.argument = RH_ITEM(NULL, (int)i)};
        assert_int_equal(
            rh_world_spawn(stage->world, node, names[i], &talker, &spawn, &stage->actors[i]),
            RH_OK);
        (void)rh_node_run(rh_world_node(stage->world, node), 0, 10);
    }
    if (rules != NULL) {
        assert_int_equal(rh_world_set_rules(stage->world, 0, 1, rules), RH_OK);
        assert_int_equal(rh_world_set_rules(stage->world, 1, 0, rules), RH_OK);
    }
    rh_strategy_begin(strategy);
}

bool tear_down(struct stage *stage)
{
    bool more = rh_strategy_end(stage->strategy);
    rh_world_destroy(stage->world);
    return more;
}

struct rh_strategy *fifo(void)
{
    struct rh_strategy *strategy = NULL;
    assert_int_equal(rh_strategy_fifo(rh_allocator_default(), &strategy), RH_OK);
    return strategy;
}

void act(struct stage *stage, unsigned who,
         enum rh_status (*body)(struct rh_context *ctx, void *state, void *argument),
         const void *argument)
{
    struct rh_world *world = stage->world;
    assert_int_equal(rh_node_turn(rh_world_node(world, who), rh_world_now(world),
                                  stage->actors[who], body, (void *)(uintptr_t)argument),
                     RH_OK);
}

enum rh_status do_listen(struct rh_context *ctx, void *state, void *argument)
{
    struct heard *self = *(struct heard **)state;
    return rh_listen(ctx, argument, &self->listener);
}

enum rh_status do_connect(struct rh_context *ctx, void *state, void *argument)
{
    struct heard *self = *(struct heard **)state;
    return rh_connect(ctx, argument, &self->handle);
}

enum rh_status do_write(struct rh_context *ctx, void *state, void *argument)
{
    struct heard *self = *(struct heard **)state;
    return rh_write(ctx, self->handle, argument, strlen(argument));
}

enum rh_status do_close(struct rh_context *ctx, void *state, void *argument)
{
    struct heard *self = *(struct heard **)state;
    (void)argument;
    return rh_close(ctx, self->handle);
}

enum rh_status do_shutdown(struct rh_context *ctx, void *state, void *argument)
{
    struct heard *self = *(struct heard **)state;
    (void)argument;
    return rh_shutdown(ctx, self->handle);
}

enum rh_status do_pause(struct rh_context *ctx, void *state, void *argument)
{
    struct heard *self = *(struct heard **)state;
    (void)argument;
    return rh_pause(ctx, self->handle);
}

enum rh_status do_resume(struct rh_context *ctx, void *state, void *argument)
{
    struct heard *self = *(struct heard **)state;
    (void)argument;
    return rh_resume(ctx, self->handle);
}

enum rh_status do_start(struct rh_context *ctx, void *state, void *argument)
{
    struct heard *self = *(struct heard **)state;
    static const char *const arguments[] = {"--loud", NULL};
    const struct rh_command command = {.program = argument, .arguments = arguments};
    return rh_start(ctx, &command, &self->handle);
}

enum rh_status do_kill(struct rh_context *ctx, void *state, void *argument)
{
    struct heard *self = *(struct heard **)state;
    return rh_kill(ctx, self->handle, argument == NULL ? 15 : *(const int *)argument);
}

enum rh_status boot_child(void *self, struct rh_world *world, uint32_t node,
                          const struct rh_command *command, struct rh_ref *ret_stdio)
{
    const struct rh_spawn_options spawn = {.argument = RH_ITEM(NULL, 1)};
    struct rh_pid actor;
    (void)self;
    (void)command;
    enum rh_status status = rh_world_spawn(world, node, "child", &talker, &spawn, &actor);
    return status != RH_OK
               ? status
               : rh_node_adopt(rh_world_node(world, node), rh_world_now(world), actor, ret_stdio);
}

void run(struct stage *stage)
{
    assert_int_equal(rh_world_run(stage->world), RH_END_QUIESCENT);
}

/* n2 listens, n1 connects; what both have heard is forgotten. */
void connect_them(struct stage *stage)
{
    act(stage, 1, do_listen, "node:2");
    run(stage);
    act(stage, 0, do_connect, "node:2");
    run(stage);
    assert_string_equal(heard[0].text, "opened ");
    assert_string_equal(heard[1].text, "opened accepted ");
    heard[0].text[0] = '\0';
    heard[1].text[0] = '\0';
}

void set_up_connected(struct stage *stage, const struct rh_pipe_rules *rules)
{
    set_up(stage, fifo(), rules);
    connect_them(stage);
}

void tear_down_all(struct stage *stage)
{
    (void)tear_down(stage);
    rh_strategy_destroy(stage->strategy);
}

void both_heard(const char *first, const char *second)
{
    assert_string_equal(heard[0].text, first);
    assert_string_equal(heard[1].text, second);
}
