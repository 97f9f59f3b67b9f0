#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run the commands of job.yaml once for each index, as its pods would, and compare with one local run.

    indexed.py WORK REHEARSE SCENARIOS
"""
import filecmp
import os
import shutil
import subprocess
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))


def manifest():
    with open(os.path.join(HERE, "job.yaml"), encoding="utf-8") as file:
        found = {item["metadata"]["name"]: item for item in yaml.safe_load_all(file) if item["kind"] == "Job"}
    shards, merge = found["rehearse"]["spec"], found["rehearse-merge"]["spec"]
    (shard,) = shards["template"]["spec"]["containers"]
    counts = [item["value"] for item in shard["env"] if item["name"] == "REHEARSE_SHARDS"]
    assert shards["completionMode"] == "Indexed" and [str(shards["completions"])] == counts, "a shard for each index"
    assert shards["podFailurePolicy"]["rules"][0]["onExitCodes"]["containerName"] == shard["name"]
    for job in (shards, merge):
        spec = job["template"]["spec"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        assert spec["restartPolicy"] == "Never"
        assert all(mount["name"] in volumes for item in spec["containers"] for mount in item["volumeMounts"])
    return shard, shards["completions"], merge["template"]["spec"]["containers"][0]


def start(container, results, image, variables):
    """A container: the image is a folder, the volume another."""
    command = [word.replace("/results", results) for word in container["command"] + container["args"]]
    env = dict(os.environ, PATH="%s:%s" % (image, os.environ["PATH"]), **variables,
               **{item["name"]: item["value"] for item in container.get("env", [])})
    return subprocess.run(command, cwd=image, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def main():
    work, rehearse, scenarios = (os.path.abspath(argument) for argument in sys.argv[1:4])
    image, results = os.path.join(work, "image"), os.path.join(work, "results")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(image)
    os.makedirs(results)
    os.symlink(rehearse, os.path.join(image, "rehearse"))
    os.symlink(scenarios, os.path.join(image, "scenarios"))
    shard, count, merge = manifest()
    pods = [start(shard, results, image, {"JOB_COMPLETION_INDEX": str(i)}) for i in range(count)]
    assert all("shard %d/%d, says Kubernetes" % (i, count) in pod.stderr for i, pod in enumerate(pods)), pods
    merged = start(merge, results, image, {})
    whole = start({"command": ["rehearse"], "args": ["run", "scenarios/", "--trace-dir", "/results/traces"]}, results, image, {})
    print(merged.stderr)
    assert merged.returncode == whole.returncode, (merged.returncode, whole.returncode)
    assert merged.stdout == whole.stdout, (merged.stdout, whole.stdout)
    assert all(os.path.getsize(os.path.join(results, name)) > 0 for name in ("junit.xml", "report.html"))
    again = subprocess.run([rehearse, "merge", "all.results", "--output", "again.results"], cwd=results,
                           stdout=subprocess.DEVNULL, check=False)
    assert again.returncode == whole.returncode
    assert filecmp.cmp(os.path.join(results, "all.results"), os.path.join(results, "again.results"), False)
    print("%d pods and a merge: code %d, %s" % (count, merged.returncode, merged.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
