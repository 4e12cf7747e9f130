#include "backends/flatfs/usage/usage.h"

#include <algorithm>
#include <utility>

#include "anystore/file_batch.h"
#include "backends/flatfs/names.h"
#include "filesystem/entries.h"

namespace anystore::flatfs {
namespace {

constexpr std::string_view kTemporaryNoteName = ".temp/temp-usage";

}  // namespace

Usage::Usage(Directory& root, const Shard& shard, Clock& clock, Random& random,
             base::Chores& chores, Duration note_period)
    : root_(root),
      shard_(shard),
      clock_(clock),
      random_(random),
      chores_(chores),
      chore_(chores.Add(note_period, [this](const std::stop_token& stop) { Checkpoint(stop); })) {}

Status Usage::BeginChanges(const std::function<Status()>& make_root_stable) {
  const std::lock_guard beginning(begin_mutex_);
  if (has_changed_.load()) return Ok();
  if (const std::unique_lock counting(count_mutex_, std::try_to_lock); counting.owns_lock()) {
    ReadNote();
    // Nobody changes anything until this is done, so it is exact. What it costs to know later, or
    // not at all, is no reason to fail.
    if (!is_known_.load())
      static_cast<void>(Count(kNamesCountedAtOnce, /*alone=*/true, {}).has_value());
  }
  const std::lock_guard lock(mutex_);
  if (has_note_) {
    Status removed = root_.Remove(kDiskUsageName);
    // A directory: nobody can read it.
    if (!removed.has_value() && removed.error().code() != Code::kNotFound &&
        removed.error().code() != Code::kInvalidArgument) {
      return std::move(removed).error().WithApplied(Applied::kNo);
    }
    has_note_ = false;
    noted_.reset();
  }
  // Also without a note: a process that was killed may have removed it.
  ANYSTORE_TRY(make_root_stable());
  has_changed_.store(true, std::memory_order_release);
  return Ok();
}

void Usage::Doubt() {
  ++doubts_;
  is_known_.store(false);
}

std::optional<std::int64_t> Usage::Known() const {
  if (!is_known_.load()) return std::nullopt;
  return bytes_.load();
}

Result<std::uint64_t> Usage::Total(const CallOptions& call) {
  std::optional<std::int64_t> bytes = Known();
  if (!bytes.has_value()) {
    const std::lock_guard counting(count_mutex_);
    ReadNote();
    bytes = Known();
    if (!bytes.has_value()) {
      ANYSTORE_TRY(Count(CountLimits{}.names_max, /*alone=*/false, call));
      bytes = bytes_.load();
    }
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(*bytes, 0));
}

Result<bool> Usage::Count(std::size_t names_max, bool alone, const CallOptions& call) {
  const std::uint64_t doubts = doubts_.load();
  const std::int64_t before = bytes_.load();
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<UsageCount> count,
                            CountUsage(root_, {.names_max = names_max}, clock_, random_, call));
  if (!count.has_value()) return false;
  const std::lock_guard lock(mutex_);
  if (!std::exchange(is_counted_, true)) saw_earlier_work_ = count->has_directories;
  is_rough_ = !alone && has_changed_.load();
  // A change that began before may be in both, in the count and in what was gained.
  accuracy_ = is_rough_ && count->accuracy == kExact ? kApproximate : count->accuracy;
  bytes_.fetch_add(static_cast<std::int64_t>(count->bytes) - before);
  if (doubts == doubts_.load()) is_known_.store(true);
  return true;
}

void Usage::ReadNote() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(is_read_, true)) return;
  Result<std::optional<DatedUsageNote>> read = ReadUsageNote(root_);
  has_note_ = read.has_value() || read.error().code() != Code::kNotFound;
  if (!read.has_value() || !read->has_value()) return;
  DatedUsageNote& dated = **read;
  if (dated.note.accuracy == kUnknown) {
    // We believe nothing of it, and the original all: it is as good as there.
    has_note_ = false;
    return;
  }
  is_old_ = IsOlderThanRecords(root_, shard_, dated.written);
  if (is_old_) return;
  accuracy_ = dated.note.accuracy;
  bytes_.fetch_add(dated.note.bytes);
  noted_ = std::move(dated.note);
  is_known_.store(true);
}

void Usage::Checkpoint(const std::stop_token& stop) {
  if (!is_known_.load()) {
    const std::unique_lock counting(count_mutex_, std::try_to_lock);
    if (!counting.owns_lock()) return;
    const std::size_t names_max =
        chores_.is_inline() ? kNamesCountedAtOnce : CountLimits{}.names_max;
    if (!Count(names_max, /*alone=*/false, {.stop = stop}).has_value()) return;
  }
  const std::lock_guard lock(mutex_);
  WriteUnsyncedNote();
}

void Usage::WriteUnsyncedNote() {
  const std::optional<std::int64_t> bytes = Known();
  if (!bytes.has_value() || *bytes <= 0) return;
  UsageNote note{.bytes = *bytes, .accuracy = std::string(kUnknown)};
  if (noted_ == note) return;
  const auto write = [&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const auto file,
                              root_.Open(kTemporaryNoteName, {.access = FileAccess::kReadWrite,
                                                              .creation = FileCreation::kIfMissing,
                                                              .truncate = true,
                                                              .mode = kDiskUsageMode}));
    ANYSTORE_TRY(file->WriteAt(0, ToText(note)));
    return root_.Rename(kTemporaryNoteName, kDiskUsageName, Replace::kYes);
  };
  if (write().has_value()) {
    noted_ = std::move(note);
  } else {
    // The next one will do.
    static_cast<void>(root_.Remove(kTemporaryNoteName).has_value());
  }
}

void Usage::Close(const std::function<Status(bool earlier_work)>& make_contents_stable,
                  bool durable) {
  if (!is_read_) return;
  if (!is_known_.load() || is_rough_) {
    static_cast<void>(Count(kNamesCountedAtOnce, /*alone=*/true, {}).has_value());
  }
  const std::lock_guard lock(mutex_);
  const std::optional<std::int64_t> bytes = Known();
  if (!bytes.has_value() || *bytes <= 0) {
    // Without one, the original counts anew.
    if (has_note_ && is_old_) static_cast<void>(root_.Remove(kDiskUsageName).has_value());
    return;
  }
  const UsageNote note{.bytes = *bytes, .accuracy = accuracy_};
  if (noted_ == note) return;
  const bool is_unstable = has_changed_.load() || is_counted_;
  if (is_unstable && !make_contents_stable(saw_earlier_work_).has_value()) {
    if (has_changed_.load()) WriteUnsyncedNote();
    return;
  }
  const Status written =
      WriteFile(root_, {.name = kDiskUsageName, .bytes = ToText(note), .mode = kDiskUsageMode},
                {.durable = durable,
                 .temporary_directory = kTemporaryName,
                 .temporary_prefix = kTemporaryPrefix,
                 .random = &random_,
                 .clock = &clock_});
  // Somebody will count again.
  static_cast<void>(written.has_value());
}

}  // namespace anystore::flatfs
