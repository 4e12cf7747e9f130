#!/usr/bin/env python3
"""Turns the example of every public header into a test.

An example is the first run of `///     ` lines before `#pragma once`. It is compiled as the body
of a function that returns a Status, with what tests/docs/example_context.h declares in scope; one
that defines a class or a function stands at namespace scope instead. Headers that only gather or
mark others have none.

Usage: extract_header_examples.py OUTPUT HEADER...
"""

import pathlib
import re
import sys

WITHOUT_EXAMPLE = {"anystore.h", "export.h", "datastore.h"}
AT_NAMESPACE_SCOPE = re.compile(r"^(class|struct|template)\b|^[\w:]+(<.*>)? \w+\(.*\) \{$")


def example_of(header: pathlib.Path) -> list[str]:
    """The lines of the header's example, without their comment marks."""
    lines = []
    for line in header.read_text().splitlines():
        if line == "#pragma once":
            break
        if line.startswith("///     "):
            lines.append(line[len("///     "):])
        elif line == "///" and lines:
            lines.append("")
    while lines and not lines[-1]:
        lines.pop()
    return lines


def test_of(header: pathlib.Path) -> str:
    """The example as a test."""
    lines = example_of(header)
    name = header.name
    if not lines:
        sys.exit(f"{header}: no example before `#pragma once`")
    body = "\n".join(lines)
    test = "".join(part.capitalize() for part in header.stem.split("_"))
    if AT_NAMESPACE_SCOPE.search(lines[0]):
        return (f"namespace example_{header.stem} {{\n{body}\n}}\n"
                f"TEST(HeaderExamples, {test}) {{ SUCCEED(); }}\n")
    return (f"struct Example_{header.stem} : ExampleContext {{\n"
            f"  anystore::Status Run() {{\n{body}\n    return anystore::Ok();\n  }}\n}};\n"
            f"TEST(HeaderExamples, {test}) {{\n"
            f"  const anystore::Status status = Example_{header.stem}().Run();\n"
            f"  EXPECT_TRUE(status.has_value()) << \"{name}: \" << status.error().ToString();\n"
            f"}}\n")


def main() -> None:
    output, *headers = sys.argv[1:]
    text = '#include "docs/example_context.h"\n\n'
    for header in sorted(map(pathlib.Path, headers)):
        if header.name not in WITHOUT_EXAMPLE:
            text += f"// {header.name}\n{test_of(header)}\n"
    pathlib.Path(output).write_text(text)


if __name__ == "__main__":
    main()
