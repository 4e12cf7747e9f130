/// Opening and closing the stores of a command.
#pragma once

#include <string>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/store.h"
#include "cli/io.h"

namespace anystore::cli {

/// The world of the program's stores: the host's, but that only errors are logged. What engines
/// warn of (a stalled write, a slow disk) is nothing that whoever runs a command can act upon.
const Environment& ProgramEnvironment();

/// What a command does about a missing store.
enum class IfMissing {
  kFail,    ///< Nothing; `anystore create` is suggested.
  kOffer,   ///< Nothing, but it would with --create, which is suggested.
  kCreate,  ///< Makes it.
};

/// What --create, given or not, means.
[[nodiscard]] inline IfMissing CreateOption(bool given) {
  return given ? IfMissing::kCreate : IfMissing::kOffer;
}

/// Opens the store for a command.
Result<Store> OpenStore(const std::string& url, IfMissing if_missing);

/// Closes the store after a command that ended with `exit`. What Close finds wrong counts too.
Exit CloseStore(Store& store, Exit exit);

/// Runs `work(store)` on the store at `url` and closes it.
template <class Work>
Exit WithStore(const std::string& url, IfMissing if_missing, Work&& work) {
  Result<Store> store = OpenStore(url, if_missing);
  if (!store.has_value()) return Fail(store.error());
  return CloseStore(*store, work(*store));
}

/// The end of a command that printed to `output`: `status` and what flushing says.
Exit Finish(const Status& status, Output& output, Exit exit = Exit::kOk);

/// Prints all that a command has to say, and ends it with `exit`.
Exit PrintText(const std::string& text, Exit exit = Exit::kOk);

}  // namespace anystore::cli
