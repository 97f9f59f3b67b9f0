# SPDX-License-Identifier: MIT
"""Make Debian packages, let lintian read them, unpack them as dpkg does, and use what is there.

    test_deb.py SOURCE WORK         77 without lintian or dpkg
"""

import os
import pathlib
import re
import shutil
import sys

from commands import demand, run

PACKAGES = {"librehearse-core0.1", "librehearse-uv0.1", "librehearse0.1", "librehearse-dev", "rehearse"}
# What each says about others; the versions of the C library are those of the machine.
DEPENDS = {
    "librehearse-core0.1": ["libc6", "libcbor0.8"],
    "librehearse-uv0.1": ["libc6", "librehearse-core0.1 (= 0.1.0)", "libuv1"],
    "librehearse0.1": ["libc6", "librehearse-core0.1 (= 0.1.0)", "librehearse-uv0.1 (= 0.1.0)", "libuv1", "libxxhash0",
                       "libyaml-0-2"],
    "librehearse-dev": ["libcbor-dev", "librehearse0.1 (= 0.1.0)", "libuv1-dev", "libxxhash-dev", "libyaml-dev"],
    "rehearse": ["libc6", "librehearse0.1 (= 0.1.0)"],
}


def make(source, build):
    run("cmake", "--preset", "deb", "-B", build, cwd=source)
    run("cmake", "--build", build, "--target", "rehearse_products", "-j", os.cpu_count())
    run("cpack", cwd=build)
    debs = {path.name.split("_")[0]: path for path in build.glob("*.deb")}
    demand(set(debs) == PACKAGES, "these packages were made:", sorted(debs))
    return debs


def check_control(debs):
    for name, deb in debs.items():
        said = run("dpkg-deb", "--field", deb, "Depends").strip().split(", ")
        for wanted in DEPENDS[name]:
            demand(any(word == wanted or word.startswith(wanted + " (") for word in said), name + " depends on", said)
        demand(all("libcmocka" not in word for word in said), name + " depends on", said)
    root = run("id", "-u").strip() == "0"
    print(run("lintian", *(["--allow-root"] if root else []), "--fail-on", "error,warning", *debs.values()))


def unpack(debs, root):
    """dpkg refuses packages that have a file in common, which taking them apart one by one would not."""
    for folder in ("info", "updates", "triggers"):
        (root / "var/lib/dpkg" / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    run("dpkg", "--root=" + str(root), "--force-not-root", "--force-depends", "--log=/dev/null", "--unpack", *debs.values())
    said = run("dpkg", "--root=" + str(root), "--list", "*rehearse*")
    demand(len(re.findall(r"^iU .*0\.1\.0", said, re.M)) == len(PACKAGES), "not all were unpacked", said)


def use(source, root, work):
    library = next(root.rglob("librehearse_core.so.0.1")).parent
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library)}
    program = root / "usr/bin/rehearse"
    said = run("readelf", "-d", program, library / "librehearse.so")
    demand("RPATH" not in said and "RUNPATH" not in said, "Debian's libraries are found without a path", said)
    demand(run(program, "--version", env=environment) == "rehearse 0.1.0\n", "which version?")
    plays = root / "usr/share/doc/rehearse/examples/scenarios/links"
    demand(" 0 failed" in run(program, "run", "-q", plays, env=environment), "the scenarios fail")
    said = run("gzip", "-dc", root / "usr/share/man/man1/rehearse.1.gz")
    demand("completion" in said and "--strategy" in said, "the manual is not the program's", said)
    for file in ("share/bash-completion/completions/rehearse", "share/zsh/vendor-completions/_rehearse",
                 "share/fish/vendor_completions.d/rehearse.fish", "share/doc/librehearse-dev/copyright",
                 "share/man/man5/rehearse-scenario.5.gz"):
        demand((root / "usr" / file).is_file(), file + " is not there")
    # What stands in librehearse-dev is enough for somebody else's project.
    build = work / "downstream"
    run("cmake", "-G", "Ninja", "-S", source / "examples/downstream", "-B", build, "-DCMAKE_PREFIX_PATH=" + str(root / "usr"))
    run("cmake", "--build", build)
    run("ctest", "--test-dir", build, "--output-on-failure", env=environment)
    demand(str(library) in run("ldd", build / "turnstile"), "linked with other libraries")


def main():
    missing = [program for program in ("lintian", "dpkg", "dpkg-shlibdeps", "cpack", "scdoc") if not shutil.which(program)]
    if missing:
        print("not installed: " + ", ".join(missing))
        return 77
    source, work = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    shutil.rmtree(work, ignore_errors=True)
    debs = make(source, work / "build")
    check_control(debs)
    unpack(debs, work / "root")
    use(source, work / "root", work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
