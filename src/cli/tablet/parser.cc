#include "cli/tablet/parser.h"

#include "cli/tablet/commands.h"
#include "cli/tablet/form_options.h"
#include "cli/tablet/log_commands.h"

namespace anystore::cli {
namespace {

constexpr const char* kFilesHelp = "The tablets, by path";
constexpr const char* kReplaceHelp = "Take the place of a file that is there";
constexpr const char* kJavaTombstones = "--java-tombstones";
constexpr const char* kJavaTombstonesHelp =
    "The value of one byte c0 means deleted, as the original in Java wrote it";
constexpr const char* kLinesHelp = "Print one JSON object a line";

void AddReadingCommands(CLI::App& tablet, Run& run) {
  Command<TabletDumpArguments> dump(tablet, run, "dump", "Print every entry, deletions too",
                                    TabletDump);
  dump.Positional("FILE", dump->files, kFilesHelp)
      .Text("--from", dump->from, "Only keys from this one on", "KEY")
      .Text("--to", dump->to, "Only keys before this one", "KEY")
      .Flag("--reverse", dump->reverse, "Last key first")
      .Flag("--keys-only", dump->keys_only, "Leave out the values")
      .Flag(kJavaTombstones, dump->java_tombstones, kJavaTombstonesHelp)
      .Flag("--json", dump->json, "Print one JSON object a line, values in full");
  Command<TabletInfoArguments> info(
      tablet, run, "info", "Print what tablets are made of, which reads them whole", TabletInfo);
  info.Positional("FILE", info->files, kFilesHelp)
      .Flag(kJavaTombstones, info->java_tombstones, kJavaTombstonesHelp)
      .Flag("--json", info->json, kLinesHelp);
  Command<TabletCheckArguments> check(tablet, run, "check", "Tell what is wrong with tablets",
                                      TabletCheck);
  check.Positional("FILE", check->files, kFilesHelp)
      .Number("--max", check->faults_max,
              "Tell at most so many faults of a file; the rest is counted")
      .Flag(kJavaTombstones, check->java_tombstones, kJavaTombstonesHelp)
      .Flag("--json", check->json, kLinesHelp);
  Command<TabletDiffArguments> diff(tablet, run, "diff", "Compare two tablets, deletions too",
                                    TabletDiff);
  diff.Positional("A", diff->a, "A tablet")
      .Positional("B", diff->b, "Another tablet")
      .Flag(kJavaTombstones, diff->java_tombstones, kJavaTombstonesHelp)
      .Flag("--json", diff->json, kLinesHelp);
}

void AddWritingCommands(CLI::App& tablet, Run& run) {
  Command<TabletBuildArguments> build(tablet, run, "build",
                                      "Make a tablet of entries in JSON, one a line, in any "
                                      "order; the last one of a key counts",
                                      TabletBuild);
  build.Positional("FILE", build->target, "The tablet")
      .Option("--from", build->from,
              "Where the lines are, as dump --json and query --json print them; by default "
              "standard input",
              "FILE")
      .Flag("--replace", build->replace, kReplaceHelp)
      .Flag("--json", build->json, kJsonHelp);
  AddFormOptions(build, build->form);
  Command<TabletMergeArguments> merge(tablet, run, "merge", "Make one tablet of several",
                                      TabletMerge);
  merge.Positional("OUT", merge->target, "The new tablet")
      .Positional("FILE", merge->files, "The tablets, the oldest first")
      .Flag("--drop-deletions", merge->drop_deletions,
            "Leave out deleted keys, for a tablet that will have no older ones below it")
      .Flag(kJavaTombstones, merge->java_tombstones, kJavaTombstonesHelp)
      .Flag("--replace", merge->replace, kReplaceHelp)
      .Flag("--json", merge->json, kJsonHelp);
  AddFormOptions(merge, merge->form);
}

void AddStackCommands(CLI::App& tablet, Run& run) {
  constexpr const char* kDirectoryHelp = "The directory of the stack, with its tablets";
  Command<TabletPushArguments> push(tablet, run, "push", "Put a tablet on top of a stack",
                                    TabletPush);
  push.Positional("DIR", push->directory, kDirectoryHelp)
      .Positional("FILE", push->name, "The tablet, by its name in DIR");
  Command<TabletStackArguments> pop(
      tablet, run, "pop", "Take the newest tablet off a stack and print its name; the file stays",
      TabletPop);
  pop.Positional("DIR", pop->directory, kDirectoryHelp).Flag("--json", pop->json, kJsonHelp);
  Command<TabletStackArguments> stack(tablet, run, "stack",
                                      "List the tablets of a stack, the oldest first", TabletList);
  stack.Positional("DIR", stack->directory, kDirectoryHelp).Flag("--json", stack->json, kLinesHelp);
}

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
      AddGroup(app, "tablet",
               "Make, read, check and stack tablets of the Factory datastore, and their logs");
  AddReadingCommands(tablet, run);
  AddWritingCommands(tablet, run);
  AddStackCommands(tablet, run);
  AddLogCommands(tablet, run);
}

}  // namespace anystore::cli
