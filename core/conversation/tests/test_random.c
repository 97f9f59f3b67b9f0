/* SPDX-License-Identifier: MIT */
/* Random programs against a naive model, which keeps whole lists and looks everything up: after every step each call of the
 * client has exactly the outcome that the model says. */
#include "core/conversation/tests/talk.h"

#include "core/base/random.h"

#include <stdlib.h>

#define PARTICIPANTS 3
#define LENGTH 60 /* calls of a program, at most */

static struct talk talk;
static unsigned programs = 1500;
static uint64_t draws;
static uint64_t stream;

static unsigned below(unsigned bound)
{
    return (unsigned)random_below(stream, &draws, bound);
}

/* ---- the model ---- */

enum fate {
    OPEN,
    KEPT,
    GONE
};

struct model_request {
    unsigned participant;
    enum fate fate;
    bool is_asked;
    unsigned order;    /**< of completion */
    const char *error; /**< kept and failed; NULL: replied */
    unsigned reply;    /**< kept and replied */
    struct rh_ref callback;
};

struct model_wait {
    size_t call;
    unsigned id; /**< 0: any */
    bool is_asked;
    bool has_timeout;
};

static struct {
    enum rh_crash_policy policy;
    enum rh_conversation_phase phase;
    char cause[64];
    const char *ends[PARTICIPANTS];            /**< NULL: alive; otherwise "left" or "crashed" */
    struct model_request requests[LENGTH + 1]; /**< by id */
    unsigned last_id;
    unsigned completions;
    struct model_wait waits[LENGTH];
    size_t wait_count;
    char expected[LENGTH][128]; /**< by call */
    size_t call_count;
    rh_instant restarts[LENGTH];
    unsigned restart_count;
} model;

static const char *const names[PARTICIPANTS] = {"h1", "h2", "h3"};

static void expect(size_t call, const char *text)
{
    assert_string_equal(model.expected[call], "");
    (void)snprintf(model.expected[call], sizeof model.expected[call], "%s", text);
}

static void expect_request(size_t call, unsigned id)
{
    struct model_request *request = &model.requests[id];
    char text[128];
    if (request->error != NULL) {
        (void)snprintf(text, sizeof text, "[error, %s, %u]", request->error, id);
    } else {
        (void)snprintf(text, sizeof text, "[ok, %u, <%s>, %u]", id, names[request->participant],
                       request->reply);
    }
    expect(call, text);
    request->fate = GONE;
}

static void expect_phase(size_t call)
{
    char text[128];
    if (model.phase == RH_CONVERSATION_FAILED) {
        (void)snprintf(text, sizeof text, "[error, failed, %s]", model.cause);
        expect(call, text);
    } else {
        expect(call, "[error, closed]");
    }
}

static void wait_remove(size_t i)
{
    model.wait_count--;
    memmove(&model.waits[i], &model.waits[i + 1], (model.wait_count - i) * sizeof model.waits[0]);
}

/* The request has its reply or error: it goes to who waits for it, to who waits for any, or is kept. */
static void completed(unsigned id)
{
    struct model_request *request = &model.requests[id];
    request->fate = KEPT;
    request->order = ++model.completions;
    size_t taker = model.wait_count;
    for (size_t i = model.wait_count; i > 0; i--) {
        const struct model_wait *wait = &model.waits[i - 1];
        bool is_own = wait->id == id;
        bool taken_by_own = taker < model.wait_count && model.waits[taker].id == id;
        if (is_own || (wait->id == 0 && !request->is_asked && !taken_by_own)) {
            taker = i - 1;
        }
    }
    if (taker < model.wait_count) {
        expect_request(model.waits[taker].call, id);
        wait_remove(taker);
    }
}

static unsigned next_alive(unsigned from)
{
    for (unsigned i = 0; i < PARTICIPANTS; i++) {
        if (model.ends[(from + i) % PARTICIPANTS] == NULL) {
            return (from + i) % PARTICIPANTS;
        }
    }
    return PARTICIPANTS;
}

static const char *hopeless(void)
{
    const char *worst = NULL;
    for (unsigned id = 1; id <= model.last_id; id++) {
        if (model.requests[id].fate != GONE) {
            return NULL;
        }
    }
    for (unsigned i = 0; i < PARTICIPANTS; i++) {
        if (model.ends[i] == NULL) {
            return NULL;
        }
        if (worst == NULL || strcmp(model.ends[i], "crashed") == 0) {
            worst = model.ends[i];
        }
    }
    return strcmp(worst, "crashed") == 0 ? "[error, participant_crashed]"
                                         : "[error, participant_left]";
}

/* Everybody who waits is answered: NULL by the phase. */
static void drain(const char *text)
{
    while (model.wait_count > 0) {
        if (text == NULL) {
            expect_phase(model.waits[0].call);
        } else {
            expect(model.waits[0].call, text);
        }
        if (model.waits[0].is_asked) {
            model.requests[model.waits[0].id].fate = GONE;
        }
        wait_remove(0);
    }
}

static void become_failed(const char *cause)
{
    model.phase = RH_CONVERSATION_FAILED;
    (void)snprintf(model.cause, sizeof model.cause, "%s", cause);
    drain(NULL);
    for (unsigned id = 1; id <= model.last_id; id++) {
        if (model.requests[id].fate == OPEN) {
            model.requests[id].fate = GONE;
        }
    }
}

static void participant_ends(unsigned index, bool crashes)
{
    model.ends[index] = crashes ? "crashed" : "left";
    if (model.phase == RH_CONVERSATION_FAILED) {
        return;
    }
    if (crashes && model.policy == RH_CRASH_POLICY_FAIL) {
        char cause[64];
        (void)snprintf(cause, sizeof cause, "[participant_crashed, <%s>, boom]", names[index]);
        become_failed(cause);
        return;
    }
    for (unsigned id = 1; id <= model.last_id; id++) {
        struct model_request *request = &model.requests[id];
        if (request->fate != OPEN || request->participant != index) {
            continue;
        }
        unsigned next = next_alive(index + 1);
        if (crashes && model.policy == RH_CRASH_POLICY_ROUTE_TO_NEXT && next < PARTICIPANTS) {
            request->participant = next;
        } else {
            request->error = crashes ? "participant_crashed" : "participant_left";
            completed(id);
        }
    }
    if (hopeless() != NULL) {
        drain(hopeless());
    }
}

/* ---- steps: each is done to both ---- */

static size_t tell(struct rh_message request)
{
    size_t call = talk_tell(&talk, request);
    assert_int_equal(call, model.call_count);
    model.expected[model.call_count++][0] = '\0';
    return call;
}

static void step_send(void)
{
    bool asks = below(2) == 0;
    bool has_timeout = asks && below(2) == 0;
    unsigned named = below(3) == 0 ? below(PARTICIPANTS) : PARTICIPANTS;
    struct rh_message request = asks ? RH_ARRAY(NULL, "ask", "x") : RH_ARRAY(NULL, "send", "x");
    if (has_timeout) {
        request = RH_ARRAY(NULL, "ask", "x", RH_SECOND);
    } else if (!asks && named < PARTICIPANTS) {
        request = RH_ARRAY(rh_allocator_default(), "send", "x", talk_pid(&talk, names[named]));
    }
    named = asks ? PARTICIPANTS : named;
    size_t call = tell(request);
    if (model.phase == RH_CONVERSATION_FAILED) {
        expect_phase(call);
        return;
    }
    model.phase = RH_CONVERSATION_ACTIVE;
    unsigned to = named < PARTICIPANTS ? named : next_alive(0);
    if (to < PARTICIPANTS && model.ends[to] != NULL) {
        to = model.policy == RH_CRASH_POLICY_ROUTE_TO_NEXT ? next_alive(to + 1) : PARTICIPANTS;
    }
    if (to == PARTICIPANTS) {
        expect(call, "[error, delivery_failed]");
        return;
    }
    unsigned id = ++model.last_id;
    model.requests[id] = (struct model_request){.participant = to, .is_asked = asks};
    if (asks) {
        model.waits[model.wait_count++] = (struct model_wait){call, id, true, has_timeout};
    } else {
        char text[32];
        (void)snprintf(text, sizeof text, "[ok, %u]", id);
        expect(call, text);
    }
}

static unsigned oldest_kept(void)
{
    unsigned oldest = 0;
    for (unsigned id = 1; id <= model.last_id; id++) {
        bool is_older = oldest == 0 || model.requests[id].order < model.requests[oldest].order;
        if (model.requests[id].fate == KEPT && is_older) {
            oldest = id;
        }
    }
    return oldest;
}

static bool is_awaited(unsigned id)
{
    for (size_t i = 0; i < model.wait_count; i++) {
        if (model.waits[i].id == id) {
            return true;
        }
    }
    return false;
}

static void step_receive(void)
{
    unsigned id = below(2) == 0 ? 0 : below(model.last_id + 2);
    unsigned how = below(3); /* for ever, a second, only look */
    struct rh_message request;
    if (id == 0) {
        request = how == 0 ? RH_ARRAY(NULL, "receive")
                           : RH_ARRAY(NULL, "receive", how == 1 ? RH_SECOND : 0);
    } else {
        request = how == 0 ? RH_ARRAY(NULL, "receive_of", id)
                           : RH_ARRAY(NULL, "receive_of", id, how == 1 ? RH_SECOND : 0);
    }
    size_t call = tell(request);
    unsigned found = id == 0 ? oldest_kept() : id;
    bool is_there = found != 0 && found <= model.last_id && model.requests[found].fate == KEPT;
    bool has_failed = model.phase == RH_CONVERSATION_FAILED;
    model.phase = has_failed ? model.phase : RH_CONVERSATION_ACTIVE;
    if (is_there) {
        expect_request(call, found);
    } else if (has_failed) {
        expect_phase(call);
    } else if (id == 0 && hopeless() != NULL) {
        expect(call, hopeless());
    } else if (id != 0 && (id > model.last_id || model.requests[id].fate == GONE ||
                           model.requests[id].is_asked)) {
        expect(call, "[error, not_found]");
    } else if (id != 0 && is_awaited(id)) {
        expect(call, "[error, already]");
    } else if (how == 2) {
        expect(call, "[error, timeout]");
    } else {
        model.waits[model.wait_count++] = (struct model_wait){call, id, false, how == 1};
    }
}

/* What a participant holds says by its callback which request it is: the alias is the same wherever it was sent. */
static void step_reply(void)
{
    if (talk.request_count == 0) {
        return;
    }
    size_t held = below((unsigned)talk.request_count);
    struct rh_ref callback = talk.requests[held].call;
    struct rh_pid who = talk.requests[held].participant;
    unsigned reply = below(1000);
    talk_reply(&talk, held, RH_ITEM(NULL, reply));
    for (unsigned id = 1; id <= model.last_id; id++) {
        struct model_request *request = &model.requests[id];
        if (request->fate == OPEN && rh_ref_equal(request->callback, callback) &&
            rh_pid_equal(who, talk_pid(&talk, names[request->participant]))) {
            request->reply = reply;
            completed(id);
            return;
        }
    }
}

static void step_end(void)
{
    unsigned index = below(PARTICIPANTS);
    bool crashes = below(2) == 0;
    if (model.ends[index] == NULL) {
        talk_exit(&talk, talk_pid(&talk, names[index]), crashes ? "boom" : "normal");
        participant_ends(index, crashes);
    }
}

static void step_wait(void)
{
    talk_wait(&talk, RH_SECOND);
    for (size_t i = 0; i < model.wait_count;) {
        const struct model_wait *wait = &model.waits[i];
        if (!wait->has_timeout) {
            i++;
            continue;
        }
        expect(wait->call, "[error, timeout]");
        if (wait->is_asked) {
            model.requests[wait->id].fate = GONE;
        }
        wait_remove(i);
    }
}

static void step_crash(void)
{
    if (model.phase == RH_CONVERSATION_FAILED) {
        return;
    }
    talk_exit(&talk, talk.incarnation, "boom");
    drain("[error, restarted]");
    for (unsigned id = 1; id <= model.last_id; id++) {
        if (model.requests[id].fate == OPEN) {
            model.requests[id].error = "restarted";
            completed(id);
        }
    }
    unsigned recent = 0;
    for (unsigned i = 0; i < model.restart_count; i++) {
        recent += talk.now - model.restarts[i] <= 5 * RH_SECOND ? 1 : 0;
    }
    if (recent == 3) {
        become_failed("restart_limit");
    } else {
        model.restarts[model.restart_count++] = talk.now;
    }
}

/* Learn under which callback a new request went out. */
static void callbacks_note(void)
{
    for (size_t i = 0; i < talk.request_count; i++) {
        struct rh_ref callback = talk.requests[i].call;
        bool is_known = false;
        for (unsigned id = 1; id <= model.last_id; id++) {
            is_known = is_known || rh_ref_equal(model.requests[id].callback, callback);
        }
        if (!is_known) {
            model.requests[model.last_id].callback = callback;
        }
    }
}

static void compare(unsigned program, unsigned step)
{
    for (size_t call = 0; call < model.call_count; call++) {
        if (strcmp(talk_outcome(&talk, call), model.expected[call]) != 0) {
            fail_msg("program %u, step %u, call %u: %s, not %s\n%s", program, step, (unsigned)call,
                     talk_outcome(&talk, call), model.expected[call], talk.log);
        }
    }
    assert_int_equal(talk.phase, model.phase);
}

static void play(unsigned program)
{
    memset(&model, 0, sizeof model);
    stream = program + 1;
    draws = 0;
    model.policy = (enum rh_crash_policy)below(RH_CRASH_POLICY_COUNT);
    talk.fail_at = 0;
    talk_begin(&talk);
    talk_open_with(&talk, model.policy, "h1 h2 h3");
    for (unsigned step = 0; step < LENGTH - 2 && talk.request_count < TALK_REQUESTS - 4; step++) {
        unsigned kind = below(20);
        if (kind < 7) {
            step_send();
        } else if (kind < 13) {
            step_receive();
        } else if (kind < 17) {
            step_reply();
        } else if (kind < 18) {
            step_end();
        } else if (kind < 19) {
            step_wait();
        } else {
            step_crash();
        }
        talk_settle(&talk);
        callbacks_note();
        compare(program, step);
    }
    size_t close = tell(RH_ITEM(NULL, "close"));
    talk_settle(&talk);
    expect(close, "ok");
    model.phase = RH_CONVERSATION_CLOSED;
    drain("[error, closed]");
    compare(program, LENGTH);
    talk_end_empty(&talk);
}

/* Covers: LM-I1 LM-I3 LM-I4 LM-I5 LM-I11 LM-I15 LM-I17 */
static void agrees_with_the_model(void **state)
{
    (void)state;
    for (unsigned program = 0; program < programs; program++) {
        play(program);
    }
}

int main(int count, char **arguments)
{
    if (count > 1) {
        programs = (unsigned)strtoul(arguments[1], NULL, 10);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
