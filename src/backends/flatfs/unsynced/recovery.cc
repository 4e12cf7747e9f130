#include "backends/flatfs/unsynced/recovery.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/flatfs/names.h"
#include "backends/flatfs/unsynced/mark.h"
#include "filesystem/descriptors.h"
#include "filesystem/entries.h"
#include "filesystem/lost_by_sync.h"

namespace anystore::flatfs {
namespace {

using filesystem::WaitForDescriptors;

constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;

bool IsMissing(const Error& error) { return error.code() == Code::kNotFound; }

Status Synced(Status status) {
  if (status.has_value() || filesystem::IsOutOfDescriptors(status.error())) return status;
  return filesystem::LostBySync(std::move(status).error(), Applied::kUnknown);
}

/// Removes torn values.
class Recovery {
 public:
  Recovery(Directory& root, const Shard& shard, std::uint32_t tag, Clock* clock)
      : root_(root), shard_(shard), tag_(tag), clock_(clock) {}

  Status Run() {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> directories,
                              Names("", FileKind::kDirectory));
    for (const std::string& directory : directories) {
      if (shard_.IsDirectory(directory)) ANYSTORE_TRY(LookAt(directory));
    }
    return Ok();
  }

 private:
  /// A copy, since names go meanwhile.
  Result<std::vector<std::string>> Names(const std::string& directory, FileKind kind) {
    std::vector<std::string> names;
    ANYSTORE_TRY(WaitForDescriptors(clock_, [&] {
      names.clear();
      return filesystem::ForEachEntry(root_, directory, [&](const DirectoryEntry& entry) {
        if (entry.kind == kind) names.emplace_back(entry.name);
        return true;
      });
    }));
    return names;
  }

  Status LookAt(const std::string& directory) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                              Names(directory, FileKind::kFile));
    bool is_touched = false;
    for (const std::string& name : names) {
      if (!name.ends_with(kExtension)) continue;
      const std::string path = directory + "/" + name;
      ANYSTORE_ASSIGN_OR_RETURN(const bool is_torn, IsTorn(path));
      if (!is_torn) continue;
      ANYSTORE_TRY(root_.Remove(path));
      is_touched = true;
    }
    if (!is_touched) return Ok();
    return Synced(WaitForDescriptors(clock_, [&] { return root_.Sync(directory); }));
  }

  /// What cannot be read stays: whoever wants it is told why.
  Result<bool> IsTorn(const std::string& path) {
    ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, root_.Stat(path));
    if (!IsMarked(info, tag_)) return false;
    const auto file = WaitForDescriptors(clock_, [&] { return root_.Open(path, {}); });
    if (!file.has_value()) {
      if (filesystem::IsOutOfDescriptors(file.error())) return file.error().Clone();
      return false;
    }
    Fingerprint fingerprint;
    std::vector<char> piece(kPieceBytes);
    for (std::uint64_t at = 0;;) {
      const Result<std::size_t> read = (*file)->ReadAt(at, piece);
      if (!read.has_value()) return false;
      fingerprint.Extend({piece.data(), *read});
      at += *read;
      if (*read < piece.size()) break;
    }
    return fingerprint.Get() != MarkedFingerprint(info);
  }

  Directory& root_;
  const Shard& shard_;
  const std::uint32_t tag_;
  Clock* const clock_;
};

Status RemoveNote(Directory& root) {
  Status removed = root.Remove(kUnsyncedName);
  return !removed.has_value() && IsMissing(removed.error()) ? Ok() : std::move(removed);
}

}  // namespace

Result<std::optional<UnsyncedNote>> RecoverUnsynced(Directory& root, const Shard& shard,
                                                    const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto note, ReadUnsyncedNote(root, environment.clock));
  if (!note.has_value() || note->session == root.power_session()) return note;
  ANYSTORE_TRY(Recovery(root, shard, note->tag, environment.clock).Run());
  ANYSTORE_TRY(RemoveNote(root));
  return std::optional<UnsyncedNote>();
}

Status SettleUnsynced(Directory& root, const Shard& shard, const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto note, RecoverUnsynced(root, shard, environment));
  if (!note.has_value()) return Ok();
  ANYSTORE_TRY(Synced(root.SyncFileSystem()));
  return RemoveNote(root);
}

}  // namespace anystore::flatfs
