#include "backends/flatfs/maintenance/statistics.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/flatfs/identity.h"
#include "backends/flatfs/keys/stems.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/listed.h"
#include "backends/flatfs/names.h"
#include "core/if_found.h"

namespace anystore::flatfs {
namespace {

using internal::IfFound;

/// One walk through a repository, in which anything may vanish.
class Measurement {
 public:
  Measurement(Directory& root, const Shard& shard, const Report& report)
      : root_(root), report_(report), stems_(KeyForm::kStrict), found_{.shard = shard} {}

  Result<Statistics> Run() {
    ANYSTORE_ASSIGN_OR_RETURN(found_.identity, IdentityOf(root_));
    ANYSTORE_ASSIGN_OR_RETURN(const auto note, IfFound(ReadUsageNote(root_)));
    found_.has_note = note.has_value();
    if (note.has_value() && note->has_value()) found_.note = (*note)->note;
    ANYSTORE_ASSIGN_OR_RETURN(const KeyForm form, KeyFormOf(found_.identity));
    stems_ = Stems(form);
    ANYSTORE_TRY(AddSize(""));
    ANYSTORE_TRY(Enter("", [this](const NamedEntry& entry) { return AddTop(entry); }));
    return std::move(found_);
  }

 private:
  /// Calls `look` for what is in a directory, after all of it was listed: it may list others.
  template <class Look>
  Status Enter(const std::string& name, Look&& look) {
    ANYSTORE_ASSIGN_OR_RETURN(const auto entries,
                              IfFound(ListInOrder(root_, name, /*clock=*/nullptr)));
    if (!entries.has_value()) return Ok();
    for (const NamedEntry& entry : *entries) ANYSTORE_TRY(look(entry));
    return Ok();
  }

  Status AddTop(const NamedEntry& entry) {
    const std::string& name = entry.name;
    if (entry.kind != FileKind::kDirectory) {
      if (!IsOwnFile(name, stems_.form())) ++found_.foreign;
      return AddSize(name);
    }
    if (name == kTemporaryName) return AddTree(name, found_.leftovers);
    if (name == kQuarantineName) return AddTree(name, found_.quarantined);
    if (!found_.shard.IsDirectory(name)) {
      ++found_.foreign;
      std::uint64_t inside = 0;
      return AddTree(name, inside);
    }
    ++found_.directories;
    ANYSTORE_TRY(AddSize(name));
    return Enter(name, [&](const NamedEntry& file) { return AddFile(name, file); });
  }

  /// What is in a directory of records.
  Status AddFile(const std::string& directory, const NamedEntry& entry) {
    const std::string name = directory + "/" + entry.name;
    if (entry.kind == FileKind::kDirectory) {
      ++found_.foreign;
      std::uint64_t inside = 0;
      return AddTree(name, inside);
    }
    ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> file, IfFound(root_.Stat(name)));
    if (!file.has_value()) return Ok();
    found_.disk_bytes += file->size;
    std::optional<FileInfo> target = file;
    if (file->kind == FileKind::kLink) {
      ANYSTORE_ASSIGN_OR_RETURN(target, IfFound(root_.Stat(name, Follow::kYes)));
    }
    const bool is_record = stems_.IsRecord(found_.shard, directory, entry.name, key_) &&
                           target.has_value() && target->kind == FileKind::kFile;
    if (!is_record) {
      ++found_.foreign;
      return Ok();
    }
    ++found_.records;
    found_.value_bytes += target->size;
    return report_ ? report_(1, target->size) : Ok();
  }

  /// Sizes of a directory and all below it. `count` grows by what is in it.
  Status AddTree(const std::string& top, std::uint64_t& count) {
    std::vector<std::string> left = {top};
    while (!left.empty()) {
      const std::string name = std::move(left.back());
      left.pop_back();
      ANYSTORE_TRY(AddSize(name));
      ANYSTORE_TRY(Enter(name, [&](const NamedEntry& entry) -> Status {
        if (name == top) ++count;
        std::string child = name + "/" + entry.name;
        if (entry.kind != FileKind::kDirectory) return AddSize(child);
        left.push_back(std::move(child));
        return Ok();
      }));
      if (report_) ANYSTORE_TRY(report_(0, 0));
    }
    return Ok();
  }

  Status AddSize(const std::string& name) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::optional<FileInfo> info, IfFound(root_.Stat(name)));
    if (info.has_value()) found_.disk_bytes += info->size;
    return Ok();
  }

  Directory& root_;
  const Report& report_;
  Stems stems_;
  std::string key_;
  Statistics found_;
};

}  // namespace

Result<Statistics> MeasureRepository(FileSystem& files, std::string_view path,
                                     const Report& report) {
  ANYSTORE_ASSIGN_OR_RETURN(const OpenedRepository opened, OpenUnlocked(files, path));
  return Measurement(*opened.root, opened.shard, report).Run();
}

}  // namespace anystore::flatfs
