/* SPDX-License-Identifier: MIT */
/* Writes the schema to standard output, or tells of each file named on standard input whether the loader takes it. */
#include <stdio.h>
#include <string.h>

#include <rehearse/scenario.h>

static int write_schema(void)
{
    static char text[1 << 20];
    size_t length = rh_scenario_schema(text, sizeof text);
    return length < sizeof text && fputs(text, stdout) >= 0 ? 0 : 1;
}

static void judge(const char *path)
{
    static char text[1 << 16];
    struct rh_scenario *scenario = NULL;
    enum rh_status status = rh_scenario_load(NULL, path, NULL, &scenario);
    (void)rh_scenario_diagnostics(scenario, false, text, sizeof text);
    const char *word = status == RH_OK                       ? "good"
                       : strstr(text, "unknown key") != NULL ? "unknown-key"
                                                             : "bad";
    (void)printf("%s\n", word);
    rh_scenario_destroy(scenario);
}

int main(int argc, char **argv)
{
    char path[4096];
    (void)argv;
    if (argc == 1) {
        return write_schema();
    }
    while (fgets(path, sizeof path, stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        judge(path);
    }
    return 0;
}
