# SPDX-License-Identifier: MIT
"""Every scenario file is valid against scenario.schema.json, as an editor reads it, and has a title of its own.

The loader is asked by the suite itself; this is about the schema, which must not refuse what runs.
"""
import json
import pathlib
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2's idea of scalars, as editors have it: `on` is a text."""


Loader.yaml_implicit_resolvers = {}
for kind, pattern, first in (
    ("bool", r"^(true|false)$", "tf"),
    ("null", r"^(null|~|)$", ["n", "~", ""]),
    ("int", r"^-?(0x[0-9a-fA-F]+|[0-9]+)$", "-0123456789"),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))


def main():
    folder = pathlib.Path(__file__).resolve().parent
    schema = json.loads((folder / "scenario.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    files, wrong, titles = sorted(folder.rglob("*.yaml")), 0, {}
    for path in files:
        name = path.relative_to(folder)
        scenario = yaml.load(path.read_text(encoding="utf-8"), Loader)
        for error in validator.iter_errors(scenario):
            print(f"{name}: {error.json_path}: {error.message}")
            wrong += 1
        title = scenario.get("scenario")
        if title in titles:
            print(f"{name}: has the title of {titles[title]}")
            wrong += 1
        titles[title] = name
    print(f"{len(files)} files, {wrong} wrong")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
