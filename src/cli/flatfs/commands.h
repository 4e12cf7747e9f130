/// The commands of `anystore flatfs`, and what their command lines say.
#pragma once

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

/// Makes an empty repository.
Exit FlatfsCreate(const FlatfsCreateArguments& arguments);
/// Prints what a repository holds. Takes no lock and changes nothing.
Exit FlatfsStat(const FlatfsStatArguments& arguments);
/// Prints what is wrong with a repository. Takes no lock and changes nothing.
Exit FlatfsCheck(const FlatfsCheckArguments& arguments);
/// Repairs what is wrong with a repository, as far as nothing can be lost by that.
Exit FlatfsScrub(const FlatfsScrubArguments& arguments);

}  // namespace anystore::cli
