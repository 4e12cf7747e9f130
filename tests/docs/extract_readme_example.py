#!/usr/bin/env python3
"""Writes the C++ program in README.md, its one block marked `cpp`, to a file.

Usage: extract_readme_example.py README OUTPUT
"""

import pathlib
import re
import sys


def main() -> None:
    blocks = re.findall(r"^```cpp\n(.*?)^```", pathlib.Path(sys.argv[1]).read_text(),
                        re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        sys.exit(f"{sys.argv[1]}: expected one cpp block, found {len(blocks)}")
    pathlib.Path(sys.argv[2]).write_text(blocks[0])


if __name__ == "__main__":
    main()
