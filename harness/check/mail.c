/* SPDX-License-Identifier: MIT */
/* The naive mailbox: a list in order of arrival, scanned from its beginning each time. */
#include "harness/check/model.h"

#include <rehearse/actor.h>

enum rh_status mail_put(struct model *model, struct part *part, const struct rh_event *event,
                        bool counted)
{
    uint32_t number = slab_take(&model->mails);
    if (number == 0) {
        return RH_NO_MEMORY;
    }
    *model_mail(model, number) = (struct mail){
        .signal = (uint8_t)event->signal,
        .counted = counted,
        .from = event->peer,
        .ordinal = event->ordinal,
        .message = event->message == NULL ? rh_message_none() : rh_message_ref(*event->message),
    };
    if (part->mail_last == 0) {
        part->mail_first = number;
    } else {
        model_mail(model, part->mail_last)->next = number;
    }
    part->mail_last = number;
    part->mail_count++;
    return RH_OK;
}

static bool is_that(const struct mail *mail, const struct rh_event *event)
{
    struct rh_message none = rh_message_none();
    const struct rh_message *message = event->message == NULL ? &none : event->message;
    bool replaced = event->kind == RH_EVENT_TAKE && event->why == RH_WHY_FAULT;
    bool may_go = event->why != RH_WHY_OVERFLOW || mail->counted; /* a fault's copy does not */
    return mail->signal == event->signal && mail->ordinal == event->ordinal &&
           rh_pid_equal(mail->from, event->peer) &&
           (replaced || messages_same(&mail->message, message)) && may_go;
}

/* It stays readable in `post` until the next event of a mailbox. */
static void remove_after(struct model *model, struct part *part, uint32_t previous, uint32_t number)
{
    const struct mail *mail = model_mail(model, number);
    if (previous == 0) {
        part->mail_first = mail->next;
    } else {
        model_mail(model, previous)->next = mail->next;
    }
    if (part->mail_last == number) {
        part->mail_last = previous;
    }
    part->mail_count--;
}

void mail_leaves(struct model *model, struct part *part, const struct rh_event *event)
{
    model->post.wanted = 0;
    if (event->kind == RH_EVENT_TAKE && part->wants_known) {
        model->post.wanted = mail_first_wanted(model, part);
    }
    uint32_t previous = 0;
    uint32_t number = part->mail_first;
    while (number != 0 && !is_that(model_mail(model, number), event)) {
        previous = number;
        number = model_mail(model, number)->next;
    }
    model->post.mail = number;
    if (number != 0) {
        remove_after(model, part, previous, number);
        if (model_mail(model, number)->counted && part->counted > 0) {
            part->counted--;
        }
    }
}

static void wants_forget(struct model *model, struct part *part)
{
    while (part->wants != 0) {
        uint32_t number = part->wants;
        struct want *want = slab_at(&model->wants, number);
        part->wants = want->next;
        rh_message_unref(want->message);
        slab_give(&model->wants, number);
    }
    part->wants_known = false;
}

void mail_forget(struct model *model, struct part *part)
{
    wants_forget(model, part);
    while (part->mail_first != 0) {
        uint32_t number = part->mail_first;
        part->mail_first = model_mail(model, number)->next;
        rh_message_unref(model_mail(model, number)->message);
        slab_give(&model->mails, number);
    }
    part->mail_last = 0;
    part->mail_count = 0;
}

static enum rh_status want_add(struct model *model, struct part *part, struct want want)
{
    uint32_t number = slab_take(&model->wants);
    if (number == 0) {
        return RH_NO_MEMORY;
    }
    want.next = part->wants;
    want.message = rh_message_ref(want.message);
    memcpy(slab_at(&model->wants, number), &want, sizeof(want));
    part->wants = number;
    return RH_OK;
}

enum rh_status mail_wait(struct model *model, struct part *part, const struct rh_event *event)
{
    wants_forget(model, part);
    part->waiting = true;
    part->wait_due = event->due;
    const struct rh_receive *receive = event->want;
    if (receive == NULL) {
        return RH_OK;
    }
    part->wants_known = true;
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < receive->pattern_count && status == RH_OK; i++) {
        status = want_add(model, part,
                          (struct want){.kind = WANT_PATTERN, .message = receive->patterns[i]});
    }
    for (size_t i = 0; i < receive->tag_count && status == RH_OK; i++) {
        status =
            want_add(model, part, (struct want){.kind = WANT_TAG, .message = receive->tags[i]});
    }
    for (size_t i = 0; i < receive->ref_count && status == RH_OK; i++) {
        status = want_add(model, part, (struct want){.kind = WANT_REF, .ref = receive->refs[i]});
    }
    return status;
}

/* A timer that arrives as a message has lost its ordinal. */
static bool is_message(const struct mail *mail)
{
    return mail->signal == RH_SIGNAL_MESSAGE ||
           (mail->signal == RH_SIGNAL_TIMER && mail->ordinal == 0);
}

static struct rh_ref reference_of(const struct mail *mail, struct rh_pid owner)
{
    switch ((enum rh_signal_kind)mail->signal) {
    case RH_SIGNAL_TIMER:
        return (struct rh_ref){mail->from, mail->ordinal};
    case RH_SIGNAL_MESSAGE:
    case RH_SIGNAL_DOWN:
    case RH_SIGNAL_LIVENESS:
    case RH_SIGNAL_SPAWN_REPLY:
    case RH_SIGNAL_GROUP_JOIN:
    case RH_SIGNAL_GROUP_LEAVE:
        return (struct rh_ref){owner, mail->ordinal};
    default:
        return (struct rh_ref){rh_pid_none(), 0};
    }
}

static bool has_tag(const struct rh_message *message, const struct rh_message *tag)
{
    if (rh_message_equal(message, tag)) {
        return true;
    }
    struct rh_reader reader;
    rh_reader_message(&reader, message);
    size_t count = 0;
    struct rh_item first;
    return rh_read_array(&reader, &count) && count > 0 && rh_read_item(&reader, &first) &&
           rh_item_equal(first, rh_message_item(tag));
}

static bool is_wanted_by(const struct want *want, const struct mail *mail, struct rh_pid owner)
{
    struct rh_ref ref;
    switch (want->kind) {
    case WANT_PATTERN:
        return is_message(mail) && rh_pattern_match(&want->message, &mail->message, NULL);
    case WANT_TAG:
        return is_message(mail) && has_tag(&mail->message, &want->message);
    case WANT_REF:
        ref = reference_of(mail, owner);
        return ref.ordinal != 0 && rh_ref_equal(want->ref, ref);
    }
    return false;
}

uint32_t mail_first_wanted(const struct model *model, const struct part *part)
{
    for (uint32_t number = part->mail_first; number != 0;
         number = model_mail(model, number)->next) {
        if (part->wants == 0) {
            return number;
        }
        for (uint32_t at = part->wants; at != 0;) {
            const struct want *want = slab_at(&model->wants, at);
            if (is_wanted_by(want, model_mail(model, number), part->pid)) {
                return number;
            }
            at = want->next;
        }
    }
    return 0;
}

uint32_t mail_find_notice(const struct model *model, const struct part *part,
                          const struct rh_event *flush)
{
    uint32_t number = part->mail_first;
    for (; number != 0; number = model_mail(model, number)->next) {
        const struct mail *mail = model_mail(model, number);
        bool same = flush->signal == RH_SIGNAL_DOWN
                        ? mail->signal == RH_SIGNAL_DOWN && mail->ordinal == flush->ordinal
                        : mail->signal == RH_SIGNAL_EXIT && rh_pid_equal(mail->from, flush->peer);
        if (same) {
            break;
        }
    }
    return number;
}
