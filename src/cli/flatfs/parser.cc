#include "cli/flatfs/parser.h"

#include "cli/flatfs/commands.h"

namespace anystore::cli {
namespace {

constexpr const char* kRepositoryHelp = "The repository: flatfs:PATH, or its path";

void AddRepairCommands(CLI::App& flatfs, Run& run) {
  constexpr const char* kLinesHelp = "Print one JSON object a line";
  Command<FlatfsCheckArguments> check(
      flatfs, run, "check", "Tell what is wrong with a repository, also while it is written to",
      FlatfsCheck);
  check.Positional("URL", check->repository, kRepositoryHelp)
      .Flag("--quick", check->quick, "Look at names and sizes only, and read no values")
      .Flag("--json", check->json, kLinesHelp);
  Command<FlatfsScrubArguments> scrub(
      flatfs, run, "scrub", "Repair what is wrong with a repository and can be, losing nothing",
      FlatfsScrub);
  scrub.Positional("URL", scrub->repository, kRepositoryHelp)
      .Flag("--dry-run", scrub->dry_run, "Tell what would be done, and do nothing")
      .Flag("--json", scrub->json, kLinesHelp);
}

void AddConversions(CLI::App& flatfs, Run& run) {
  Command<FlatfsUpgradeArguments> upgrade(
      flatfs, run, "upgrade", "Give a repository of version 0 its SHARDING", FlatfsUpgrade);
  upgrade.Positional("URL", upgrade->repository, kRepositoryHelp)
      .OptionalNumber("N", upgrade->length,
                      "How many characters the names of directories have; by default as many as "
                      "they have")
      .Flag("--json", upgrade->json, kJsonHelp);
  Command<FlatfsDowngradeArguments> downgrade(flatfs, run, "downgrade",
                                              "Make a repository with prefix/N one of version 0",
                                              FlatfsDowngrade);
  downgrade.Positional("URL", downgrade->repository, kRepositoryHelp)
      .Flag("--json", downgrade->json, kJsonHelp);
  Command<FlatfsMoveArguments> move(flatfs, run, "move", "Move all records into another repository",
                                    FlatfsMove);
  move.Positional("OLD", move->from, "The repository to move; it is removed when all is moved")
      .Positional("NEW", move->to, "The repository to move into, with a shard function of its own")
      .Flag("--create", move->create, "Make NEW first where there is none")
      .Flag("--json", move->json, kJsonHelp);
}

}  // namespace

void AddFlatfsCommands(CLI::App& app, Run& run) {
  CLI::App& flatfs =
      AddGroup(app, "flatfs", "Make, describe, convert and repair repositories of IPFS' flatfs");
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
  AddRepairCommands(flatfs, run);
  AddConversions(flatfs, run);
}

}  // namespace anystore::cli
