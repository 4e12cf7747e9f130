// tablet push, tablet pop, tablet stack: which tablets a directory shows as one.
#include "anystore/tablet/stack.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/stores.h"
#include "cli/tablet/commands.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

Error Failed(Error error, std::string_view action, const std::string& directory) {
  return std::move(error).During(action).In(Printable(directory));
}

// Opens the directory and runs `work(directory)`; what it returns is printed.
template <class Work>
Exit OnDirectory(const std::string& path, std::string_view action, const Work& work) {
  // Waiting for others is nothing that could be asked to stop.
  LeaveSignals();
  const auto run = [&]() -> Result<std::string> {
    ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<Directory> directory,
                              ProgramEnvironment().files->OpenDirectory(path));
    return work(*directory);
  };
  Result<std::string> text = run();
  if (!text.has_value()) return Fail(Failed(std::move(text).error(), action, path));
  return PrintText(*text);
}

std::string NameLine(const std::string& name, bool as_json) {
  return (as_json ? JsonObject().Bytes("tablet", name).Finish() : Printable(name)) + "\n";
}

}  // namespace

Exit TabletPush(const TabletPushArguments& arguments) {
  return OnDirectory(
      arguments.directory, "push to", [&](Directory& directory) -> Result<std::string> {
        ANYSTORE_ASSIGN_OR_RETURN(const auto stack, tablet::TabletStack::Open(directory));
        ANYSTORE_TRY(stack->PushTablet(arguments.name));
        return std::string();
      });
}

Exit TabletPop(const TabletStackArguments& arguments) {
  return OnDirectory(
      arguments.directory, "pop from", [&](Directory& directory) -> Result<std::string> {
        // A tablet that does not open must not keep anybody from taking it off.
        ANYSTORE_ASSIGN_OR_RETURN(const std::string name, tablet::PopListedTablet(directory));
        return NameLine(name, arguments.json);
      });
}

Exit TabletList(const TabletStackArguments& arguments) {
  return OnDirectory(arguments.directory, "list", [&](Directory& directory) -> Result<std::string> {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                              tablet::ListedTablets(directory));
    std::string text;
    for (const std::string& name : names) text += NameLine(name, arguments.json);
    return text;
  });
}

}  // namespace anystore::cli
