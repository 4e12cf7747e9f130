#!/usr/bin/env python3
"""Turns the C++ of a page of the guide into a test.

The fenced blocks marked `cpp` of one page are one story: they become the body of one function that
returns a Status, in the order in which they stand.

Usage: extract_page_examples.py OUTPUT PAGE...
"""

import pathlib
import re
import sys

BLOCK = re.compile(r"^```cpp\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_of(page: pathlib.Path) -> str:
    """The blocks of the page as a test."""
    blocks = BLOCK.findall(page.read_text())
    if not blocks:
        sys.exit(f"{page}: no block marked `cpp`")
    test = "".join(part.capitalize() for part in page.stem.split("_"))
    return (f"struct Page_{page.stem} : ExampleContext {{\n"
            f"  anystore::Status Run() {{\n{''.join(blocks)}\n"
            f"    return anystore::Ok();\n  }}\n}};\n"
            f"TEST(PageExamples, {test}) {{\n"
            f"  const anystore::Status status = Page_{page.stem}().Run();\n"
            f"  EXPECT_TRUE(status.has_value()) << status.error().ToString();\n"
            f"}}\n")


def main() -> None:
    output, *pages = sys.argv[1:]
    text = '#include "docs/example_context.h"\n\n'
    text += "\n".join(test_of(page) for page in map(pathlib.Path, pages))
    pathlib.Path(output).write_text(text)


if __name__ == "__main__":
    main()
