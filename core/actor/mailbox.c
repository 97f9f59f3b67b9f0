/* SPDX-License-Identifier: MIT */
/*
 * Selective receive. A mailbox is a queue of deliveries and at most one wait. When there is a wait and something that it
 * wants, a TAKE is in the node's queue; one function keeps that so, after everything that can change it. Taking is an
 * event of its own, and picks the earliest wanted mail when it happens. Nothing but taking, flushing and exiting removes
 * mail, so a wait that is cancelled or times out leaves the queue as it was. Nobody gives up while something that it wants
 * is there, however slow it is: the timer of the wait rests while a TAKE is queued, and goes on should the find be gone
 * (its due time may have passed by then). A wait that only looks (time-out 0) and finds something has no timer; should its
 * find be gone when the TAKE is handled, the TAKE is the time-out.
 */
#include "core/actor/internal.h"

#include <string.h>

struct mailbox {
    struct signal *mail; /**< circular, in order of arrival */
    size_t length;
    bool waiting;
    bool looking; /**< the wait had something to take at once, and has no timer */
    bool take_queued;
    struct signal take;
    struct signal *timer; /**< of the wait, or NULL */
    rh_instant due;       /**< of that timer, which rests while a take is queued */
    struct rh_message *wants;
    size_t pattern_count; /**< the first of `wants`; tags follow */
    size_t want_count;
    struct rh_ref *refs;
    size_t ref_count;
};

enum rh_status mailbox_create(struct rh_node *node, struct actor *actor)
{
    struct mailbox *mailbox = node_allocate(node, sizeof(*mailbox));
    if (mailbox == NULL) {
        return RH_NO_MEMORY;
    }
    memset(mailbox, 0, sizeof(*mailbox));
    mailbox->take.kind = RH_SIGNAL_TAKE;
    mailbox->take.body.flags = SIGNAL_BORROWED;
    mailbox->take.to = actor_pid(node, actor);
    mailbox->take.body.from = mailbox->take.to;
    actor->mailbox = mailbox;
    return RH_OK;
}

static void wants_free(struct rh_node *node, struct mailbox *mailbox)
{
    for (size_t i = 0; i < mailbox->want_count; i++) {
        rh_message_unref(mailbox->wants[i]);
    }
    node_release(node, mailbox->wants, mailbox->want_count * sizeof(struct rh_message));
    node_release(node, mailbox->refs, mailbox->ref_count * sizeof(struct rh_ref));
    mailbox->wants = NULL;
    mailbox->want_count = 0;
    mailbox->pattern_count = 0;
    mailbox->refs = NULL;
    mailbox->ref_count = 0;
}

static bool has_tag(const struct rh_message *message, const struct rh_message *tag)
{
    struct rh_item wanted = rh_message_item(tag);
    struct rh_item item = rh_message_item(message);
    if (rh_item_equal(item, wanted)) {
        return true;
    }
    struct rh_reader reader;
    rh_reader_init(&reader, item.bytes, item.size);
    size_t count = 0;
    struct rh_item first;
    return rh_read_array(&reader, &count) && count > 0 && rh_read_item(&reader, &first) &&
           rh_item_equal(first, wanted);
}

static bool wanted_by_ref(const struct mailbox *mailbox, const struct signal *mail)
{
    struct rh_ref ref = delivery_ref(mailbox->take.to, &mail->body);
    for (size_t i = 0; i < mailbox->ref_count; i++) {
        if (ref.ordinal != 0 && rh_ref_equal(mailbox->refs[i], ref)) {
            return true;
        }
    }
    return false;
}

static bool wanted(const struct mailbox *mailbox, const struct signal *mail)
{
    if (mailbox->want_count == 0 && mailbox->ref_count == 0) {
        return true;
    }
    if (wanted_by_ref(mailbox, mail)) {
        return true;
    }
    if (mail->body.kind != RH_DELIVERY_MESSAGE) {
        return false;
    }
    for (size_t i = 0; i < mailbox->want_count; i++) {
        const struct rh_message *want = &mailbox->wants[i];
        bool match = i < mailbox->pattern_count ? rh_pattern_match(want, &mail->body.message, NULL)
                                                : has_tag(&mail->body.message, want);
        if (match) {
            return true;
        }
    }
    return false;
}

static struct signal *next_mail(const struct mailbox *mailbox, const struct signal *mail)
{
    return mail->next == mailbox->mail ? NULL : mail->next;
}

static struct signal *first_wanted(const struct mailbox *mailbox)
{
    struct signal *mail = mailbox->mail;
    while (mail != NULL && !wanted(mailbox, mail)) {
        mail = next_mail(mailbox, mail);
    }
    return mail;
}

static void timer_rests(struct rh_node *node, struct mailbox *mailbox, bool rests)
{
    if (mailbox->timer != NULL) {
        timer_move(node, mailbox->timer, rests ? RH_NEVER : mailbox->due);
    }
}

static void set_take(struct rh_node *node, struct actor *actor, bool queued)
{
    struct mailbox *mailbox = actor->mailbox;
    if (mailbox->take_queued == queued) {
        return;
    }
    mailbox->take_queued = queued;
    timer_rests(node, mailbox, queued);
    if (queued) {
        queue_push(node, &mailbox->take);
    } else {
        queue_remove(node, &mailbox->take);
    }
}

/* Mail has left in another way than by being taken. */
static void set_take_again(struct rh_node *node, struct actor *actor)
{
    struct mailbox *mailbox = actor->mailbox;
    set_take(node, actor, mailbox->waiting && (mailbox->looking || first_wanted(mailbox) != NULL));
}

static void mail_remove(struct rh_node *node, struct actor *actor, struct signal *mail)
{
    struct mailbox *mailbox = actor->mailbox;
    list_remove(&mailbox->mail, mail);
    mailbox->length--;
    mail->role = ROLE_QUEUED;
    waiting_ends(actor, mail);
    (void)node;
}

/* Without a wait there is nothing to take; why: FIRED, REQUESTED, EXIT. */
static void wait_end(struct rh_node *node, struct actor *actor, enum rh_why why)
{
    struct mailbox *mailbox = actor->mailbox;
    if (!mailbox->waiting) {
        return;
    }
    mailbox->waiting = false;
    mailbox->looking = false;
    if (mailbox->timer != NULL) {
        timer_detach(node, mailbox->timer);
        signal_destroy(node, mailbox->timer);
        mailbox->timer = NULL;
    }
    set_take(node, actor, false);
    wants_free(node, mailbox);
    EMIT(node, .kind = RH_EVENT_WAIT_END, .actor = actor_pid(node, actor), .why = why);
}

void mailbox_destroy(struct rh_node *node, struct actor *actor)
{
    struct mailbox *mailbox = actor->mailbox;
    if (mailbox == NULL) {
        return;
    }
    mailbox->timer = NULL; /* timers_exit had it */
    wait_end(node, actor, RH_WHY_EXIT);
    while (mailbox->mail != NULL) {
        struct signal *mail = mailbox->mail;
        mail_remove(node, actor, mail);
        if (mail->kind == RH_SIGNAL_MESSAGE) {
            node->stats.messages_dropped++;
        }
        emit_signal(node, RH_EVENT_DISCARD, mail, RH_WHY_EXIT);
        signal_destroy(node, mail);
    }
    node_release(node, mailbox, sizeof(*mailbox));
    actor->mailbox = NULL;
}

void mailbox_abandon(struct rh_node *node, struct actor *actor)
{
    struct mailbox *mailbox = actor->mailbox;
    if (mailbox == NULL) {
        return;
    }
    mailbox->timer = NULL; /* the node's */
    set_take(node, actor, false);
    wants_free(node, mailbox);
    while (mailbox->mail != NULL) {
        struct signal *mail = mailbox->mail;
        list_remove(&mailbox->mail, mail);
        signal_destroy(node, mail);
    }
    node_release(node, mailbox, sizeof(*mailbox));
    actor->mailbox = NULL;
}

void mailbox_put(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    struct mailbox *mailbox = actor->mailbox;
    signal->role = ROLE_MAIL;
    list_append(&mailbox->mail, signal);
    mailbox->length++;
    if (mailbox->waiting && !mailbox->take_queued && wanted(mailbox, signal)) {
        set_take(node, actor, true);
    }
}

/* What a look had found is gone. */
static void look_fails(struct rh_node *node, struct actor *actor)
{
    struct signal time_out = {.kind = RH_SIGNAL_RECEIVE_TIMER,
                              .to = actor_pid(node, actor),
                              .body = {.flags = SIGNAL_BORROWED, .from = actor_pid(node, actor)}};
    wait_end(node, actor, RH_WHY_FIRED);
    if (filter_passes(node, actor, &time_out)) {
        actor_deliver(node, actor, &time_out, RH_DELIVERY_RECEIVE_TIMEOUT);
    }
}

void mailbox_take(struct rh_node *node, struct actor *actor)
{
    struct mailbox *mailbox = actor->mailbox;
    struct signal *mail = first_wanted(mailbox);
    mailbox->take_queued = false; /* it has just left the queue */
    if (mail == NULL) {
        RH_ASSERT(mailbox->looking);
        look_fails(node, actor);
        return;
    }
    list_remove(&mailbox->mail, mail);
    mailbox->length--;
    if (!filter_passes(node, actor, mail)) {
        timer_rests(node, mailbox, false);
        set_take_again(node, actor);
        return;
    }
    waiting_ends(actor, mail);
    wait_end(node, actor, RH_WHY_FIRED);
    emit_signal(node, RH_EVENT_TAKE, mail, RH_WHY_NONE);
    (void)turn_run(node, actor, &mail->body);
    signal_destroy(node, mail);
}

void mailbox_timeout(struct rh_node *node, struct actor *actor, struct signal *timer)
{
    actor->mailbox->timer = NULL;
    wait_end(node, actor, RH_WHY_FIRED);
    if (filter_passes(node, actor, timer)) {
        actor_deliver(node, actor, timer, RH_DELIVERY_RECEIVE_TIMEOUT);
    }
}

bool mailbox_flush(struct rh_node *node, struct actor *actor, enum rh_delivery_kind kind,
                   struct rh_pid from, uint64_t ordinal)
{
    struct mailbox *mailbox = actor->mailbox;
    if (mailbox == NULL) {
        return false;
    }
    for (struct signal *mail = mailbox->mail; mail != NULL; mail = next_mail(mailbox, mail)) {
        bool same = kind == RH_DELIVERY_EXIT ? rh_pid_equal(mail->body.from, from)
                                             : mail->body.id.ordinal == ordinal;
        if (mail->body.kind == kind && same) {
            mail_remove(node, actor, mail);
            emit_signal(node, RH_EVENT_DISCARD, mail, RH_WHY_FLUSHED);
            signal_destroy(node, mail);
            set_take_again(node, actor);
            return true;
        }
    }
    return false;
}

bool mailbox_drop_oldest(struct rh_node *node, struct actor *actor)
{
    struct mailbox *mailbox = actor->mailbox;
    if (mailbox == NULL) {
        return false;
    }
    struct signal *mail = mailbox->mail;
    while (mail != NULL && (mail->body.flags & SIGNAL_COUNTED) == 0) {
        mail = next_mail(mailbox, mail);
    }
    if (mail == NULL) {
        return false;
    }
    mail_remove(node, actor, mail);
    node->stats.messages_dropped++;
    emit_signal(node, RH_EVENT_DISCARD, mail, RH_WHY_OVERFLOW);
    signal_destroy(node, mail);
    set_take_again(node, actor);
    return true;
}

static enum rh_status wants_copy(struct rh_node *node, struct mailbox *mailbox,
                                 const struct rh_receive *want)
{
    size_t count = want->pattern_count + want->tag_count;
    struct rh_message *wants = NULL;
    struct rh_ref *refs = NULL;
    if (want->ref_count > 0) {
        refs = node_allocate(node, want->ref_count * sizeof(*refs));
        if (refs == NULL) {
            return RH_NO_MEMORY;
        }
        memcpy(refs, want->refs, want->ref_count * sizeof(*refs));
    }
    if (count > 0) {
        wants = node_allocate(node, count * sizeof(*wants));
        if (wants == NULL) {
            node_release(node, refs, want->ref_count * sizeof(*refs));
            return RH_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < count; i++) {
        bool pattern = i < want->pattern_count;
        wants[i] =
            rh_message_ref(pattern ? want->patterns[i] : want->tags[i - want->pattern_count]);
    }
    mailbox->wants = wants;
    mailbox->want_count = count;
    mailbox->pattern_count = want->pattern_count;
    mailbox->refs = refs;
    mailbox->ref_count = want->ref_count;
    return RH_OK;
}

static enum rh_status wait_timer(struct rh_context *ctx, rh_duration timeout)
{
    struct rh_node *node = ctx->node;
    enum rh_status status = RH_OK;
    struct signal *timer = signal_create(node, &status);
    if (timer == NULL) {
        return status;
    }
    timer->kind = RH_SIGNAL_RECEIVE_TIMER;
    timer->to = ctx->self;
    timer->body.from = ctx->self;
    struct mailbox *mailbox = ctx->actor->mailbox;
    mailbox->due = node->now + timeout;
    status = RH_EXHAUSTED;
    if (actor_next_reference(ctx->actor, &timer->body.id.ordinal)) {
        status = timer_attach(node, timer, mailbox->due, ctx->actor->key);
    }
    if (status != RH_OK) {
        signal_destroy(node, timer);
        return status;
    }
    mailbox->timer = timer;
    return RH_OK;
}

enum rh_status rh_receive(struct rh_context *ctx, const struct rh_receive *want)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    struct mailbox *mailbox = ctx->actor->mailbox;
    if (mailbox == NULL) {
        return RH_INVALID;
    }
    wait_end(node, ctx->actor, RH_WHY_REQUESTED);
    enum rh_status status = wants_copy(node, mailbox, want);
    if (status != RH_OK) {
        return status;
    }
    bool looking = want->timeout == 0 && first_wanted(mailbox) != NULL;
    bool ends = want->timeout < RH_NEVER - node->now;
    if (ends && !looking) {
        status = wait_timer(ctx, want->timeout);
        if (status != RH_OK) {
            wants_free(node, mailbox);
            return status;
        }
    }
    mailbox->waiting = true;
    mailbox->looking = looking;
    rh_instant due = looking ? node->now : RH_NEVER;
    EMIT(node, .kind = RH_EVENT_WAIT, .actor = ctx->self,
         .due = mailbox->timer == NULL ? due : mailbox->due, .want = want);
    set_take(node, ctx->actor, first_wanted(mailbox) != NULL);
    return RH_OK;
}

void rh_receive_cancel(struct rh_context *ctx)
{
    if (turn_operation(ctx) && ctx->actor->mailbox != NULL) {
        wait_end(ctx->node, ctx->actor, RH_WHY_REQUESTED);
    }
}

size_t rh_mailbox_length(const struct rh_context *ctx)
{
    return ctx->actor->mailbox == NULL ? 0 : ctx->actor->mailbox->length;
}

struct signal *mailbox_first(const struct actor *actor)
{
    return actor->mailbox == NULL ? NULL : actor->mailbox->mail;
}

void mailbox_view(const struct actor *actor, struct rh_actor_view *view)
{
    const struct mailbox *mailbox = actor->mailbox;
    view->has_mailbox = mailbox != NULL;
    view->wait_due = RH_NEVER;
    if (mailbox != NULL) {
        view->waiting = mailbox->waiting;
        if (mailbox->timer != NULL) {
            view->wait_due = mailbox->due;
        }
        view->mailbox_length = mailbox->length;
    }
}
