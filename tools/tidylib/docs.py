"""The public headers are the manual: every name is explained, every class says how threads may use
it, every header says what it is for."""

import re

from tidylib.declarations import parse

THREADS = re.compile(r"Threads: (immutable|thread-safe|thread-compatible|single-thread)\b")
PUBLIC = ("include/anystore/", "conformance/include/")


def check(source):
    if source.suffix != ".h" or not source.path.startswith(PUBLIC):
        return []
    findings = []
    if not source.text.startswith("///"):
        findings.append(source.find(1, "header-doc", "begin with `///` and what this header is"))
    for declaration in parse(source):
        if not declaration.public or not declaration.is_name:
            continue
        comment = comment_of(source, declaration)
        if not comment:
            findings.append(source.find(
                declaration.line, "undocumented", f"{declaration.kind} `{declaration.name}`"))
        elif declaration.kind == "class" and not THREADS.search(comment):
            findings.append(source.find(
                declaration.line, "threads",
                f"`{declaration.name}`: end its comment with `Threads: ` and one of immutable, "
                "thread-safe, thread-compatible, single-thread"))
    findings += _macros(source)
    return findings


def comment_of(source, declaration):
    """The `///` lines above, or the `///<` behind, as one line of text."""
    above = []
    for line in reversed(source.lines[:declaration.line - 1]):
        text = line.strip()
        if not text.startswith("///"):
            break
        above.insert(0, text.removeprefix("///").strip())
    if above:
        return " ".join(above)
    behind = source.lines[declaration.line - 1:declaration.end]
    return " ".join(line.partition("///<")[2].strip() for line in behind).strip()


def _macros(source):
    findings = []
    for number, line in enumerate(source.lines, 1):
        match = re.match(r"#define (ANYSTORE_\w+)", line)
        # The header comment of export.h is about its one macro; helpers of a macro are private.
        if not match or re.search("_EXPORT$|_INNER|_CONCAT", match.group(1)):
            continue
        above = [text for text in source.lines[:number - 1] if not text.startswith("#")]
        if not above or not above[-1].startswith("///"):
            findings.append(source.find(number, "undocumented", f"macro `{match.group(1)}`"))
    return findings
