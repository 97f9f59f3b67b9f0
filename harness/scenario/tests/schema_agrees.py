# SPDX-License-Identifier: MIT
"""The schema of scenario files says what the loader does.

The file in scenarios/ is what the program writes; it is a valid schema; what the loader takes, the schema takes; an unknown
key that is put into any mapping of a good file is refused by both or taken by both (below `with`, the arguments of
behaviours, the loader refuses it, of which the schema knows nothing); every key and word of the schema's
tables occurs in the good files, so that the comparison has seen it.

The reference in docs/ is what its program writes, too.

    schema_agrees.py SCHEMA_PROGRAM REFERENCE_PROGRAM WORK_FOLDER
"""
import copy
import glob
import json
import os
import re
import subprocess
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2's idea of scalars, as editors have it: `on` is a text."""


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(null|~|)$"), ["n", "~", ""])
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^-?(0x[0-9a-fA-F]+|[0-9]+)$"), list("-0123456789")
)


def read(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader)


def mappings(value, path=()):
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from mappings(inner, path + (key,))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from mappings(inner, path + (index,))


def with_key(value, path):
    changed = copy.deepcopy(value)
    at = changed
    for step in path:
        at = at[step]
    at["unknown_key"] = 1
    return changed


def judge(program, paths):
    answer = subprocess.run(
        [program, "judge"], input="\n".join(paths) + "\n", capture_output=True, text=True, check=True
    )
    return answer.stdout.split()


def keys_of(schema):
    """Every property that the schema names."""
    if isinstance(schema, dict):
        for key, inner in schema.items():
            if key == "properties":
                yield from inner
            yield from keys_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from keys_of(inner)


def keys_in(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, str):
                yield inner
            yield from keys_in(inner)


def main():
    program, reference, folder = sys.argv[1:4]
    os.makedirs(folder, exist_ok=True)
    problems = []
    with open("docs/scenario-reference.md", encoding="utf-8") as file:
        if file.read() != subprocess.run([reference], capture_output=True, text=True, check=True).stdout:
            problems.append("docs/scenario-reference.md is not what the program writes")
    with open("scenarios/scenario.schema.json", encoding="utf-8") as file:
        committed = file.read()
    written = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    if committed != written:
        problems.append("scenarios/scenario.schema.json is not what the program writes")
    schema = json.loads(written)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)

    samples = sorted(glob.glob("harness/scenario/tests/golden/*.yaml"))
    samples += sorted(glob.glob("harness/play/tests/scenarios/*.yaml"))
    samples += sorted(glob.glob("scenarios/**/*.yaml", recursive=True))
    verdicts = judge(program, samples)
    seen = set()
    changed = []
    for path, verdict in zip(samples, verdicts):
        taken = validator.is_valid(read(path))
        if verdict == "good" and not taken:
            error = jsonschema.exceptions.best_match(validator.iter_errors(read(path)))
            problems.append(f"{path}: the loader takes it, the schema does not: {error.message[:300]}")
        if verdict == "unknown-key" and taken:
            problems.append(f"{path}: the loader finds an unknown key, the schema takes it")
        if verdict == "good":
            seen.update(keys_in(read(path)))
        if verdict == "good" and "harness/scenario" in path:
            for where in mappings(read(path)):
                name = os.path.join(folder, f"{len(changed)}.yaml")
                value = with_key(read(path), where)
                with open(name, "w", encoding="utf-8") as file:
                    json.dump(value, file)
                changed.append((name, path, where, validator.is_valid(value)))
    for (name, path, where, taken), verdict in zip(changed, judge(program, [c[0] for c in changed])):
        if "with" in where:  # what a behaviour takes only the loader knows
            if verdict == "good" or not taken:
                problems.append(f"{path} {where}: loader {verdict}, schema takes it: {taken}")
            continue
        if (verdict == "unknown-key" and taken) or (verdict == "good" and not taken):
            problems.append(f"{path} {where}: unknown key: loader {verdict}, schema takes it: {taken}")
    unseen = sorted(set(keys_of(schema)) - seen)
    if unseen:
        problems.append(f"keys that no good file has: {', '.join(unseen)}")
    for problem in problems:
        print(problem)
    print(f"{len(samples)} files, {len(changed)} changes, {len(problems)} problems")
    return 1 if problems or len(changed) < 100 else 0


sys.exit(main())
