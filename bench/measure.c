/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "bench/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t measure_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t measure_resident_bytes(void)
{
    char line[256] = "";
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm == NULL) {
        return 0;
    }
    const char *text = fgets(line, sizeof line, statm);
    fclose(statm);
    if (text == NULL || strchr(text, ' ') == NULL) {
        return 0;
    }
    uint64_t resident_pages = strtoull(strchr(text, ' '), NULL, 10); /* the second field */
    return resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void measure_require(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

int measure_main(const char *system, const char *row, const struct measure_entry *entries,
                 const char *workload, const char *size_text)
{
    const struct measure_entry *entry = entries;
    while (entry->name != NULL && strcmp(entry->name, workload) != 0) {
        entry++;
    }
    char *end = NULL;
    uint64_t size = strtoull(size_text, &end, 10);
    if (entry->name == NULL || *end != '\0' || size == 0) {
        fprintf(stderr, "bench: no workload %s of size %s\n", workload, size_text);
        return 2;
    }
    int is_memory = strcmp(entry->name, "idle_memory") == 0;
    if (!is_memory) {
        entry->run(size);
    }
    const char *unit = is_memory ? "bytes" : "ns";
    uint64_t total = entry->run(size);
    uint64_t operations = size * entry->operations_per_size;
    printf("{\"system\":\"%s\",\"workload\":\"%s\",\"row\":\"%s\",\"operations\":%" PRIu64
           ",\"%s_total\":%" PRIu64 ",\"%s_per_operation\":%.2f}\n",
           system, entry->name, row, operations, unit, total, unit,
           (double)total / (double)operations);
    return 0;
}
