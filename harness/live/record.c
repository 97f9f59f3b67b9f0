/* SPDX-License-Identifier: MIT */
/* Events as bytes. Everything that a checker may look at travels, the patterns of a selective receive included. */
#include "harness/live/record.h"

#include <rehearse/message_value.h>

#include <stdlib.h>
#include <string.h>

static void put_want(struct pack *pack, const struct rh_receive *want)
{
    pack_u64(pack, want->timeout);
    pack_u32(pack, (uint32_t)want->pattern_count);
    pack_u32(pack, (uint32_t)want->tag_count);
    pack_u32(pack, (uint32_t)want->ref_count);
    for (size_t i = 0; i < want->pattern_count; i++) {
        pack_message(pack, &want->patterns[i]);
    }
    for (size_t i = 0; i < want->tag_count; i++) {
        pack_message(pack, &want->tags[i]);
    }
    for (size_t i = 0; i < want->ref_count; i++) {
        pack_pid(pack, want->refs[i].owner);
        pack_u64(pack, want->refs[i].ordinal);
    }
}

static void *room(size_t count, size_t bytes)
{
    return calloc(count > 0 ? count : 1, bytes);
}

static bool read_want(struct unpack *frame, struct live_record *record)
{
    struct live_want *want = calloc(1, sizeof(*want));
    record->want = want;
    if (want == NULL) {
        return false;
    }
    want->receive.timeout = unpack_u64(frame);
    want->receive.pattern_count = unpack_u32(frame);
    want->receive.tag_count = unpack_u32(frame);
    want->receive.ref_count = unpack_u32(frame);
    size_t count = want->receive.pattern_count + want->receive.tag_count;
    if (frame->failed || count + want->receive.ref_count > frame->left) {
        want->receive = (struct rh_receive){0};
        return false;
    }
    want->messages = room(count, sizeof(*want->messages));
    want->refs = room(want->receive.ref_count, sizeof(*want->refs));
    if (want->messages == NULL || want->refs == NULL) {
        want->receive = (struct rh_receive){0};
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        want->messages[i] = unpack_message(frame);
    }
    for (size_t i = 0; i < want->receive.ref_count; i++) {
        want->refs[i].owner = unpack_pid(frame);
        want->refs[i].ordinal = unpack_u64(frame);
    }
    want->receive.patterns = want->messages;
    want->receive.tags = want->messages + want->receive.pattern_count;
    want->receive.refs = want->refs;
    record->event.want = &want->receive;
    return !frame->failed;
}

void live_put_event(struct pack *pack, enum rh_record_kind kind, const struct rh_event *event,
                    bool is_network)
{
    pack_begin(pack, LIVE_SAYS_EVENT);
    pack_u8(pack, is_network);
    pack_u8(pack, (uint8_t)kind);
    pack_u8(pack, (uint8_t)event->kind);
    pack_u8(pack, (uint8_t)event->signal);
    pack_u8(pack, (uint8_t)event->why);
    pack_u8(pack, (uint8_t)event->status);
    pack_u64(pack, event->now);
    pack_pid(pack, event->actor);
    pack_pid(pack, event->peer);
    pack_u64(pack, event->ordinal);
    pack_u64(pack, event->number);
    pack_u64(pack, event->due);
    pack_message(pack, event->message);
    pack_text(pack, event->name);
    pack_u8(pack, event->want != NULL);
    if (event->want != NULL) {
        put_want(pack, event->want);
    }
    pack_end(pack);
}

static void put_pending(struct pack *pack, const struct rh_pending *pending)
{
    pack_u8(pack, (uint8_t)pending->kind);
    pack_u8(pack, (uint8_t)pending->signal);
    pack_pid(pack, pending->actor);
    pack_pid(pack, pending->from);
    pack_u64(pack, pending->ordinal);
    pack_text(pack, pending->name);
}

void live_put_step(struct pack *pack, rh_instant now, const struct rh_pending *pending,
                   bool is_network)
{
    pack_begin(pack, LIVE_SAYS_STEP);
    pack_u8(pack, is_network);
    pack_u64(pack, now);
    put_pending(pack, pending);
    pack_end(pack);
}

void live_put_part(struct pack *pack, uint32_t lane, uint32_t number, rh_instant now)
{
    pack_begin(pack, LIVE_SAYS_PART);
    pack_u32(pack, lane);
    pack_u32(pack, number);
    pack_u64(pack, now);
    pack_end(pack);
}

void live_put_struck(struct pack *pack, uint64_t event, uint32_t number, rh_instant now,
                     const struct rh_pending *prey)
{
    pack_begin(pack, LIVE_SAYS_STRUCK);
    pack_u64(pack, event);
    pack_u32(pack, number);
    pack_u64(pack, now);
    pack_u8(pack, prey != NULL);
    if (prey != NULL) {
        put_pending(pack, prey);
    }
    pack_end(pack);
}

static bool read_event(struct unpack *frame, struct live_record *record)
{
    record->kind = (enum rh_record_kind)unpack_u8(frame);
    struct rh_event *event = &record->event;
    event->kind = (enum rh_event_kind)unpack_u8(frame);
    event->signal = (enum rh_signal_kind)unpack_u8(frame);
    event->why = (enum rh_why)unpack_u8(frame);
    event->status = (enum rh_status)unpack_u8(frame);
    event->now = unpack_u64(frame);
    event->actor = unpack_pid(frame);
    event->peer = unpack_pid(frame);
    event->ordinal = unpack_u64(frame);
    event->number = unpack_u64(frame);
    event->due = unpack_u64(frame);
    bool has_message = frame->left > 0 && *frame->at != 0;
    record->message = unpack_message(frame);
    event->message = has_message ? &record->message : NULL;
    event->name = unpack_text(frame);
    bool has_want = unpack_u8(frame) != 0;
    return !frame->failed && (!has_want || read_want(frame, record));
}

static bool read_step(struct unpack *frame, struct live_record *record)
{
    record->pending = (enum rh_pending_kind)unpack_u8(frame);
    record->event.signal = (enum rh_signal_kind)unpack_u8(frame);
    record->event.actor = unpack_pid(frame);
    record->event.peer = unpack_pid(frame);
    record->event.ordinal = unpack_u64(frame);
    record->event.name = unpack_text(frame);
    return !frame->failed;
}

bool live_read(struct unpack *frame, enum live_word word, struct live_record *ret_record)
{
    *ret_record = (struct live_record){.word = word};
    switch (word) {
    case LIVE_SAYS_EVENT:
        ret_record->is_network = unpack_u8(frame) != 0;
        return read_event(frame, ret_record);
    case LIVE_SAYS_STEP:
        ret_record->is_network = unpack_u8(frame) != 0;
        ret_record->event.now = unpack_u64(frame);
        return read_step(frame, ret_record);
    case LIVE_SAYS_STRUCK:
        ret_record->id = unpack_u64(frame);
        ret_record->number = unpack_u32(frame);
        ret_record->event.now = unpack_u64(frame);
        ret_record->has_prey = unpack_u8(frame) != 0;
        return !frame->failed && (!ret_record->has_prey || read_step(frame, ret_record));
    case LIVE_SAYS_PART:
        ret_record->id = unpack_u32(frame);
        ret_record->number = unpack_u32(frame);
        ret_record->event.now = unpack_u64(frame);
        return !frame->failed;
    case LIVE_SAYS_DIALLED:
        ret_record->id = unpack_u32(frame);
        ret_record->number = unpack_u32(frame);
        return !frame->failed;
    case LIVE_SAYS_STARTED:
        return true;
    default:
        return false;
    }
}

bool live_is_small_talk(const struct live_record *record)
{
    const struct rh_event *event = &record->event;
    bool is_io = event->signal == RH_SIGNAL_IO;
    bool is_timer = event->signal == RH_SIGNAL_TIMER;
    if (!record->is_network || record->word != LIVE_SAYS_EVENT) {
        return record->is_network && is_timer;
    }
    static const char *const words[] = {"bytes", "write", "written"};
    bool is_usual = event->kind == RH_EVENT_HANDLE;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        is_usual = is_usual || (event->name != NULL && strcmp(event->name, words[i]) == 0);
    }
    return record->kind == RH_RECORD_EVENT && (is_timer || (is_io && is_usual));
}

void live_record_moved(struct live_record *record)
{
    if (record->event.message != NULL) {
        record->event.message = &record->message;
    }
}

void live_record_free(struct live_record *record)
{
    struct live_want *want = record->want;
    if (want != NULL) {
        size_t count = want->receive.pattern_count + want->receive.tag_count;
        for (size_t i = 0; i < count; i++) {
            rh_message_unref(want->messages[i]);
        }
        free(want->messages);
        free(want->refs);
        free(want);
    }
    free((char *)(uintptr_t)record->event.name);
    rh_message_unref(record->message);
    *record = (struct live_record){0};
}
