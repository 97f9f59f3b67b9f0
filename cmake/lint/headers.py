# SPDX-License-Identifier: MIT
"""Check that every header compiles alone: public ones as C17 and C++17 with gcc and clang, private ones as C17."""

import concurrent.futures
import os
import shutil
import subprocess

import tree

STRICT = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Werror"]
C17 = ["-std=c17", "-Wstrict-prototypes", "-x", "c"]
CXX17 = ["-std=c++17", "-x", "c++"]
COMPILERS = [["gcc", *C17], ["clang", *C17], ["g++", *CXX17], ["clang++", *CXX17]]


def compile_alone(root: str, compiler: list[str], parts: list[str], header: str):
    public = "/include/" in header
    command = [*compiler, *STRICT, "-include", os.path.join(root, header), "-"]
    command += [f"-I{root}/{part}/include" for part in parts]
    if not public:
        command.append(f"-I{root}")
    if not public and not header.startswith("core/") or header.startswith("core/uv/"):
        command.append("-D_POSIX_C_SOURCE=200809L")
    # Not every header declares something, but C wants something to be declared.
    done = subprocess.run(command, input="struct nothing;\n", capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip())
    return tree.Finding(header, 1, f"{compiler[0]} {compiler[1]}: {first}")


def check(files: tree.Tree):
    missing = [compiler[0] for compiler in COMPILERS if not shutil.which(compiler[0])]
    if missing:
        yield tree.Finding("cmake/lint/headers.py", 1, "not installed: " + ", ".join(missing))
        return
    headers = [path for path in files.files(".h") if not path.startswith("bench/")]
    parts = sorted({path.split("/include/")[0] for path in headers if "/include/" in path})
    jobs = [(compiler, header) for header in headers for compiler in COMPILERS
            if "/include/" in header or compiler is COMPILERS[0]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda job: compile_alone(str(files.root), job[0], parts, job[1]), jobs)
        yield from (finding for finding in results if finding)


if __name__ == "__main__":
    tree.main(check)
