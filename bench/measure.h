/* SPDX-License-Identifier: MIT */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A workload builds its actors, times what README.md says it times, tears them down and returns the nanoseconds;
 * for idle_memory it returns bytes instead. */
typedef uint64_t measure_workload(uint64_t size);

/* One row of a program's table; `operations_per_size` turns a size into a number of operations. */
struct measure_entry {
    const char *name;
    measure_workload *run;
    uint64_t operations_per_size;
};

/* Read the monotonic clock, in nanoseconds. */
uint64_t measure_now_ns(void);

/* Read the resident set of this process, in bytes; 0 where /proc does not tell. */
uint64_t measure_resident_bytes(void);

/* Stop the program with a message: a benchmark that went wrong must not print a figure. */
void measure_require(int condition, const char *what);

/* Run `PROGRAM WORKLOAD SIZE` from `entries` (ended by a NULL name) twice, once to warm up (not for
 * idle_memory) and once for the JSON line on stdout. Return the program's exit code. */
int measure_main(const char *system, const char *row, const struct measure_entry *entries,
                 const char *workload, const char *size);

#ifdef __cplusplus
}
#endif

#endif
