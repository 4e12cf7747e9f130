#!/usr/bin/env python3
"""Holds the binary interface of anystore.h against what it was: programs and plugins that were
built long ago rely on every number.

Sizes and offsets come from the C compiler, names of functions from the symbols of the library. A
difference is an error, unless it only adds to the end of a table and the record is written again:

    check_layout.py CC INCLUDE_DIR LIBRARY tests/data/abi/layout_v1.txt --update

Usage: check_layout.py CC INCLUDE_DIR LIBRARY RECORD [--update]
"""

import argparse
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

COMMENT = re.compile(r"///?.*?$|/\*.*?\*/", re.MULTILINE | re.DOTALL)
STRUCT = re.compile(r"typedef struct (anystore_\w+) \{(.*?)\n\}", re.DOTALL)
ENUM = re.compile(r"enum (anystore_\w+) \{(.*?)\}", re.DOTALL)
FUNCTION = re.compile(
    r"ANYSTORE_EXPORT ([^;(]*?\b(anystore_\w+)\([^;]*?\))\s*(?:ANYSTORE_NOEXCEPT)?;", re.DOTALL)
TYPE = re.compile(r"typedef (anystore_error\* (anystore_\w+_function)\([^;]*\));", re.DOTALL)
# The library does not define what plugins do.
OF_PLUGINS = {"anystore_plugin_v1"}


def members_of(body):
    """The names of a struct's members."""
    names = []
    for statement in body.split(";"):
        statement = statement.strip()
        pointer = re.search(r"\(\*(\w+)\)\(", statement)
        plain = re.search(r"(\w+)(\[\d+\])?$", statement)
        if pointer or plain:
            names.append((pointer or plain).group(1))
    return names


def signatures_of(text):
    """Every function, and every pointer to one in a table, as it is declared."""
    found = [f"function {one}" for one, name in FUNCTION.findall(text)]
    found += [f"type {one}" for one, name in TYPE.findall(text)]
    for name, body in STRUCT.findall(text):
        found += [f"in {name} {one.strip()}" for one in body.split(";") if "(*" in one]
    return sorted(" ".join(one.split()).replace("( ", "(") for one in found)


def program_of(text):
    """A program that prints the layout of everything in the header."""
    lines = []
    for name, body in STRUCT.findall(text):
        lines.append(f'printf("struct {name} %zu\\n", sizeof({name}));')
        for member in members_of(body):
            lines.append(f'printf("  {member} %zu %zu\\n", offsetof({name}, {member}), '
                         f"sizeof((({name}*)0)->{member}));")
    for name, body in ENUM.findall(text):
        lines.append(f'puts("enum {name}");')
        for word in re.findall(r"ANYSTORE_\w+", body):
            lines.append(f'printf("  {word} %d\\n", (int){word});')
    return ('#include <stdio.h>\n#include "anystore/anystore.h"\nint main(void) {\n'
            + "\n".join(lines) + "\nreturn 0;\n}\n")


def layout_of(compiler, include, text):
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder, "layout.c"), pathlib.Path(folder, "layout")
        source.write_text(program_of(text))
        subprocess.run([compiler, "-std=c99", f"-I{include}", source, "-o", program], check=True)
        return subprocess.run([program], capture_output=True, text=True, check=True).stdout


def symbols_of(library):
    """The C functions that a program can link with: nothing else of that form may be seen."""
    options = ["-D"] if ".so" in library.name else []
    done = subprocess.run(["nm", *options, "--defined-only", "--extern-only", library],
                          capture_output=True, text=True, check=True)
    return set(re.findall(r" T (anystore_\w+)$", done.stdout, re.MULTILINE))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("compiler")
    parser.add_argument("include", type=pathlib.Path)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("record", type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()

    text = COMMENT.sub("", (arguments.include / "anystore" / "anystore.h").read_text())
    declared = {name for _, name in FUNCTION.findall(text)} - OF_PLUGINS
    found = layout_of(arguments.compiler, arguments.include, text)
    found += "".join(f"{one}\n" for one in signatures_of(text))
    if arguments.update:
        arguments.record.write_text(found)
    recorded = arguments.record.read_text()
    differences = list(difflib.unified_diff(recorded.splitlines(), found.splitlines(),
                                            "recorded", "found", lineterm=""))
    symbols = symbols_of(arguments.library)
    if symbols != declared:
        differences.append(f"declared and not in the library: {sorted(declared - symbols)}, "
                           f"in the library and not declared: {sorted(symbols - declared)}")
    print(f"{len(found.splitlines())} lines, {len(symbols)} functions")
    if differences:
        sys.exit("\n".join(differences))


if __name__ == "__main__":
    main()
