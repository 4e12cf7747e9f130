// anystore_stacks: what ./dev torture runs, and slices of it in every build.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/backend.h"
#include "anystore/conformance.h"
#include "anystore/datastore.h"
#include "anystore/torture.h"
#include "base/words.h"
#include "scratch_directory.h"
#include "stacks/drawn_stack.h"

namespace anystore::stacks {
namespace {

struct Arguments {
  std::vector<std::string> backends = {};
  std::uint64_t seed = 1;
  std::uint64_t stacks = 3;
  std::uint64_t operations = 20'000;
  std::filesystem::path directory = testing::InMemory();
  bool kit = true;
};

int Usage(std::string_view complaint) {
  std::cerr << "anystore_stacks: " << complaint
            << "\nusage: anystore_stacks BACKEND... [--seed N] [--stacks N] [--operations N] "
               "[--kit yes|no] [--directory DIR]\n       anystore_stacks --backends\n";
  return 2;
}

// Empty, or what is wrong.
std::string Set(Arguments& arguments, std::string_view option, std::string_view value) {
  if (option == "--directory") {
    arguments.directory = value;
    return {};
  }
  if (option == "--kit") {
    arguments.kit = value == "yes";
    return value == "yes" || value == "no" ? "" : "--kit is yes or no";
  }
  const auto number = base::ParseNumber(value);
  if (option == "--seed") {
    // A number, or any text: the hash of a commit.
    arguments.seed = number.value_or(FeatureName(value) % 1'000'000'000);
    return {};
  }
  if (!number.has_value()) return "not a number: " + std::string(value);
  if (option == "--stacks") {
    arguments.stacks = *number;
  } else if (option == "--operations") {
    arguments.operations = *number;
  } else {
    return "unknown option " + std::string(option);
  }
  return {};
}

bool Conforms(const conformance::Target& target, std::uint64_t seed) {
  const conformance::Report report = conformance::Run(target, {.seed = seed, .quick = true});
  if (!report.passed()) std::cout << report.ToText();
  std::cout << "  " << report.count(conformance::Outcome::kPassed) << " chapters passed, "
            << report.count(conformance::Outcome::kFailed) << " failed" << std::endl;
  return report.passed();
}

bool Survives(const conformance::Target& target, const Arguments& arguments) {
  const auto report = conformance::Torture(
      {&target, 1}, {.operations = arguments.operations, .seed = arguments.seed});
  if (!report.has_value()) {
    std::cout << "  torture: " << report.error().ToString() << std::endl;
    return false;
  }
  if (!report->passed()) std::cout << report->ToText();
  std::cout << "  " << report->operations << " operations, "
            << (report->passed() ? "every answer was right" : "an answer was wrong") << std::endl;
  return report->passed();
}

bool Passes(const std::string& stack, const Arguments& arguments) {
  std::cout << stack << std::endl;
  const Result<conformance::Target> target = conformance::TargetFromUrl(stack);
  if (!target.has_value()) {
    std::cout << "  " << target.error().ToString() << std::endl;
    return false;
  }
  const bool conforms = !arguments.kit || Conforms(*target, arguments.seed);
  return Survives(*target, arguments) && conforms;
}

// Those that take writes.
int ListBackends() {
  for (const Backend* const backend : Registry::Global().backends()) {
    if (backend->capabilities().access == Access::kReadWrite)
      std::cout << backend->scheme() << '\n';
  }
  return 0;
}

bool AllPass(const std::string& backend, const Arguments& arguments) {
  SeededRandom random(arguments.seed ^ FeatureName(backend));
  bool passed = true;
  for (std::uint64_t i = 0; i < arguments.stacks; ++i) {
    const testing::ScratchDirectory scratch(arguments.directory);
    const auto start = std::chrono::steady_clock::now();
    const Result<std::string> stack = DrawStack(
        Registry::Global(), {.backend = backend, .directory = scratch.path().string()}, random);
    if (!stack.has_value()) {
      std::cout << backend << ": " << stack.error().ToString() << std::endl;
      return false;
    }
    passed = Passes(*stack, arguments) && passed;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    std::cout << "  " << spent.count() << " s" << std::endl;
  }
  return passed;
}

int Main(std::span<char* const> words) {
  if (words.size() == 1 && std::string_view(words[0]) == "--backends") return ListBackends();
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with("--")) {
      arguments.backends.emplace_back(word);
      continue;
    }
    if (i + 1 == words.size()) return Usage(std::string(word) + " needs a value");
    const std::string complaint = Set(arguments, word, words[++i]);
    if (!complaint.empty()) return Usage(complaint);
  }
  if (arguments.backends.empty()) return Usage("which backends?");
  bool passed = true;
  for (const std::string& backend : arguments.backends) {
    passed = AllPass(backend, arguments) && passed;
  }
  std::cout << (passed ? "passed" : "failed") << ", seed " << arguments.seed << std::endl;
  return passed ? 0 : 1;
}

}  // namespace
}  // namespace anystore::stacks

int main(int count, char** words) {
  return anystore::stacks::Main(
      std::span<char* const>(words, static_cast<std::size_t>(count)).subspan(1));
}
