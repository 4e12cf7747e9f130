#include "backends/flatfs/reading/look_ahead.h"

#include <utility>

#include "backends/flatfs/reading/reads.h"

namespace anystore::flatfs {
namespace {

/// So many files are open and on their way from a medium that takes its time.
constexpr std::size_t kDepthMax = 32;
/// So many rounds go by before it is looked again whether that is so.
constexpr std::size_t kRoundsBetweenLooks = 16;

}  // namespace

void LookAhead::Adapt(Duration took, std::size_t count, std::size_t bytes) noexcept {
  if (rounds_left_ > 0) {
    if (--rounds_left_ == 0) depth_ = 1;
  } else if (count > 1 && took > patience_ * count + Duration(bytes)) {
    depth_ = kDepthMax;
    rounds_left_ = kRoundsBetweenLooks;
  }
}

std::unique_ptr<File> OpenAhead(Directory& root, std::string_view name) {
  auto opened = OpenRecord(root, name, nullptr);
  if (!opened.has_value()) return nullptr;
  (*opened)->Advise(0, 0, ReadAdvice::kSoon);
  return *std::move(opened);
}

}  // namespace anystore::flatfs
