#include <algorithm>
#include <array>
#include <utility>

#include "filesystem/intercepted/intercepted.h"

namespace anystore::filesystem {
namespace {

struct OperationTraits {
  std::string_view name;
  bool changes_or_syncs;
};

constexpr std::array<OperationTraits, kOperationCount> kOperations = {{
    {"open", true},
    {"open_unnamed", false},
    {"open_directory", false},
    {"make_directory", true},
    {"stat", false},
    {"remove", true},
    {"remove_directory", true},
    {"rename", true},
    {"link", true},
    {"list", false},
    {"list_next", false},
    {"sync_directory", true},
    {"sync_filesystem", true},
    {"space", false},
    {"lock", false},
    {"stat_file", false},
    {"sync_file", true},
    {"link_file", true},
    {"truncate", true},
    {"set_dates", true},
    {"allocate", true},
    {"map", false},
    {"read", false},
    {"write", true},
}};

const OperationTraits& TraitsOf(Operation operation) {
  return kOperations[static_cast<std::size_t>(operation)];
}

}  // namespace

std::string_view Name(Operation operation) noexcept { return TraitsOf(operation).name; }

std::optional<Operation> OperationOf(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kOperations, name, &OperationTraits::name);
  if (found == kOperations.end()) return std::nullopt;
  return static_cast<Operation>(found - kOperations.begin());
}

bool ChangesOrSyncs(Operation operation) noexcept { return TraitsOf(operation).changes_or_syncs; }

bool IsSync(Operation operation) noexcept {
  return operation == Operation::kSyncDirectory || operation == Operation::kSyncFileSystem ||
         operation == Operation::kFileSync;
}

Decision Decision::Fail(Error error) {
  Decision decision;
  decision.kind = Kind::kFail;
  decision.error = std::move(error);
  return decision;
}

Decision Decision::Shorten(std::uint64_t length) {
  Decision decision;
  decision.kind = Kind::kShorten;
  decision.length = length;
  return decision;
}

Decision Decision::Pretend() {
  Decision decision;
  decision.kind = Kind::kPretend;
  return decision;
}

void Interceptor::After(const Call& /*call*/, const Outcome& /*outcome*/) {}

void Interceptor::Closed(std::uint64_t /*handle*/) {}

Decision Chain::Before(const Call& call) {
  for (Interceptor* const link : links_) {
    Decision decision = link->Before(call);
    if (decision.kind != Decision::Kind::kProceed) return decision;
  }
  return Decision::Proceed();
}

void Chain::After(const Call& call, const Outcome& outcome) {
  for (Interceptor* const link : links_) link->After(call, outcome);
}

void Chain::Closed(std::uint64_t handle) {
  for (Interceptor* const link : links_) link->Closed(handle);
}

}  // namespace anystore::filesystem
