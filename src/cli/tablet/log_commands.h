/// The commands of `anystore tablet log`, and what their command lines say.
#pragma once

#include <string>

#include "cli/io.h"

namespace anystore::cli {

struct TabletLogDumpArguments {
  std::string file = {};
  /// Damage is passed over.
  bool salvage = false;
  /// Transactions are printed as they are, also those that are batches.
  bool raw = false;
  bool json = false;
};

struct TabletLogCheckArguments {
  std::string file = {};
  bool json = false;
};

/// Prints the transactions of a log and how it ends. Changes nothing.
Exit TabletLogDump(const TabletLogDumpArguments& arguments);
/// Prints whether a log is whole. Changes nothing.
Exit TabletLogCheck(const TabletLogCheckArguments& arguments);

}  // namespace anystore::cli
