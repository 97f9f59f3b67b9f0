# SPDX-License-Identifier: MIT
"""The lints' own tests: each is given something bad and must say so, and something good and must not."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import banned
import c_source
import format as layout
import headers
import layers
import listed
import readmes
import shell
import sizes
import symbols
import text
import tree

SPDX = "/* SPDX-License-Identifier: MIT */\n"


class LintTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def tree_of(self, contents: dict[str, str]) -> tree.Tree:
        for path, content in contents.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(content)
        return tree.Tree(self.root)

    def found(self, findings) -> list[str]:
        return [str(finding) for finding in findings]

    def assert_finds(self, findings, *parts: str):
        """Expect exactly one finding, with all these parts in it."""
        found = self.found(findings)
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def assert_silent(self, findings):
        self.assertEqual(self.found(findings), [])


class TreeTest(LintTest):
    def test_leaves_out_build_products_without_git(self):
        files = self.tree_of({"a.c": "", "build/release/b.c": "", "core/c.c": ""})
        self.assertEqual(files.paths, ["a.c", "core/c.c"])

    def test_asks_git_where_there_is_one(self):
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        files = self.tree_of({".gitignore": "/out/\n", "out/a.c": "", "b.c": ""})
        self.assertEqual(files.paths, [".gitignore", "b.c"])


class SourceTest(LintTest):
    def test_blanks_comments_and_literals_and_keeps_lines(self):
        source = 'a /* x\n"y" */ b "c\\"d" \'"\' // e\nf'
        self.assertEqual(c_source.blank(source), 'a     \n       b "    " \' \'     \nf')

    def test_finds_functions_with_their_lines_and_parameters(self):
        source = (
            "struct a {\n    int b;\n};\n\n"
            "RH_MUST_USE static int\nsum(int a, int (*f)(int, int),\n    int c)\n{\n    return a;\n}\n\n"
            "void none(void)\n{\n}\n"
        )
        found = [tuple(function) for function in c_source.functions(source)]
        self.assertEqual(found, [("sum", 5, 6, 3), ("none", 12, 3, 0)])


class LayersTest(LintTest):
    TABLE = "@libc = <stdint.h>\ncore: @libc\ncore/message: @libc core/base <cbor.h> <rehearse/pid*>\n"
    FILES = {"core/base/assert.h": "", "core/actor/a.h": "", "core/include/rehearse/pid.h": ""}

    def check(self, path: str, line: str):
        return layers.check(self.tree_of(self.FILES | {path: line + "\n"}), self.TABLE)

    def test_refuses_a_folder_above(self):
        self.assert_finds(self.check("core/message/m.c", '#include "core/actor/a.h"'), "m.c:1", "core/actor")

    def test_refuses_a_system_header(self):
        self.assert_finds(self.check("core/message/m.c", "#  include <stdio.h>"), "<stdio.h>")

    def test_refuses_a_public_header_outside_the_row(self):
        self.assert_finds(self.check("core/other/m.c", "#include <rehearse/pid.h>"), "core/include/rehearse/pid.h")

    def test_refuses_what_is_not_there(self):
        self.assert_finds(self.check("core/message/m.c", '#include "assert.h"'), "no path from the root")
        self.assert_finds(self.check("core/message/m.c", "#include <rehearse/q.h>"), "no public header")

    def test_refuses_a_folder_without_a_row(self):
        self.assert_finds(self.check("other/m.c", ""), "no row")

    def test_accepts_the_row_the_own_folder_and_comments(self):
        lines = '#include <cbor.h>\n#include <rehearse/pid.h>\n#include "core/base/assert.h"\n#include <stdint.h>'
        self.assert_silent(self.check("core/message/m.c", lines + "\n// #include <stdio.h>"))

    def test_the_real_table_keeps_the_core_from_the_outside(self):
        table = layers.Table(layers.TABLE.read_text())
        for folder in ("core/base", "core/message", "core/actor"):
            items = table.items(table.rows[folder])
            self.assertFalse(items & {"<stdio.h>", "<time.h>", "<pthread.h>", "<uv.h>"}, folder)


class BannedTest(LintTest):
    def check(self, path: str, line: str):
        return banned.check(self.tree_of({path: f"void f(void)\n{{\n    {line}\n}}\n"}))

    def test_refuses_every_name_of_its_table(self):
        for names, _, reason in banned.RULES + banned.LIBRARY_RULES:
            for name in names.split():
                self.assert_finds(self.check("core/actor/a.c", f"{name}(1);"), "a.c:3", f"{name}()", reason)

    def test_refuses_an_assertion_of_the_c_library_even_in_tests(self):
        self.assert_finds(self.check("core/tests/test_a.c", "assert(x);"), "RH_ASSERT")

    def test_accepts_members_longer_names_comments_and_strings(self):
        line = 'node->time(1); x.random(2); uv_time(3); rand_next(4); /* rand() */ say("rand()");'
        self.assert_silent(self.check("core/actor/a.c", line))

    def test_accepts_what_a_row_allows(self):
        self.assert_silent(self.check("harness/cli/c.c", 'printf("x"); getenv("y");'))
        self.assert_silent(self.check("core/tests/test_a.c", "free(malloc(1));"))


class SizesTest(LintTest):
    LONG = "void f(void)\n{\n" + "    g();\n" * 80 + "}\n"

    def test_asks_about_a_long_function(self):
        self.assert_finds(sizes.check(self.tree_of({"a.c": self.LONG}), ""), "a.c:1", "83 lines")

    def test_asks_about_a_long_file(self):
        self.assert_finds(sizes.check(self.tree_of({"a.c": "int a;\n" * 801}), ""), "801 lines")

    def test_asks_about_many_parameters(self):
        source = "void f(int a, int b, int c, int d, int e, int g, int h)\n{\n}\n"
        self.assert_finds(sizes.check(self.tree_of({"a.c": source}), ""), "7 parameters")

    def test_takes_a_reason_for_an_answer(self):
        files = self.tree_of({"a.c": self.LONG})
        self.assert_silent(sizes.check(files, "lines a.c f: one table\n"))
        self.assert_finds(sizes.check(files, "lines a.c f:\n"), "needs a reason")

    def test_refuses_an_answer_that_nobody_asked_for(self):
        self.assert_finds(sizes.check(self.tree_of({"a.c": ""}), "file a.c: big\n"), "no longer applies")

    def test_takes_the_list_of_cases_in_a_test_for_a_table(self):
        source = self.LONG.replace("void f", "int main")
        self.assert_silent(sizes.check(self.tree_of({"core/tests/test_a.c": source}), ""))


class ListedTest(LintTest):
    def test_refuses_a_file_that_no_list_names(self):
        files = self.tree_of({"core/CMakeLists.txt": "target_sources(core PRIVATE a.c) # b.c", "core/b.c": ""})
        self.assert_finds(listed.check(files), "core/b.c", "never compiled")

    def test_accepts_a_path_from_a_folder_above(self):
        files = self.tree_of({"core/CMakeLists.txt": 'rh_test(x SOURCES\n "tests/b.c")', "core/tests/b.c": ""})
        self.assert_silent(listed.check(files))

    def test_refuses_a_glob(self):
        files = self.tree_of({"CMakeLists.txt": "file(GLOB sources *.c)\n"})
        self.assert_finds(listed.check(files), "not globbed")


class ReadmesTest(LintTest):
    def test_refuses_sources_without_a_readme(self):
        self.assert_finds(readmes.check(self.tree_of({"core/a.c": "", "core/tests/b.c": ""})), "core:1")

    def test_refuses_a_long_readme(self):
        files = self.tree_of({"core/a.c": "", "core/README.md": "a\n" * 31})
        self.assert_finds(readmes.check(files), "31 lines")


class TextTest(LintTest):
    def check(self, content: str, path: str = "a.c"):
        return text.check(self.tree_of({path: content}))

    def test_refuses_each_of_its_kinds(self):
        self.assert_finds(self.check("int a;\n"), "SPDX")
        self.assert_finds(self.check(SPDX + "int a; \n"), "a.c:2", "white space")
        self.assert_finds(self.check(SPDX + "\tint a;\n"), "a tab")
        self.assert_finds(self.check(SPDX + "int a;"), "does not end")
        self.assert_finds(self.check(SPDX + "/*" + "a" * 127 + "\n"), "129 columns")
        self.assert_finds(self.check(SPDX + "/* FIX" + "ME later */\n"), "FIX" + "ME")

    def test_reads_scripts_without_a_suffix(self):
        self.assert_finds(self.check("#!/bin/sh\ntrue\n", "run"), "SPDX")

    def test_leaves_recorded_bytes_alone(self):
        self.assert_silent(self.check("a \n\tb", "reports/golden/a.txt"))


class SymbolsTest(LintTest):
    NM = "a.o:\n                 U malloc\n                 U rh_b\n                 U __stack_chk_fail\n" \
         "b.o:\n0000000000000000 T rh_b\n                 U printf\n"

    def test_refuses_a_symbol_that_is_not_listed(self):
        self.assert_finds(symbols.check(self.NM, "# printf\nmalloc # why\n", "list"), "printf")

    def test_accepts_what_is_listed_or_defined_by_another_member(self):
        self.assert_silent(symbols.check(self.NM, "malloc\nprintf\n", "list"))


class HeadersTest(LintTest):
    def check(self, path: str, content: str):
        return headers.check(self.tree_of({path: content}))

    def test_refuses_a_header_that_needs_another(self):
        found = self.found(self.check("core/include/rehearse/a.h", "uint32_t a(void);\n"))
        self.assertEqual(len(found), len(headers.COMPILERS), found)

    def test_refuses_a_private_header_that_needs_another(self):
        self.assert_finds(self.check("core/base/a.h", "size_t a(void);\n"), "size_t")

    def test_refuses_what_is_no_cxx(self):
        found = self.found(self.check("core/include/rehearse/a.h", "int a(int template);\n"))
        self.assertTrue(found and all("++" in line for line in found), found)

    def test_accepts_a_header_that_stands_alone(self):
        self.assert_silent(self.check("core/include/rehearse/a.h", "#include <stdint.h>\nuint32_t a(void);\n"))


class ProgramsTest(LintTest):
    def test_clang_format_refuses_another_layout(self):
        shutil.copy(tree.ROOT / ".clang-format", self.root)
        self.tree_of({"good.c": "int f(void)\n{\n    return 0;\n}\n", "bad.c": "int f(void) { return 0; }\n"})
        self.assertEqual(layout.clang_format(self.root, ["good.c"], "--dry-run", "-Werror"), 0)
        self.assertNotEqual(layout.clang_format(self.root, ["bad.c"], "--dry-run", "-Werror"), 0)

    def test_shellcheck_sees_every_script(self):
        files = self.tree_of({"run": "#!/bin/sh\n", "a.sh": "#!/usr/bin/env bash\n", "b": "#!/usr/bin/python3\n"})
        self.assertEqual(shell.scripts(files), ["a.sh", "run"])

    def test_a_lint_fails_by_its_exit_code(self):
        self.tree_of({"a.c": "\tint a;\n"})
        command = [sys.executable, "-B", text.__file__, "--root", str(self.root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("a.c:1: a tab", done.stdout)


if __name__ == "__main__":
    unittest.main()
