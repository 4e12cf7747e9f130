#include "backends/flatfs/conversion/checksum_carrier.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "backends/flatfs/integrity/checksum_lines.h"
#include "backends/flatfs/integrity/checksums.h"
#include "backends/flatfs/names.h"
#include "base/key_hash.h"
#include "core/if_found.h"
#include "filesystem/lost_by_sync.h"

namespace anystore::flatfs {
namespace {

/// So much is written at once.
constexpr std::size_t kWriteBytes = std::size_t{256} << 10U;

/// Where the record of a line is by this rule; nowhere if it can be no record.
std::optional<RecordName> PlaceBy(const Shard& shard, const ChecksumLine& line) {
  const std::string_view stem = StemOf(line.path.substr(line.path.rfind('/') + 1));
  if (stem.empty() || stem.size() > kStemBytesMax || shard.Collides(stem)) return std::nullopt;
  return RecordName(shard, stem);
}

std::string TextOf(const ChecksumLine& line) {
  std::string text;
  AppendChecksumLine(line, text);
  return text;
}

std::uint64_t HashOf(std::string_view text) { return base::HashKey(text, 0); }

Result<bool> IsThere(Directory& root, const RecordName& name) {
  const auto info = root.Stat(name.view());
  if (info.has_value()) return true;
  // Also where a file has the name of its directory, or the line has a name that none can have.
  const Code code = info.error().code();
  if (code == Code::kNotFound || code == Code::kInvalidArgument) return false;
  return info.error().Clone();
}

/// Calls `visit` for each line of a repository's checksums, if it has some.
Status ForEachLineOf(const OpenedRepository& repository,
                     const std::function<Status(const ChecksumLine&)>& visit) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<std::unique_ptr<File>> file,
                            internal::IfFound(repository.root->Open(kChecksumsName, {})));
  return file.has_value() ? ForEachChecksumLine(**file, visit) : Ok();
}

/// Appends lines that a file does not have yet.
class LineAppender {
 public:
  explicit LineAppender(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Status ReadWhatIsThere() {
    ANYSTORE_TRY(ForEachChecksumLine(*file_, [this](const ChecksumLine& line) {
      static_cast<void>(IsNews(TextOf(line)));
      return Ok();
    }));
    ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, file_->Stat());
    end_ = info.size;
    char last = '\n';
    if (end_ > 0) ANYSTORE_TRY(file_->ReadAt(end_ - 1, {&last, 1}));
    // Torn by a power cut.
    if (last != '\n') text_ += '\n';
    return Ok();
  }

  Status Append(const ChecksumLine& line) {
    const std::string text = TextOf(line);
    if (IsNews(text)) text_ += text;
    return text_.size() < kWriteBytes ? Ok() : Write();
  }

  Status MakeStable() {
    ANYSTORE_TRY(Write());
    const Status synced = file_->Sync(SyncScope::kData);
    return synced.has_value()
               ? Ok()
               : Status(filesystem::LostBySync(synced.error().Clone(), Applied::kNo));
  }

 private:
  bool IsNews(std::string_view line) { return known_.insert(HashOf(line)).second; }
  Status Write() {
    ANYSTORE_TRY(file_->WriteAt(end_, text_));
    end_ += text_.size();
    text_.clear();
    return Ok();
  }

  std::unique_ptr<File> file_;
  std::uint64_t end_ = 0;
  std::string text_;
  std::unordered_set<std::uint64_t> known_;
};

}  // namespace

Status DropStaleChecksums(const OpenedRepository& from, const OpenedRepository& to,
                          const std::function<Status()>& sync, Random& random) {
  // Lines that come with their records, or came when the move was begun.
  std::unordered_set<std::uint64_t> coming;
  ANYSTORE_TRY(ForEachLineOf(from, [&](const ChecksumLine& line) {
    const std::optional<RecordName> name = PlaceBy(to.shard, line);
    if (name.has_value()) {
      coming.insert(HashOf(TextOf({.path = name->view(), .sum = line.sum})));
    }
    return Ok();
  }));
  std::unordered_set<std::uint64_t> stale;
  ANYSTORE_TRY(ForEachLineOf(to, [&](const ChecksumLine& line) -> Status {
    const std::uint64_t hash = HashOf(TextOf(line));
    const std::optional<RecordName> name = PlaceBy(to.shard, line);
    const std::optional<RecordName> old_name = PlaceBy(from.shard, line);
    if (!name.has_value() || name->view() != line.path || coming.contains(hash)) return Ok();
    if (!old_name.has_value()) return Ok();
    ANYSTORE_ASSIGN_OR_RETURN(const bool comes, IsThere(*from.root, *old_name));
    if (!comes) return Ok();
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_there, IsThere(*to.root, *name));
    if (!is_there) stale.insert(hash);
    return Ok();
  }));
  if (stale.empty()) return Ok();
  // Else a record that was removed could come back without its line.
  ANYSTORE_TRY(sync());
  return KeepChecksumLines(*to.root, random, [&](const ChecksumLine& line) {
    return !stale.contains(HashOf(TextOf(line)));
  });
}

Status CarryChecksums(const OpenedRepository& from, const OpenedRepository& to) {
  ANYSTORE_ASSIGN_OR_RETURN(const bool has_some, Checksums::Exist(*from.root));
  if (!has_some) return Ok();
  ANYSTORE_ASSIGN_OR_RETURN(auto new_file,
                            to.root->Open(kChecksumsName, {.access = FileAccess::kReadWrite,
                                                           .creation = FileCreation::kIfMissing,
                                                           .mode = kChecksumsMode}));
  LineAppender appender(std::move(new_file));
  ANYSTORE_TRY(appender.ReadWhatIsThere());
  ANYSTORE_TRY(ForEachLineOf(from, [&](const ChecksumLine& line) -> Status {
    const std::optional<RecordName> name = PlaceBy(to.shard, line);
    if (!name.has_value()) return Ok();
    // What is there need not be the same value. If an earlier move brought it, it has its lines.
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_there, IsThere(*to.root, *name));
    if (is_there) return Ok();
    return appender.Append({.path = name->view(), .sum = line.sum});
  }));
  return appender.MakeStable();
}

}  // namespace anystore::flatfs
