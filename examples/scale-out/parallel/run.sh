#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh SHARDS HOSTS OUT REHEARSE run [ARGUMENT...]: play a suite on the machines of HOSTS, a file with lines such as
# 4/build1.example, four tasks at a time on build1; ":" is this machine. They have REHEARSE and the scenarios under the same
# paths; results come back here. The options of ssh stand in PARALLEL_SSH.
set -eu

if [ $# -lt 5 ]; then
    sed -n '3,5s/^# //p' "$0" >&2
    exit 2
fi
shards=$1
hosts=$2
out=$3
shift 3
mkdir -p "$out"

# Each task ends with a code of its own, of which 1 says that something failed: parallel adds them up, and merge knows better.
words=$(for word in "$@"; do printf " '%s'" "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")"; done)
parallel --will-cite --sshloginfile "$hosts" --workdir . --joblog "$out/jobs.log" \
    --return "$out/shard-{}.results" --cleanup --termseq TERM,10000,KILL,25 \
    "mkdir -p $out && $words --shard {}/$shards --report results=$out/shard-{}.results" \
    ::: $(seq 0 $((shards - 1))) >"$out/shards.log" 2>&1 || true
exec "$1" merge "$out"/shard-*.results --output "$out/all.results" --report "junit=$out/junit.xml" \
    --report "jsonl=$out/report.jsonl"
