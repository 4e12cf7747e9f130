/// The commands of `anystore tablet`, and what their command lines say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/io.h"
#include "cli/tablet/form.h"

namespace anystore::cli {

struct TabletDumpArguments {
  std::vector<std::string> files = {};
  std::optional<std::string> from = {};
  std::optional<std::string> to = {};
  bool reverse = false;
  bool keys_only = false;
  bool java_tombstones = false;
  bool json = false;
};

struct TabletInfoArguments {
  std::vector<std::string> files = {};
  bool java_tombstones = false;
  bool json = false;
};

struct TabletCheckArguments {
  std::vector<std::string> files = {};
  /// So many faults of a file are told.
  std::uint64_t faults_max = 1000;
  bool java_tombstones = false;
  bool json = false;
};

struct TabletBuildArguments {
  std::string target = {};
  /// "-": standard input.
  std::string from = "-";
  TabletForm form = {};
  bool replace = false;
  bool json = false;
};

struct TabletMergeArguments {
  std::string target = {};
  /// The oldest first.
  std::vector<std::string> files = {};
  TabletForm form = {};
  bool drop_deletions = false;
  bool java_tombstones = false;
  bool replace = false;
  bool json = false;
};

struct TabletDiffArguments {
  std::string a = {};
  std::string b = {};
  bool java_tombstones = false;
  bool json = false;
};

struct TabletPushArguments {
  std::string directory = {};
  std::string name = {};
};

/// Of `pop` and `stack`.
struct TabletStackArguments {
  std::string directory = {};
  bool json = false;
};

/// Prints every entry, deletions too.
Exit TabletDump(const TabletDumpArguments& arguments);
/// Prints what a tablet is made of.
Exit TabletInfo(const TabletInfoArguments& arguments);
/// Prints what is wrong with tablets.
Exit TabletCheck(const TabletCheckArguments& arguments);
/// Makes a tablet of entries in JSON, in any order.
Exit TabletBuild(const TabletBuildArguments& arguments);
/// Makes one tablet of several.
Exit TabletMerge(const TabletMergeArguments& arguments);
/// Compares two tablets entry by entry.
Exit TabletDiff(const TabletDiffArguments& arguments);
/// Puts a tablet on top of a stack.
Exit TabletPush(const TabletPushArguments& arguments);
/// Takes the newest tablet off a stack.
Exit TabletPop(const TabletStackArguments& arguments);
/// Lists the tablets of a stack.
Exit TabletList(const TabletStackArguments& arguments);

}  // namespace anystore::cli
