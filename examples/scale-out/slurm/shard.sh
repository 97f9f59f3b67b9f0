#!/bin/sh
# SPDX-License-Identifier: MIT
#SBATCH --job-name=rehearse
#SBATCH --cpus-per-task=1
#SBATCH --time=60
#SBATCH --signal=B:TERM@60
# One task: shard.sh OUT REHEARSE run [ARGUMENT...]. A minute before its time is up it is asked to end, and writes what it has.
out=$1
shift
exec "$@" --shard auto --trace-dir "$out/traces" --report "results=$out/shard-$SLURM_ARRAY_TASK_ID.results"
