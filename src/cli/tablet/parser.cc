#include "cli/tablet/parser.h"

#include "cli/tablet/log_commands.h"

namespace anystore::cli {
namespace {

void AddLogCommands(CLI::App& tablet, Run& run) {
  constexpr const char* kFileHelp = "The log";
  CLI::App& log = AddGroup(tablet, "log", "Read and check transaction logs");
  Command<TabletLogDumpArguments> dump(
      log, run, "dump", "Print the transactions of a log, and how it ends", TabletLogDump);
  dump.Positional("FILE", dump->file, kFileHelp)
      .Flag("--salvage", dump->salvage, "Pass over damage, and print what is behind it, too")
      .Flag("--raw", dump->raw, "Print the bytes of transactions, also of batches")
      .Flag("--json", dump->json, "Print one JSON object a line, values in full");
  Command<TabletLogCheckArguments> check(log, run, "check", "Tell whether a log is whole",
                                         TabletLogCheck);
  check.Positional("FILE", check->file, kFileHelp).Flag("--json", check->json, kJsonHelp);
}

}  // namespace

void AddTabletCommands(CLI::App& app, Run& run) {
  CLI::App& tablet =
      AddGroup(app, "tablet", "Read and check tablets of the Factory datastore, and their logs");
  AddLogCommands(tablet, run);
}

}  // namespace anystore::cli
