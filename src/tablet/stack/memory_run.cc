#include "tablet/stack/memory_run.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "tablet/block/entry_room.h"

namespace anystore::tablet {

/// Hands out parts of the entries; backwards, they are turned round a batch at a time.
class MemoryRun::Source final : public EntrySource {
 public:
  Source(std::shared_ptr<const MemoryRun> run, const KeyRange& range, bool reverse)
      : run_(std::move(run)), reverse_(reverse) {
    begin_ = Behind(range.from());
    end_ = range.to().has_value() ? std::max(begin_, Behind(*range.to())) : run_->entries_.size();
    at_ = reverse_ ? end_ : begin_;
  }

  Result<std::span<const TabletEntry>> Next() override {
    const std::span<const TabletEntry> entries(run_->entries_);
    if (!reverse_) {
      const std::size_t from = std::exchange(at_, end_);
      return entries.subspan(from, end_ - from);
    }
    std::size_t count = 0;
    while (count < batch_.size() && at_ > begin_) batch_[count++] = entries[--at_];
    return batch_.First(count);
  }

  Status Seek(std::string_view key) override {
    std::size_t place = Behind(key);
    const bool there = place < run_->entries_.size() && run_->entries_[place].key == key;
    if (reverse_ && there) ++place;
    at_ = std::clamp(place, begin_, end_);
    return Ok();
  }

 private:
  static constexpr std::size_t kBatch = 64;

  /// How many entries come before a key.
  [[nodiscard]] std::size_t Behind(std::string_view key) const {
    const auto at = std::ranges::lower_bound(run_->entries_, key, {}, &TabletEntry::key);
    return static_cast<std::size_t>(at - run_->entries_.begin());
  }

  const std::shared_ptr<const MemoryRun> run_;
  const bool reverse_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t at_ = 0;  // of the next entry; backwards, one behind it
  EntryRoom<kBatch> batch_ = {};
};

Result<std::shared_ptr<const MemoryRun>> MemoryRun::Replay(Directory& directory,
                                                           std::string_view name,
                                                           std::uint64_t bytes_max) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, directory.Open(name, {}));
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, file->Stat());
  if (info.size > bytes_max) {
    return Error(Code::kTooLarge, "log " + Quoted(name) + " of " + std::to_string(info.size) +
                                      " bytes, allowed are " + std::to_string(bytes_max));
  }
  const std::shared_ptr<MemoryRun> run(new MemoryRun());
  run->bytes_ = info.size;
  ANYSTORE_ASSIGN_OR_RETURN(LogReader reader, LogReader::Open(*file));
  for (;;) {
    auto transaction = reader.Next();
    Status applied = Ok();
    if (!transaction.has_value()) {
      applied = std::move(transaction).error();
    } else if (transaction->has_value()) {
      applied = run->Apply(**transaction);
    } else {
      break;
    }
    if (!applied.has_value()) {
      return Error(applied.error().code(), "log " + Quoted(name) + " at offset " +
                                               std::to_string(reader.offset()) + ": " +
                                               std::string(applied.error().message()));
    }
  }
  run->Freeze();
  return run;
}

Status MemoryRun::Apply(std::string_view batch) {
  BatchReader reader(batch);
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const auto operation, reader.Next());
    if (!operation.has_value()) return Ok();
    auto& value = said_[std::string(operation->key)];
    value.reset();
    if (operation->value.has_value()) value.emplace(*operation->value);
  }
}

void MemoryRun::Freeze() {
  entries_.reserve(said_.size());
  for (const auto& [key, value] : said_) {
    entries_.push_back({.key = key,
                        .value = value.has_value() ? std::string_view(*value) : std::string_view(),
                        .deleted = !value.has_value()});
  }
}

Result<Lookup> MemoryRun::Look(std::string_view key) const {
  const auto found = said_.find(key);
  if (found == said_.end()) return Lookup{};
  if (!found->second.has_value()) return Lookup{.state = Lookup::State::kDeleted};
  return Lookup{.state = Lookup::State::kFound, .value = Value::Copy(*found->second)};
}

std::unique_ptr<EntrySource> MemoryRun::NewSource(const KeyRange& range,
                                                  const ScanOptions& options) const {
  return std::make_unique<Source>(shared_from_this(), range, options.reverse);
}

}  // namespace anystore::tablet
