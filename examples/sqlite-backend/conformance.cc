// Holds the backend against every promise of the interface. Arguments are the chapters to run, such
// as put_get or "go/*"; without any, all. Its stores lie where TMPDIR says.
#include <anystore/backend.h>
#include <anystore/conformance.h>

#include <filesystem>
#include <iostream>
#include <string>

#include "backend.h"

int main(int argc, char** argv) {
  namespace conformance = anystore::conformance;
  if (!anystore::Registry::Global().Register(anystore_sqlite::NewBackend()).has_value()) return 2;
  std::string scratch = std::filesystem::temp_directory_path() / "sqlite-conformance.XXXXXX";
  if (mkdtemp(scratch.data()) == nullptr) return 2;
  const auto target = conformance::TargetFromUrl("sqlite:" + scratch + "/store");
  int exit = 2;
  if (target.has_value()) {
    const conformance::Report report =
        conformance::Run(*target, {.chapters = {argv + 1, argv + argc},
                                   .quick = true});  // false for a release: it takes longer
    std::cout << report.ToText();
    exit = report.passed() ? 0 : 1;
  } else {
    std::cerr << target.error().ToString() << "\n";
  }
  std::filesystem::remove_all(scratch);
  return exit;
}
