/* SPDX-License-Identifier: MIT */
/* A deep copy of endpoint options: the caller's strings may be gone when the endpoint starts. One block holds them all. */
#include "core/remote/internal.h"

#include <string.h>

/* A block that is measured first and filled then, by the same walk. */
struct packer {
    uint8_t *block; /**< NULL: only measure */
    size_t used;
};

static void *pack(struct packer *packer, const void *bytes, size_t size, size_t alignment)
{
    packer->used = (packer->used + alignment - 1) / alignment * alignment;
    void *at = packer->block == NULL ? NULL : packer->block + packer->used;
    packer->used += size;
    if (at != NULL) {
        memcpy(at, bytes, size);
    }
    return at;
}

static const char *pack_text(struct packer *packer, const char *text)
{
    return text == NULL ? NULL : pack(packer, text, strlen(text) + 1, 1);
}

static const char *const *pack_list(struct packer *packer, const char *const *list)
{
    if (list == NULL) {
        return NULL;
    }
    size_t count = 1;
    while (list[count - 1] != NULL) {
        count++;
    }
    const char **copy =
        pack(packer, (const void *)list, count * sizeof(*list), _Alignof(const char *));
    for (size_t i = 0; i + 1 < count; i++) {
        const char *text = pack_text(packer, list[i]);
        if (copy != NULL) {
            copy[i] = text;
        }
    }
    return (const char *const *)copy;
}

static void pack_options(struct packer *packer, const struct rh_endpoint_options *from,
                         struct rh_endpoint_options *to)
{
    *to = *from;
    if (from->command != NULL) {
        struct rh_command *command =
            pack(packer, from->command, sizeof(*command), _Alignof(struct rh_command));
        struct rh_command copy = {
            .program = pack_text(packer, from->command->program),
            .arguments = pack_list(packer, from->command->arguments),
            .environment = pack_list(packer, from->command->environment),
            .directory = pack_text(packer, from->command->directory),
        };
        if (command != NULL) {
            *command = copy;
        }
        to->command = command;
    }
    to->address = pack_text(packer, from->address);
}

bool endpoint_options_copy(struct rh_node *node, const struct rh_endpoint_options *from,
                           struct options *to)
{
    struct packer measure = {0};
    pack_options(&measure, from, &to->set);
    to->set = (struct rh_endpoint_options){0};
    to->block_bytes = measure.used;
    to->block = NULL;
    if (measure.used > 0) {
        to->block = node_allocate(node, measure.used);
        if (to->block == NULL) {
            return false;
        }
    }
    struct packer fill = {.block = to->block};
    pack_options(&fill, from, &to->set);
    return true;
}

void endpoint_options_free(struct rh_node *node, struct options *options)
{
    node_release(node, options->block, options->block_bytes);
    *options = (struct options){0};
}
