/* SPDX-License-Identifier: MIT */
/* What stands under `with`: a map from names to values, as the argument of START. The loader has checked it. */
#include <rehearse/program.h>

#include <string.h>

struct rh_item rh_parameter_item(const struct rh_delivery *start, const char *name)
{
    struct rh_item none = {NULL, 0};
    struct rh_reader reader;
    rh_reader_item(&reader, rh_message_item(&start->message));
    size_t pairs = 0;
    if (!rh_read_map(&reader, &pairs)) {
        return none;
    }
    size_t length = strlen(name);
    for (size_t i = 0; i < pairs; i++) {
        struct rh_text key;
        struct rh_item value;
        if (!rh_read_text(&reader, &key) || !rh_read_item(&reader, &value)) {
            return none;
        }
        if (key.size == length && memcmp(key.bytes, name, length) == 0) {
            return value;
        }
    }
    return none;
}

void rh_parameter_number(const struct rh_delivery *start, const char *name, int64_t *number)
{
    struct rh_reader reader;
    rh_reader_item(&reader, rh_parameter_item(start, name));
    (void)rh_read_int(&reader, number); /* leaves it alone where there is none */
}

void rh_parameter_truth(const struct rh_delivery *start, const char *name, bool *truth)
{
    struct rh_reader reader;
    rh_reader_item(&reader, rh_parameter_item(start, name));
    (void)rh_read_bool(&reader, truth);
}

void rh_parameter_time(const struct rh_delivery *start, const char *name, rh_duration *time)
{
    struct rh_reader reader;
    rh_reader_item(&reader, rh_parameter_item(start, name));
    (void)rh_read_uint(&reader, time);
}

void rh_parameter_actor(const struct rh_delivery *start, const char *name, struct rh_pid *actor)
{
    struct rh_reader reader;
    rh_reader_item(&reader, rh_parameter_item(start, name));
    (void)rh_read_pid(&reader, actor);
}

enum rh_status rh_parameter_message(struct rh_context *ctx, const struct rh_delivery *start,
                                    const char *name, struct rh_message *message)
{
    struct rh_item item = rh_parameter_item(start, name);
    if (item.size == 0) {
        return RH_OK;
    }
    struct rh_message copy;
    enum rh_status status = rh_message_copy(rh_allocator_of(ctx), item.bytes, item.size, &copy);
    if (status == RH_OK) {
        rh_message_unref(*message);
        *message = copy;
    }
    return status;
}
