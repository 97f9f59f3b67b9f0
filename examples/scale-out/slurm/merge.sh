#!/bin/sh
# SPDX-License-Identifier: MIT
#SBATCH --job-name=rehearse-merge
#SBATCH --cpus-per-task=1
#SBATCH --time=10
# The last task: merge.sh OUT REHEARSE
exec "$2" merge "$1"/shard-*.results --output "$1/all.results" --report "junit=$1/junit.xml" \
    --report "jsonl=$1/report.jsonl" --report "html=$1/report.html"
