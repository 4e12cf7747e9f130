#include "backends/flatfs/unsynced/unsynced_values.h"

#include <memory>
#include <string>
#include <utility>

#include "backends/flatfs/names.h"
#include "backends/flatfs/unsynced/mark.h"
#include "filesystem/descriptors.h"

namespace anystore::flatfs {

UnsyncedValues::UnsyncedValues(Directory& root, const std::optional<UnsyncedNote>& earlier,
                               const Environment& environment)
    : root_(root), environment_(environment), found_note_(earlier.has_value()) {
  if (!found_note_) return;
  tag_ = earlier->tag;
  state_ = State::kNoted;
}

Result<FileMarker*> UnsyncedValues::Begin() {
  if (state_.load(std::memory_order_acquire) == State::kUnknown) {
    const std::lock_guard lock(mutex_);
    if (state_.load(std::memory_order_relaxed) == State::kUnknown) {
      ANYSTORE_ASSIGN_OR_RETURN(const State state, Prepare());
      state_.store(state, std::memory_order_release);
    }
  }
  return state_.load(std::memory_order_relaxed) == State::kNever ? nullptr : this;
}

Result<UnsyncedValues::State> UnsyncedValues::Prepare() {
  const FileSystemTraits& traits = root_.traits();
  if (!traits.outlives_power) return State::kNeedless;
  const std::string session = root_.power_session();
  if (!traits.dates_with_names || !traits.unnamed_files || !traits.filesystem_sync ||
      !IsSession(session)) {
    return State::kNever;
  }
  tag_ = static_cast<std::uint32_t>(environment_.random->Next() % kTags);
  ANYSTORE_ASSIGN_OR_RETURN(const bool keeps_dates, KeepsDates());
  if (!keeps_dates) return State::kNever;
  ANYSTORE_TRY(PlaceUnsyncedNote(root_, {.session = session, .tag = tag_}, environment_));
  return State::kNoted;
}

/// Filesystems made long ago have room for whole seconds only.
Result<bool> UnsyncedValues::KeepsDates() {
  const auto file = filesystem::WaitForDescriptors(
      environment_.clock, [&] { return root_.OpenUnnamed(kTemporaryName, kUnsyncedMode); });
  if (!file.has_value()) return file.error().Clone();
  const std::uint32_t fingerprint = ~std::uint32_t{0};
  const FileDates dates = MarkedDates(tag_, fingerprint, environment_.clock->Now());
  if (!(*file)->SetDates(dates).has_value()) return false;
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, (*file)->Stat());
  return IsMarked(info, tag_) && MarkedFingerprint(info) == fingerprint;
}

Status UnsyncedValues::Mark(File& file, std::string_view bytes) {
  if (state_.load(std::memory_order_relaxed) == State::kNeedless) return Ok();
  Fingerprint fingerprint;
  fingerprint.Extend(bytes);
  return file.SetDates(MarkedDates(tag_, fingerprint.Get(), environment_.clock->Now()));
}

Status UnsyncedValues::End(const std::function<Status()>& make_stable) {
  if (state_.load(std::memory_order_acquire) != State::kNoted || found_note_) return Ok();
  ANYSTORE_TRY(make_stable());
  // Should it come back, whoever finds it finds all values whole.
  return root_.Remove(kUnsyncedName);
}

}  // namespace anystore::flatfs
