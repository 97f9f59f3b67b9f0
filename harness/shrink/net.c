/* SPDX-License-Identifier: MIT */
/*
 * A panic leaves by longjmp. What it leaves behind may be in the middle of a change, so nothing of it is looked at again: a
 * list of all blocks of the net gives the memory back.
 *
 * The hook is the process's, the place to land the thread's. Who lands nowhere is handed to the hook that was there before; the
 * first that opens a net takes that one away, and the last that closes one puts it back.
 */
#include "harness/shrink/net.h"

#include <rehearse/panic.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- memory ---- */

struct rh_net_block {
    struct rh_net_block *next;
    struct rh_net_block **link; /* what points to it */
    size_t bytes;
    max_align_t content[];
};

static void *net_allocate(void *self, size_t bytes)
{
    struct rh_net *net = self;
    if (bytes > SIZE_MAX - sizeof(struct rh_net_block)) {
        return NULL;
    }
    struct rh_net_block *block =
        net->below->allocate(net->below->self, sizeof(struct rh_net_block) + bytes);
    if (block == NULL) {
        return NULL;
    }
    block->bytes = bytes;
    block->next = net->first;
    block->link = &net->first;
    if (net->first != NULL) {
        net->first->link = &block->next;
    }
    net->first = block;
    return block->content;
}

static void net_release(void *self, void *content, size_t bytes)
{
    struct rh_net *net = self;
    (void)bytes;
    if (content == NULL) {
        return;
    }
    struct rh_net_block *block =
        (void *)((unsigned char *)content - offsetof(struct rh_net_block, content));
    *block->link = block->next;
    if (block->next != NULL) {
        block->next->link = block->link;
    }
    net->below->release(net->below->self, block, sizeof(*block) + block->bytes);
}

static void *net_resize(void *self, void *content, size_t bytes_before, size_t bytes)
{
    void *moved = net_allocate(self, bytes);
    if (moved != NULL && content != NULL) {
        memcpy(moved, content, bytes_before < bytes ? bytes_before : bytes);
        net_release(self, content, bytes_before);
    }
    return moved;
}

void rh_net_init(struct rh_net *net, const struct rh_allocator *below)
{
    *net =
        (struct rh_net){.allocator = {net_allocate, net_resize, net_release, net}, .below = below};
}

void rh_net_forget(struct rh_net *net)
{
    while (net->first != NULL) {
        net_release(net, net->first->content, 0);
    }
}

/* ---- catching ---- */

static _Thread_local jmp_buf *landing;
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static unsigned open_nets;
static _Atomic(rh_panic_hook) hook_before;

static void on_panic(const char *file, int line, const char *text)
{
    jmp_buf *here = landing;
    if (here == NULL) {
        rh_panic_hook before = atomic_load(&hook_before);
        if (before != NULL) {
            before(file, line, text);
        }
        return; /* and the process ends */
    }
    landing = NULL;
    (void)rh_panic_hook_set(on_panic); /* it was taken out for this one */
    longjmp(*here, 1);
}

static void net_open(void)
{
    (void)pthread_mutex_lock(&opening);
    if (open_nets++ == 0) {
        atomic_store(&hook_before, rh_panic_hook_set(on_panic));
    }
    (void)pthread_mutex_unlock(&opening);
}

static void net_close(void)
{
    (void)pthread_mutex_lock(&opening);
    if (--open_nets == 0) {
        (void)rh_panic_hook_set(atomic_load(&hook_before));
    }
    (void)pthread_mutex_unlock(&opening);
}

bool rh_net_catch(void (*act)(void *self), void *self)
{
    jmp_buf here;
    volatile bool came_back = false;
    net_open();
    if (setjmp(here) == 0) {
        landing = &here;
        act(self);
        landing = NULL;
        came_back = true;
    }
    net_close();
    return came_back;
}
