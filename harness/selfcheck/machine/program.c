/* SPDX-License-Identifier: MIT */
/* Programs of chance. What a handler sends is of a higher kind than what it handles, or a program would not end. */
#include "harness/selfcheck/machine/program.h"

struct dice {
    uint64_t state;
    uint32_t actor_count;
    bool has_timer; /* whoever is being drawn */
};

static uint32_t roll(struct dice *dice, uint32_t below)
{
    dice->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = dice->state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(((x ^ (x >> 31)) >> 32) * below >> 32);
}

static uint8_t anybody(struct dice *dice)
{
    return (uint8_t)roll(dice, dice->actor_count);
}

static uint8_t anybody_else(struct dice *dice, uint32_t self)
{
    return (uint8_t)((self + 1 + roll(dice, dice->actor_count - 1)) % dice->actor_count);
}

/* What may still be sent when so much has been handled. */
static uint8_t message_above(struct dice *dice, uint32_t level)
{
    return (uint8_t)(level + roll(dice, PROGRAM_Z - level));
}

static struct program_op draw_op(struct dice *dice, uint32_t self, uint32_t level, bool in_script)
{
    static const uint8_t reasons[] = {PROGRAM_GONE, PROGRAM_GONE, PROGRAM_NORMAL, PROGRAM_KILL};
    static const uint8_t kinds[] = {PROGRAM_SEND,     PROGRAM_SEND,        PROGRAM_LINK,
                                    PROGRAM_LINK,     PROGRAM_UNLINK,      PROGRAM_MONITOR,
                                    PROGRAM_MONITOR,  PROGRAM_EXIT,        PROGRAM_EXIT_SIGNAL,
                                    PROGRAM_REGISTER, PROGRAM_REGISTER,    PROGRAM_UNREGISTER,
                                    PROGRAM_SPAWN,    PROGRAM_SEND_NAME,   PROGRAM_SEND_NAME,
                                    PROGRAM_CANCEL,   PROGRAM_EXIT_SIGNAL, PROGRAM_EXIT};
    struct program_op op = {.kind = kinds[roll(dice, sizeof kinds)]};
    bool sends = op.kind == PROGRAM_SEND || op.kind == PROGRAM_SEND_NAME;
    bool not_here = op.kind == (in_script ? PROGRAM_CANCEL : PROGRAM_SPAWN) ||
                    (op.kind == PROGRAM_CANCEL && !dice->has_timer);
    if (not_here || (sends && level >= PROGRAM_Z)) {
        op.kind = PROGRAM_LINK;
    }
    switch (op.kind) {
    case PROGRAM_SEND:
        op.to = anybody(dice);
        op.what = message_above(dice, level);
        break;
    case PROGRAM_SEND_NAME:
        op.to = message_above(dice, level);
        op.what = (uint8_t)roll(dice, PROGRAM_NAMES);
        break;
    case PROGRAM_EXIT:
        op.what = roll(dice, 4) == 0 ? PROGRAM_NORMAL : PROGRAM_BOOM;
        break;
    case PROGRAM_EXIT_SIGNAL:
        op.to = anybody_else(dice, self);
        op.what = reasons[roll(dice, sizeof reasons)];
        break;
    case PROGRAM_SPAWN:
    case PROGRAM_REGISTER:
    case PROGRAM_UNREGISTER:
        op.what = (uint8_t)roll(dice, 2);
        break;
    case PROGRAM_CANCEL:
        break;
    default:
        op.to = anybody_else(dice, self);
        break;
    }
    return op;
}

static struct program_ops draw_ops(struct dice *dice, uint32_t self, uint32_t level, bool in_script)
{
    struct program_ops ops = {.count = (uint8_t)roll(dice, PROGRAM_OPS_MAX + 1)};
    for (uint32_t i = 0; i < ops.count; i++) {
        ops.at[i] = draw_op(dice, self, level, in_script);
    }
    return ops;
}

static struct program_ops draw_sends(struct dice *dice)
{
    struct program_ops ops = {.count = roll(dice, 2) == 0 ? 0 : (uint8_t)(1 + roll(dice, 2))};
    for (uint32_t i = 0; i < ops.count; i++) {
        ops.at[i] = (struct program_op){PROGRAM_SEND, anybody(dice), message_above(dice, 0)};
    }
    return ops;
}

void program_draw(struct program *program, uint64_t seed)
{
    struct dice dice = {.state = seed * UINT64_C(0xd1342543de82ef95) + 1};
    dice.actor_count = 2 + roll(&dice, PROGRAM_ACTORS_MAX - 1);
    *program = (struct program){.actor_count = dice.actor_count, .crash = PROGRAM_NOBODY};
    for (uint32_t i = 0; i < dice.actor_count; i++) {
        struct program_actor *actor = &program->actors[i];
        actor->traps = roll(&dice, 2) == 0;
        actor->has_timer = roll(&dice, 4) == 0;
        dice.has_timer = actor->has_timer;
        actor->init = draw_sends(&dice);
        actor->script = draw_ops(&dice, i, 0, true);
        for (uint32_t m = 0; m < PROGRAM_MESSAGE_COUNT; m++) {
            actor->on[m] = draw_ops(&dice, i, m + 1, false);
        }
    }
    program->child.count = (uint8_t)roll(&dice, 2);
    program->child.at[0] = roll(&dice, 2) == 0 ? (struct program_op){PROGRAM_EXIT, 0, PROGRAM_BOOM}
                                               : (struct program_op){PROGRAM_SEND, anybody(&dice),
                                                                     message_above(&dice, 0)};
    if (roll(&dice, 3) == 0) {
        program->crash = anybody(&dice);
    }
}
