#!/usr/bin/env python3
"""Runs every command that the documentation prints.

A fenced block marked `sh` in README.md or docs/ is a script: it runs under `bash -e` in an empty
directory with the built `anystore` on the path, and must succeed. A line that is meant to fail says
so: `command || echo ...`. Blocks of one page share the directory, so that a page can tell a story.
The page is set up with what a reader has: ANYSTORE_SOURCE names the checkout.

Commands of the `dev` script in the README are not run here (this is one of its stages): that they
exist is checked against its help.

With --skip, blocks that hold TEXT are left out, and counted: they show what this build has not.

Usage: run_commands.py SOURCE_DIR BINARY_DIR [--skip TEXT]
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
DEV_COMMAND = re.compile(r"`?\./dev (\w+)")
TIMEOUT_S = 120
# Pages that a test of their own follows, files and all.
FOLLOWED = {"write-a-backend.md"}


def run_page(page: pathlib.Path, blocks: list[str], environment: dict[str, str]) -> list[str]:
    """Runs blocks of a page; returns what went wrong."""
    failures = []
    with tempfile.TemporaryDirectory() as directory:
        for block in blocks:
            done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", block], cwd=directory,
                                  env=environment, capture_output=True, text=True,
                                  errors="replace", timeout=TIMEOUT_S, check=False)
            if done.returncode != 0:
                failures.append(f"{page}: exit {done.returncode} from\n{block}"
                                f"--- output\n{done.stdout}{done.stderr}")
    return failures


def unknown_dev_commands(source: pathlib.Path, pages: list[pathlib.Path]) -> list[str]:
    """The `./dev X` that pages print and the script does not know."""
    usage = subprocess.run([source / "dev", "--help"], capture_output=True, text=True, check=True)
    return [f"{page}: ./dev has no command {command}"
            for page in pages for command in DEV_COMMAND.findall(page.read_text())
            if not re.search(rf"^\s*{command}\b", usage.stdout, re.MULTILINE)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--skip", metavar="TEXT")
    arguments = parser.parse_args()
    source, binaries = arguments.source, arguments.binaries
    environment = dict(os.environ, PATH=f"{binaries}:{os.environ['PATH']}",
                       ANYSTORE_SOURCE=str(source), LC_ALL="C.UTF-8")
    pages = [source / "README.md", source / "CONTRIBUTING.md", *sorted(source.glob("docs/**/*.md"))]
    pages = [page for page in pages if page.exists() and page.name not in FOLLOWED]
    failures = unknown_dev_commands(source, pages)
    blocks = skipped = 0
    for page in pages:
        printed = BLOCK.findall(page.read_text())
        run = [block for block in printed if arguments.skip is None or arguments.skip not in block]
        blocks += len(run)
        skipped += len(printed) - len(run)
        failures += run_page(page, run, environment)
    print(f"{blocks} blocks of commands on {len(pages)} pages; {skipped} skipped")
    if failures:
        sys.exit("\n\n".join(failures))
    if blocks == 0:
        sys.exit("no page prints a command: the marker must have changed")


if __name__ == "__main__":
    main()
