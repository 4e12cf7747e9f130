#include "backends/flatfs/reading/cursor.h"

#include <utility>

#include "backends/flatfs/reading/reads.h"
#include "core/if_found.h"
#include "filesystem/descriptors.h"

namespace anystore::flatfs {
namespace {

using internal::IfFound;

/// Values of so many bytes end a round.
constexpr std::size_t kRoundBytes = std::size_t{256} << 10U;

Result<EntryReader> OpenListing(Directory& root, std::string_view name, Clock& clock) {
  auto listing = filesystem::WaitForDescriptors(&clock, [&] { return root.List(name); });
  if (!listing.has_value()) return std::move(listing).error();
  return EntryReader(*std::move(listing));
}

}  // namespace

Result<const DirectoryEntry*> EntryReader::Peek() {
  if (at_ == count_ && listing_ != nullptr) {
    ANYSTORE_ASSIGN_OR_RETURN(count_, listing_->Next(entries_));
    at_ = 0;
    if (count_ == 0) listing_.reset();
  }
  return at_ < count_ ? &entries_[at_] : nullptr;
}

Result<std::size_t> RepositoryCursor::Next(std::span<EntryView> out) {
  const Instant start = options_.values ? clock_.Now() : Instant();
  if (held_.size() < out.size()) held_.resize(out.size());
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < out.size() && bytes < kRoundBytes) {
    Held& held = held_[count];
    const Result<bool> filled = Fill(held);
    if (!filled.has_value()) {
      // What was found goes first; the error will come again, or it was temporary.
      if (count > 0) break;
      return filled.error().Clone();
    }
    if (!*filled) break;
    out[count++] = {.key = held.key, .value = held.value.bytes(), .info = {.size = held.size}};
    bytes += held.value.size();
  }
  if (options_.values) look_ahead_.Adapt(clock_.Now() - start, count, bytes);
  return count;
}

Status RepositoryCursor::Seek(std::string_view /*key*/) {
  return Error(Code::kUnsupported, "the records are in no order");
}

Result<bool> RepositoryCursor::Fill(Held& held) {
  if (options_.values) return FillWithValue(held);
  held.value = {};
  held.size = 0;
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const DirectoryEntry* const file, PeekRecord(held.key));
    if (file == nullptr) return false;
    const RecordName name(shard_, StemOf(file->name));
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_file, IsFile(file->kind, name.view()));
    std::optional<std::uint64_t> size = 0;
    if (is_file && Wants(options_.wanted, Wanted::kSize)) {
      ANYSTORE_ASSIGN_OR_RETURN(size, IfFound(StatRecord(root_, name.view(), clock_)));
    }
    files_->Skip();
    if (!is_file || !size.has_value()) continue;
    held.size = *size;
    return true;
  }
}

Result<bool> RepositoryCursor::FillWithValue(Held& held) {
  for (;;) {
    const Status looked = FillAhead();
    if (ahead_.empty()) {
      if (!looked.has_value()) return looked.error().Clone();
      return false;
    }
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_there, Read(held, ahead_.front()));
    held.key = std::move(ahead_.front().key);
    ahead_.pop_front();
    if (is_there) return true;
  }
}

Status RepositoryCursor::FillAhead() {
  while (ahead_.size() < look_ahead_.depth()) {
    Ahead ahead;
    ANYSTORE_ASSIGN_OR_RETURN(const DirectoryEntry* const file, PeekRecord(ahead.key));
    if (file == nullptr) return Ok();
    ahead.name = RecordName(shard_, StemOf(file->name)).view();
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_file, IsFile(file->kind, ahead.name));
    files_->Skip();
    if (!is_file) continue;
    if (look_ahead_.depth() > 1) ahead.file = OpenAhead(root_, ahead.name);
    ahead_.push_back(std::move(ahead));
  }
  return Ok();
}

Result<bool> RepositoryCursor::Read(Held& held, Ahead& ahead) {
  if (ahead.file == nullptr) {
    ANYSTORE_ASSIGN_OR_RETURN(std::optional<std::unique_ptr<File>> file,
                              IfFound(OpenRecord(root_, ahead.name, &clock_)));
    if (!file.has_value()) return false;
    ahead.file = *std::move(file);
  }
  ANYSTORE_ASSIGN_OR_RETURN(held.value,
                            ReadRecord(*ahead.file, root_, ahead.name, {}, &held.size, &expected_));
  ANYSTORE_TRY(VerifyRecord(verifier_, ahead.key, root_, ahead.name, {}, held.size, held.value));
  return true;
}

Result<bool> RepositoryCursor::IsFile(FileKind kind, std::string_view name) {
  if (kind == FileKind::kLink) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> target,
                              IfFound(root_.Stat(name, Follow::kYes)));
    if (target.has_value()) kind = target->kind;
  }
  return kind == FileKind::kFile;
}

Result<const DirectoryEntry*> RepositoryCursor::PeekRecord(std::string& key) {
  for (;; files_->Skip()) {
    ANYSTORE_ASSIGN_OR_RETURN(const DirectoryEntry* const file, PeekFile());
    if (file == nullptr) return nullptr;
    if (stems_.IsRecord(shard_, directory_, file->name, key) && range_.Contains(key)) return file;
  }
}

Result<const DirectoryEntry*> RepositoryCursor::PeekFile() {
  for (;;) {
    if (files_.has_value()) {
      ANYSTORE_ASSIGN_OR_RETURN(const DirectoryEntry* const file, files_->Peek());
      if (file != nullptr) return file;
      files_.reset();
      directories_->Skip();
    }
    ANYSTORE_TRY(CheckCall());
    ANYSTORE_ASSIGN_OR_RETURN(const bool entered, EnterDirectory());
    if (!entered) return nullptr;
  }
}

Result<bool> RepositoryCursor::EnterDirectory() {
  if (!directories_.has_value()) {
    ANYSTORE_ASSIGN_OR_RETURN(EntryReader directories, OpenListing(root_, "", clock_));
    directories_ = std::move(directories);
  }
  for (;; directories_->Skip()) {
    ANYSTORE_ASSIGN_OR_RETURN(const DirectoryEntry* const entry, directories_->Peek());
    if (entry == nullptr) return false;
    if (entry->kind != FileKind::kDirectory || !shard_.IsDirectory(entry->name)) continue;
    ANYSTORE_ASSIGN_OR_RETURN(std::optional<EntryReader> files,
                              IfFound(OpenListing(root_, entry->name, clock_)));
    if (!files.has_value()) continue;
    directory_ = entry->name;
    files_ = std::move(files);
    return true;
  }
}

Status RepositoryCursor::CheckCall() const {
  const CallOptions& call = options_.call;
  if (call.stop.stop_requested()) return Error(Code::kCancelled, "the caller asked to stop");
  if (call.deadline.has_value() && clock_.Now() >= *call.deadline) {
    return Error(Code::kTimeout, "the deadline has passed");
  }
  return Ok();
}

}  // namespace anystore::flatfs
