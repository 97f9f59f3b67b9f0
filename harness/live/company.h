/* SPDX-License-Identifier: MIT */
/** @file
 *  The processes of one live run: started, told, heard, signalled, reaped. Private to harness/live.
 *
 *      open -> (say | turn | signal)* -> close      close leaves no process and no descriptor, whatever has happened */
#ifndef HARNESS_LIVE_COMPANY_H
#define HARNESS_LIVE_COMPANY_H

#include "harness/live/folder.h"
#include "harness/live/record.h"
#include "harness/live/relay.h"

#include <sys/types.h>

#define COMPANY_TEXT_BYTES 256

/** What one process has said, in order. */
struct live_stream {
    struct live_record *records;
    uint32_t count;
    uint32_t capacity;
    uint32_t started; /**< how many of them belong to the stage */
    bool failed;
};
/** Append a record (taken). */
void live_stream_add(struct live_stream *stream, struct live_record *record);
void live_stream_free(struct live_stream *stream);

/** What a child has answered to PERFORM or STRIKE. */
struct live_answer {
    uint32_t number;
    uint8_t performed; /**< enum rh_play_performed */
};

struct live_node {
    pid_t pid;
    int fd;          /**< control connection; -1: closed */
    int exit_status; /**< as of waitpid, once reaped */
    bool is_up;      /**< started and not reaped */
    bool is_frozen;
    bool is_held;
    bool is_killed; /**< by a fault, or about to be */
    struct pack in;
    struct pack out;
    struct live_stream stream;
    uint32_t quiet;  /**< the last round that it has answered */
    bool has_timers; /**< as it said then */
};

struct company {
    struct live_node *nodes;
    uint32_t count;
    struct live_folder folder; /**< of the sockets */
    struct relay relay;
    bool is_over; /**< what is heard from now on is no part of the run */
    uint64_t
        activity; /**< grows whenever something has been heard or relayed that is not small talk */
    char complaint[COMPANY_TEXT_BYTES]; /**< the first of any child; empty: none */
    void (*answered)(void *self, uint32_t node, const struct live_answer *answer,
                     struct unpack *values);
    void *self;
};

/** Make the folder and the relay, and start `count` processes of `program`. RH_IO; close in every case. */
RH_MUST_USE enum rh_status company_open(struct company *company, const char *program,
                                        uint32_t count);
/** What is to be told next: pack a frame into it. */
struct pack *company_say(struct company *company, uint32_t node);
/** Wait for news, at most so long, and take them. */
void company_turn(struct company *company, int timeout_ms);
void company_signal(struct company *company, uint32_t node, int number);
/** Wait for a process that was told to end, or kill it. */
void company_close(struct company *company);
/** True unless a child that was not to be killed has ended otherwise than it should. */
bool company_ended_well(const struct company *company, char *text, size_t capacity);

#endif
