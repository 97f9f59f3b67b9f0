# SPDX-License-Identifier: MIT
"""Use an installed Rehearse as a stranger would.

    test_install.py stage BUILD WORK                 install BUILD, and move what was installed
    test_install.py downstream SOURCE WORK KIND      examples/downstream with static or shared libraries
    test_install.py configurations SOURCE WORK       the same, built twice by one generator; both kinds in one project
    test_install.py pkgconfig SOURCE WORK            the same by pkg-config and one call of the compiler
    test_install.py symbols WORK                     the libraries show what their headers declare, and nothing else
    test_install.py subdirectory SOURCE WORK         this tree as a part of another one
    test_install.py headers WORK                     each header compiles alone, as C17 and as C++11

WORK is shared: `stage` comes first.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import sys

from commands import demand, run

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
LIBRARIES = {"rehearse_core": "core/include", "rehearse_uv": "core/uv/include",
             "rehearse": "harness/include fault-injection/include reports/include"}


def prefix_of(work):
    return work / "a prefix"


def stage(build, work):
    shutil.rmtree(work, ignore_errors=True)
    run("cmake", "--install", build, "--prefix", work / "first")
    (work / "first").rename(prefix_of(work))
    said = run(prefix_of(work) / "bin/rehearse", "--version")
    demand(re.fullmatch(r"rehearse \d+\.\d+\.\d+\n", said), "the program has no version", said)
    plays = prefix_of(work) / "share/doc/rehearse/examples/scenarios/links"
    demand(" 0 failed" in run(prefix_of(work) / "bin/rehearse", "run", "-q", plays), "the installed examples fail")
    share = prefix_of(work) / "share"
    for file in ("rehearse/scenario.schema.json", "rehearse/rehearse.gdb", "doc/rehearse/scenario-reference.md",
                 "bash-completion/completions/rehearse", "zsh/site-functions/_rehearse",
                 "fish/vendor_completions.d/rehearse.fish"):
        demand((share / file).stat().st_size > 1000, file + " is too small")
    manuals(share / "man")
    pages(share / "doc/rehearse")
    found = run("grep", "-rlF", "--include=*.pc", "--include=*.cmake", work / "first", prefix_of(work), code=None)
    demand(not found, "these files say where they were installed first:", found)


def pages(folder):
    """Whatever they link to is there, and some of it lies elsewhere in the tree."""
    linked = {(page, target) for page in folder.glob("*.md")
              for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))}
    lost = sorted("%s: %s" % (page.name, target) for page, target in linked if not (page.parent / target).exists())
    demand(not lost, "installed pages link to what is not there:", "\n".join(lost))
    targets = {target for page, target in linked}
    wanted = {"wire.md", "../../../include/rehearse/actor.h", "examples/scenarios/links/link-races-exit.yaml"}
    demand(wanted <= targets, "installed pages do not link to", wanted - targets)


def manual(page):
    """What a page says; groff finds nothing wrong with it."""
    said = run("groff", "-K", "utf8", "-man", "-Tutf8", "-ww", page, env={**os.environ, "GROFF_NO_SGR": "1"})
    demand("warning" not in said, "groff warns", said)
    return re.sub(".\x08", "", said)


def manuals(folder):
    """They name commands, options, exit codes and what can stand in a scenario."""
    if not shutil.which("scdoc") or not shutil.which("groff"):
        print("no manual: scdoc or groff is not installed")
        return
    page = manual(folder / "man5/rehearse-scenario.5")
    reference = folder.parent / "doc/rehearse/scenario-reference.md"
    keys = re.findall(r"^\| `([\w ]+)`", reference.read_text(encoding="utf-8"), re.M)
    demand(len(keys) > 100, "the reference has no keys", keys)
    lacks = [key for key in keys if not re.search(r"^       " + re.escape(key) + r"\b", page, re.M)]
    demand(not lacks, "rehearse-scenario(5) lacks", lacks)
    said, page = manual(folder / "man1/rehearse.1"), folder / "man1/rehearse.1"
    commands = ["run", "trace show", "completion", "help"]
    for words in commands:
        demand("rehearse " + words in said, "the manual lacks " + words, said)
        options = re.findall(r"^  (?:-\w, |    )(--[\w-]+)", run(page.parents[3] / "bin/rehearse", "help", *words.split()), re.M)
        demand(len(options) > 3 and all(option in said for option in options), "the manual lacks options of " + words, said)
    demand(all("\n       %d\n" % code in said for code in (0, 1, 6, 143)), "the manual lacks exit codes", said)


def configure(source, build, work, *options):
    return run("cmake", "-G", "Ninja", "-S", source, "-B", build, "-DCMAKE_PREFIX_PATH=" + str(prefix_of(work)),
               "-DCMAKE_C_FLAGS=" + " ".join(STRICT), "-DCMAKE_CXX_FLAGS=" + " ".join(STRICT), *options)


def told(build):
    """What ctest knows of each test: name -> (labels, file, line, environment)."""
    known = json.loads(run("ctest", "--test-dir", build, "--show-only=json-v1"))
    graph = known["backtraceGraph"]
    tests = {}
    for test in known["tests"]:
        node = graph["nodes"][test["backtrace"]]
        properties = {entry["name"]: entry["value"] for entry in test["properties"]}
        tests[test["name"]] = (properties.get("LABELS", []), graph["files"][node["file"]], node.get("line"),
                               properties.get("ENVIRONMENT"))
    return tests


def downstream(source, work, kind):
    here, build = work / ("project " + kind), work / ("build " + kind)
    shutil.rmtree(here, ignore_errors=True)
    shutil.rmtree(build, ignore_errors=True)
    shutil.copytree(source, here)
    configure(here, build, work, "-Drehearse_SHARED_LIBS=" + ("ON" if kind == "shared" else "OFF"))
    absent = run("ctest", "--test-dir", build, code=8)
    demand("Not Run" in absent, "a program that is not built passes its tests", absent)
    run("cmake", "--build", build)
    linked = run("ldd", build / "turnstile")
    demand(("librehearse_core.so" in linked) == (kind == "shared"), "linked with the wrong kind of library", linked)
    said = run("ctest", "--test-dir", build, "--output-on-failure")
    demand("100% tests passed, 0 tests failed out of 5" in said and "scenarios/later (Skipped)" in said, "", said)
    tests = told(build)
    broken = str(here / "broken/first-come.yaml")
    demand(tests["must-fail/broken/first-come"] == (["rehearse"], broken, 2, None), "where is it?", tests)
    demand(tests["random/two visitors"][3] == ["NO_COLOR=1", "COLUMNS=80"], "which environment?", tests)
    demand(sorted(tests["scenarios/two visitors"][0]) == ["plays", "rehearse"], "which labels?", tests)

    # A shell completes it under its own name.
    demand("complete -F _turnstile turnstile" in run(build / "turnstile", "completion", "bash"), "whom does it complete?")

    # Why a test fails is what the program says of the scenario, and the trace is where CMake builds.
    said = run("ctest", "--test-dir", build, "-V", "-R", "must-fail")
    demand("invariant 'expect/output' violated" in said and "[[open, 2]]" in said, "it failed for another reason", said)
    demand(list((build / "rehearse-traces").glob("*first-come*.trace")), "the trace of what failed is not there")

    # Scenarios come, go and change without a build.
    (here / "broken/first-come.yaml").rename(here / "scenarios/no longer.yaml")
    (here / "scenarios/bad.yaml").write_text("scenario: what is no scenario\nactors: 7\n", encoding="utf-8")
    (here / "scenarios/.hidden.yaml").write_text("scenario: what nobody sees\n", encoding="utf-8")
    said = run("ctest", "--test-dir", build, "--output-on-failure", code=8)
    failed = set(re.findall(r"^\s*\d+ - (.*) \(Failed\)$", said, re.M))
    # The folder that has become empty is a test that is to fail, and does.
    demand(failed == {"scenarios/no longer", "scenarios/bad"}, "what fails is not what was broken", said)
    demand("must-fail/broken" in told(build) and "scenarios/.hidden" not in told(build), "found", told(build))


KINDS = """
cmake_minimum_required(VERSION 3.20)
project(kinds LANGUAGES CXX)
find_package(rehearse CONFIG REQUIRED COMPONENTS core %(first)s)
find_package(rehearse CONFIG COMPONENTS uv %(second)s)
if(NOT TARGET rehearse::core OR rehearse_FOUND)
    message(FATAL_ERROR "two kinds of libraries in one folder: ${rehearse_FOUND}")
endif()
message(STATUS "${rehearse_NOT_FOUND_MESSAGE}")
find_package(rehearse CONFIG REQUIRED COMPONENTS program)
find_package(rehearse CONFIG COMPONENTS nonsense)
if(rehearse_nonsense_FOUND)
    message(FATAL_ERROR "nonsense is found")
endif()
find_package(rehearse 0.2 CONFIG)
if(rehearse_FOUND)
    message(FATAL_ERROR "a version that is not there is found")
endif()
enable_testing()
rehearse_add_scenarios(rehearse::program FILES one.yaml)
file(WRITE ${CMAKE_BINARY_DIR}/main.cpp
    "#include <rehearse/status.h>\\nint main() { return *rh_status_word(RH_OK) == 'o' ? 0 : 1; }\\n")
add_executable(main ${CMAKE_BINARY_DIR}/main.cpp)
target_link_libraries(main PRIVATE rehearse::core)
add_test(NAME main COMMAND main)
"""


def configurations(source, work):
    build = work / "build twice"
    shutil.rmtree(build, ignore_errors=True)
    run("cmake", "-G", "Ninja Multi-Config", "-S", source, "-B", build, "-DCMAKE_PREFIX_PATH=" + str(prefix_of(work)))
    for configuration in ("Debug", "Release"):
        run("cmake", "--build", build, "--config", configuration)
        said = run("ctest", "--test-dir", build, "-C", configuration, "-V")
        demand("/%s/turnstile" % configuration in said and "0 tests failed out of 5" in said, "", said)
    said = run("ctest", "--test-dir", build, code=8)
    demand("CONFIGURATION_NOT_AVAILABLE" in said, "no configuration was named, and ctest is content", said)

    # What the README shows is enough.
    here = work / "readme"
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(prefix_of(work) / "share/doc/rehearse/examples/hello", here / "scenarios")
    (here / "scenarios/hello.c").rename(here / "hello.c")
    page = (source.parent.parent / "README.md").read_text(encoding="utf-8")
    (here / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.20)\nproject(hello LANGUAGES C)\n" +
                                         re.search(r"^```cmake\n(.*?)^```$", page, re.M | re.S).group(1), encoding="utf-8")
    configure(here, here / "build", work)
    run("cmake", "--build", here / "build")
    said = run("ctest", "--test-dir", here / "build", "--output-on-failure")
    demand("scenarios/time-out" in said and "0 tests failed out of 2" in said, "", said)

    # A project without C, the two kinds of libraries, and the program alone.
    for first, second in (("static", "shared"), ("shared", "static")):
        here = work / ("kinds " + first)
        shutil.rmtree(here, ignore_errors=True)
        here.mkdir()
        (here / "CMakeLists.txt").write_text(KINDS % {"first": first, "second": second}, encoding="utf-8")
        (here / "one.yaml").write_text("scenario: one\nactors: {a: sink}\n", encoding="utf-8")
        configure(here, here / "build", work)
        run("cmake", "--build", here / "build")
        run("ctest", "--test-dir", here / "build", "--output-on-failure")


SUBDIRECTORY = """
cmake_minimum_required(VERSION 3.20)
project(user LANGUAGES C)
include(CTest)
add_subdirectory("%(source)s" rehearse EXCLUDE_FROM_ALL)
add_executable(hello "%(source)s/examples/hello/hello.c")
target_link_libraries(hello PRIVATE rehearse::rehearse)
rehearse_add_scenarios(hello DIRECTORY "%(source)s/examples/hello")
rehearse_add_scenarios(rehearse::program DIRECTORY "%(source)s/scenarios/groups")
"""


def subdirectory(source, work):
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "CMakeLists.txt").write_text(SUBDIRECTORY % {"source": source}, encoding="utf-8")
    for shared in ("OFF", "ON"):
        build = work / ("build " + shared)
        run("cmake", "-G", "Ninja", "-S", work, "-B", build, "-DBUILD_SHARED_LIBS=" + shared)
        run("cmake", "--build", build, "--target", "hello", "rehearse_program")
        linked = run("ldd", build / "hello")
        demand(("librehearse.so" in linked) == (shared == "ON"), "linked with the wrong kind", linked)
        said = run("ctest", "--test-dir", build, "--output-on-failure")
        demand("hello/tickets" in said and "groups/" in said and "style." not in said, "", said)


def flags(work, package, *options):
    libraries = next(prefix_of(work).rglob("rehearse_core.pc")).parent
    said = run("pkg-config", "--cflags", "--libs", *options, package, env={**os.environ, "PKG_CONFIG_PATH": str(libraries)})
    # pkg-config escapes what a shell would split.
    return [word.replace("\0", " ") for word in said.replace("\\ ", "\0").split()]


def pkgconfig(source, work):
    build = work / "build by hand"
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir()
    library = next(prefix_of(work).rglob("librehearse_core.a")).parent
    with_shared = ["-Wl,-rpath," + str(library)]
    archives = work / "archives"
    shutil.rmtree(archives, ignore_errors=True)
    shutil.copytree(prefix_of(work), archives / "a prefix", symlinks=True)
    for shared in archives.rglob("*.so*"):
        shared.unlink()
    for kind, where, options, more in (("shared", work, [], with_shared), ("static", archives, ["--static"], [])):
        for name, compiler, standard, sources, package in (
                ("alone", "gcc", "-std=c17", ["alone.c", "turnstile.c"], "rehearse_core"),
                ("hello", "gcc", "-std=c17", [prefix_of(work) / "share/doc/rehearse/examples/hello/hello.c"], "rehearse"),
                ("visitors", "g++", "-std=c++17", ["main.cpp", "visitor.cpp", "turnstile.o"], "rehearse")):
            run("gcc", "-std=c17", *STRICT, "-c", "-o", build / "turnstile.o", "turnstile.c",
                *flags(where, "rehearse_core"), cwd=source)
            sources = [build / word if word == "turnstile.o" else word for word in sources]
            program = build / (name + "-" + kind)
            run(compiler, standard, *STRICT, "-o", program, *sources, *flags(where, package, *options), *more, cwd=source)
            linked = run("ldd", program)
            demand(("librehearse" in linked) == (kind == "shared"), "linked with the wrong kind", linked)
        run(build / ("alone-" + kind))
        run(build / ("visitors-" + kind), "run", source / "scenarios")
        run(build / ("visitors-" + kind), "run", source / "broken", "--no-shrink", "--trace-dir", build, code=1)
        run(build / ("hello-" + kind), "run", prefix_of(work) / "share/doc/rehearse/examples/hello")
    # A shared library brings its own dependencies: who links it is not told of them.
    demand("-lcbor" not in flags(work, "rehearse") and "-lcbor" in flags(work, "rehearse", "--static"), "-lcbor")
    run("gcc", "-shared-libgcc", "-o", build / "host", prefix_of(work) / "share/doc/rehearse/examples/host/host.c",
        "-D_POSIX_C_SOURCE=200809L", *flags(work, "rehearse_uv"), "-luv", *with_shared)
    demand("[ok, 2, 2, 0]" in run(build / "host", prefix_of(work) / "bin/rehearse"), "the host says something else")


def declared(source, part, work):
    """The functions and objects that the headers of a part declare for others, asked of the compiler."""
    headers = sorted(header for folder in part.split() for header in (source / folder / "rehearse").glob("*.h"))
    unit, told_by_gcc = work / "all.c", work / "all.aux"
    unit.write_text("".join("#include <rehearse/%s>\n" % header.name for header in headers), encoding="utf-8")
    run("gcc", "-std=c17", "-fsyntax-only", "-aux-info", told_by_gcc, "-I", prefix_of(work) / "include", unit)
    names = set()
    for line in told_by_gcc.read_text(encoding="utf-8").splitlines():
        place, _, text = line.partition(" */ ")
        header = re.match(r"/\* .*/rehearse/([\w.]+):\d+:", place)
        if header and header.group(1) in {path.name for path in headers} and text.startswith("extern "):
            names.add(re.search(r"(\w+) \(", text).group(1))
    for header in headers:
        names |= set(re.findall(r"^extern const [\w ]*?\b(\w+);", header.read_text(encoding="utf-8"), re.M))
    return names


def symbols(source, work):
    wrong = []
    for library, part in LIBRARIES.items():
        file = next(prefix_of(work).rglob("lib%s.so" % library))
        shown = {line.split()[2] for line in run("nm", "-D", "--defined-only", file).splitlines()}
        wanted = declared(source, part, work)
        demand(len(wanted) > 5, "too little is declared: the test is blind", wanted)
        wrong += ["lib%s.so shows %s, which no header declares" % (library, name) for name in sorted(shown - wanted)]
        wrong += ["lib%s.so lacks %s, which a header declares" % (library, name) for name in sorted(wanted - shown)]
        wrong += ["%s does not begin with rh_" % name for name in sorted(shown) if not name.startswith("rh_")]
        said = run("readelf", "-d", file)
        version = re.search(r"soname: \[lib%s\.so\.(\d+(?:\.\d+)?)\]" % library, said)
        demand(version and file.resolve().name.startswith("lib%s.so.%s" % (library, version.group(1))), "no SONAME", said)
        print("lib%s.so.%s: %d symbols" % (library, version.group(1), len(shown)))
    demand(not wrong, "\n".join(wrong))


def headers(work):
    include = prefix_of(work) / "include"
    files = sorted(include.rglob("*.h"))
    demand(len(files) > 30, "headers are missing", files)

    def compile_alone(job):
        compiler, file = job
        run(*compiler, *STRICT, "-Wundef", "-fsyntax-only", "-I", include, "-include", file, "-", input="struct nothing;\n")

    compilers = [["gcc", "-std=c17", "-x", "c"], ["g++", "-std=c++11", "-x", "c++"]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_alone, [(compiler, file) for compiler in compilers for file in files]))


def main():
    what, *paths = sys.argv[1:]
    kind = [paths.pop()] if what == "downstream" else []
    {"stage": stage, "downstream": downstream, "configurations": configurations, "subdirectory": subdirectory, "pkgconfig": pkgconfig,
     "symbols": symbols, "headers": headers}[what](*[pathlib.Path(path).resolve() for path in paths], *kind)


if __name__ == "__main__":
    main()
