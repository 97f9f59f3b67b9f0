/* SPDX-License-Identifier: MIT */
/*
 * Linked into `rehearse` of a coverage build, and into no other: with REHEARSE_COUNTERS=FOLDER the counters of each
 * scenario are written to FOLDER/0, FOLDER/1 and so on, in the order in which they are explored, and its path to
 * FOLDER/N/path. One process plays them all. The linker sends calls of rh_scenario_explore here. For one thread.
 */
#include <rehearse/scenario.h>

#include <stdio.h>
#include <stdlib.h>

void __gcov_dump(void);
void __gcov_reset(void);
enum rh_status __real_rh_scenario_explore(const struct rh_scenario *scenario,
                                          const struct rh_explore_options *options,
                                          struct rh_result *ret_result);
enum rh_status __wrap_rh_scenario_explore(const struct rh_scenario *scenario,
                                          const struct rh_explore_options *options,
                                          struct rh_result *ret_result);

static void write_down(const char *folder, const char *path)
{
    static unsigned number;
    char prefix[1024];
    char name[1100];
    (void)snprintf(prefix, sizeof prefix, "%s/%u", folder, number++);
    (void)setenv("GCOV_PREFIX", prefix, 1);
    __gcov_dump(); /* makes the folder */
    (void)unsetenv("GCOV_PREFIX");
    (void)snprintf(name, sizeof name, "%s/path", prefix);
    FILE *file = fopen(name, "w");
    if (file != NULL) {
        (void)fprintf(file, "%s\n", path);
        (void)fclose(file);
    }
}

enum rh_status __wrap_rh_scenario_explore(const struct rh_scenario *scenario,
                                          const struct rh_explore_options *options,
                                          struct rh_result *ret_result)
{
    const char *folder = getenv("REHEARSE_COUNTERS");
    if (folder == NULL) {
        return __real_rh_scenario_explore(scenario, options, ret_result);
    }
    __gcov_reset();
    enum rh_status status = __real_rh_scenario_explore(scenario, options, ret_result);
    write_down(folder, rh_scenario_path(scenario));
    __gcov_reset();
    return status;
}
