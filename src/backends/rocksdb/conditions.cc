#include "backends/rocksdb/conditions.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backends/rocksdb/version.h"

namespace anystore::rocksdb {
namespace {

/// A record as far as conditions look at it; none: there is no record.
using State = std::optional<EntryInfo>;

/// What the mutations seen so far have made of the keys.
class Overlay {
 public:
  void Add(const Mutation& mutation) {
    ++count_;
    if (mutation.kind == Mutation::Kind::kDeleteRange) {
      ranges_.push_back({.at = count_, .mutation = &mutation});
    } else {
      last_[mutation.key] = {.at = count_, .mutation = &mutation};
    }
  }

  /// The mutation that decides on `key`; null when none has touched it.
  [[nodiscard]] const Mutation* Find(std::string_view key) const {
    const auto own = last_.find(key);
    const Touch* latest = own != last_.end() ? &own->second : nullptr;
    for (const Touch& range : ranges_) {
      const Mutation& mutation = *range.mutation;
      const bool inside =
          key >= mutation.key && (!mutation.range_to.has_value() || key < *mutation.range_to);
      if (inside && (latest == nullptr || latest->at < range.at)) latest = &range;
    }
    return latest != nullptr ? latest->mutation : nullptr;
  }

 private:
  struct Touch {
    std::size_t at = 0;
    const Mutation* mutation = nullptr;
  };
  std::size_t count_ = 0;
  std::unordered_map<std::string_view, Touch> last_;
  std::vector<Touch> ranges_;
};

Result<State> StoredState(const View& view, std::string_view key, Wanted wanted) {
  Result<EntryInfo> info = Stat(view, key, wanted);
  if (info.has_value()) return State(*std::move(info));
  if (info.error().code() == Code::kNotFound) return State();
  return std::move(info).error();
}

State StateAfter(const Mutation& mutation) {
  if (mutation.kind != Mutation::Kind::kPut) return std::nullopt;
  return EntryInfo{.size = mutation.value.size(), .version = VersionOf(mutation.value)};
}

Status CheckState(const Condition& condition, const State& state) {
  switch (condition.kind) {
    case Condition::Kind::kNone:
      return Ok();
    case Condition::Kind::kAbsent:
      if (!state.has_value()) return Ok();
      return Error(Code::kPreconditionFailed, "there is a record already");
    case Condition::Kind::kPresent:
      if (state.has_value()) return Ok();
      return Error(Code::kPreconditionFailed, "there is no record");
    case Condition::Kind::kVersionIs:
      if (state.has_value() && state->version == condition.version) return Ok();
      return Error(Code::kPreconditionFailed,
                   state.has_value() ? "the record has another version" : "there is no record");
  }
  return Error(Code::kInvalidArgument, "an unknown kind of condition");
}

Result<State> CurrentState(const View& view, const Overlay& overlay, const Mutation& mutation) {
  if (const Mutation* const earlier = overlay.Find(mutation.key); earlier != nullptr) {
    return StateAfter(*earlier);
  }
  const bool version = mutation.condition.kind == Condition::Kind::kVersionIs;
  return StoredState(view, mutation.key, version ? Wanted::kVersion : Wanted::kExistence);
}

}  // namespace

bool AnyConditions(std::span<const Mutation> mutations) noexcept {
  return std::ranges::any_of(
      mutations, [](const Mutation& m) { return m.condition.kind != Condition::Kind::kNone; });
}

Status CheckConditions(const View& view, std::span<const Mutation> mutations) {
  Overlay overlay;
  for (std::size_t i = 0; i < mutations.size(); ++i) {
    const Mutation& mutation = mutations[i];
    if (mutation.condition.kind != Condition::Kind::kNone) {
      ANYSTORE_ASSIGN_OR_RETURN(const State state, CurrentState(view, overlay, mutation));
      Status status = CheckState(mutation.condition, state);
      if (!status.has_value() && mutations.size() > 1) {
        return Error(status.error().code(), std::string(status.error().message()) + " (mutation " +
                                                std::to_string(i + 1) + " of " +
                                                std::to_string(mutations.size()) + ")")
            .ForKey(mutation.key);
      }
      ANYSTORE_TRY(std::move(status));
    }
    if (mutations.size() > 1) overlay.Add(mutation);
  }
  return Ok();
}

}  // namespace anystore::rocksdb
