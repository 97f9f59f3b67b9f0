#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Do bash, zsh and fish complete what the program understands? Each is asked itself, by what it is asked in daily use.

    completion.py PROGRAM WORK

bash calls the function that was registered, fish is asked by `complete -C`, zsh has a terminal of its own and a key pressed.
What must come of it is what `PROGRAM help COMMAND` says. 77 if one of the shells is not there.
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time

STRATEGIES = {"fifo", "random", "uniform", "pct", "pos", "fair", "portfolio", "exhaustive", "dpor", "pinned"}


class Bash:
    def __init__(self, script):
        self.script = script

    def ask(self, words):
        # As readline takes a line apart: = stands for itself.
        parts = [part for word in words for part in re.split("(=)", word) if part or not word]
        call = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))\n'
                'compopt() { :; }\n"$(complete -p rehearse | sed \'s/.*-F \\([^ ]*\\) .*/\\1/\')"\n'
                'printf "%s\\n" "${COMPREPLY[@]}"')
        run = subprocess.run(["bash", "--norc", "-uc", call, "bash", self.script, *parts], capture_output=True, text=True,
                             check=False)
        if run.stderr:
            sys.exit("bash: %s: %s" % (words, run.stderr))
        return {word.rstrip(" ") for word in run.stdout.splitlines() if word}

    def close(self):
        pass


class Fish(Bash):
    def ask(self, words):
        line = " ".join(words)
        run = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", self.script, line],
                             capture_output=True, text=True, check=False, env={**os.environ, "HOME": os.getcwd()})
        if run.stderr:
            sys.exit("fish: %s: %s" % (words, run.stderr))
        found = {answer.split("\t")[0] for answer in run.stdout.splitlines()}
        return {word.split("=", 1)[1] if words[-1].startswith("--") and "=" in words[-1] else word for word in found}


class Zsh:
    SETUP = """
PS1=; unset zle_bracketed_paste; unsetopt beep prompt_sp; LISTMAX=10000; zstyle ':completion:*' list-prompt ''
fpath=(%(folder)s $fpath); autoload -Uz compinit; compinit -u -d %(folder)s/zcompdump
# Whatever is offered is also written down.
compadd() {
    builtin compadd "$@"; local code=$?
    [[ ${@[1,(i)(-|--)]} == *-[OAD]\\ * ]] && return code
    local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >> %(folder)s/offered; return code
}
line_done() { print -r -- "$BUFFER" > %(folder)s/line.new; mv %(folder)s/line.new %(folder)s/line; BUFFER=; }
zle -N line_done; bindkey "^G" line_done
print ready > %(folder)s/line
"""

    def __init__(self, script):
        self.folder = os.path.dirname(script)
        shutil.copy(script, os.path.join(self.folder, "_rehearse"))
        setup = os.path.join(self.folder, "setup.zsh")
        with open(setup, "w", encoding="utf-8") as file:
            file.write(self.SETUP % {"folder": self.folder})
        process, self.terminal = pty.fork()
        if process == 0:
            os.environ.update(TERM="dumb", HOME=self.folder, ZDOTDIR=self.folder)
            os.execvp("zsh", ["zsh", "-f", "-i"])
        self.press("source %s\n" % setup)
        self.wait()

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def wait(self):
        """Read what the terminal shows until the shell has written the line down."""
        path, shown, ends = os.path.join(self.folder, "line"), b"", time.monotonic() + 60
        while not os.path.exists(path):
            if time.monotonic() > ends:
                sys.exit("zsh does not answer:\n%s" % shown.decode(errors="replace"))
            if select.select([self.terminal], [], [], 0.05)[0]:
                shown += os.read(self.terminal, 4096)
        with open(path, encoding="utf-8") as file:
            line = file.read().rstrip("\n")
        os.unlink(path)
        return line

    def ask(self, words):
        offered = os.path.join(self.folder, "offered")
        if os.path.exists(offered):
            os.unlink(offered)
        self.press(" ".join(words) + "\t\x07")
        self.wait()
        if not os.path.exists(offered):
            return set()
        with open(offered, encoding="utf-8") as file:
            return {word.replace("\\ ", " ") for word in file.read().splitlines() if word}

    def close(self):
        os.close(self.terminal)


def commands_of(program):
    said = subprocess.run([program, "help"], capture_output=True, text=True, check=True, env={**os.environ, "NO_COLOR": "1"})
    known = said.stdout.split("\ncommands\n")[1].split("\n\n")[0]
    return re.findall(r"^  (trace \w+|\w+)", known, re.M)


def help_of(program, command):
    said = subprocess.run([program, "help", *command.split()], capture_output=True, text=True, check=True,
                          env={**os.environ, "NO_COLOR": "1"}).stdout
    return set(re.findall(r"^  (?:-\w, |    )(--[\w-]+)", said, re.M))


def main():
    program, work = (os.path.abspath(path) for path in sys.argv[1:3])
    missing = [shell for shell in ("bash", "zsh", "fish") if not shutil.which(shell)]
    if missing:
        print("not installed: " + ", ".join(missing))
        return 77
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(os.path.join(work, "files", "folder"))
    os.chdir(os.path.join(work, "files"))
    for name in ("one file.yaml", "other.trace"):
        with open(name, "w", encoding="utf-8"):
            pass
    problems = []
    commands = commands_of(program)
    if not {"run", "trace show", "completion"} <= set(commands):
        problems.append("which commands are there? %s" % commands)

    def expect(shell, words, wanted, exactly=True):
        found = asked.ask(words)
        if found != wanted if exactly else not wanted <= found:
            problems.append("%s: '%s' gives %s, not %s" % (shell, " ".join(words), sorted(found), sorted(wanted)))

    for shell, kind in (("bash", Bash), ("zsh", Zsh), ("fish", Fish)):
        script = os.path.join(work, shell, "script")
        os.makedirs(os.path.dirname(script))
        with open(script, "w", encoding="utf-8") as file:
            subprocess.run([program, "completion", shell], stdout=file, check=True)
        asked = kind(script)
        expect(shell, ["rehearse", "ru"], {"run"}, exactly=False)
        expect(shell, ["rehearse", "trace", ""], {word.split()[1] for word in commands if " " in word}, exactly=False)
        expect(shell, ["rehearse", ""], {word.split()[0] for word in commands}, exactly=False)
        for command in commands:
            wanted = help_of(program, command)
            if len(wanted) < 4:
                problems.append("'help %s' is not understood" % command)
            expect(shell, ["rehearse", *command.split(), "--"], wanted, exactly=False)
        expect(shell, ["rehearse", "run", "--strategy", ""], STRATEGIES)
        expect(shell, ["rehearse", "run", "-q", "--strategy", "exh"], {"exhaustive"}, exactly=False)
        expect(shell, ["rehearse", "run", "--strategy=exh"], {"exhaustive"}, exactly=False)
        expect(shell, ["rehearse", "run", "--report", "ju"], {"junit=", "junit-strict="}, exactly=False)
        expect(shell, ["rehearse", "run", "--report", "junit=oth"],
               {"other.trace"} if shell != "fish" else {"junit=other.trace"}, exactly=False)
        expect(shell, ["rehearse", "trace", "export", "--format", "m"], {"mermaid"}, exactly=False)
        expect(shell, ["rehearse", "run", "--seed", ""], set())
        expect(shell, ["rehearse", "run", "o"], {"one file.yaml", "other.trace"}, exactly=False)
        expect(shell, ["rehearse", "run", "--trace-dir", "f"], {"folder"} if shell != "fish" else {"folder/"}, exactly=False)
        expect(shell, ["rehearse", "completion", ""], {"bash", "fish", "zsh"})
        expect(shell, ["rehearse", "help", "fa"], {"faults"}, exactly=False)
        asked.close()
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
