#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Same scenario, same digest: across compilers, optimisation, address layout, locale and repetition.

    determinism.py SOURCE BUILD WORK [--long]

Without --long: a sample of the suite, by the release program (gcc -O2) and the sanitized one (clang). With it: every
scenario, by gcc and clang at -O0 and -O2, built here. A scenario's digest covers the traces of all its runs.
"""
import glob
import json
import os
import subprocess
import sys

SAMPLE = 6  # every so many scenarios
EVENTS = 20_000  # in all runs of one of them, at the most
# How the first program is run; and the others, to which two of them must do: at -O0 each takes minutes.
WAYS = (("random", "C"), ("random", "C"), ("fixed", "C"), ("random", "tr_TR.UTF-8"), ("fixed", "tr_TR.UTF-8"))
FEWER = (("random", "C"), ("fixed", "tr_TR.UTF-8"))


def build(source, folder, *settings):
    if settings or not os.path.exists(os.path.join(folder, "build.ninja")):
        subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", folder, "-DBUILD_TESTING=OFF", *settings],
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder, "--target", "rehearse_program"], check=True,
                   stdout=subprocess.DEVNULL)
    return os.path.join(folder, "bin", "rehearse")


def programs(source, build_folder, work, everything):
    if not everything:
        preset = os.path.join(source, "build", "asan-ubsan")
        if not os.path.exists(os.path.join(preset, "build.ninja")):
            subprocess.run(["cmake", "--preset", "asan-ubsan"], cwd=source, check=True, stdout=subprocess.DEVNULL)
        return {"gcc -O2": os.path.join(build_folder, "bin", "rehearse"), "clang, sanitized": build(source, preset)}
    found = {}
    for compiler in ("gcc", "clang"):
        for level in ("-O2", "-O0"):
            # CMAKE_BUILD_TYPE stays empty: the flags are these and no others.
            found[compiler + " " + level] = build(source, os.path.join(work, compiler + level),
                                                  "-DCMAKE_C_COMPILER=" + compiler, "-DCMAKE_BUILD_TYPE=",
                                                  "-DCMAKE_C_FLAGS=" + level)
    return found


def locale_folder(work):
    """Make the Turkish locale, in which i and I are not what they seem; return where it is."""
    folder = os.path.join(work, "locale")
    if not os.path.isdir(os.path.join(folder, "tr_TR.UTF-8")):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", os.path.join(folder, "tr_TR.UTF-8")], check=True)
    return folder


def digests(program, files, source, layout, locale, locales):
    command = (["setarch", "-R"] if layout == "fixed" else []) + [program, "run", "--digests", *files]
    environment = dict(os.environ, LANG=locale, LC_ALL=locale, LOCPATH=locales, NO_COLOR="1")
    run = subprocess.run(command, cwd=source, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    lines = [line for line in run.stdout.splitlines() if line.startswith("digest ")]
    if run.returncode not in (0, 1, 6) or len(lines) != len(files):
        sys.exit("%s: exit code %d, %d digests of %d scenarios" % (program, run.returncode, len(lines), len(files)))
    return lines


def short(program, files, source):
    """Those of the files that take few events."""
    run = subprocess.run([program, "run", "--quiet", "--report", "jsonl=-", *files], cwd=source, stdout=subprocess.PIPE,
                         text=True, check=False)
    found = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"path"')]
    return [one["path"] for one in found if one.get("events", 0) <= EVENTS]


def main():
    source, build_folder, work = sys.argv[1:4]
    everything = "--long" in sys.argv
    files = sorted(os.path.relpath(path, source)
                   for path in glob.glob(os.path.join(source, "scenarios", "**", "*.yaml"), recursive=True))
    if not everything: # the counting programs have tens of thousands of runs
        files = [path for path in files if "exploration" not in path][::SAMPLE]
        files = short(os.path.join(build_folder, "bin", "rehearse"), files, source)
    if not files:
        sys.exit("there are no scenarios")
    locales = locale_folder(work)
    expected, reference, runs = None, None, 0
    for name, program in programs(source, build_folder, work, everything).items():
        for number, (layout, locale) in enumerate(WAYS if expected is None else FEWER):
            this = "%s, %s addresses, %s, way %d" % (name, layout, locale, number)
            found = digests(program, files, source, layout, locale, locales)
            expected, reference = (found, this) if expected is None else (expected, reference)
            for mine, theirs in zip(found, expected):
                if mine != theirs:
                    sys.exit("%s: %s\n%s: %s" % (this, mine, reference, theirs))
            runs += 1
    print("%d scenarios, %d ways to run them, equal digests" % (len(files), runs))


if __name__ == "__main__":
    main()
