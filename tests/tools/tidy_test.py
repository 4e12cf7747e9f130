"""Every rule of tools/tidy: a sample that breaks it is reported, its repaired twin is not."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from tidylib import docs, includes, seams, shape, words  # noqa: E402
from tidylib.declarations import parse  # noqa: E402
from tidylib.source import Source  # noqa: E402


def findings(rule, path, text):
    """(line, rule) of each finding."""
    return [(finding.line, finding.rule) for finding in rule(Source(path, text))]


class RuleTest(unittest.TestCase):
    def assert_clean(self, rule, path, text):
        self.assertEqual(findings(rule, path, text), [], text)

    def assert_found(self, rule, path, text, *expected):
        self.assertEqual(findings(rule, path, text), list(expected), text)


class ShapeTest(RuleTest):
    def test_line_length(self):
        self.assert_clean(shape.check, "src/core/a.cc", "x" * 100 + "\n")
        self.assert_found(shape.check, "src/core/a.cc", "\n" + "x" * 101 + "\n",
                          (2, "line-length"))

    def test_line_length_counts_characters_and_spares_addresses_and_prose(self):
        self.assert_clean(shape.check, "src/core/a.cc", "// " + "…" * 97 + "\n")
        self.assert_clean(shape.check, "src/core/a.cc", "// https://" + "x" * 100 + "\n")
        self.assert_clean(shape.check, "docs/a.md", "x" * 200 + "\n")

    def test_file_length(self):
        self.assert_clean(shape.check, "src/core/a.cc", "\n" * 600)
        over_600 = shape.check(Source("src/core/a.cc", "\n" * 601))
        self.assertEqual([finding.warning for finding in over_600], [True])
        over_1000 = shape.check(Source("src/core/a.cc", "\n" * 1001))
        self.assertEqual([finding.warning for finding in over_1000], [False])

    def test_function_length_warns(self):
        long = "int F() {\n" + "  G();\n" * 70 + "}\n"
        short = "int F() {\n" + "  G();\n" * 68 + "}\n"
        self.assertEqual(shape.long_functions(Source("src/core/a.cc", short)), [])
        found = shape.long_functions(Source("src/core/a.cc", long))
        self.assertEqual([(finding.line, finding.warning) for finding in found], [(1, True)])


class WordsTest(RuleTest):
    def test_marks_of_unfinished_work(self):
        for mark in ("FIXME", "XXX", "HACK", "TODO", "TODO: later", "TODO(): x", "TODO(ada)"):
            self.assert_found(words.check, "src/core/a.cc", f"// {mark}\n", (1, "leftover"))
        self.assert_found(words.check, "docs/a.md", "FIXME\n", (1, "leftover"))
        self.assert_clean(words.check, "src/core/a.cc",
                          "// TODO(batches that spill): wrong above 1 GiB\n// kTodoFixmeXxxx\n")

    def test_prints(self):
        for line in ("std::cout << 1;", "std::cerr << x;", "printf(\"x\");", "std::puts(x);",
                     "std::fprintf(stderr, x);", "DEBUG(x);", "debug << x;"):
            found = findings(words.check, "src/core/a.cc", line + "\n")
            self.assertEqual(found, [(1, "leftover")], line)

    def test_programs_may_print_and_formatting_is_no_print(self):
        self.assert_clean(words.check, "src/cli/a.cc", "std::cout << 1;\n")
        self.assert_clean(words.check, "src/core/a.cc",
                          "std::snprintf(b, n, \"x\");\n// std::cout\nlog(\"printf(\");\n")


class IncludesTest(RuleTest):
    def include(self, path, name):
        return findings(includes.check, path, f"#include {name}\n")

    def test_lower_layers_may_be_included(self):
        for path, name in (("src/core/a.cc", '"base/crc.h"'),
                           ("src/core/a.cc", '"core/gate.h"'),
                           ("src/core/a.cc", '"anystore/key.h"'),
                           ("src/core/a.cc", "<vector>"),
                           ("src/backends/memory/a.cc", '"core/gate.h"'),
                           ("src/backends/memory/a.cc", '"backends/memory/tree.h"'),
                           ("src/backends/memory/a.cc", '"backends/shared.h"'),
                           ("src/registry/a.cc", '"backends/memory/memory.h"'),
                           ("src/cli/a.cc", '"registry/url.h"'),
                           ("conformance/src/a.cc", '"chapter.h"')):
            self.assertEqual(self.include(path, name), [], (path, name))

    def test_upward_and_sideward_includes_are_refused(self):
        for path, name in (("src/base/a.cc", '"core/gate.h"'),
                           ("src/core/a.cc", '"backends/memory/memory.h"'),
                           ("src/core/a.cc", '"tablet/table.h"'),
                           ("src/core/a.cc", '"registry/url.h"'),
                           ("src/core/a.cc", '"gate.h"'),
                           ("src/backends/memory/a.cc", '"backends/rocksdb/rocksdb.h"'),
                           ("src/backends/memory/a.cc", '"layers/cache/cache.h"'),
                           ("src/layers/cache/a.cc", '"backends/memory/memory.h"'),
                           ("src/registry/a.cc", '"cli/io.h"'),
                           ("src/record/a.cc", '"index/tree.h"'),
                           ("src/attic/a.cc", '"base/crc.h"'),
                           ("conformance/src/a.cc", '"core/gate.h"'),
                           ("examples/a.cc", '"base/crc.h"')):
            self.assertEqual(self.include(path, name), [(1, "include")], (path, name))

    def test_public_headers_stay_light(self):
        path = "include/anystore/a.h"
        self.assertEqual(self.include(path, "<string_view>"), [])
        self.assertEqual(self.include(path, '"anystore/key.h"'), [])
        for name in ("<nlohmann/json.hpp>", "<rocksdb/db.h>", "<iostream>", "<unistd.h>",
                     '"base/crc.h"', '"key.h"'):
            self.assertEqual(self.include(path, name), [(1, "include")], name)


class SeamsTest(RuleTest):
    BAD = [("clock", "auto t = std::chrono::steady_clock::now();"),
           ("clock", "return time(nullptr);"),
           ("random", "int x = rand();"),
           ("random", "std::random_device device;"),
           ("files", "FILE* f = fopen(p, m);"),
           ("files", "int fd = ::open(p, O_RDONLY);"),
           ("files", "int fd = open(p, O_RDONLY);"),
           ("files", "std::ifstream in(p);"),
           ("filesystem", "std::filesystem::remove(p);"),
           ("threads", "std::thread worker(F);"),
           ("threads", "std::jthread worker(F);")]

    def test_host_calls_are_refused_in_the_library(self):
        for rule, line in self.BAD:
            self.assert_found(seams.check, "src/core/a.cc", line + "\n", (1, rule))

    def test_the_rooms_below_the_seams_may(self):
        for _, line in self.BAD:
            self.assert_clean(seams.check, "src/base/a.cc", line + "\n")
            self.assert_clean(seams.check, "tests/core/a.cc", line + "\n")

    def test_an_exception_holds_for_its_rule_only(self):
        self.assert_clean(seams.check, "src/backends/rocksdb/a.cc", "std::filesystem::exists(p);\n")
        self.assert_found(seams.check, "src/backends/rocksdb/a.cc", "fopen(p);\n", (1, "files"))
        self.assert_found(seams.check, "src/backends/rocksdb/a.cc", "rand();\n", (1, "random"))
        self.assert_found(seams.check, "src/backends/memory/a.cc", "std::filesystem::path p;\n",
                          (1, "filesystem"))

    def test_names_that_only_look_alike(self):
        self.assert_clean(seams.check, "src/core/a.cc", """
            store.open(url); Reopen(x); operand(); std::thread::id id; clock.now();
            // std::thread and fopen( in a comment
            Log("rand()"); Runtime(x); auto x = options.time(); timer->time();
        """)


class DocsTest(RuleTest):
    PATH = "include/anystore/a.h"
    GOOD = """/// What this header is for.
#pragma once

namespace anystore {

class Later;

/// A thing.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Thing final : public Base<int> {
 public:
  Thing() = default;
  Thing(Thing&& other) noexcept : a_(other.a_), b_{other.b_} {}
  Thing& operator=(Thing&& other) noexcept { return *this; }
  ~Thing() override;
  using Base<int>::Base;

  /// Does.
  [[nodiscard]] virtual int Do(std::string_view key, const Options& options = {}) = 0;
  /// Answers at once.
  template <class T>
  T answer() const {
    if (x) { return T{}; }
    return T();
  }
  int Inherited() const override;

 private:
  int Hidden();
  int a_ = 0, b_{};
};

/// What may be chosen.
struct Options {
  int depth = 0;  ///< How deep.
  /// How wide.
  std::vector<int> widths = {1, 2};
};

/// Colours.
enum class Colour : std::uint8_t {
  kRed = 0,  ///< Warm.
  kBlue,     ///< Cold.
};

/// A short name.
using Short = Thing;
/// A number.
inline constexpr int kNumber = 3;
/// Frees.
void Free(int argument,
          int other);

/// Tries.
#define ANYSTORE_SAMPLE(x) \\
  do {                     \\
  } while (false)

namespace internal {
class Private {
 public:
  void Undocumented();
};
}  // namespace internal
}  // namespace anystore
"""

    def test_a_documented_header_is_clean(self):
        self.assert_clean(docs.check, self.PATH, self.GOOD)

    def test_each_missing_comment_is_found_where_it_is_missing(self):
        lines = self.GOOD.splitlines()
        for comment in ("  /// Does.", "  /// Answers at once.", "/// What may be chosen.",
                        "  /// How wide.", "/// Colours.", "/// A short name.", "/// A number.",
                        "/// Frees.", "/// Tries."):
            number = lines.index(comment)
            text = "\n".join(lines[:number] + [""] + lines[number + 1:]) + "\n"
            self.assert_found(docs.check, self.PATH, text, (number + 2, "undocumented"))

    def test_trailing_comments_count_each_for_its_own(self):
        for comment in ("  ///< How deep.", "  ///< Warm.", "     ///< Cold."):
            text = self.GOOD.replace(comment, "")
            line = 1 + self.GOOD[:self.GOOD.index(comment)].count("\n")
            self.assert_found(docs.check, self.PATH, text, (line, "undocumented"))

    def test_a_class_says_how_threads_may_use_it(self):
        for sentence in ("immutable", "thread-safe", "thread-compatible", "single-thread"):
            self.assert_clean(docs.check, self.PATH, self.GOOD.replace(
                "Threads: thread-safe", f"Threads: {sentence}"))
        for wrong in ("", "Threads: fine.", "Is thread-safe."):
            text = self.GOOD.replace("Threads: thread-safe.", wrong)
            self.assert_found(docs.check, self.PATH, text, (11, "threads"))

    def test_a_header_begins_with_its_purpose(self):
        text = self.GOOD.replace("/// What this header is for.", "// Nothing.")
        self.assert_found(docs.check, self.PATH, text, (1, "header-doc"))

    def test_private_headers_are_free(self):
        self.assert_clean(docs.check, "src/core/a.h", "class A {\n public:\n  int F();\n};\n")


class DeclarationsTest(unittest.TestCase):
    def names(self, text):
        return [(found.kind, found.name) for found in parse(Source("a.cc", text))]

    def test_literals_and_comments_hide_no_braces(self):
        self.assertEqual(self.names("""
            const char* kOpen = "{ // not a comment";  // {
            char c = '{'; int big = 1'000'000;
            auto raw = R"x({ " )x";
            int F() { return '}'; }
        """), [("name", "kOpen"), ("name", "c"), ("name", "big"), ("name", "raw"),
               ("function", "F")])

    def test_bodies_are_told_from_initialisers(self):
        self.assertEqual(self.names("""
            int table[] = {1, 2};
            A::A(int x) : b_{x}, c_(x) { Use(x); }
            auto f = [](int x) { return x; };
            auto G() -> std::pair<int, int> { return {1, 2}; }
            bool H(int x) const noexcept { if (x) { return true; } return false; }
        """), [("name", "table"), ("function", "A::A"), ("name", "f"), ("function", "G"),
               ("function", "H")])


class ProgramTest(unittest.TestCase):
    def run_tidy(self, text):
        with tempfile.TemporaryDirectory() as folder:
            sample = pathlib.Path(folder) / "src" / "core" / "a.cc"
            sample.parent.mkdir(parents=True)
            sample.write_text(text)
            return subprocess.run(
                [sys.executable, ROOT / "tools" / "tidy", "--root", folder, sample],
                capture_output=True, text=True, check=False)

    def test_findings_name_file_line_and_rule_and_fail(self):
        done = self.run_tidy("\nint x = rand();\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("src/core/a.cc:2: random: ", done.stdout)

    def test_warnings_alone_pass(self):
        done = self.run_tidy("\n" * 700)
        self.assertEqual(done.returncode, 0)
        self.assertIn("warning", done.stdout)


if __name__ == "__main__":
    unittest.main()
