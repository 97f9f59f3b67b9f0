/* SPDX-License-Identifier: MIT */
/* The table of children, in the order in which they are started. It is searched by walking it: a supervisor that has so
 * many children that this matters wants to be several supervisors. */
#include "core/supervision/internal.h"

bool array_grow(const struct rh_allocator *allocator, void **array, size_t *capacity, size_t count,
                size_t element_bytes)
{
    if (count < *capacity) {
        return true;
    }
    size_t before = *capacity;
    size_t after = before == 0 ? 4 : before * 2;
    if (after > SIZE_MAX / element_bytes) {
        return false;
    }
    void *block;
    if (before == 0) {
        block = allocator->allocate(allocator->self, after * element_bytes);
    } else {
        block = allocator->resize(allocator->self, *array, before * element_bytes,
                                  after * element_bytes);
    }
    if (block == NULL) {
        return false;
    }
    *array = block;
    *capacity = after;
    return true;
}

bool spec_is_acceptable(const struct rh_child_spec *spec)
{
    return spec->id != NULL && spec->id[0] != '\0' &&
           (spec->behaviour == NULL) != (spec->start == NULL);
}

/* The block holds the child and then the bytes of its id. */
static struct child *child_create(const struct supervisor *sup, struct rh_text id)
{
    if (id.size > SIZE_MAX - sizeof(struct child)) {
        return NULL;
    }
    size_t bytes = sizeof(struct child) + id.size;
    struct child *child = sup->allocator->allocate(sup->allocator->self, bytes);
    if (child == NULL) {
        return NULL;
    }
    *child = (struct child){.bytes = bytes};
    char *own_id = (char *)(child + 1);
    if (id.size > 0) {
        memcpy(own_id, id.bytes, id.size);
    }
    child->id = (struct rh_text){own_id, id.size};
    return child;
}

enum rh_status child_add(struct supervisor *sup, const struct rh_child_spec *spec,
                         struct rh_text id, struct rh_message argument, struct child **ret_child)
{
    void *array = sup->children;
    struct child *child = NULL;
    if (array_grow(sup->allocator, &array, &sup->capacity, sup->count, sizeof(*sup->children))) {
        sup->children = array;
        child = child_create(sup, id);
    }
    if (child == NULL) {
        rh_message_unref(argument);
        return RH_NO_MEMORY;
    }
    child->spec = spec;
    child->argument = argument;
    sup->children[sup->count++] = child;
    *ret_child = child;
    return RH_OK;
}

static void child_destroy(struct supervisor *sup, struct child *child)
{
    backlog_withdraw(sup, &child->exit);
    rh_message_unref(child->argument);
    sup->allocator->release(sup->allocator->self, child, child->bytes);
}

void child_remove(struct supervisor *sup, size_t index)
{
    child_destroy(sup, sup->children[index]);
    sup->count--;
    for (size_t i = index; i < sup->count; i++) {
        sup->children[i] = sup->children[i + 1];
    }
}

struct child *child_find_pid(const struct supervisor *sup, struct rh_pid pid)
{
    for (size_t i = 0; i < sup->count && !rh_pid_is_none(pid); i++) {
        if (rh_pid_equal(sup->children[i]->pid, pid)) {
            return sup->children[i];
        }
    }
    return NULL;
}

struct child *child_find_id(const struct supervisor *sup, struct rh_text id, size_t *ret_index)
{
    for (size_t i = 0; i < sup->count; i++) {
        struct child *child = sup->children[i];
        if (child->id.size == id.size && memcmp(child->id.bytes, id.bytes, id.size) == 0) {
            if (ret_index != NULL) {
                *ret_index = i;
            }
            return child;
        }
    }
    return NULL;
}

size_t child_index(const struct supervisor *sup, const struct child *child)
{
    size_t index = 0;
    while (index < sup->count && sup->children[index] != child) {
        index++;
    }
    return index;
}

void child_forget_actor(struct supervisor *sup, struct child *child, enum child_state state)
{
    backlog_withdraw(sup, &child->exit);
    child->pid = rh_pid_none();
    child->wait = (struct rh_ref){rh_pid_none(), 0};
    child->state = state;
}

void children_destroy(struct supervisor *sup)
{
    while (sup->count > 0) {
        child_remove(sup, sup->count - 1);
    }
    if (sup->children != NULL) {
        sup->allocator->release(sup->allocator->self, sup->children,
                                sup->capacity * sizeof(*sup->children));
    }
    sup->children = NULL;
    sup->capacity = 0;
}
