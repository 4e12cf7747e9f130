"""Sizes: of lines, files and functions."""

from tidylib.declarations import parse

LINE_COLUMNS_MAX = 100
FILE_LINES_WARN = 600
FILE_LINES_MAX = 1000
FUNCTION_LINES_WARN = 70
WITHOUT_COLUMNS = {".md", ".json"}


def check(source):
    findings = []
    if source.suffix not in WITHOUT_COLUMNS:
        for number, line in enumerate(source.lines, 1):
            # An address cannot be broken.
            if len(line) > LINE_COLUMNS_MAX and "://" not in line:
                findings.append(source.find(
                    number, "line-length", f"{len(line)} columns, at most {LINE_COLUMNS_MAX}"))
    count = len(source.lines)
    if count > FILE_LINES_MAX:
        findings.append(source.find(
            count, "file-length", f"{count} lines, at most {FILE_LINES_MAX}: split it"))
    elif count > FILE_LINES_WARN:
        findings.append(source.find(
            count, "file-length", f"{count} lines; think of a split at {FILE_LINES_WARN}", True))
    return findings


def long_functions(source):
    """Warnings for functions over the length. Tests are lists: they may be long."""
    if not source.is_cpp or source.path.startswith("tests/"):
        return []
    findings = []
    for declaration in parse(source):
        length = declaration.body_end - declaration.line + 1
        if declaration.kind == "function" and length > FUNCTION_LINES_WARN:
            findings.append(source.find(
                declaration.line, "function-length",
                f"{declaration.name}: {length} lines, over {FUNCTION_LINES_WARN}", True))
    return findings
