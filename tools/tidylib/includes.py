"""The layers: who may include whom (docs/design/tour.md)."""

import re

# A room may include rooms of lower rank, and itself.
RANKS = {
    "base": 0,
    "filesystem": 1,
    "core": 2, "tablet": 2, "blob": 2,
    "layers": 3, "backends": 3,
    "registry": 4,
    "abi": 5,
    "record": 6, "index": 6,
    "cli": 7, "server": 7,
}
# Here each folder is a room of its own, strange to its neighbours.
DIVIDED = {"layers", "backends"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
# The second kind is for anystore.h, which is C.
STANDARD = re.compile(r"^([a-z_0-9]+|std(def|int)\.h)$")
# Standard headers that cost every file that includes ours too much.
HEAVY = {"filesystem", "fstream", "iomanip", "iostream", "regex", "sstream", "format"}


def room_of(path):
    """("backends", "memory") for "backends/memory/tree.h"; ("core", "") for "core/gate.h"."""
    parts = path.split("/")
    name = parts[0]
    if name not in RANKS or len(parts) < 2:
        return None
    return (name, parts[1] if name in DIVIDED and len(parts) > 2 else "")


def check(source):
    if not source.is_cpp:
        return []
    check_one = _checker(source.path)
    if check_one is None:
        return []
    findings = []
    for number, line in enumerate(source.lines, 1):
        match = INCLUDE.match(line)
        if match:
            complaint = check_one(match.group(1) == "<", match.group(2))
            if complaint:
                findings.append(source.find(number, "include", complaint))
    return findings


def _checker(path):
    if path.startswith("include/anystore/"):
        return _public
    if path.startswith("src/"):
        room = room_of(path.removeprefix("src/"))
        if room is None:
            return lambda angled, name: "this folder is in no layer: add it to tools/tidylib"
        return lambda angled, name: _private(room, angled, name)
    if path.startswith(("conformance/", "examples/")):
        return _outside
    return None


def _public(angled, name):
    if angled and not STANDARD.match(name):
        return f"<{name}>: a public header includes the standard library and anystore only"
    if angled and name in HEAVY:
        return f"<{name}> is too heavy for a public header"
    if not angled and not name.startswith("anystore/"):
        return f'"{name}": a public header includes public ones only'
    return None


def _private(room, angled, name):
    if angled or name.startswith("anystore/"):
        return None
    target = room_of(name)
    if target is None:
        return f'"{name}": write it relative to src/, as in "base/crc.h"'
    if target == room:
        return None
    shared = target[0] == room[0] and target[1] == ""  # src/backends/x.h, for all backends
    if shared or RANKS[target[0]] < RANKS[room[0]]:
        return None
    return f"{'/'.join(filter(None, room))} may not include {'/'.join(filter(None, target))}"


def _outside(angled, name):
    """The kit and the examples stand where a user stands."""
    if not angled and room_of(name) is not None:
        return f'"{name}": only public headers may be used here'
    return None
