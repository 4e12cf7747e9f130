#!/usr/bin/env python3
"""Fails for every relative link in the documentation that leads nowhere.

Usage: check_links.py SOURCE_DIR
"""

import pathlib
import re
import sys

CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def main() -> None:
    source = pathlib.Path(sys.argv[1])
    pages = [*source.glob("*.md"), *source.glob("docs/**/*.md")]
    broken = [f"{page.relative_to(source)}: {target}"
              for page in pages for target in LINK.findall(CODE.sub("", page.read_text()))
              if not (page.parent / target).exists()]
    print(f"{len(pages)} pages")
    if broken:
        sys.exit("links that lead nowhere:\n" + "\n".join(broken))


if __name__ == "__main__":
    main()
