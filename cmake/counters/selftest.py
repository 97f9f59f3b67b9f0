#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What counts the counters, tested: sums of tracefiles, and processes that end otherwise than by returning from main.

    selftest.py CC
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

import summary

HERE = os.path.dirname(os.path.abspath(__file__))
COMPILER = ""

# The file stands there twice, as a baseline and as what was reached; a header's function once for each who includes it.
TRACEFILE = """TN:
SF:/root/core/a.c
FN:3,first
FN:9,second
FNDA:0,first
FNDA:0,second
DA:3,0
DA:4,0
DA:9,0
end_of_record
TN:tests
SF:/root/core/a.c
FN:3,first
FN:9,second
FNDA:7,first
FNDA:0,second
BRDA:4,0,0,7
BRDA:4,0,1,-
BRDA:9,0,0,0
DA:3,7
DA:4,7
DA:9,0
end_of_record
TN:tests
SF:/root/core/shared.h
FN:1,%(one)s
FN:1,%(two)s
FNDA:2,%(one)s
FNDA:0,%(two)s
DA:1,2
end_of_record
TN:tests
SF:/root/bench/b.c
DA:1,1
end_of_record
"""
README = """# Title
| part | lines | branches | functions |
|---|---|---|---|
| `core` | 1.0 | 2.0 | 3.0 |
| `harness` | | | |
| `others` | 9.9 | 9.9 | 9.9 |
"""

# How it ends, and what it ends with.
ENDS = {"return": 3, "exit": 3, "_exit": 3, "abort": -6, "term": -15, "segv": -11, "handled": 4, "ignored": 3}
PROGRAM = r"""
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void leave(int number)
{
    _exit(number == SIGTERM ? 4 : 5);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    if (strcmp(how, "exit") == 0) {
        exit(3);
    } else if (strcmp(how, "_exit") == 0) {
        _exit(3);
    } else if (strcmp(how, "abort") == 0) {
        abort();
    } else if (strcmp(how, "term") == 0) {
        raise(SIGTERM);
    } else if (strcmp(how, "segv") == 0) {
        raise(SIGSEGV);
    } else if (strcmp(how, "handled") == 0) {
        signal(SIGTERM, leave);
        raise(SIGTERM);
    } else if (strcmp(how, "ignored") == 0) {
        raise(SIGHUP); /* whoever started it has it ignored */
    }
    return 3;
}
"""


class SummaryTest(unittest.TestCase):
    def sums(self, one, two):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "project.info")
            with open(path, "w", encoding="utf-8") as file:
                file.write(TRACEFILE % {"one": one, "two": two})
            return summary.sums(path, "/root")

    def test_what_stands_twice_is_counted_once(self):
        found = self.sums("shared", "shared")["core"]
        self.assertEqual(found, {"LF": 4, "LH": 3, "FNF": 3, "FNH": 2, "BRF": 3, "BRH": 1})

    def test_other_folders_are_left_out(self):
        self.assertEqual(set(self.sums("shared", "shared")), set(summary.FOLDERS))
        self.assertEqual(self.sums("shared", "shared")["reports"], {})

    def test_percentages(self):
        self.assertEqual(summary.percent({"LF": 4, "LH": 3}, "L"), 75.0)
        self.assertEqual(summary.percent({}, "L"), 100.0)

    def test_the_table_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            info, page = os.path.join(folder, "project.info"), os.path.join(folder, "README.md")
            with open(info, "w", encoding="utf-8") as file:
                file.write((TRACEFILE % {"one": "shared", "two": "shared"}).replace("/root", folder))
            with open(page, "w", encoding="utf-8") as file:
                file.write(README)
            for options in ((), ("--write",)):
                subprocess.run([sys.executable, "-B", os.path.join(HERE, "summary.py"), info, folder, *options], check=True,
                               stdout=subprocess.DEVNULL)
                with open(page, encoding="utf-8") as file:
                    text = file.read()
                self.assertEqual("| `core` | 75.0 | 33.3 | 66.7 |" in text, bool(options))
                self.assertIn("| `others` | 9.9 | 9.9 | 9.9 |", text)


class ExitsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        with open(os.path.join(self.folder, "ends.c"), "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        self.run_in("-std=gnu17", "--coverage", "-c", "ends.c", program=COMPILER)
        self.run_in("-std=gnu17", "-c", os.path.join(HERE, "exits.c"), program=COMPILER)

    def run_in(self, *arguments, program, **more):
        return subprocess.run([program, *arguments], cwd=self.folder, capture_output=True, check=True, text=True, **more)

    def counted(self, how):
        """Which ways out have been counted, after the program has ended in one."""
        if os.path.exists(os.path.join(self.folder, "ends.gcda")):
            os.remove(os.path.join(self.folder, "ends.gcda"))
        before = ["sh", "-c", "trap '' HUP; exec ./ends ignored"] if how == "ignored" else [os.path.join(".", "ends"), how]
        done = subprocess.run(before, cwd=self.folder, check=False)
        self.assertEqual(done.returncode, ENDS[how], how)
        if not os.path.exists(os.path.join(self.folder, "ends.gcda")):
            return None
        told = self.run_in("--stdout", "ends.gcda", program=re.sub(r"g?cc(-[0-9.]+)?$", r"gcov\1", COMPILER)).stdout
        return int(re.search(r"^ *(\d+|#+)\*?: *\d+: *const char \*how", told, re.M)[1].replace("#", "0"))

    def test_however_it_ends_it_is_counted(self):
        self.run_in("--coverage", "-Wl,--wrap=_exit", "-o", "ends", "ends.o", "exits.o", program=COMPILER)
        self.assertEqual({how: self.counted(how) for how in ENDS}, {how: 1 for how in ENDS})

    def test_without_it_it_is_not(self):
        self.run_in("--coverage", "-o", "ends", "ends.o", program=COMPILER)
        lost = {how for how in ENDS if self.counted(how) is None}
        self.assertEqual(lost, {"_exit", "abort", "term", "segv", "handled"})


if __name__ == "__main__":
    COMPILER = sys.argv.pop(1)
    unittest.main()
