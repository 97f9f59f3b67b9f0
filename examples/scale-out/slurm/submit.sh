#!/bin/sh
# SPDX-License-Identifier: MIT
# submit.sh SHARDS OUT REHEARSE run [ARGUMENT...]: play a suite as an array of Slurm's, wait, and end as the whole ends.
# OUT is a folder that all nodes see. Options for sbatch stand in SBATCH_OPTIONS.
set -eu

if [ $# -lt 4 ]; then
    sed -n '3,4s/^# //p' "$0" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
shards=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
shift 2

# shellcheck disable=SC2086 # a list of words
array=$(sbatch --parsable ${SBATCH_OPTIONS-} --array="0-$((shards - 1))" --output="$out/shard-%a.log" \
    "$here/shard.sh" "$out" "$@")
# afterany, not afterok: what failed is what the merge is for. sbatch waits, and ends with the code of the merge.
# shellcheck disable=SC2086 # a list of words
exec sbatch --wait ${SBATCH_OPTIONS-} --dependency="afterany:$array" --output="$out/merge.log" \
    "$here/merge.sh" "$out" "$1"
