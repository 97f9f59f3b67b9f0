#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Play every scenario with the program of a coverage build, one process for many of them, and write which lines of the core
each has reached, as a tracefile of lcov with a test name for each scenario.

    scenarios.py BUILD SOURCE OUT.info OUT.descriptions
"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

FOLDERS = ("core/", "fault-injection/")
CHUNK = 24  # scenarios of a process: their counters lie on disk until they have been read


def test_name(path, taken):
    """lcov keeps letters, digits and underscores of a test's name."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", os.path.splitext(os.path.relpath(path, "scenarios"))[0])
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def title(source, path):
    with open(os.path.join(source, path), encoding="utf-8") as file:
        match = re.search(r"^scenario: *(.*)$", file.read(), re.M)
    return match[1].strip("\"'") if match else path


class Reader:
    """gcov finds the graph of an object beside its counters."""

    def __init__(self, build, source, folder):
        self.source, self.folder, self.objects = source, folder, {}
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for root, _, names in os.walk(build):
            for name in names:
                path = os.path.join(root, name)
                if name.endswith(".gcno") and "/rehearse" in path and self.is_wanted(path):
                    plain = path[len(build):].replace("/", "#")
                    os.symlink(path, os.path.join(folder, plain))
                    self.objects[path[:-len(".gcno")] + ".gcda"] = plain[:-len(".gcno")] + ".gcda"

    @staticmethod
    def is_wanted(path):
        return re.search(r"\.dir/(%s)" % "|".join(FOLDERS), path) and "/tests/" not in path and "/uv/" not in path

    def lines(self, dump):
        """Return {file: {line: count}} of what was executed."""
        found = []
        for path, plain in self.objects.items():
            if os.path.exists(dump + path):
                os.rename(dump + path, os.path.join(self.folder, plain))
                found.append(plain)
        done = subprocess.run(["gcov", "--json-format", "--stdout", *found], cwd=self.folder, capture_output=True, check=True)
        reached = {}
        for text in done.stdout.splitlines():
            told = json.loads(text)
            for file in told["files"]:
                path = os.path.relpath(os.path.join(told["current_working_directory"], file["file"]), self.source)
                if path.startswith(FOLDERS):
                    lines = reached.setdefault(path, {})
                    for line in file["lines"]:
                        if line["count"] > 0:
                            number = line["line_number"]
                            lines[number] = lines.get(number, 0) + line["count"]
        for plain in found:
            os.remove(os.path.join(self.folder, plain))
        return reached


def play(build, source, number, files):
    """Play some files; returns what each has reached, in their order."""
    work = os.path.join(build, "counters", str(number))
    shutil.rmtree(work, ignore_errors=True)
    dumps = os.path.join(work, "dumps")
    os.makedirs(dumps)
    done = subprocess.run([os.path.join(build, "bin", "rehearse"), "run", "--quiet", "--no-times", "--no-shrink",
                           "--trace-dir", os.path.join(work, "traces"), *files],
                          cwd=source, capture_output=True, env=dict(os.environ, REHEARSE_COUNTERS=dumps))
    if done.returncode != 0:
        sys.exit("the suite ends with %d: %s" % (done.returncode, (done.stdout + done.stderr)[-2000:].decode()))
    reader = Reader(build, source, os.path.join(work, "objects"))
    reached = {}
    for name in sorted(os.listdir(dumps), key=int):
        dump = os.path.join(dumps, name)
        with open(os.path.join(dump, "path"), encoding="utf-8") as file:
            reached[file.read().strip()] = reader.lines(dump)
        shutil.rmtree(dump)
    shutil.rmtree(work)
    missing = [path for path in files if path not in reached]
    if missing:
        sys.exit("no counters of " + ", ".join(missing))
    return reached


def main():
    build, source, out, descriptions = sys.argv[1:]
    build, source = os.path.realpath(build), os.path.realpath(source)
    files = sorted(os.path.relpath(os.path.join(root, name), source)
                   for root, _, names in os.walk(os.path.join(source, "scenarios")) for name in names
                   if name.endswith(".yaml") and "conformance" not in root)
    chunks = [files[i::max(1, len(files) // CHUNK)] for i in range(max(1, len(files) // CHUNK))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = pool.map(lambda job: play(build, source, *job), enumerate(chunks))
        reached = {path: lines for part in parts for path, lines in part.items()}
    taken = set()
    with open(out, "w", encoding="utf-8") as info, open(descriptions, "w", encoding="utf-8") as texts:
        for path in files:
            name = test_name(path, taken)
            texts.write("TN: %s\nTD: %s: %s\n" % (name, path, title(source, path)))
            for file, lines in sorted(reached[path].items()):
                if lines:
                    info.write("TN:%s\nSF:%s\n" % (name, os.path.join(source, file)))
                    info.writelines("DA:%d,%d\n" % line for line in sorted(lines.items()))
                    info.write("LH:%d\nLF:%d\nend_of_record\n" % (len(lines), len(lines)))
    print("%d scenarios, %d lines of %s between them" % (
        len(files), len({(file, line) for all_lines in reached.values() for file, lines in all_lines.items() for line in lines}),
        " and ".join(FOLDERS)))


if __name__ == "__main__":
    main()
