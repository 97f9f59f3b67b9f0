/* SPDX-License-Identifier: MIT */
/* Where traces go: into memory, or into a file piece by piece, so that what a crash leaves behind is a readable prefix. */
#include "harness/trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum rh_status write_memory(void *self, const uint8_t *bytes, size_t size)
{
    struct rh_bytes_owned *owned = self;
    if (size > owned->capacity - owned->size) {
        size_t capacity = owned->capacity == 0 ? 4096 : owned->capacity;
        while (capacity - owned->size < size) {
            if (capacity > SIZE_MAX / 2) {
                return RH_NO_MEMORY;
            }
            capacity *= 2;
        }
        uint8_t *grown = owned->allocator->resize(owned->allocator->self, owned->bytes,
                                                  owned->capacity, capacity);
        if (grown == NULL) {
            return RH_NO_MEMORY;
        }
        owned->bytes = grown;
        owned->capacity = capacity;
    }
    memcpy(owned->bytes + owned->size, bytes, size);
    owned->size += size;
    return RH_OK;
}

struct rh_trace_sink rh_trace_sink_memory(struct rh_bytes_owned *bytes)
{
    return (struct rh_trace_sink){.write = write_memory, .self = bytes};
}

enum rh_status rh_trace_file_open(struct rh_trace_file *file, const char *path)
{
    file->descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    file->os_error = file->descriptor < 0 ? errno : 0;
    return file->descriptor < 0 ? RH_IO : RH_OK;
}

enum rh_status rh_trace_file_rewind(struct rh_trace_file *file)
{
    /* What is no file, such as a pipe or a device, takes all that comes. */
    if (lseek(file->descriptor, 0, SEEK_SET) == 0 && ftruncate(file->descriptor, 0) != 0 &&
        errno != EINVAL) {
        file->os_error = errno;
        return RH_IO;
    }
    return RH_OK;
}

static enum rh_status write_file(void *self, const uint8_t *bytes, size_t size)
{
    struct rh_trace_file *file = self;
    while (size > 0) {
        ssize_t written = write(file->descriptor, bytes, size);
        if (written < 0 && errno != EINTR) {
            file->os_error = errno;
            return RH_IO;
        }
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return RH_OK;
}

struct rh_trace_sink rh_trace_sink_file(struct rh_trace_file *file)
{
    return (struct rh_trace_sink){.write = write_file, .self = file};
}

enum rh_status rh_trace_file_close(struct rh_trace_file *file)
{
    int closed = file->descriptor < 0 ? 0 : close(file->descriptor);
    file->descriptor = -1;
    if (closed != 0 && file->os_error == 0) {
        file->os_error = errno;
    }
    return file->os_error == 0 ? RH_OK : RH_IO;
}
