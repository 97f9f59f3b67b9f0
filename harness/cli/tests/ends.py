#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How runs end otherwise: by a signal, by kill -9, in a livelock, or as one of a number that is wrong; and what is left.

    ends.py REHEARSE ENDLESS WORK
"""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

GOOD = "scenario: one message\nactors:\n  b: sink\n  a: {behaviour: sender, with: {to: <b>}}\n"
FOR_EVER = """scenario: two actors that never rest
bounds: {instant_events: 1000000000, events: 1000000000}
behaviours:
  busy: {init: {send: {to: <self>, message: on}}, on: [{message: on, do: {send: {to: <self>, message: on}}}]}
actors: {a: busy, b: busy}
explore: {strategy: %s}
"""
LONG_TURN = """scenario: one turn that takes a minute
behaviours:
  slow: {init: {repeat: 1000000, do: [%s]}}
actors: {a: slow}
explore: {strategy: fifo}
"""
ENDLESS = "scenario: one turn that never ends\nactors: {a: endless}\nexplore: {strategy: fifo}\n"
LIVELOCK = """scenario: time does not go on
bounds: {instant_events: 1000}
behaviours:
  busy: {init: {send: {to: <self>, message: on}}, on: [{message: on, do: {send: {to: <self>, message: on}}}]}
actors: {a: busy}
explore: {strategy: [%s]}
"""
CROWD = """scenario: many that start and end together are no livelock
behaviours:
  kid: {on: [{message: x, do: done}]}
  top: {init: [{repeat: 60000, do: {spawn: {behaviour: kid, link: true}}}], on: [{user: die, do: {exit: boom}}]}
actors: {top: top}
steps: [settle, {input: {to: top, message: die}}, settle]
expect: [{dead: {top: boom}}]
explore: {strategy: fifo}
"""
FAN_IN = """scenario: two orders, not seven
time: free
actors:
  all: sink
  a: {behaviour: sender, with: {to: all}}
  b: {behaviour: sender, with: {to: all}}
expect: [{%s: 7}]
explore: {strategy: exhaustive}
"""

wrong = []


def expect(what, holds, output=""):
    if not holds:
        wrong.append(what)
        print("%s:\n%s" % (what, output))


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def run(*arguments):
    ran = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120)
    return ran.returncode, ran.stdout.decode(errors="replace")


def interrupted(number, *arguments, until=None):
    """Start, send a signal once `until` is there or after a moment, and return code, output and how long the end took."""
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    waited = 0
    while waited < 0.5 or (until is not None and waited < 30 and not until()):
        time.sleep(0.1)
        waited += 0.1
    process.send_signal(number)
    began = time.monotonic()
    try:
        output = process.communicate(timeout=20)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        process.kill()
        output = process.communicate()[0].decode(errors="replace") + "\n(had to be killed)"
    return process.returncode, output, time.monotonic() - began


def signals(rehearse, endless):
    write("good.yaml", GOOD)
    cases = [("fifo.yaml", FOR_EVER % "fifo", rehearse, "interrupted after"),
             ("random.yaml", FOR_EVER % "random", rehearse, "interrupted after"),
             ("long.yaml", LONG_TURN % ", ".join(["{set: {$x: [1, 2, 3]}}"] * 400), rehearse, "interrupted after"),
             ("endless.yaml", ENDLESS, endless, "in a turn that does not end")]
    for (name, text, program, said), jobs in [(case, "-j1") for case in cases] + [(case, "-j3") for case in cases[::3]]:
        write(name, text)
        code, output, _ = interrupted(signal.SIGTERM, program, "run", "good.yaml", name, "good.yaml", jobs)
        expect("SIGTERM in %s %s: code %d" % (name, jobs, code), code == 143, output)
        expect("SIGTERM in %s %s is no failure" % (name, jobs), "1 passed, 0 failed, 1 skipped" in output, output)
        expect("SIGTERM in %s %s is said" % (name, jobs), said in output, output)
    code, output, took = interrupted(signal.SIGINT, rehearse, "run", "fifo.yaml")
    expect("SIGINT: code %d" % code, code == 130, output)
    expect("SIGINT took %.1f s" % took, took < 10)


def killed(rehearse):
    write("fifo.yaml", FOR_EVER % "fifo")
    code, output, _ = interrupted(signal.SIGKILL, rehearse, "run", "fifo.yaml", "--trace", "killed.trace",
                                  until=lambda: os.path.exists("killed.trace") and
                                  os.path.getsize("killed.trace") > 1 << 20)
    expect("SIGKILL: code %d" % code, code == -signal.SIGKILL, output)
    code, output = run(rehearse, "trace", "show", "killed.trace", "--from", "4000", "--to", "4001")
    expect("a killed run leaves a trace to read", "  4000 " in output and "<- a on" in output, output)
    code, output = run(rehearse, "run", "good.yaml", "--trace", "good.trace")
    expect("--trace writes one run", run(rehearse, "replay", "good.trace")[0] == 0, output)
    code, output = run(rehearse, "run", "good.yaml", "--trace", "/dev/null")
    expect("--trace to a device: code %d" % code, code == 0, output)


def again(rehearse):
    for strategy in ("fifo", "random"):
        write("livelock.yaml", LIVELOCK % strategy)
        code, output = run(rehearse, "run", "livelock.yaml")
        expect("a livelock: code %d" % code, code == 1 and "world/livelock" in output, output)
        command = re.search(r"^  replay +(.*)$", output, re.M)
        code, output = run(*shlex.split(command.group(1)))
        expect("the replay of a livelock: code %d" % code, code == 1 and "'world/livelock' violated" in output, output)
    for count in ("outcomes", "runs"):
        write("count.yaml", FAN_IN % count)
        code, output = run(rehearse, "run", "count.yaml", "--seed", "3")
        expect("wrong %s: code %d" % (count, code), code == 1 and "'expect/%s' violated" % count in output, output)
        expect("no run shows wrong %s" % count, "replay" not in output, output)
        command = re.search(r"^  run again +(.*)$", output, re.M)
        expect("%s are to come again" % count, command is not None and "--seed 0x3" in command.group(1), output)
        code, output = run(*shlex.split(command.group(1)))
        expect("%s again: code %d" % (count, code), code == 1 and "'expect/%s' violated" % count in output, output)
    write("crowd.yaml", CROWD)
    code, output = run(rehearse, "run", "crowd.yaml")
    expect("a crowd: code %d" % code, code == 0, output)


def links(rehearse):
    os.makedirs("loop/below")
    write("loop/below/good.yaml", GOOD)
    os.symlink("..", "loop/below/up")
    os.symlink("self.yaml", "loop/self.yaml")
    for command, said in (("run", "1 passed"), ("check", "1 scenario, 0 errors"), ("list", "one message")):
        code, output = run(rehearse, command, "loop")
        expect("%s and a loop of links: code %d" % (command, code), code == 2, output)
        expect("%s goes on" % command, said in output, output)
        expect("%s names the loop" % command, "loop/below/up: error: leads back to loop" in output, output)
        expect("%s names the dead link" % command, "loop/self.yaml: error: " in output, output)


def node(rehearse):
    """Nobody reads what it says of frames that it cannot read: it goes on, and says how many there were."""
    flood = b"\x5a\x00\x00\x00\x06\x81dnope"
    process = subprocess.Popen([rehearse, "node", "-v"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    ended = threading.Timer(30, process.kill)
    ended.start()
    try:
        for _ in range(100):
            process.stdin.write(flood * 1000)
        process.stdin.close()
    except BrokenPipeError:
        pass
    code = process.wait()
    ended.cancel()
    said = process.stderr.read().decode()
    expect("a flood of bad frames: code %d" % code, code == 0, said[:1000])
    told = [int(count) for count in re.findall(r"bad frame: .*?(\d+) (?:before|more)$", said, re.M)]
    lines = said.count("bad frame: unknown_verb")
    expect("a flood is told by %d lines" % lines, 0 < lines < 40, said[:1000])
    expect("a flood is counted: %d" % (lines + sum(told)), lines + sum(told) == 100000, said[:1000])


def spawned(rehearse):
    """What the options asked for, and cannot live, is told by name; the others go on."""
    process = subprocess.Popen([rehearse, "node", "--spawn", "e=echo", "--spawn", "c=client"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = process.stderr.readline()
    expect("an actor that cannot live is told", line == b"rehearse: actor c=client has ended: invalid\n", line.decode())
    expect("its node runs on", process.poll() is None)
    said = process.communicate(timeout=60)[1]
    expect("a node ends with its stdin: code %d" % process.returncode, process.returncode == 0, said.decode())
    expect("nobody else has ended", said == b"", said.decode())


def last_connection(rehearse):
    """Who listens nowhere and has no stdin ends with its last connection, and not before."""
    first = subprocess.Popen([rehearse, "node", "--no-stdio", "--listen", "unix:first"])
    for _ in range(300):
        if os.path.exists("first"):
            break
        time.sleep(0.1)
    second = subprocess.Popen([rehearse, "node", "--no-stdio", "--number", "2", "-v", "--connect", "unix:first",
                               "--connect", "unix:nobody/here"], stderr=subprocess.PIPE)
    said = b""
    while b"connected to node 1" not in said or b"nobody/here: not_found" not in said:
        line = second.stderr.readline()
        said += line
        if not line:
            break
    time.sleep(0.2)
    expect("a node with one connection left runs on", second.poll() is None, said.decode())
    first.terminate()
    said += second.communicate(timeout=60)[1]
    expect("a node ends with its last connection: code %d" % second.returncode, second.returncode == 0, said.decode())
    expect("it says why", b"no connection is left" in said, said.decode())
    expect("who listens ends by its signal: code %d" % first.wait(), first.returncode == 143)


def main():
    rehearse, endless, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3]
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    os.chdir(work)
    os.environ["NO_COLOR"] = "1"
    signals(rehearse, endless)
    killed(rehearse)
    again(rehearse)
    links(rehearse)
    node(rehearse)
    spawned(rehearse)
    last_connection(rehearse)
    print("%d wrong" % len(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
