# SPDX-License-Identifier: MIT
"""Check that nobody calls what would cost determinism, memory or safety."""

import re

import c_source
import tree

PROGRAMS = ("harness/cli/", "harness/conformance/", "bench/", "examples/")

# Names; where they are allowed all the same; why not, or what instead. Tests are bound by a row unless it says so.
RULES = [
    ("cbor_load", (), "reserves what a 5-byte header asks for; decode with cbor_stream_decode"),
    ("cbor_decref cbor_incref cbor_move cbor_copy", (), "libcbor's items are not used, only its streaming functions"),
    ("rand srand rand_r random srandom drand48 lrand48 erand48 srand48 arc4random getrandom getentropy", (),
     "choices are drawn at named sites; an actor asks its context"),
    ("time ftime gettimeofday localtime localtime_r gmtime gmtime_r mktime ctime strftime clock", ("bench/",),
     "the wall clock reaches nothing; time arrives with the input"),
    ("clock_gettime", ("harness/cli/", "harness/live/", "core/uv/", "bench/"),
     "time arrives with the input"),
    ("sleep usleep nanosleep", ("bench/",), "nothing waits for time to pass"),
    ("strcpy strcat sprintf vsprintf gets strncpy strncat stpcpy strtok alloca", (),
     "does not know how much room there is"),
    ("atoi atol atoll atof", (), "answers 0 for what is no number"),
    ("scanf sscanf fscanf", (), "overflows in silence"),
    ("setlocale uselocale newlocale strcoll", (), "output does not depend on the locale"),
    ("getenv secure_getenv setenv putenv", ("harness/cli/", "bench/", "core/uv/proc.c", "cmake/counters/"),
     "the environment is an option's default in harness/cli, or a host's word to its child, and nothing else"),
    ("system popen tmpnam mktemp", (), "runs a shell, or names a file that somebody else can make first"),
    ("assert", (), "RH_ASSERT from core/base/assert.h is on in every build"),
    ("perror", (), "libraries never print, and programs say more"),
]

# The same for code that is not a test.
LIBRARY_RULES = [
    ("malloc calloc realloc free strdup strndup", ("core/base/allocator.c", "harness/", "reports/", "bench/", "examples/", "tests/"),
     "the core and the faults allocate through struct rh_allocator"),
    ("printf puts putchar vprintf", PROGRAMS, "libraries never print"),
    ("exit _exit _Exit quick_exit", PROGRAMS + ("harness/live/",), "libraries never end the process"),
    ("abort", ("core/base/assert.c",), "RH_ASSERT states what must hold"),
]


def check(files: tree.Tree):
    for path in files.c_files():
        text = c_source.blank(files.read(path))
        for rules in (RULES, [] if tree.is_test(path) else LIBRARY_RULES):
            for names, allowed, reason in rules:
                if not path.startswith(allowed):
                    yield from _calls(path, text, names.split(), reason)


def _calls(path: str, text: str, names: list[str], reason: str):
    # A member of that name is somebody's own function; so is what an initialiser names, which is no call.
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(names) + r")\s*\(")
    for number, line in enumerate(text.splitlines(), 1):
        for match in pattern.finditer(line):
            yield tree.Finding(path, number, f"{match.group(1)}(): {reason}")


if __name__ == "__main__":
    tree.main(check)
