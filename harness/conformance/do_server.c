/* SPDX-License-Identifier: MIT */
/* Generic servers: actors of core/supervision that understand a handful of requests, each of which is one way in which a
 * callback can end. */
#include "harness/conformance/stage.h"
#include "harness/conformance/value.h"

#include <string.h>

/* ---- requests of generic servers ---- */

/** One row per request: word, fewest and most arguments. The manual of the cases names no requests but echo, stop and
 *  stop_reply; the others are what else a callback can do, under the names that one would give it. */
#define REQUEST_MAP(X)                                                                             \
    X(echo, ECHO, 1, 1)             /* replies with its argument */                                \
    X(reply, ECHO, 1, 1)            /* the same */                                                 \
    X(stop, STOP, 1, 1)             /* stops with that reason, without a reply */                  \
    X(stop_noreply, STOP, 1, 1)     /* the same */                                                 \
    X(stop_reply, STOP_REPLY, 1, 1) /* replies ok, then stops with that reason */                  \
    X(reply_stop, STOP_REPLY, 1, 1) /* the same */                                                 \
    X(noreply, NOTHING, 0, 1)       /* never replies */                                            \
    X(no_reply, NOTHING, 0, 1)      /* the same */                                                 \
    X(never, NOTHING, 0, 1)         /* the same */                                                 \
    X(ignore, NOTHING, 0, 1)        /* the same */                                                 \
    X(hang, NOTHING, 0, 1)          /* the same */                                                 \
    X(sleep, LATER, 1, 2) /* replies after so many milliseconds: ok, or its second argument */     \
    X(delay, LATER, 1, 2) /* the same */                                                           \
    X(wait, LATER, 1, 2)  /* the same */                                                           \
    X(slow, LATER, 1, 2)  /* the same */                                                           \
    X(late, LATER, 1, 2)  /* the same */                                                           \
    X(exit, EXIT, 1, 1)   /* exit/1 in the callback */                                             \
    X(die, EXIT, 1, 1)    /* the same */                                                           \
    X(error, ERROR, 1, 1) /* error/1 in the callback */                                            \
    X(crash, ERROR, 0, 1) /* the same */                                                           \
    X(throw, THROW, 1, 1) /* throw/1: a callback's bad return value */

enum deed {
    DEED_ECHO,
    DEED_STOP,
    DEED_STOP_REPLY,
    DEED_NOTHING,
    DEED_LATER,
    DEED_EXIT,
    DEED_ERROR,
    DEED_THROW
};

static const struct {
    const char *word;
    enum deed deed;
    size_t fewest;
    size_t most;
} requests[] = {
#define X(word, deed, fewest, most) {#word, DEED_##deed, fewest, most},
    REQUEST_MAP(X)
#undef X
};
#define REQUESTS (sizeof requests / sizeof *requests)

bool rh_beam_is_request(const struct rh_beam_json *request)
{
    bool array = request->kind == RH_BEAM_JSON_ARRAY && request->count > 0;
    for (size_t i = 0; i < REQUESTS; i++) {
        if (rh_beam_json_is_word(array ? request->items[0] : request, requests[i].word)) {
            size_t arguments = array ? request->count - 1 : 0;
            return arguments >= requests[i].fewest && arguments <= requests[i].most;
        }
    }
    return false;
}

/** Find what a request asks for; arguments that are not there are items of size 0. */
static enum deed find_deed(const struct rh_message *message, struct rh_item arguments[2])
{
    struct rh_reader reader;
    struct rh_text word = {"", 0};
    size_t count = 0;
    rh_reader_message(&reader, message);
    if (rh_read_kind(&reader) == RH_KIND_ARRAY) {
        (void)rh_read_array(&reader, &count);
    }
    (void)rh_read_text(&reader, &word);
    for (size_t i = 0; i < 2; i++) {
        arguments[i] = (struct rh_item){NULL, 0};
        if (i + 1 < count) {
            (void)rh_read_item(&reader, &arguments[i]);
        }
    }
    for (size_t i = 0; i < REQUESTS; i++) {
        if (strlen(requests[i].word) == word.size &&
            memcmp(requests[i].word, word.bytes, word.size) == 0) {
            return requests[i].deed;
        }
    }
    return DEED_NOTHING;
}

/* ---- the server ---- */

struct server {
    struct rh_server functions;
    struct rh_behaviour behaviour;
    struct rh_beam_stage *stage;
    struct rh_beam_server_opts opts;
};

/** A call that is answered later. */
struct server_state {
    struct rh_ref timer;
    struct rh_ref call;
    struct rh_message reply;
};

static struct rh_message word_message(struct rh_beam_arena *arena, const char *prefix,
                                      struct rh_item item)
{
    struct rh_beam_text text = {.arena = arena};
    rh_beam_put_item(&text, item, rh_beam_stage_name, NULL);
    const char *bare = rh_beam_bare(arena, rh_beam_text_end(&text));
    return RH_ITEM(NULL, rh_beam_join(arena, prefix, bare, (char *)NULL));
}

static enum rh_status answer_later(struct rh_context *ctx, struct server_state *state,
                                   struct rh_ref call, const struct rh_item arguments[2])
{
    struct rh_reader reader;
    int64_t ms = 0;
    rh_reader_item(&reader, arguments[0]);
    (void)rh_read_int(&reader, &ms);
    rh_message_unref(state->reply);
    state->call = call;
    state->reply = arguments[1].size == 0 ? RH_ITEM(NULL, "ok") : RH_ITEM(NULL, arguments[1]);
    return rh_timer_start(ctx, (rh_duration)(ms < 0 ? 0 : ms) * RH_MILLISECOND, rh_self(ctx),
                          rh_message_none(), &state->timer);
}

static enum rh_status server_call(struct rh_context *ctx, void *state, struct rh_ref call,
                                  const struct rh_message *request, struct rh_answer *answer)
{
    const struct server *server = rh_server_config(ctx);
    struct rh_beam_arena *arena = &server->stage->arena;
    struct rh_item arguments[2];
    switch (find_deed(request, arguments)) {
    case DEED_ECHO:
        answer->reply = RH_ITEM(NULL, arguments[0]);
        return RH_OK;
    case DEED_STOP:
        answer->stop = RH_ITEM(NULL, arguments[0]);
        return RH_OK;
    case DEED_STOP_REPLY:
        answer->reply = RH_ITEM(NULL, "ok");
        answer->stop = RH_ITEM(NULL, arguments[0]);
        return RH_OK;
    case DEED_LATER:
        return answer_later(ctx, state, call, arguments);
    case DEED_EXIT:
        return rh_exit(ctx, RH_ITEM(NULL, arguments[0]));
    case DEED_ERROR:
        return rh_exit(ctx, arguments[0].size == 0 ? RH_ITEM(NULL, "error:crash")
                                                   : word_message(arena, "error:", arguments[0]));
    case DEED_THROW:
        return rh_exit(ctx, RH_ARRAY(NULL, "bad_return_value", arguments[0]));
    default:
        return RH_OK;
    }
}

static enum rh_status server_info(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct server_state *own = state;
    if (in->kind == RH_DELIVERY_TIMEOUT && rh_ref_equal(rh_delivery_ref(ctx, in), own->timer)) {
        struct rh_message reply = own->reply;
        own->reply = rh_message_none();
        return rh_reply(ctx, own->call, reply);
    }
    return RH_OK;
}

static void server_deinit(void *state, const void *config)
{
    (void)config;
    rh_message_unref(((struct server_state *)state)->reply);
}

static enum rh_status server_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    const struct server *server = rh_server_config(ctx);
    const struct rh_beam_json *init = server->opts.init;
    if (init == NULL) {
        return RH_OK;
    }
    if (init->kind != RH_BEAM_JSON_ARRAY) {
        return rh_exit(ctx, RH_ITEM(NULL, "normal")); /* ignore */
    }
    struct rh_message reason = rh_beam_message(init->items[1]);
    if (rh_beam_json_is_word(init->items[0], "stop") ||
        rh_beam_json_is_word(init->items[0], "exit")) {
        return rh_exit(ctx, reason);
    }
    struct rh_message told =
        rh_beam_json_is_word(init->items[0], "error")
            ? word_message(&server->stage->arena, "error:", rh_message_item(&reason))
            : RH_ARRAY(NULL, "bad_return_value", reason);
    rh_message_unref(reason);
    return rh_exit(ctx, told);
}

enum rh_status rh_beam_gs_start(struct rh_beam_turn *turn, const struct rh_beam_op *op)
{
    struct server *server = rh_beam_take(&turn->stage->arena, sizeof *server);
    struct rh_beam_flaw flaw;
    (void)rh_beam_server_opts_read(op->opts, &server->opts, &flaw);
    server->stage = turn->stage;
    server->functions = (struct rh_server){.name = "server",
                                           .state_bytes = sizeof(struct server_state),
                                           .init = server_init,
                                           .handle_call = server_call,
                                           .handle_info = server_info,
                                           .deinit = server_deinit,
                                           .config = server};
    server->behaviour = rh_server_behaviour(&server->functions);
    const struct rh_spawn_options options = {
        .trap = server->opts.trap, .link = op->how != NULL && strcmp(op->how, "start_link") == 0};
    return rh_beam_start(turn, op, &server->behaviour, &options, RH_BEAM_SERVER);
}
