#include "backends/flatfs/integrity/checksums.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "anystore/file_batch.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/reading/reads.h"
#include "base/digest.h"
#include "base/key_hash.h"
#include "core/if_found.h"
#include "filesystem/lost_by_sync.h"

namespace anystore::flatfs {
namespace {

using internal::IfFound;

Result<Sha256> SumOf(std::string_view value) {
  Sha256 sum;
  ANYSTORE_TRY(base::Digest(base::HashFunction::kSha256, value, sum));
  return sum;
}

Error NotApplied(Error error) { return std::move(error).WithApplied(Applied::kNo); }

bool Holds(const std::vector<Sha256>& sums, const Sha256& sum) {
  return std::ranges::find(sums, sum) != sums.end();
}

}  // namespace

Checksums::Checksums(Directory& root, const Shard& shard, const Stems& stems, Writers writers,
                     Random& random)
    : root_(root),
      shard_(shard),
      stems_(stems),
      writers_(writers),
      random_(random),
      seed_(random.Next()) {}

Result<std::shared_ptr<Checksums>> Checksums::Open(Directory& root, const Shard& shard,
                                                   const Stems& stems, Writers writers,
                                                   Random& random) {
  if (const Status there = base::NeedDigests(); !there.has_value()) {
    return Error(there.error().code(), "checksums of values, as in " + std::string(kChecksumsName) +
                                           ": " + std::string(there.error().message()));
  }
  std::shared_ptr<Checksums> checksums(new Checksums(root, shard, stems, writers, random));
  ANYSTORE_TRY(checksums->Load());
  return checksums;
}

Result<bool> Checksums::Exist(Directory& root) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto info, IfFound(root.Stat(kChecksumsName)));
  return info.has_value();
}

Status Checksums::Load() const {
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<std::unique_ptr<File>> file,
                            IfFound(root_.Open(kChecksumsName, {})));
  if (!file.has_value()) return Ok();
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, (*file)->Stat());
  const std::unique_lock lock(table_mutex_);
  loaded_size_ = info.size;
  loaded_at_ = info.modified;
  return ForEachChecksumLine(**file, [this](const ChecksumLine& line) {
    Learn(line);
    return Ok();
  });
}

Checksums::Hash Checksums::HashOf(std::string_view path) const noexcept {
  return base::HashKey(path, seed_);
}

void Checksums::Learn(const ChecksumLine& line) const {
  const Hash hash = HashOf(line.path);
  if (!line.sum.has_value()) {
    unsettled_.insert(hash);
    return;
  }
  const auto [begin, end] = sums_.equal_range(hash);
  if (begin != end) unsettled_.insert(hash);
  if (std::none_of(begin, end, [&](const auto& known) { return known.second == *line.sum; })) {
    sums_.emplace(hash, *line.sum);
  }
}

Status Checksums::Check(std::string_view key, std::string_view value) const {
  const Hash hash = HashOf(stems_.NameOf(shard_, key).view());
  ANYSTORE_ASSIGN_OR_RETURN(const Sha256 sum, SumOf(value));
  Status checked = Compare(hash, sum);
  if (checked.has_value() || writers_ == Writers::kThis) return checked;
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_news, HasChanged());
  if (!is_news) return checked;
  ANYSTORE_TRY(Load());
  return Compare(hash, sum);
}

Result<bool> Checksums::HasChanged() const {
  ANYSTORE_ASSIGN_OR_RETURN(const auto info, IfFound(root_.Stat(kChecksumsName)));
  const std::shared_lock lock(table_mutex_);
  return info.has_value() && (info->size != loaded_size_ || info->modified != loaded_at_);
}

Status Checksums::Compare(Hash hash, const Sha256& sum) const {
  const std::shared_lock lock(table_mutex_);
  const auto [begin, end] = sums_.equal_range(hash);
  if (begin == end) {
    return Error(Code::kInvalidArgument,
                 "the record has no line in " + std::string(kChecksumsName));
  }
  if (std::any_of(begin, end, [&](const auto& known) { return known.second == sum; })) return Ok();
  return Error(Code::kCorruption, "the value's SHA-256 is " + ToHex(sum) + ", and in " +
                                      std::string(kChecksumsName) + " it is " +
                                      ToHex(begin->second));
}

Status Checksums::Add(std::span<const Mutation> mutations, bool durable) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::uint64_t end, AppendLines(mutations));
  const auto is_put = [](const Mutation& mutation) {
    return mutation.kind == Mutation::Kind::kPut;
  };
  return durable || std::ranges::any_of(mutations, is_put) ? MakeStable(end) : Ok();
}

Status Checksums::Write(std::span<const Mutation> mutations) {
  ANYSTORE_TRY(AppendLines(mutations));
  return Ok();
}

Status Checksums::MakeStable() {
  std::uint64_t end = 0;
  {
    const std::lock_guard append_lock(append_mutex_);
    end = end_;
  }
  return MakeStable(end);
}

Result<std::uint64_t> Checksums::AppendLines(std::span<const Mutation> mutations) {
  std::vector<Change> changes;
  changes.reserve(mutations.size());
  for (const Mutation& mutation : mutations) {
    Change change{.name = stems_.NameOf(shard_, mutation.key)};
    if (mutation.kind == Mutation::Kind::kPut) {
      ANYSTORE_ASSIGN_OR_RETURN(change.sum, SumOf(mutation.value));
    }
    changes.push_back(change);
  }
  Result<std::uint64_t> end = Append(changes);
  if (!end.has_value()) return NotApplied(std::move(end).error());
  return end;
}

Result<std::uint64_t> Checksums::Append(std::span<const Change> changes) {
  const std::lock_guard append_lock(append_mutex_);
  if (file_ == nullptr) ANYSTORE_TRY(OpenFile());
  std::string text;
  {
    const std::shared_lock lock(table_mutex_);
    for (const Change& change : changes) {
      const ChecksumLine line{.path = change.name.view(), .sum = change.sum};
      if (IsNeeded(line)) AppendChecksumLine(line, text);
    }
  }
  if (text.empty()) return end_;
  ANYSTORE_TRY(file_->WriteAt(end_, text));
  end_ += text.size();
  // Only what is in the file, else the next line of the same value would be left out.
  const std::unique_lock lock(table_mutex_);
  for (const Change& change : changes) Learn({.path = change.name.view(), .sum = change.sum});
  return end_;
}

bool Checksums::IsNeeded(const ChecksumLine& line) const {
  const auto [begin, end] = sums_.equal_range(HashOf(line.path));
  if (!line.sum.has_value()) return begin != end;
  return std::none_of(begin, end, [&](const auto& known) { return known.second == *line.sum; });
}

Status Checksums::OpenFile() {
  constexpr FileOptions kOptions{.access = FileAccess::kReadWrite};
  auto file = root_.Open(kChecksumsName, kOptions);
  if (!file.has_value() && file.error().code() == Code::kNotFound) {
    ANYSTORE_TRY(WriteFile(root_, {.name = kChecksumsName, .mode = kChecksumsMode},
                           {.temporary_directory = kTemporaryName,
                            .temporary_prefix = kTemporaryPrefix,
                            .random = &random_}));
    file = root_.Open(kChecksumsName, kOptions);
  }
  if (!file.has_value()) return std::move(file).error();
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, (*file)->Stat());
  std::uint64_t end = info.size;
  char last = '\n';
  if (end > 0) ANYSTORE_TRY((*file)->ReadAt(end - 1, {&last, 1}));
  if (last != '\n') {
    // Torn by a power cut.
    ANYSTORE_TRY((*file)->WriteAt(end, "\n"));
    ++end;
  }
  file_ = *std::move(file);
  end_ = end;
  return Ok();
}

Status Checksums::MakeStable(std::uint64_t end) {
  const std::lock_guard lock(sync_mutex_);
  if (stable_ >= end) return Ok();
  std::uint64_t covered = 0;
  {
    const std::lock_guard append_lock(append_mutex_);
    covered = end_;
  }
  const Status synced = file_->Sync(SyncScope::kData);
  if (!synced.has_value()) {
    return filesystem::LostBySync(synced.error().Clone(), Applied::kNo);
  }
  stable_ = covered;
  return Ok();
}

Status Checksums::Settle(const std::function<Status()>& sync, Clock& clock) {
  if (unsettled_.empty()) return Ok();
  ANYSTORE_TRY(sync());
  ANYSTORE_ASSIGN_OR_RETURN(Settled settled, ReadUnsettled(clock));
  ANYSTORE_TRY(KeepChecksumLines(root_, random_, [&settled](const ChecksumLine& line) {
    const auto found = settled.find(std::string(line.path));
    if (found == settled.end()) return true;
    // Each sum once, and no removals.
    return line.sum.has_value() && std::erase(found->second, *line.sum) > 0;
  }));
  file_.reset();
  end_ = 0;
  stable_ = 0;
  sums_.clear();
  unsettled_.clear();
  // The new file has its name for good with the sync of the root that the first change of each
  // session begins with; until then, the old one is as good.
  return Load();
}

Result<Checksums::Settled> Checksums::ReadUnsettled(Clock& clock) {
  Settled settled;
  ANYSTORE_ASSIGN_OR_RETURN(const auto file, root_.Open(kChecksumsName, {}));
  ANYSTORE_TRY(ForEachChecksumLine(*file, [&](const ChecksumLine& line) {
    if (!unsettled_.contains(HashOf(line.path))) return Ok();
    std::vector<Sha256>& sums = settled[std::string(line.path)];
    if (line.sum.has_value() && !Holds(sums, *line.sum)) sums.push_back(*line.sum);
    return Ok();
  }));
  for (auto& [path, sums] : settled) {
    std::uint64_t size = 0;
    const Result<Value> value = ReadRecord(root_, path, {}, clock, &size);
    if (!value.has_value()) {
      // What cannot be read now may be read later.
      if (value.error().code() == Code::kNotFound) sums.clear();
      continue;
    }
    ANYSTORE_ASSIGN_OR_RETURN(const Sha256 sum, SumOf(value->bytes()));
    // A damaged one stays so.
    if (Holds(sums, sum)) sums = {sum};
  }
  return settled;
}

}  // namespace anystore::flatfs
