#include "backends/flatfs/unsynced/torn_verifier.h"

#include <utility>

#include "backends/flatfs/unsynced/mark.h"
#include "backends/flatfs/unsynced/unsynced_note.h"

namespace anystore::flatfs {

Status TornVerifier::Check(std::string_view key, std::string_view value) const {
  const Result<FileInfo> info = root_.Stat(stems_.NameOf(shard_, key).view());
  if (info.has_value() && IsMarked(*info, tag_)) {
    Fingerprint fingerprint;
    fingerprint.Extend(value);
    if (fingerprint.Get() != MarkedFingerprint(*info)) {
      return Error(Code::kCorruption, "the value was not synced, and a power cut has left it torn");
    }
  }
  return next_ == nullptr ? Ok() : next_->Check(key, value);
}

Result<std::shared_ptr<const Verifier>> WithTornValues(Directory& root, const Shard& shard,
                                                       const Stems& stems,
                                                       std::shared_ptr<const Verifier> next,
                                                       Clock* clock) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto note, ReadUnsyncedNote(root, clock));
  if (!note.has_value() || note->session == root.power_session()) return next;
  return std::make_shared<const TornVerifier>(root, shard, stems, note->tag, std::move(next));
}

}  // namespace anystore::flatfs
