#include "backends/flatfs/cursor.h"

#include <utility>

#include "backends/flatfs/reads.h"
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
  return count;
}

Status RepositoryCursor::Seek(std::string_view /*key*/) {
  return Error(Code::kUnsupported, "the records are in no order");
}

Result<bool> RepositoryCursor::Fill(Held& held) {
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const DirectoryEntry* const file, PeekFile());
    if (file == nullptr) return false;
    if (stems_.IsRecord(shard_, directory_, file->name, held.key) && range_.Contains(held.key)) {
      ANYSTORE_ASSIGN_OR_RETURN(const bool is_record, Describe(held, *file));
      files_->Skip();
      if (is_record) return true;
    } else {
      files_->Skip();
    }
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

Result<bool> RepositoryCursor::Describe(Held& held, const DirectoryEntry& file) {
  held.value = {};
  held.size = 0;
  FileKind kind = file.kind;
  const RecordName name(shard_, StemOf(file.name));
  if (kind == FileKind::kLink) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> target,
                              IfFound(root_.Stat(name.view(), Follow::kYes)));
    if (target.has_value()) kind = target->kind;
  }
  if (kind != FileKind::kFile) return false;
  if (options_.values) {
    ANYSTORE_ASSIGN_OR_RETURN(std::optional<Value> value,
                              IfFound(ReadRecord(root_, name.view(), {}, clock_, &held.size)));
    if (!value.has_value()) return false;
    ANYSTORE_TRY(VerifyRecord(verifier_, held.key, root_, name.view(), {}, held.size, *value));
    held.value = *std::move(value);
    return true;
  }
  if (!Wants(options_.wanted, Wanted::kSize)) return true;
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<std::uint64_t> size,
                            IfFound(StatRecord(root_, name.view(), clock_)));
  held.size = size.value_or(0);
  return size.has_value();
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
