#include "tablet/sorting/tablet_sorter.h"

#include <string>
#include <utility>

#include "tablet/sorting/entry_buffer.h"
#include "tablet/writing/new_file.h"
#include "tablet/writing/tablet_encoder.h"

namespace anystore::tablet {

class TabletSorter::Impl {
 public:
  Impl(Directory& directory, std::string_view name, const SorterOptions& options)
      : directory_(directory), name_(name), options_(options), runs_(directory, name_) {}

  Status Add(const TabletEntry& entry) {
    ANYSTORE_TRY(TabletEncoder::CheckEntry(options_.writer, entry));
    buffer_.Add(entry);
    return buffer_.bytes() < options_.memory_bytes ? Ok() : Spill();
  }

  Status Finish() {
    buffer_.Sort();
    if (!buffer_.empty() && Continues()) ANYSTORE_TRY(Spill());
    const bool is_whole = runs_.size() == 1 && buffer_.empty();
    ANYSTORE_TRY(runs_.End());
    if (!is_whole) return WriteMerged();
    summary_ = runs_.ended();
    return runs_.Publish(options_.replace);
  }

  [[nodiscard]] const TabletSummary& summary() const noexcept { return summary_; }

 private:
  /// Whether what is in memory, in order, comes behind the open run.
  [[nodiscard]] bool Continues() {
    return runs_.writer() != nullptr && buffer_.first_key() > last_key_;
  }

  /// Writes what is in memory to the open run or, where it does not come behind that, to a new one.
  Status Spill() {
    buffer_.Sort();
    if (!Continues()) {
      ANYSTORE_TRY(runs_.End());
      // The first run may remain the only one, and is the tablet then.
      ANYSTORE_TRY(runs_.Begin(runs_.size() == 0 ? options_.writer : kRunWriter));
    }
    const auto source = buffer_.NewSource();
    ANYSTORE_TRY(AddAll(*source, *runs_.writer(), options_.may_go_on));
    last_key_ = buffer_.last_key();
    buffer_.Clear();
    return Ok();
  }

  Status WriteMerged() {
    std::unique_ptr<EntrySource> source = buffer_.NewSource();
    if (runs_.size() > 0) {
      ANYSTORE_ASSIGN_OR_RETURN(
          source, runs_.Merge(std::move(source), options_.open_runs_max, options_.may_go_on));
    }
    ANYSTORE_ASSIGN_OR_RETURN(
        TabletWriter writer,
        TabletWriter::Create(directory_, name_, options_.writer, options_.replace));
    ANYSTORE_TRY(AddAll(*source, writer, options_.may_go_on));
    ANYSTORE_TRY(writer.Finish());
    summary_ = writer.summary();
    runs_.Remove();
    return Ok();
  }

  Directory& directory_;
  const std::string name_;
  const SorterOptions options_;
  RunFiles runs_;
  EntryBuffer buffer_ = {};
  std::string last_key_ = {};  // of the open run
  TabletSummary summary_ = {};
};

TabletSorter::TabletSorter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TabletSorter::TabletSorter(TabletSorter&& other) noexcept = default;
TabletSorter& TabletSorter::operator=(TabletSorter&& other) noexcept = default;
TabletSorter::~TabletSorter() = default;

Result<TabletSorter> TabletSorter::Create(Directory& directory, std::string_view name,
                                          const SorterOptions& options) {
  ANYSTORE_TRY(TabletEncoder::CheckOptions(options.writer));
  ANYSTORE_TRY(CheckName(directory, name, options.replace));
  return TabletSorter(std::make_unique<Impl>(directory, name, options));
}

Status TabletSorter::Add(std::string_view key, std::string_view value) {
  return impl_->Add({.key = key, .value = value});
}

Status TabletSorter::AddDeletion(std::string_view key) {
  return impl_->Add({.key = key, .deleted = true});
}

Status TabletSorter::Finish() { return impl_->Finish(); }

const TabletSummary& TabletSorter::summary() const noexcept { return impl_->summary(); }

}  // namespace anystore::tablet
