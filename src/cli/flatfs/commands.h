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

/// Makes an empty repository.
Exit FlatfsCreate(const FlatfsCreateArguments& arguments);
/// Prints what a repository holds. Takes no lock and changes nothing.
Exit FlatfsStat(const FlatfsStatArguments& arguments);

}  // namespace anystore::cli
