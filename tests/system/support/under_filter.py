"""Runs a command under the system call filter of a unit, as systemd would set it.

    python3 under_filter.py UNIT COMMAND [ARGUMENT]...

Groups of calls (@system-service) are those of the systemd that is installed.
"""
import errno
import os
import pathlib
import re
import subprocess
import sys

import seccomp

ALWAYS = "@default"  # systemd allows these beside any list


def calls_of_groups():
    """Each group's name and what stands in it, calls and other groups."""
    listed = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], check=True,
                            capture_output=True, text=True, timeout=60).stdout
    groups = {}
    for line in listed.splitlines():
        word = line.strip().removeprefix("# ")
        if line.startswith(("@", "# @")):
            members = groups.setdefault(word, [])
        elif line.startswith(" ") and re.fullmatch(r"@?[a-z0-9_-]+", word):
            members.append(word)
    return groups


def expand(word, groups):
    if not word.startswith("@"):
        return {word}
    return set().union(*(expand(member, groups) for member in groups[word]))


def allowed_calls(unit):
    groups = calls_of_groups()
    allowed = expand(ALWAYS, groups)
    for words in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        taken_away = words.startswith("~")
        for word in words.removeprefix("~").split():
            calls = expand(word, groups)
            allowed = allowed - calls if taken_away else allowed | calls
    return allowed


def load(allowed):
    calls = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for call in sorted(allowed):
        try:
            calls.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, ValueError, OSError):
            pass  # a call of another kind of machine, or newer than the library
    calls.load()


if __name__ == "__main__":
    load(allowed_calls(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")))
    os.execv(sys.argv[2], sys.argv[2:])
