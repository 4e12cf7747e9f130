"""Leftovers: words that mark unfinished work, and output that was meant for one's own eyes."""

import re

# This module names what it looks for, and so do its tests.
EXEMPT = ("tools/tidylib/words.py", "tests/tools/")
TODO_FORM = re.compile(r"\bTODO\([^()]+\): \S")
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# Programs speak to their user; the library has a log hook.
SPEAKERS = ("src/cli/", "tests/", "bench/", "fuzz/", "examples/", "conformance/src/main.cc")
PRINT = re.compile(r"std::(cout|cerr|clog)\b|(?<![\w:])(std::)?(printf|puts|putchar)\(|"
                   r"\bfprintf\((stderr|stdout)")
DEBUG = re.compile(r"\b(DEBUG|debug)\s*(<<|:\s*\"|\()|\bdbg!?\(")


def check(source):
    if source.path.startswith(EXEMPT):
        return []
    findings = []
    for number, line in enumerate(source.lines, 1):
        mark = MARKS.search(line)
        if mark and mark.group() != "TODO":
            findings.append(source.find(number, "leftover", f"`{mark.group()}` in the tree"))
        elif mark and not TODO_FORM.search(line):
            findings.append(source.find(
                number, "leftover", "write `TODO(what would finish it): when it is wrong`"))
    if source.is_cpp:
        findings += _prints(source)
    return findings


def _prints(source):
    findings = []
    for number, line in enumerate(source.code_lines, 1):
        if DEBUG.search(line):
            findings.append(source.find(number, "leftover", "debug output"))
        if PRINT.search(line) and not source.path.startswith(SPEAKERS):
            findings.append(source.find(
                number, "leftover", "the library does not print: use the log of the Environment"))
    return findings
