/* SPDX-License-Identifier: MIT */
/*
 * Requests that conversations pass on to participants, by the marks that they leave. Each is sent, is replied to or fails,
 * and is received by a command that waited or asked for it, or is dropped, and both only once. No reply waits while somebody
 * waits for one, and a command that was answered takes none.
 */
#include "harness/check/family.h"

#include <inttypes.h>

enum stage {
    STAGE_SENT,
    STAGE_DONE /* replied, or failed: somebody may have it */
};

struct request_key {
    struct rh_pid keeper;
    uint64_t id;
};

struct request {
    struct request_key key;
    struct rh_pid participant; /* none: a buffer */
    uint64_t stage;
    uint64_t step; /* of its last change */
};

/* A conversation: what is between two of its steps. */
struct thread {
    struct rh_pid keeper;
    uint64_t last_id;
    uint64_t step;         /* of the last mark */
    struct rh_pid speaker; /* of that mark */
    bool is_cut;           /* who ended in that step, of something else than its own will */
    bool is_over;          /* closed */
    bool is_gone;          /* its keeper ended, of something else than its own will */
};

/* A command that takes a reply. */
struct taker_key {
    struct rh_pid keeper;
    struct rh_ref call;
};

struct taker {
    struct taker_key key;
    uint32_t copies; /* of the command, which a fault has made */
    bool takes_any;  /* receive */
    bool is_parked;
    bool is_answered;
    uint64_t step; /* of the answer */
};

struct requests {
    struct family family;
    struct table requests;
    struct table threads;
    struct table takers;
};

static const struct family_table tables[] = {
    {offsetof(struct requests, requests), sizeof(struct request_key), sizeof(struct request)},
    {offsetof(struct requests, threads), sizeof(struct rh_pid), sizeof(struct thread)},
    {offsetof(struct requests, takers), sizeof(struct taker_key), sizeof(struct taker)},
};
static const struct family_plan plan = {.bytes = sizeof(struct requests), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void fail_request(struct requests *self, const char *invariant, const char *expected,
                         const struct request_key *key, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, key->keeper, rh_pid_none());
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "request %" PRIu64 " of %s: %s", key->id,
                      say_who(judge, key->keeper).text, observed);
    rh_judge_fail(judge, &found);
}

static bool is_word(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

/* ---- between two steps ---- */

static const struct taker *somebody_waits(const struct requests *self, struct rh_pid keeper)
{
    for (uint32_t i = 0; i < self->takers.count; i++) {
        const struct taker *taker = table_at(&self->takers, i);
        if (taker->takes_any && taker->is_parked && !taker->is_answered &&
            rh_pid_equal(taker->key.keeper, keeper)) {
            return taker;
        }
    }
    return NULL;
}

/* A step is over: nothing that is kept has somebody who waits for anything. */
static void judge_step(struct requests *self, const struct thread *thread)
{
    const struct taker *waiting = thread->is_cut ? NULL : somebody_waits(self, thread->keeper);
    family_evaluated(&self->family);
    for (uint32_t i = 0; waiting != NULL && i < self->requests.count; i++) {
        const struct request *request = table_at(&self->requests, i);
        if (request->stage == STAGE_DONE && rh_pid_equal(request->key.keeper, thread->keeper)) {
            fail_request(self, "requests/wakes", "no reply is kept while somebody waits for one",
                         &request->key, "kept");
            return;
        }
    }
}

/* What was answered in an earlier step takes nothing any more. */
static void forget_answered(struct requests *self, uint64_t step)
{
    for (uint32_t i = self->takers.count; i > 0; i--) {
        struct taker *taker = table_at(&self->takers, i - 1);
        if (taker->is_answered && taker->step != step) {
            table_remove(&self->takers, taker);
        }
    }
}

static struct thread *thread_of(struct requests *self, struct rh_pid keeper, struct rh_pid speaker)
{
    struct thread *thread = family_row(&self->family, &self->threads, &keeper);
    uint64_t step = self->family.model->step;
    if (thread != NULL && thread->step != step) {
        judge_step(self, thread);
        forget_answered(self, step);
        thread->step = step;
        thread->is_cut = false;
    }
    if (thread != NULL) {
        thread->speaker = speaker;
    }
    return thread;
}

/* ---- requests ---- */

static void on_sent(struct requests *self, struct thread *thread, const struct request_key *key,
                    struct rh_item participant)
{
    if (key->id <= thread->last_id) {
        fail_request(self, "requests/number", "every request has a number of its own", key,
                     "sent, and there was one before");
        return;
    }
    thread->last_id = key->id;
    struct request *request = family_row(&self->family, &self->requests, key);
    if (request != NULL) {
        struct rh_reader reader;
        rh_reader_item(&reader, participant);
        request->participant = rh_pid_none();
        (void)rh_read_pid(&reader, &request->participant);
        request->stage = STAGE_SENT;
    }
}

static void on_received(struct requests *self, struct request *request, struct rh_item detail)
{
    struct taker_key key = {.keeper = request->key.keeper};
    struct rh_reader reader;
    rh_reader_item(&reader, detail);
    const struct taker *taker =
        rh_read_ref(&reader, &key.call) ? table_find(&self->takers, &key) : NULL;
    if (taker == NULL) {
        fail_request(self, "requests/taker", "a reply goes to who waits or asks for it",
                     &request->key, "received by a command that was answered, or takes none");
        return;
    }
    table_remove(&self->requests, request);
}

static void on_known(struct requests *self, struct request *request, struct rh_text word,
                     struct rh_item detail)
{
    struct rh_reader reader;
    bool is_done = request->stage == STAGE_DONE;
    if (is_word(word, "dropped")) {
        table_remove(&self->requests, request);
    } else if (is_word(word, "received") && is_done) {
        on_received(self, request, detail);
    } else if (is_word(word, "received")) {
        fail_request(self, "requests/order", "what is received was replied to, or has failed",
                     &request->key, "received before");
    } else if (is_done) {
        fail_request(self, "requests/once", "a request is replied to once, or fails", &request->key,
                     "replied to, sent again or failed after that");
    } else if (is_word(word, "resent")) {
        rh_reader_item(&reader, detail);
        (void)rh_read_pid(&reader, &request->participant);
    } else {
        request->stage = STAGE_DONE;
    }
}

static void on_request(struct requests *self, struct thread *thread, const struct rh_message *mark)
{
    struct request_key key = {.keeper = thread->keeper};
    struct rh_text word;
    struct rh_item detail;
    if (!RH_MATCH(mark, RH_ANY, &key.id, &word, &detail) || key.id == 0) {
        return;
    }
    if (is_word(word, "sent")) {
        on_sent(self, thread, &key, detail);
        return;
    }
    struct request *request = table_find(&self->requests, &key);
    if (request != NULL) {
        on_known(self, request, word, detail);
        return;
    }
    bool is_new = key.id > thread->last_id; /* a crash came between sending and saying so */
    if (!is_new || !(is_word(word, "dropped") || is_word(word, "resent"))) {
        fail_request(self, "requests/once", "a request is received or dropped once", &key,
                     is_new ? "never sent" : "it had been received or dropped");
        return;
    }
    if (is_word(word, "resent")) {
        on_sent(self, thread, &key, detail);
    }
}

static void on_command(struct requests *self, struct rh_pid keeper, const struct rh_message *mark)
{
    struct taker_key key = {.keeper = keeper};
    struct rh_text verb;
    if (!RH_MATCH(mark, RH_ANY, &key.call, &verb) ||
        !(is_word(verb, "ask") || is_word(verb, "receive") || is_word(verb, "receive_of"))) {
        return;
    }
    bool is_copy = table_find(&self->takers, &key) != NULL;
    struct taker *taker = family_row(&self->family, &self->takers, &key);
    if (taker != NULL) {
        taker->copies += is_copy && !taker->is_answered;
        taker->is_answered = false;
        taker->takes_any = is_word(verb, "receive");
    }
}

static void on_wait(struct requests *self, struct rh_pid keeper, const struct rh_message *mark)
{
    struct taker_key key = {.keeper = keeper};
    struct taker *taker =
        RH_MATCH(mark, RH_ANY, &key.call, RH_ANY) ? table_find(&self->takers, &key) : NULL;
    if (taker != NULL) {
        taker->is_parked = true;
    }
}

static void on_answer(struct requests *self, struct rh_pid keeper, const struct rh_message *mark)
{
    struct taker_key key = {.keeper = keeper};
    if (!RH_MATCH(mark, RH_ANY, &key.call, RH_ANY)) {
        return;
    }
    struct taker *taker = table_find(&self->takers, &key);
    if (taker != NULL && taker->copies > 0) {
        taker->copies--;
        taker->is_parked = false; /* which of them was, the mark does not say */
    } else if (taker != NULL) {
        taker->is_answered = true;
        taker->step = self->family.model->step;
    }
}

/* A crash in the middle of a turn: what it has left half done is settled by the keeper. */
static void on_exit(struct requests *self, const struct rh_event *event)
{
    for (uint32_t i = 0; i < self->threads.count; i++) {
        struct thread *thread = table_at(&self->threads, i);
        bool normal = event->message != NULL && rh_reason_class(event->message) == RH_REASON_NORMAL;
        if (thread->step == self->family.model->step && !normal &&
            rh_pid_equal(thread->speaker, event->actor)) {
            thread->is_cut = true;
        }
        thread->is_gone =
            thread->is_gone || (!normal && rh_pid_equal(thread->keeper, event->actor));
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct requests *self = state;
    const struct rh_message *mark = told->event->message;
    struct rh_pid keeper;
    struct rh_text word;
    if (told->event->kind == RH_EVENT_EXIT) {
        on_exit(self, told->event);
        return;
    }
    const char *topic = conversation_topic(told->event, &keeper);
    struct thread *thread = topic == NULL ? NULL : thread_of(self, keeper, told->event->actor);
    if (thread == NULL) {
        return;
    }
    if (strcmp(topic, "request") == 0) {
        on_request(self, thread, mark);
    } else if (strcmp(topic, "command") == 0) {
        on_command(self, keeper, mark);
    } else if (strcmp(topic, "wait") == 0) {
        on_wait(self, keeper, mark);
    } else if (strcmp(topic, "answer") == 0) {
        on_answer(self, keeper, mark);
    } else if (strcmp(topic, "phase") == 0) {
        thread->is_over = RH_MATCH(mark, RH_ANY, RH_ANY, &word, RH_ANY) && is_word(word, "closed");
    }
}

/* ---- the end ---- */

static void finish_request(struct requests *self, const struct request *request)
{
    struct rh_pid keeper = request->key.keeper;
    const struct thread *thread = table_find(&self->threads, &keeper);
    bool is_kept = model_life(self->family.model, keeper) == LIFE_ALIVE;
    bool sees = keeper.node == request->participant.node || rh_judge_is_still(self->family.judge);
    if (thread != NULL && thread->is_over && !thread->is_gone) {
        fail_request(self, "requests/ends", "what nobody has received when it is closed is dropped",
                     &request->key, "neither");
    } else if (is_kept && sees && request->stage == STAGE_SENT &&
               model_life(self->family.model, request->participant) == LIFE_DEAD) {
        fail_request(self, "requests/ends", "a request to whom has ended is replied to, or fails",
                     &request->key, "neither");
    }
}

static void finish(void *state, enum rh_end end)
{
    struct requests *self = state;
    if (end != RH_END_QUIESCENT) {
        return;
    }
    for (uint32_t i = 0; i < self->threads.count; i++) {
        const struct thread *thread = table_at(&self->threads, i);
        if (model_life(self->family.model, thread->keeper) == LIFE_ALIVE) {
            judge_step(self, thread);
        }
    }
    for (uint32_t i = 0; i < self->requests.count; i++) {
        finish_request(self, table_at(&self->requests, i));
    }
}

const struct rh_checker checker_requests = {
    .name = "requests",
    .covers = "LM-I3 LM-I4 LM-I5 LM-I11 LM-I15",
    .claim = "what a conversation sends is replied to or fails, and is received or dropped once",
    .kinds = RH_LISTEN(MARK) | RH_LISTEN(EXIT),
    .live = true,
    .create = create,
    .begin = family_begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};
