#!/bin/sh
# SPDX-License-Identifier: MIT
# What beam_conformance says and returns: usage: exit_codes.sh PROGRAM DIRECTORY-OF-DATA SCRATCH-DIRECTORY
set -eu
program=$1
data=$2
scratch=$3
mkdir -p "$scratch"

expect() { # CODE LAST-LINE ARGUMENT...
    code=$1 last=$2
    shift 2
    got=0
    "$program" "$@" >"$scratch/out" 2>"$scratch/err" || got=$?
    if [ "$got" != "$code" ]; then
        echo "exit code $got, not $code, of: $*"
        cat "$scratch/out" "$scratch/err"
        exit 1
    fi
    if [ -n "$last" ] && [ "$(tail -n 1 "$scratch/out")" != "$last" ]; then
        echo "last line is not '$last' of: $*"
        cat "$scratch/out"
        exit 1
    fi
}

says() { # FILE TEXT
    grep -qF -- "$2" "$1" || {
        echo "missing: $2"
        cat "$1"
        exit 1
    }
}

cases=$data/cases.jsonl
expect 0 '1 passed, 0 failed, 0 skipped' --cases "$cases" --only X01 --verbose
says "$scratch/out" 'ok X01 (1 order, 1 outcome)'
expect 0 '1 passed, 0 failed, 0 skipped' --cases "$cases" --only D01 --verbose
says "$scratch/out" 'ok D01 (1 order, 1 outcome)'
expect 0 '1 passed, 0 failed, 0 skipped' --cases "$cases" --only S23 --orders 10 --runs 5
says "$scratch/out" 'ok S23 (sampled, '
expect 4 '0 passed, 0 failed, 0 skipped' --cases "$cases" --only nothing
expect 2 '' --cases "$cases" --frobnicate
expect 2 '' --programs "$data/programs.jsonl"
expect 2 '' --cases "$cases" --runs many
expect 2 '0 passed, 1 failed, 0 skipped' --cases "$scratch/no-such-file"
says "$scratch/err" "$scratch/no-such-file:1:1: error: "
expect 0 '' --help
says "$scratch/out" 'usage: beam_conformance'

# A wrong expectation, an outcome that cannot be reached, a broken line: each is said, and the rest is played.
sed -n 's/"a": "normal"/"a": "abnormal"/;/"X01"/p' "$cases" >"$scratch/wrong.jsonl"
expect 1 '0 passed, 1 failed, 0 skipped' --cases "$scratch/wrong.jsonl"
says "$scratch/out" 'FAIL X01 (1 order): an outcome that is not allowed: expected {"alive":[]'
sed -n 's/"observed": \[450, 0\]/"observed": [450, 1]/;/"M46"/p' "$cases" >"$scratch/wrong.jsonl"
expect 1 '0 passed, 1 failed, 0 skipped' --cases "$scratch/wrong.jsonl"
says "$scratch/out" 'an outcome of the BEAM that no order reaches'
{
    echo '{"id": "B", "class": "core", "steps": [{"op": "fly"}], "expected": ['
    sed -n '/"X01"/p' "$cases"
} >"$scratch/wrong.jsonl"
expect 2 '1 passed, 1 failed, 0 skipped' --cases "$scratch/wrong.jsonl"
says "$scratch/err" "$scratch/wrong.jsonl:1:69: error: the line ends where a value should be"
sed -n 's/"bar",22/"bar",23/;/"g0052"/p' "$data/outcomes.jsonl" >"$scratch/wrong.jsonl"
expect 1 '0 passed, 1 failed, 0 skipped' --programs "$data/programs.jsonl" \
    --outcomes "$scratch/wrong.jsonl" --only g0052 --runs 2 --orders 2
says "$scratch/out" 'FAIL g0052 (sampled, '
expect 2 '' --programs "$data/programs.jsonl" --outcomes "$scratch/wrong.jsonl" --only g0001
says "$scratch/err" "no outcome belongs to the program 'g0001'"
echo 'all exit codes as documented'
