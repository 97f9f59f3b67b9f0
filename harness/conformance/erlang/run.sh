#!/bin/sh
# SPDX-License-Identifier: MIT
# Play the programs on the BEAM itself, and see that a wrong outcome is noticed: usage: run.sh DATA SCRATCH. Exit code 77:
# no Erlang here.
set -eu
here=$(dirname "$0")
data=$1
scratch=$2
if ! command -v escript >/dev/null 2>&1; then
    echo 'skipped: escript is not installed (Debian: erlang-base)'
    exit 77
fi
mkdir -p "$scratch"
escript "$here/programs.escript" "$data/programs.jsonl" "$data/outcomes.jsonl"

sed -n '/"g0052"/p' "$data/programs.jsonl" >"$scratch/programs.jsonl"
sed -n 's/"bar",22/"bar",23/;/"g0052"/p' "$data/outcomes.jsonl" >"$scratch/outcomes.jsonl"
if escript "$here/programs.escript" "$scratch/programs.jsonl" "$scratch/outcomes.jsonl" >"$scratch/out"; then
    echo 'a wrong outcome was not noticed'
    exit 1
fi
grep -q '^FAIL g0052' "$scratch/out"
