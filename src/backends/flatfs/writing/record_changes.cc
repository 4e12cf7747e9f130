#include "backends/flatfs/writing/record_changes.h"

#include <ranges>
#include <unordered_set>
#include <utility>

namespace anystore::flatfs {

Status CheckKind(const Mutation& mutation) {
  if (mutation.kind == Mutation::Kind::kPut || mutation.kind == Mutation::Kind::kDelete) {
    return Ok();
  }
  return Error(Code::kUnsupported, "flatfs has neither ranges nor expiry");
}

Status RecordChanges::Take(std::span<const Mutation> mutations) {
  std::unordered_set<std::string_view> seen;
  std::vector<const Mutation*> last;
  seen.reserve(mutations.size());
  last.reserve(mutations.size());
  for (const Mutation& mutation : std::views::reverse(mutations)) {
    ANYSTORE_TRY(CheckKind(mutation));
    if (seen.insert(mutation.key).second) last.push_back(&mutation);
  }
  names_.reserve(last.size());
  for (const Mutation* const mutation : std::views::reverse(last)) Add(*mutation);
  return Ok();
}

void RecordChanges::Add(const Mutation& mutation) {
  const std::string_view name = names_.emplace_back(stems_.NameOf(shard_, mutation.key).view());
  if (mutation.kind == Mutation::Kind::kDelete) {
    removed_.push_back(name);
  } else {
    written_.push_back({.name = name, .bytes = mutation.value, .mode = mode_});
  }
}

Result<std::unique_ptr<PreparedRecords>> PreparedRecords::Make(Directory& root, const Shard& shard,
                                                               const Stems& stems,
                                                               std::uint32_t mode,
                                                               std::span<const Mutation> mutations,
                                                               const FileBatchOptions& options) {
  RecordChanges changes(shard, stems, mode);
  ANYSTORE_TRY(changes.Take(mutations));
  std::unique_ptr<PreparedRecords> prepared(
      new PreparedRecords(root, shard, stems, mode, changes, options));
  ANYSTORE_TRY(prepared->slices_.Prepare());
  return prepared;
}

PreparedRecords::PreparedRecords(Directory& root, const Shard& shard, const Stems& stems,
                                 std::uint32_t mode, const RecordChanges& changes,
                                 const FileBatchOptions& options)
    : shard_(shard), stems_(stems), mode_(mode), slices_(root, changes.written(), options) {
  slices_.Remove(changes.removed());
}

Status PreparedRecords::Put(std::string_view key, std::string_view value) {
  const RecordName name = stems_.NameOf(shard_, key);
  return slices_.AddNow({.name = name.view(), .bytes = value, .mode = mode_});
}

Status PreparedRecords::SyncTouched(std::span<PreparedRecords* const> finished) {
  std::vector<filesystem::FileSlices*> slices;
  for (PreparedRecords* const records : finished) slices.push_back(&records->slices_);
  return filesystem::FileSlices::SyncTouched(slices);
}

void PreparedRecords::Drop(std::string_view key) {
  slices_.Drop(stems_.NameOf(shard_, key).view());
}

void PreparedRecords::WriteDown(std::vector<CommitChange>& changes) {
  for (const filesystem::FileSlices::Prepared& file : slices_.prepared()) {
    CommitChange& change = changes.emplace_back();
    change.target = file.name;
    change.temporary = file.temporary.substr(file.temporary.rfind('/') + 1);
    change.bytes = file.bytes;
  }
}

}  // namespace anystore::flatfs
