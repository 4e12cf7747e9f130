// tablet diff: how the entries of two tablets differ.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "cli/stores.h"
#include "cli/tablet/commands.h"
#include "cli/tablet/place.h"
#include "cli/text.h"
#include "tablet/reading/entry_source.h"

namespace anystore::cli {
namespace {

using tablet::TabletEntry;

// Pulls the entries of a tablet one by one.
class TabletEntries {
 public:
  static Result<TabletEntries> Open(const std::string& path, const tablet::ReaderOptions& options) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::shared_ptr<tablet::Tablet> tablet,
                              OpenTablet(path, options));
    TabletEntries entries(Printable(path), tablet->NewSource(KeyRange(), {}));
    ANYSTORE_TRY(entries.Next());
    return entries;
  }

  // The entry; null: there are no more.
  [[nodiscard]] const TabletEntry* entry() const {
    return batch_.empty() ? nullptr : &batch_.front();
  }
  Status Next() {
    if (!batch_.empty()) batch_ = batch_.subspan(1);
    if (!batch_.empty()) return Ok();
    ANYSTORE_TRY(CheckInterrupted());
    Result<std::span<const TabletEntry>> batch = source_->Next();
    if (!batch.has_value()) return std::move(batch).error().In(path_);
    batch_ = *batch;
    return Ok();
  }

 private:
  TabletEntries(std::string path, std::unique_ptr<tablet::EntrySource> source)
      : path_(std::move(path)), source_(std::move(source)) {}

  std::string path_;
  std::unique_ptr<tablet::EntrySource> source_;
  std::span<const TabletEntry> batch_ = {};
};

// How entries of one key differ; null: there is none in that tablet.
std::string Line(const TabletEntry* a, const TabletEntry* b, bool as_json) {
  const std::string_view key = a != nullptr ? a->key : b->key;
  const bool deleted_in_a = a != nullptr && a->deleted;
  const bool deleted_in_b = b != nullptr && b->deleted;
  if (as_json) {
    JsonObject json;
    json.Bytes("difference", a == nullptr   ? "added"
                             : b == nullptr ? "removed"
                                            : "changed")
        .Bytes("key", key);
    if (deleted_in_a) json.Bool("deleted_in_a", true);
    if (deleted_in_b) json.Bool("deleted_in_b", true);
    return json.Finish();
  }
  std::string line = a == nullptr ? "+ " : b == nullptr ? "- " : "~ ";
  line += Printable(key);
  if (deleted_in_a) line += "\tdeleted in A";
  if (deleted_in_b) line += "\tdeleted in B";
  return line;
}

Result<Exit> Compare(const TabletDiffArguments& arguments, Output& output) {
  const tablet::ReaderOptions options{.java_tombstones = arguments.java_tombstones};
  ANYSTORE_ASSIGN_OR_RETURN(TabletEntries in_a, TabletEntries::Open(arguments.a, options));
  ANYSTORE_ASSIGN_OR_RETURN(TabletEntries in_b, TabletEntries::Open(arguments.b, options));
  Exit exit = Exit::kOk;
  while (in_a.entry() != nullptr || in_b.entry() != nullptr) {
    const TabletEntry* a = in_a.entry();
    const TabletEntry* b = in_b.entry();
    if (a != nullptr && b != nullptr) {
      const int order = a->key.compare(b->key);
      if (order > 0) a = nullptr;
      if (order < 0) b = nullptr;
    }
    if (a == nullptr || b == nullptr || *a != *b) {
      exit = Exit::kDifferent;
      ANYSTORE_TRY(output.Line(Line(a, b, arguments.json)));
    }
    if (a != nullptr) ANYSTORE_TRY(in_a.Next());
    if (b != nullptr) ANYSTORE_TRY(in_b.Next());
  }
  return exit;
}

}  // namespace

Exit TabletDiff(const TabletDiffArguments& arguments) {
  Output output;
  Result<Exit> compared = Compare(arguments, output);
  const Exit printed = Finish(Ok(), output);
  return Worse(printed,
               compared.has_value() ? *compared : Fail(std::move(compared).error().During("diff")));
}

}  // namespace anystore::cli
