/* SPDX-License-Identifier: MIT */
/* The last events of a run that is still going on, for a panic. What is in memory was made by this process and is taken
 * apart by the reader's own code; nothing is allocated and nothing is changed. */
#include "harness/trace/print.h"
#include "harness/trace/writer.h"

#include <string.h>

struct walk {
    const struct rh_trace_writer *writer;
    uint64_t count; /**< events seen */
    uint64_t from;  /**< the first that is printed; UINT64_MAX: only count */
    char *buffer;
    size_t capacity;
    size_t length;
};

static size_t print_name(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    const struct rh_trace_writer *writer = ((struct walk *)self)->writer;
    return rh_world_actor_name(writer->world, names_pid(&writer->names, pid.slot), buffer,
                               capacity);
}

static void print(struct walk *walk, const struct rh_trace_item *item)
{
    char line[256];
    struct rh_print_names names = {print_name, walk};
    size_t length = 0;
    line[length++] = ' ';
    line[length++] = ' ';
    if (rh_trace_column(item) != 0) {
        length +=
            print_name(walk, (struct rh_pid){0, 0, item->actor, 1}, line + length, sizeof line / 2);
        length = length < sizeof line / 2 ? length : sizeof line / 2;
        line[length++] = ' ';
    }
    length += rh_trace_print(item, &names, line + length, sizeof line - length - 1);
    length = length < sizeof line - 2 ? length : sizeof line - 2;
    line[length++] = '\n';
    if (walk->length < walk->capacity) {
        size_t room = walk->capacity - walk->length;
        memcpy(walk->buffer + walk->length, line, length < room ? length : room);
    }
    walk->length += length;
}

static void visit(struct walk *walk, const struct segment *segment)
{
    size_t at = RH_TRACE_DIGEST_BYTES;
    while (at < segment->used) {
        struct rh_trace_item item;
        size_t length = 0;
        if (rh_item_length(segment->bytes + at, segment->used - at, &length) != RH_OK ||
            rh_trace_decode((struct rh_item){segment->bytes + at, length}, &item) != RH_OK) {
            return;
        }
        at += length;
        if (rh_trace_matters(&item)) {
            walk->count++;
            if (walk->count > walk->from) {
                print(walk, &item);
            }
        }
    }
}

size_t rh_trace_print_last(const struct rh_trace_writer *writer, unsigned lines, char *buffer,
                           size_t capacity)
{
    struct walk walk = {
        .writer = writer, .from = UINT64_MAX, .capacity = capacity, .buffer = buffer};
    if (writer->world != NULL) {
        visit(&walk, &writer->previous);
        visit(&walk, &writer->segment);
        walk.from = walk.count > lines ? walk.count - lines : 0;
        walk.count = 0;
        visit(&walk, &writer->previous);
        visit(&walk, &writer->segment);
    }
    if (capacity > 0) {
        buffer[walk.length < capacity ? walk.length : capacity - 1] = '\0';
    }
    return walk.length;
}
