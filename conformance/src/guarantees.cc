#include "guarantees.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <string>
#include <type_traits>

#include "anystore/conformance.h"

namespace anystore::conformance {
namespace {

constexpr AxisChapters kAxes[] = {
    {"value_bytes_max", "value_sizes", ""},
    {"batch_bytes_max", "batch_bytes", ""},
    {"access", "put_get deletes batches", "read_only"},
    {"ordered_scan", "ordered_scan seek", "absent_options"},
    {"reverse_scan", "reverse_scan reverse_seek", "absent_options"},
    {"scan_isolation", "scan_entry_exists scan_snapshot", ""},
    {"range_read", "windows", ""},
    {"get_many", "get_many", ""},
    {"snapshots", "snapshots closed_snapshots", "absent_options"},
    {"transactions", "claims", "claims"},
    {"batch_atomicity", "batch_failures batch_atomicity crash_after_batches crash_while_committing",
     "absent_options"},
    {"conditional_write", "conditional_writes conditional_apply conditional_race",
     "absent_options"},
    {"versions", "versions monotone_versions version_conditions", "absent_options"},
    {"expiry", "expiry set_expiry expiry_condition", "absent_options"},
    {"delete_range", "delete_range_mutation", "absent_options"},
    {"put_durability", "crash_after_writes crash_after_overwrites crash_after_deletes", ""},
    {"durability_max", "crash_after_writes crash_after_overwrites crash_after_deletes",
     "durability_levels"},
    {"sync_durability", "crash_after_sync crash_after_sync_of_changes crash_after_sync_of_batches",
     ""},
    {"consistency", "reads_see_writes", ""},
    {"sharing", "open_twice", "open_twice"},
    {"persistence", "reopening", ""},
};

std::vector<std::string> RunOf(const Report& report, std::string_view chapters) {
  std::vector<std::string> run;
  for (const auto part : std::views::split(chapters, ' ')) {
    const ChapterReport* const chapter = report.find(std::string_view(part.begin(), part.end()));
    if (chapter != nullptr && chapter->outcome != Outcome::kSkipped) run.push_back(chapter->name);
  }
  return run;
}

bool IsWeakest(std::uint64_t) { return false; }
template <class Level>
  requires std::is_enum_v<Level>
bool IsWeakest(Level level) {
  // A plain put always has some durability; the first that promises anything is the second.
  if constexpr (std::is_same_v<Level, Durability>) {
    return level <= Durability::kApplied;
  } else {
    return level == Level{};
  }
}

std::string NameOf(std::uint64_t bytes) { return std::to_string(bytes); }
template <class Level>
  requires std::is_enum_v<Level>
std::string NameOf(Level level) {
  return std::string(Name(level));
}

bool IsEmulated(std::uint64_t) { return false; }
template <class Level>
  requires std::is_enum_v<Level>
bool IsEmulated(Level level) {
  if constexpr (std::is_same_v<Level, Support>) return level == Support::kEmulated;
  return false;
}

template <class Level>
Guarantee Judge(const Report& report, const AxisChapters& axis, Level level) {
  Guarantee guarantee{.axis = std::string(axis.axis), .claimed = NameOf(level)};
  const bool weakest = IsWeakest(level);
  guarantee.chapters = RunOf(report, weakest ? axis.refusing : axis.proving);
  if (weakest && axis.refusing.empty()) {
    guarantee.verdict = Verdict::kNotClaimed;
  } else if (guarantee.chapters.empty()) {
    guarantee.verdict = Verdict::kUntried;
  } else if (std::ranges::any_of(guarantee.chapters, [&](const std::string& name) {
               return report.find(name)->outcome == Outcome::kFailed;
             })) {
    guarantee.verdict = Verdict::kFailed;
  } else {
    guarantee.verdict = weakest             ? Verdict::kRefused
                        : IsEmulated(level) ? Verdict::kEmulated
                                            : Verdict::kProven;
  }
  return guarantee;
}

}  // namespace

std::span<const AxisChapters> ChaptersOfAxes() { return kAxes; }

std::string_view Name(Verdict verdict) noexcept {
  constexpr std::array<std::string_view, 6> kNames = {"proven", "emulated",    "refused",
                                                      "failed", "not_claimed", "untried"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::vector<Guarantee> Report::guarantees() const {
  std::vector<Guarantee> guarantees;
  if (!claimed.has_value()) return guarantees;
  Capabilities::VisitAxes([&](std::string_view name, auto member) {
    const auto* const axis = std::ranges::find(kAxes, name, &AxisChapters::axis);
    if (axis == std::end(kAxes)) return;
    guarantees.push_back(Judge(*this, *axis, (*claimed).*member));
  });
  return guarantees;
}

}  // namespace anystore::conformance
