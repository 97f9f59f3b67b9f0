# SPDX-License-Identifier: MIT
"""What the tests of packages share: commands that must end as they should, and sentences that must hold."""

import subprocess
import sys


def run(*command, code=0, **options):
    """Run a command and return what it printed; another exit code than the wanted one ends the test."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if code is not None and done.returncode != code:
        sys.exit("%s\n%s\nexit code %d, not %d" % (" ".join(map(str, command)), done.stdout, done.returncode, code))
    return done.stdout


def demand(condition, sentence, shown=""):
    if not condition:
        sys.exit("%s\n%s" % (sentence, shown))
