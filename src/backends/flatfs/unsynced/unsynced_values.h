/// Values that get their names before their bytes are stable.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/unsynced/unsynced_note.h"

namespace anystore::flatfs {

/// Marks such values, once a note says that there may be some: by both, whoever opens the
/// repository after a power cut finds those that are torn (recovery.h). Where nothing outlives a
/// power cut there is nothing to be marked.
///
/// Threads: thread-safe.
class UnsyncedValues final : public FileMarker {
 public:
  /// `earlier`: the note that there is, of a process that was killed. It stays: nobody knows
  /// whether that process was told of a sync that failed. All must outlive this.
  UnsyncedValues(Directory& root, const std::optional<UnsyncedNote>& earlier,
                 const Environment& environment);

  /// Before such a value is written: who marks it. Null: the filesystem cannot keep a mark, so
  /// that bytes must be stable before their names. The first call writes the note, durably.
  ///
  /// Errors: those of `WriteFile`; the next call tries again.
  [[nodiscard]] Result<FileMarker*> Begin();
  Status Mark(File& file, std::string_view bytes) override;
  /// After the last write: removes the note, when `make_stable` has made all values stable.
  ///
  /// Errors: those of `make_stable` · those of the filesystem. Nothing is lost.
  Status End(const std::function<Status()>& make_stable);

 private:
  enum class State : std::uint8_t {
    kUnknown,   ///< Nobody asked yet.
    kNever,     ///< No mark can be kept.
    kNeedless,  ///< Nothing outlives a power cut.
    kNoted,     ///< The note is there.
  };

  Result<State> Prepare();
  /// Whether a file has the dates that it was given.
  Result<bool> KeepsDates();

  Directory& root_;
  const Environment& environment_;
  const bool found_note_;
  std::mutex mutex_;
  std::atomic<State> state_{State::kUnknown};
  std::uint32_t tag_ = 0;  // set before state_
};

}  // namespace anystore::flatfs
