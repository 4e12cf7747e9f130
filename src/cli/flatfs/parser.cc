#include "cli/flatfs/parser.h"

#include "cli/flatfs/commands.h"

namespace anystore::cli {
namespace {

constexpr const char* kRepositoryHelp = "The repository: flatfs:PATH, or its path";

}  // namespace

void AddFlatfsCommands(CLI::App& app, Run& run) {
  CLI::App& flatfs =
      *app.add_subcommand("flatfs", "Make, describe and convert repositories of IPFS' flatfs");
  flatfs.allow_extras();
  flatfs.require_subcommand(0, 1);
  Command<FlatfsCreateArguments> create(flatfs, run, "create", "Make an empty repository",
                                        FlatfsCreate);
  create.Positional("URL", create->repository, kRepositoryHelp)
      .OptionalPositional("SHARD", create->shard,
                          "Which directory a key belongs to: prefix/N, suffix/N or next-to-last/N; "
                          "by default next-to-last/2");
  Command<FlatfsStatArguments> stat(flatfs, run, "stat",
                                    "Print what a repository holds, also while it is written to",
                                    FlatfsStat);
  stat.Positional("URL", stat->repository, kRepositoryHelp).Flag("--json", stat->json, kJsonHelp);
}

}  // namespace anystore::cli
