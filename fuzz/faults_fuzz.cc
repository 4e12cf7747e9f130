// Any bytes as fault rules: nothing crashes, and what is printed parses to the same and does the
// same.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "filesystem/faults/faults.h"

namespace {

using anystore::filesystem::Call;
using anystore::filesystem::FaultRules;
using anystore::filesystem::kOperationCount;
using anystore::filesystem::Operation;

void Require(bool holds) {
  if (!holds) std::abort();
}

// A call of every operation.
void MakeCalls(FaultRules& rules) {
  const anystore::SyncSite site = anystore::SyncSite::current();
  for (std::uint8_t i = 0; i < kOperationCount; ++i) {
    Call call;
    call.operation = static_cast<Operation>(i);
    call.path = "AB/K.data";
    if (call.operation == Operation::kRename) call.new_path = ".temp/x";
    if (IsSync(call.operation)) call.site = &site;
    static_cast<void>(rules.Before(call));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  anystore::ManualClock clock(anystore::Instant{});
  const auto rules = FaultRules::Parse(text, {.clock = &clock});
  if (!rules.has_value()) {
    Require(rules.error().message().starts_with("fault rules: line "));
    return 0;
  }
  const std::string printed = (*rules)->ToString();
  const auto again = FaultRules::Parse(printed, {.clock = &clock});
  Require(again.has_value());
  Require((*again)->ToString() == printed);
  MakeCalls(**rules);
  MakeCalls(**again);
  Require((*again)->Report() == (*rules)->Report());
  return 0;
}
