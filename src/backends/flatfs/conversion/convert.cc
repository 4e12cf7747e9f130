#include "backends/flatfs/conversion/convert.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/flatfs/commit/whole_commit.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/listed.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/unsynced/recovery.h"

namespace anystore::flatfs {
namespace {

/// A directory as version 0 sees it, held against a rule.
class VersionZero {
 public:
  VersionZero(Directory& root, Clock* clock, const Report& report)
      : root_(root), clock_(clock), report_(report) {}

  /// The length of the names of directories; none where there are none.
  Result<std::optional<std::size_t>> FindLength() {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<NamedEntry> top, ListInOrder(root_, "", clock_));
    for (const NamedEntry& entry : top) {
      if (entry.kind != FileKind::kDirectory || entry.name == kTemporaryName) continue;
      return std::optional(entry.name.size());
    }
    return std::optional<std::size_t>();
  }

  /// The first thing that does not fit, and why; empty: all fits. `is_own(name)` tells which files
  /// beside the records belong to the repository.
  template <class IsOwn>
  Result<std::string> FindMisfit(const Shard& shard, IsOwn&& is_own) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<NamedEntry> top, ListInOrder(root_, "", clock_));
    for (const NamedEntry& entry : top) {
      if (entry.kind != FileKind::kDirectory) {
        if (!is_own(entry.name)) return Quoted(entry.name) + " is no part of a repository";
      } else if (entry.name != kTemporaryName && !shard.IsDirectory(entry.name)) {
        return "the directory " + Quoted(entry.name) + " is none of " + shard.ToShortString();
      }
    }
    for (const NamedEntry& entry : top) {
      if (entry.kind != FileKind::kDirectory || entry.name == kTemporaryName) continue;
      ANYSTORE_ASSIGN_OR_RETURN(std::string misfit, FindMisfitIn(shard, entry.name));
      if (!misfit.empty()) return misfit;
    }
    return std::string();
  }

  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

 private:
  Result<std::string> FindMisfitIn(const Shard& shard, const std::string& directory) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<NamedEntry> entries,
                              ListInOrder(root_, directory, clock_));
    std::uint64_t records = 0;
    for (const NamedEntry& entry : entries) {
      const bool is_file = entry.kind == FileKind::kFile || entry.kind == FileKind::kLink;
      if (is_file && entry.name.starts_with(kOldTemporaryPrefix)) continue;
      const std::string stem(StemOf(entry.name));
      if (!is_file || !shard.IsRecord("/" + stem, directory)) {
        const std::string name = Quoted(directory + "/" + entry.name);
        return name + WhyNoRecord(shard, directory, is_file ? stem : std::string());
      }
      ++records;
    }
    records_ += records;
    if (report_) ANYSTORE_TRY(report_(records, 0));
    return std::string();
  }

  static std::string WhyNoRecord(const Shard& shard, const std::string& directory,
                                 const std::string& stem) {
    if (stem.empty() || stem.size() > kStemBytesMax) return " is no record";
    std::string right(shard.length(), '\0');
    shard.WriteDirectory(stem, right.data());
    if (right == directory) return " is no record: its name is no key";
    return " would belong into " + Quoted(right) + " with " + shard.ToShortString();
  }

  Directory& root_;
  Clock* const clock_;
  const Report& report_;
  std::uint64_t records_ = 0;
};

/// A directory without a rule.
Result<std::unique_ptr<Directory>> OpenVersionZero(FileSystem& files, std::string_view path) {
  ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(files, path));
  if (found.place == Place::kNothing) {
    return Error(Code::kNotFound, "there is no such directory");
  }
  if (found.place == Place::kRepository) {
    return Error(Code::kAlreadyExists,
                 "the repository has a rule already: " + found.shard.ToString());
  }
  auto root = files.OpenDirectory(path);
  if (!root.has_value()) return root;
  const bool has_sharding = (*root)->Stat(kShardingName).has_value();
  if (!has_sharding) return root;
  return Error(Code::kIdentityMismatch, "not a flatfs repository of version 0: " + found.foreign);
}

Result<Shard> PrefixOf(std::size_t length) {
  return Shard::ParseShort("prefix/" + std::to_string(length));
}

Result<Shard> RuleOf(VersionZero& found, std::optional<std::size_t> length) {
  if (length.has_value()) return PrefixOf(*length);
  ANYSTORE_ASSIGN_OR_RETURN(length, found.FindLength());
  if (length.has_value()) return PrefixOf(*length);
  return Error(Code::kInvalidArgument,
               "there are no directories that tell the length of the prefix: it must be given");
}

}  // namespace

Result<Converted> UpgradeRepository(const Environment& environment, std::string_view path,
                                    std::optional<std::size_t> length, const Report& report) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto root, OpenVersionZero(*environment.files, path));
  VersionZero found(*root, environment.clock, report);
  ANYSTORE_ASSIGN_OR_RETURN(const Shard shard, RuleOf(found, length));
  const auto is_own = [](std::string_view name) { return name == kDiskUsageName; };
  ANYSTORE_ASSIGN_OR_RETURN(const std::string misfit, found.FindMisfit(shard, is_own));
  if (!misfit.empty()) return Error(Code::kIdentityMismatch, misfit);
  // While there was no rule, nobody kept it up to date. It goes for good before there is one.
  ANYSTORE_TRY(RemoveIfThere(*root, kDiskUsageName));
  ANYSTORE_TRY(root->Sync(""));
  ANYSTORE_TRY(PlaceSharding(*root, shard, environment.random));
  return Converted{.shard = shard, .records = found.records()};
}

Result<Converted> DowngradeRepository(const Environment& environment, std::string_view path,
                                      const Report& report) {
  ANYSTORE_ASSIGN_OR_RETURN(const OpenedRepository opened,
                            OpenRepository(*environment.files, path));
  Directory& root = *opened.root;
  if (opened.shard.function() != Shard::Function::kPrefix) {
    return Error(Code::kUnsupported,
                 "version 0 knows prefix/N only, this is " + opened.shard.ToString());
  }
  ANYSTORE_TRY(FinishCommit(root, opened.shard, environment));
  ANYSTORE_TRY(SettleUnsynced(root, opened.shard, environment));
  VersionZero found(root, environment.clock, report);
  const auto is_own = [](std::string_view name) {
    return name == kShardingName || name == kReadmeName || name == kDiskUsageName ||
           name == kChecksumsName;
  };
  ANYSTORE_ASSIGN_OR_RETURN(const std::string misfit, found.FindMisfit(opened.shard, is_own));
  if (!misfit.empty()) {
    return Error(Code::kUnsupported, "version 0 cannot hold what is there: " + misfit);
  }
  ANYSTORE_TRY(RemoveIfThere(root, kDiskUsageName));
  // Nobody would keep them up.
  ANYSTORE_TRY(RemoveIfThere(root, kChecksumsName));
  ANYSTORE_TRY(RemoveIfThere(root, kReadmeName));
  ANYSTORE_TRY(root.RemoveTree(kTemporaryName));
  // The rule last: as long as there is one, this is a repository of version 1 with all it needs.
  ANYSTORE_TRY(RemoveSharding(root));
  ANYSTORE_TRY(root.Sync(""));
  return Converted{.shard = opened.shard, .records = found.records()};
}

}  // namespace anystore::flatfs
