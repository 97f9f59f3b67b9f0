#!/bin/sh
# SPDX-License-Identifier: MIT
# loopback.sh WORK REHEARSE SCENARIOS...: an sshd of our own on 127.0.0.1 that answers to two names, eight shards over it, and a
# comparison with one local run.
set -eu

skip() {
    echo "skipped: $*"
    exit 77
}

for program in parallel /usr/sbin/sshd ssh rsync; do
    command -v "$program" >/dev/null && continue
    { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; } || skip "$program is not installed"
    env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends parallel openssh-server \
        openssh-client rsync >/dev/null 2>&1 || skip "$program cannot be installed"
done
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$1"
mkdir -p "$1"
work=$(cd "$1" && pwd)
rehearse=$2
shift 2
sshd=

stop() {
    code=$?
    trap - EXIT
    [ -z "$sshd" ] || kill "$sshd" 2>/dev/null || true
    [ "$code" -eq 0 ] || [ "$code" -eq 77 ] || cat "$work/sshd.log" 2>/dev/null || true
    exit "$code"
}
trap stop EXIT
trap 'exit 143' TERM INT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
ssh-keygen -q -t ed25519 -N '' -f "$work/host"
ssh-keygen -q -t ed25519 -N '' -f "$work/user"
cat >"$work/sshd_config" <<CONF
ListenAddress 127.0.0.1
Port $port
HostKey $work/host
AuthorizedKeysFile $work/user.pub
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
MaxStartups 100
PidFile $work/sshd.pid
CONF
cat >"$work/ssh_config" <<CONF
Host one two
    HostName 127.0.0.1
    Port $port
    IdentityFile $work/user
    UserKnownHostsFile $work/known
    StrictHostKeyChecking accept-new
    BatchMode yes
CONF
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
/usr/sbin/sshd -D -e -f "$work/sshd_config" 2>"$work/sshd.log" &
sshd=$!
tries=0
until ssh -F "$work/ssh_config" one true 2>/dev/null && ssh -F "$work/ssh_config" two true 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 50 ] || exit 1
    sleep 0.2
done

printf '2/one\n2/two\n' >"$work/hosts"
export PARALLEL_SSH="ssh -F $work/ssh_config"
export RSYNC_RSH="ssh -F $work/ssh_config"
cd "$work"
local_code=0
"$rehearse" run "$@" --no-times --trace-dir "$work/traces" --report jsonl=local.jsonl --report junit=local.xml >local.txt ||
    local_code=$?
code=0
HOME="$work" "$here/run.sh" 8 hosts out "$rehearse" run "$@" --no-times --trace-dir "$work/traces" >merge.txt || code=$?
[ "$code" -eq "$local_code" ] || {
    cat merge.txt
    echo "the shards end with $code, one machine with $local_code"
    exit 1
}
cmp local.jsonl out/report.jsonl
cmp local.xml out/junit.xml
[ "$(cut -f 2 out/jobs.log | sort -u | grep -c -E '^(one|two)$')" -eq 2 ]
[ "$(tail -n 1 local.txt)" = "$(tail -n 1 merge.txt)" ]
echo "8 shards on two hosts: code $local_code, $(tail -n 1 merge.txt)"
