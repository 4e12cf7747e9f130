#include "backends/flatfs/conversion/checksum_carrier.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "backends/flatfs/integrity/checksum_lines.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/reading/reads.h"
#include "base/key_hash.h"
#include "core/if_found.h"
#include "filesystem/lost_by_sync.h"

namespace anystore::flatfs {
namespace {

/// So much is written at once.
constexpr std::size_t kWriteBytes = std::size_t{256} << 10U;

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
  static std::string TextOf(const ChecksumLine& line) {
    std::string text;
    AppendChecksumLine(line, text);
    return text;
  }
  bool IsNews(std::string_view line) { return known_.insert(base::HashKey(line, 0)).second; }
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

Status CarryChecksums(const OpenedRepository& from, const OpenedRepository& to) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<std::unique_ptr<File>> old_file,
                            internal::IfFound(from.root->Open(kChecksumsName, {})));
  if (!old_file.has_value()) return Ok();
  ANYSTORE_ASSIGN_OR_RETURN(auto new_file,
                            to.root->Open(kChecksumsName, {.access = FileAccess::kReadWrite,
                                                           .creation = FileCreation::kIfMissing,
                                                           .mode = kChecksumsMode}));
  LineAppender appender(std::move(new_file));
  ANYSTORE_TRY(appender.ReadWhatIsThere());
  ANYSTORE_TRY(ForEachChecksumLine(**old_file, [&](const ChecksumLine& line) {
    const std::string_view stem = StemOf(line.path.substr(line.path.rfind('/') + 1));
    if (stem.empty() || stem.size() > kStemBytesMax || to.shard.Collides(stem)) return Ok();
    const RecordName name(to.shard, stem);
    return appender.Append({.path = name.view(), .sum = line.sum});
  }));
  return appender.MakeStable();
}

}  // namespace anystore::flatfs
