#!/usr/bin/env python3
"""Follows docs/guide/write-a-backend.md literally, in an empty folder, with an installed anystore.

Commands in `sh` blocks are run; a block behind a line such as "`sqlite-backend/store.cc`:" is
written to that file. In the end the conformance kit must be green, and the files those of
examples/sqlite-backend, so that the page and the example cannot part.

Usage: follow_guide.py SOURCE_DIR CMAKE BUILD_DIR COMPILER
"""

import filecmp
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PAGE = "docs/guide/write-a-backend.md"
BLOCK = re.compile(r"(?:^`(?P<file>[\w./-]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)
TIMEOUT_S = 400


def follow(page: str, folder: pathlib.Path, environment: dict[str, str]) -> str:
    """Does what the page says; returns what its commands printed."""
    printed = ""
    for block in BLOCK.finditer(page):
        if block["file"]:
            (folder / block["file"]).write_text(block["text"])
        elif block["kind"] == "sh":
            done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", block["text"]], cwd=folder,
                                  env=environment, stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.STDOUT, timeout=TIMEOUT_S, check=False)
            printed += done.stdout
            if done.returncode != 0:
                sys.exit(f"{PAGE}: exit {done.returncode} from\n{block['text']}--- output\n"
                         f"{done.stdout}")
    return printed


def compare(made: pathlib.Path, example: pathlib.Path) -> None:
    """Says where what the page makes and what ships differ."""
    names = sorted(p.name for p in example.iterdir())
    made_names = sorted(p.name for p in made.iterdir() if p.name != "build")
    if names != made_names:
        sys.exit(f"the page makes {made_names}, {example} has {names}")
    _, different, missing = filecmp.cmpfiles(made, example, names, shallow=False)
    if different or missing:
        sys.exit(f"{PAGE} and {example} differ in {different + missing}")


def main() -> None:
    source, cmake, build, compiler = pathlib.Path(sys.argv[1]), *sys.argv[2:5]
    with tempfile.TemporaryDirectory() as directory:
        prefix, folder = pathlib.Path(directory, "prefix"), pathlib.Path(directory, "folder")
        folder.mkdir()
        subprocess.run([cmake, "--install", build, "--prefix", str(prefix)], check=True,
                       stdout=subprocess.DEVNULL)
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else directory
        environment = dict(os.environ, PATH=f"{prefix}/bin:{os.environ['PATH']}", TMPDIR=memory,
                           CMAKE_PREFIX_PATH=str(prefix), CXX=compiler, LC_ALL="C.UTF-8",
                           CMAKE_GENERATOR="Ninja", CXXFLAGS="-Wall -Wextra -Werror -O1")
        printed = follow((source / PAGE).read_text(), folder, environment)
        compare(folder / "sqlite-backend", source / "examples/sqlite-backend")
    for wanted in ("Put is not implemented", ", 0 failed,"):
        if wanted not in printed:
            sys.exit(f"{PAGE}: {wanted!r} was not printed by its commands:\n{printed}")
    print("the guide ends with a green kit")


if __name__ == "__main__":
    main()
