/// The commands of `anystore flatfs`, and what their command lines say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/io.h"

namespace anystore::cli {

/// In all of them `repository` is a URL of the kind `flatfs:PATH`, or a path.
struct FlatfsCreateArguments {
  std::string repository = {};
  /// Empty: what the URL says, or the default.
  std::string shard = {};
};

struct FlatfsStatArguments {
  std::string repository = {};
  bool json = false;
};

struct FlatfsCheckArguments {
  std::string repository = {};
  /// Values are not read.
  bool quick = false;
  bool json = false;
};

struct FlatfsScrubArguments {
  std::string repository = {};
  bool dry_run = false;
  bool json = false;
};

struct FlatfsUpgradeArguments {
  std::string repository = {};
  /// The length of the prefix; none: what the repository tells.
  std::optional<std::uint64_t> length = {};
  bool json = false;
};

struct FlatfsDowngradeArguments {
  std::string repository = {};
  bool json = false;
};

struct FlatfsMoveArguments {
  std::string from = {};
  std::string to = {};
  bool create = false;
  bool json = false;
};

/// Makes an empty repository.
Exit FlatfsCreate(const FlatfsCreateArguments& arguments);
/// Prints what a repository holds. Takes no lock and changes nothing.
Exit FlatfsStat(const FlatfsStatArguments& arguments);
/// Prints what is wrong with a repository. Takes no lock and changes nothing.
Exit FlatfsCheck(const FlatfsCheckArguments& arguments);
/// Repairs what is wrong with a repository, as far as nothing can be lost by that.
Exit FlatfsScrub(const FlatfsScrubArguments& arguments);
/// Makes a repository of version 0 one of version 1.
Exit FlatfsUpgrade(const FlatfsUpgradeArguments& arguments);
/// The reverse.
Exit FlatfsDowngrade(const FlatfsDowngradeArguments& arguments);
/// Moves all records into another repository.
Exit FlatfsMove(const FlatfsMoveArguments& arguments);

}  // namespace anystore::cli
