"""What must go through the Environment and the file system interface, so that a whole store can run
in a simulated world."""

import re

# (rule, pattern, what to use instead). Calls only: a type name costs nothing.
BANNED = [
    ("clock", r"_clock::now\(|(?<![\w:.>])(std::)?(time|clock_gettime|gettimeofday)\(",
     "take the time from the Environment's clock"),
    ("random", r"\bs?rand\(|\brandom_device\b|\bmt19937",
     "take random numbers from the Environment"),
    ("files", r"\bf(d|re)?open\(|(?<![\w.>:])(::)?(open|openat|creat)\(|"
     r"\bstd::(i|o)?fstream\b|\bstd::basic_[io]?fstream\b",
     "open files through the FileSystem"),
    ("filesystem", r"\bstd::filesystem\b", "go through the FileSystem"),
    ("threads", r"\bstd::j?thread\b(?!::)|\bstd::async\(|\bpthread_create\(|\.detach\(\)",
     "run work on the Environment's executor"),
]
PATTERNS = [(rule, re.compile(pattern), instead) for rule, pattern, instead in BANNED]

# The one list of exceptions: folder -> rules that do not hold in it, and why.
ALLOWED = {
    # What the seams are made of.
    "src/base/": {"clock", "random", "files", "filesystem", "threads"},
    "src/filesystem/": {"clock", "random", "files", "filesystem", "threads"},
    # An engine of others' brings its own files; we look whose they are, and sync their directory.
    "src/backends/engine_": {"filesystem", "files"},
    "src/backends/leveldb/": {"filesystem"},
    "src/backends/rocksdb/": {"filesystem"},
    # A program reads and writes the user's files, shows rates, and works in parallel.
    "src/cli/": {"clock", "random", "files", "filesystem", "threads"},
    # The kit checks what threads may do together, and how long.
    "conformance/": {"clock", "threads"},
}
SCOPE = ("src/", "include/", "conformance/")


def check(source):
    if not source.is_cpp or not source.path.startswith(SCOPE):
        return []
    allowed = set()
    for folder, rules in ALLOWED.items():
        if source.path.startswith(folder):
            allowed |= rules
    findings = []
    for number, line in enumerate(source.code_lines, 1):
        for rule, pattern, instead in PATTERNS:
            match = pattern.search(line)
            if match and rule not in allowed:
                findings.append(source.find(number, rule, f"`{match.group().strip()}`: {instead}"))
    return findings
