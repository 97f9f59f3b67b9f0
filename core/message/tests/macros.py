#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compile macros.cpp as strictly as a user may, run it, and see that what is wrong does not compile.

    macros.py INCLUDE LIBRARY WORK
"""
import os
import shutil
import subprocess
import sys

STRICT = ("-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Werror")


def main():
    include, library, work = sys.argv[1:]
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "macros.cpp")
    compilers = [name for name in ("g++", "clang++") if shutil.which(name)]
    program = os.path.join(work, "macros")
    os.makedirs(work, exist_ok=True)
    for compiler in compilers:
        command = [compiler, *STRICT, "-I", include, source]
        subprocess.run([*command, "-DWRONG=0", "-o", program, library, "-Wl,-rpath," + os.path.dirname(library), "-lcbor"], check=True)
        subprocess.run([program], check=True)
        for wrong in ("1", "2"):
            done = subprocess.run([*command, "-DWRONG=" + wrong, "-fsyntax-only"], capture_output=True, check=False)
            if done.returncode == 0:
                sys.exit("%s compiles what is wrong (%s)" % (compiler, wrong))
    print("%d compilers" % len(compilers))
    return 0 if compilers else 77


if __name__ == "__main__":
    sys.exit(main())
