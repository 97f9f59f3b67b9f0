/* SPDX-License-Identifier: MIT */
/* Programs of the machine as scenarios for real actors. Actors are a, b, c; names n0, n1; messages x, y, z. */
#include "harness/selfcheck/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void text_put(struct text *text, const char *format, ...)
{
    va_list arguments;
    size_t room = sizeof text->at - text->length;
    va_start(arguments, format);
    int written = vsnprintf(text->at + text->length, room, format, arguments);
    va_end(arguments);
    if (written < 0 || (size_t)written >= room) {
        text->is_cut = true;
        text->at[text->length] = '\0';
    } else {
        text->length += (size_t)written;
    }
}

static char letter(uint8_t actor)
{
    return (char)('a' + actor);
}

static const char *reason(uint8_t what)
{
    static const char *const words[] = {"boom", "normal", "kill", "gone"};
    return words[what];
}

static void put_op(struct text *text, const struct program_op *op)
{
    char message = (char)('x' + op->what);
    switch ((enum program_op_kind)op->kind) {
    case PROGRAM_SEND:
        text_put(text, "{send: {to: <%c>, message: %c}}", letter(op->to), message);
        break;
    case PROGRAM_LINK:
        text_put(text, "{link: {to: <%c>, status: $s}}", letter(op->to));
        break;
    case PROGRAM_UNLINK:
        text_put(text, "{unlink: <%c>}", letter(op->to));
        break;
    case PROGRAM_MONITOR:
        text_put(text, "{monitor: <%c>}", letter(op->to));
        break;
    case PROGRAM_EXIT:
        text_put(text, "{exit: %s}", reason(op->what));
        break;
    case PROGRAM_EXIT_SIGNAL:
        text_put(text, "{exit_signal: {to: <%c>, reason: %s}}", letter(op->to), reason(op->what));
        break;
    case PROGRAM_SPAWN:
        text_put(text, "{spawn: {behaviour: child, link: %s}}", op->what != 0 ? "true" : "false");
        break;
    case PROGRAM_REGISTER:
        text_put(text, "{register: {name: n%u, status: $s}}", (unsigned)op->what);
        break;
    case PROGRAM_UNREGISTER:
        text_put(text, "{unregister: {name: n%u, status: $s}}", (unsigned)op->what);
        break;
    case PROGRAM_SEND_NAME:
        text_put(text, "{send_name: {name: n%u, message: %c, status: $s}}", (unsigned)op->what,
                 (char)('x' + op->to));
        break;
    case PROGRAM_CANCEL:
        text_put(text, "{cancel: {timer: $t, as: $w}}");
        break;
    case PROGRAM_OP_COUNT:
        break;
    }
}

static void put_list(struct text *text, const struct program_ops *ops)
{
    for (uint8_t i = 0; i < ops->count; i++) {
        text_put(text, i == 0 ? "" : ", ");
        put_op(text, &ops->at[i]);
    }
}

static void put_ops(struct text *text, const struct program_ops *ops)
{
    text_put(text, "[");
    put_list(text, ops);
    text_put(text, "]");
}

static void put_behaviour(struct text *text, const struct program_actor *actor, uint8_t index)
{
    text_put(text, "  b%c:\n    state: {s: none, t: none, w: none}\n    init: [", letter(index));
    if (actor->has_timer) {
        text_put(text, "{timer: {after: 5ms, message: z, as: $t}}%s",
                 actor->init.count > 0 ? ", " : "");
    }
    put_list(text, &actor->init);
    text_put(text, "]\n    on:\n");
    for (uint8_t i = 0; i < PROGRAM_MESSAGE_COUNT; i++) {
        text_put(text, "      - {%s: %c, do: ", i == PROGRAM_Z ? "timeout" : "message",
                 (char)('x' + i));
        put_ops(text, &actor->on[i]);
        text_put(text, "}\n");
    }
}

void text_put_program(struct text *text, const struct program *program, uint64_t seed,
                      uint64_t classes, uint64_t outcomes)
{
    text_put(text, "scenario: program of chance %" PRIu64 "\ntime: free\nbehaviours:\n", seed);
    text_put(text, "  child:\n    init: ");
    put_ops(text, &program->child);
    text_put(text, "\n    on: [{message: never, do: []}]\n");
    for (uint8_t i = 0; i < program->actor_count; i++) {
        put_behaviour(text, &program->actors[i], i);
    }
    text_put(text, "actors:\n");
    for (uint8_t i = 0; i < program->actor_count; i++) {
        const struct program_actor *actor = &program->actors[i];
        text_put(text, "  %c: {behaviour: b%c, trap: %s, script: ", letter(i), letter(i),
                 actor->traps ? "true" : "false");
        put_ops(text, &actor->script);
        text_put(text, "}\n");
    }
    if (program->crash != PROGRAM_NOBODY) {
        text_put(text, "faults: [{crash: %c}]\n", letter(program->crash));
    }
    text_put(text,
             "expect: {classes: %" PRIu64 ", outcomes: %" PRIu64 "}\nallow_vacuous: it is counted\n"
             "explore: {strategy: dpor}\n",
             classes, outcomes);
}
