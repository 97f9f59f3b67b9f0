/* SPDX-License-Identifier: MIT */
/* `run --live`: a file's scenario on processes, each of them this program. */
#include "harness/cli/play.h"

#include "harness/live/live.h"
#include "harness/trace/trace.h"

#include <unistd.h>

#define RUNS 10u
#define PATH_BYTES 1024

enum rh_status cli_play_live(struct cli_play *play, bool (*go_on)(void *self, uint64_t runs))
{
    const struct cli *cli = play->all->cli;
    const struct cli_value *values = cli->arguments.values;
    char program[PATH_BYTES] = "";
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    const struct rh_live_options options = {
        .program = length > 0 ? program : cli->command,
        .runs = values[CLI_OPTION_RUNS].is_set ? values[CLI_OPTION_RUNS].number : RUNS,
        .seed = values[CLI_OPTION_SEED].number,
        .keep_trace = values[CLI_OPTION_TRACE].is_set,
        .go_on = go_on,
        .self = play,
    };
    struct rh_live_figures figures;
    enum rh_status status = rh_live_run(play->scenario, &options, &play->result, &figures);
    if (status == RH_OK && play->file != NULL && play->result.trace.size > 0) {
        struct rh_trace_sink sink = rh_trace_sink_file(play->file);
        status = sink.write(sink.self, play->result.trace.bytes, play->result.trace.size);
    }
    return status;
}
