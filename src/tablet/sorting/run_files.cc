#include "tablet/sorting/run_files.h"

#include <algorithm>
#include <limits>
#include <span>

#include "anystore/tablet/reader.h"
#include "filesystem/names.h"
#include "tablet/merge/merge_source.h"
#include "tablet/reading/tablet.h"

namespace anystore::tablet {
namespace {

// We wrote them a moment ago, so their checksums are not looked at, and no size is too large.
constexpr ReaderOptions kRunReader{
    .verify_checksums = false,
    .locator = LocatorUse::kIgnore,
    .cache_bytes = 0,
    .block_bytes_max = std::numeric_limits<std::uint64_t>::max(),
    .index_bytes_max = std::numeric_limits<std::uint64_t>::max(),
    .key_bytes_max = std::numeric_limits<std::uint64_t>::max(),
};

}  // namespace

Status AddAll(EntrySource& source, TabletWriter& writer, const Permission& may_go_on) {
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::span<const TabletEntry> batch, source.Next());
    if (batch.empty()) return Ok();
    for (const TabletEntry& entry : batch) {
      ANYSTORE_TRY(entry.deleted ? writer.AddDeletion(entry.key)
                                 : writer.Add(entry.key, entry.value));
    }
    if (may_go_on) ANYSTORE_TRY(may_go_on());
  }
}

RunFiles::~RunFiles() { Remove(); }

Status RunFiles::Begin(const WriterOptions& options) {
  std::string name = name_ + ".run-" + std::to_string(begun_);
  // A file of this name was left by a program that was killed.
  ANYSTORE_ASSIGN_OR_RETURN(TabletWriter writer,
                            TabletWriter::Create(directory_, name, options, Replace::kYes));
  ++begun_;
  names_.push_back(std::move(name));
  open_.emplace(std::move(writer));
  return Ok();
}

Status RunFiles::End() {
  if (!open_.has_value()) return Ok();
  Status finished = open_->Finish();
  ended_ = open_->summary();
  open_.reset();
  return finished;
}

Result<std::unique_ptr<EntrySource>> RunFiles::SourceOf(std::size_t count,
                                                        std::unique_ptr<EntrySource> newest) {
  std::vector<std::unique_ptr<EntrySource>> sources;
  if (newest != nullptr) sources.push_back(std::move(newest));
  for (std::size_t run = count; run > 0; --run) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::shared_ptr<Tablet> tablet,
                              Tablet::Open(directory_, names_[run - 1], kRunReader,
                                           std::make_shared<BlockCache>(kRunReader.cache_bytes)));
    sources.push_back(tablet->NewSource(KeyRange(), {}));
  }
  return std::make_unique<MergeSource>(std::move(sources), /*reverse=*/false);
}

Status RunFiles::MergeOldest(std::size_t count, const Permission& may_go_on) {
  if (count == 1) {
    std::ranges::rotate(names_, names_.begin() + 1);
    return Ok();
  }
  ANYSTORE_ASSIGN_OR_RETURN(const auto source, SourceOf(count, nullptr));
  ANYSTORE_TRY(Begin());
  ANYSTORE_TRY(AddAll(*source, *open_, may_go_on));
  ANYSTORE_TRY(End());
  const auto merged = names_.begin() + static_cast<std::ptrdiff_t>(count);
  std::for_each(names_.begin(), merged,
                [&](const std::string& name) { static_cast<void>(directory_.Remove(name)); });
  names_.erase(names_.begin(), merged);
  return Ok();
}

Result<std::unique_ptr<EntrySource>> RunFiles::Merge(std::unique_ptr<EntrySource> newest,
                                                     std::size_t open_max,
                                                     const Permission& may_go_on) {
  open_max = std::max<std::size_t>(open_max, 2);
  while (names_.size() > open_max) {
    // New runs come behind all others, so that the order is right again when no old one is left.
    for (std::size_t left = names_.size(); left > 0;) {
      const std::size_t count = std::min(open_max, left);
      ANYSTORE_TRY(MergeOldest(count, may_go_on));
      left -= count;
    }
  }
  return SourceOf(names_.size(), std::move(newest));
}

Status RunFiles::Publish(Replace replace) {
  ANYSTORE_TRY(directory_.Rename(names_.front(), name_, replace));
  names_.clear();
  return directory_.Sync(filesystem::ParentOf(name_));
}

void RunFiles::Remove() noexcept {
  open_.reset();
  for (const std::string& name : names_) static_cast<void>(directory_.Remove(name));
  names_.clear();
}

}  // namespace anystore::tablet
