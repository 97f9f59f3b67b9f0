#!/bin/sh
# SPDX-License-Identifier: MIT
# single_node.sh WORK REHEARSE SCENARIOS...: Slurm on this machine alone, for as long as it takes to play a suite in 16 tasks
# and to compare with one local run. Everything listens on 127.0.0.1 and lives below WORK.
set -eu

skip() {
    echo "skipped: $*"
    exit 77
}

[ "$(id -u)" -eq 0 ] || skip "the daemons of Slurm are started as root"
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
    command -v apt-get >/dev/null || skip "slurm-wlm and munge are not installed"
    env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends slurm-wlm munge >/dev/null 2>&1 ||
        skip "slurm-wlm and munge cannot be installed"
fi

here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$1"
mkdir -p "$1"
work=$(cd "$1" && pwd)
rehearse=$2
shift 2
node=$(hostname -s)
state=$(mktemp -d /tmp/rehearse-slurm.XXXXXX) # the path of a socket is short, and munge wants folders that it can look into
chmod 755 "$state"
started=

stop() {
    code=$?
    trap - EXIT
    for pid in $started; do
        kill "$pid" 2>/dev/null || true
    done
    wait
    [ ! -f "$state/munge/pid" ] || kill "$(cat "$state/munge/pid")" 2>/dev/null || true
    if [ "$code" -ne 0 ] && [ "$code" -ne 77 ]; then
        tail -n 20 "$state"/*.log "$work"/out/merge.log 2>/dev/null || true
    fi
    rm -rf "$state"
    exit "$code"
}
trap stop EXIT
trap 'exit 143' TERM INT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# ---- munge ----

mkdir "$state/munge" "$state/spool" "$state/save"
dd if=/dev/urandom of="$state/munge/key" bs=128 count=1 2>/dev/null
chown -R munge: "$state/munge"
chmod 400 "$state/munge/key"
su -s /bin/sh munge -c "munged --key-file=$state/munge/key --socket=$state/munge/socket --pid-file=$state/munge/pid \
    --log-file=$state/munge/log --seed-file=$state/munge/seed"

# ---- Slurm ----

cat >"$state/slurm.conf" <<CONF
ClusterName=rehearse
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$state/munge/socket
CredType=cred/munge
StateSaveLocation=$state/save
SlurmdSpoolDir=$state/spool
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=60 State=UP
CONF
export SLURM_CONF="$state/slurm.conf"
slurmctld -D -f "$SLURM_CONF" >"$state/slurmctld.log" 2>&1 &
started="$started $!"
slurmd -D -f "$SLURM_CONF" -N "$node" >"$state/slurmd.log" 2>&1 &
started="$started $!"

tries=0
until sinfo -h -o %T 2>/dev/null | grep -q '^idle'; do
    tries=$((tries + 1))
    [ $tries -lt 120 ] || {
        echo "Slurm does not come up"
        exit 1
    }
    sleep 0.5
done

# ---- the suite, on one machine and in 16 tasks ----

local_code=0
"$rehearse" run "$@" --no-times --trace-dir "$work/out/traces" --report "jsonl=$work/local.jsonl" \
    --report "junit=$work/local.xml" --report "html=$work/local.html" >"$work/local.txt" || local_code=$?
code=0
SBATCH_OPTIONS='--export=ALL' "$here/submit.sh" 16 "$work/out" "$rehearse" run "$@" --no-times >"$work/submit.txt" ||
    code=$?

[ "$code" -eq "$local_code" ] || {
    echo "the array ends with $code, one machine with $local_code"
    exit 1
}
cmp "$work/local.jsonl" "$work/out/report.jsonl"
cmp "$work/local.xml" "$work/out/junit.xml"
cmp "$work/local.html" "$work/out/report.html"
[ "$(cat "$work"/out/shard-*.log | grep -c ', says Slurm$')" -eq 16 ]
[ "$(tail -n 1 "$work/local.txt")" = "$(tail -n 1 "$work/out/merge.log")" ]

# ---- a shard that never came ----

rm "$work/out/shard-5.results"
code=0
"$rehearse" merge "$work"/out/shard-*.results >"$work/missing.txt" 2>&1 || code=$?
grep -q 'shard 5/16 is missing' "$work/missing.txt"
[ "$code" -eq 6 ] || [ "$code" -eq "$local_code" ]
echo "16 tasks and a merge: code $local_code, $(tail -n 1 "$work/local.txt")"
