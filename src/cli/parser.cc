#include "cli/parser.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "anystore/plugin.h"
#include "cli/commands.h"
#include "cli/flatfs/parser.h"
#include "cli/parsed_command.h"
#include "cli/tablet/form_options.h"
#include "cli/tablet/parser.h"
#include "registry/suggest.h"

namespace anystore::cli {
namespace {

constexpr const char* kCreateHelp = "Make the store first where there is none";
constexpr const char* kPluginHelp =
    "A shared library with a kind of store, besides those that ANYSTORE_PLUGIN_PATH names; "
    "repeatable, in front of the command";
constexpr const char* kFooter =
    "Exit codes: 0 done, 1 missing or different, 2 wrong usage, URL or configuration,\n"
    "3 a store, a file or the output failed, 130 interrupted.\n"
    "\"anystore COMMAND --help\" explains a command, \"anystore backends\" lists the stores.";

void AddRecordCommands(CLI::App& app, Run& run) {
  Command<PutArguments> put(app, run, "put", "Store a value", Put);
  put.Positional("URL", put->url, kUrlHelp)
      .Positional("KEY", put->key, "The key, taken byte for byte")
      .Text("VALUE", put->value, "The value; - reads standard input", "TEXT")
      .Text("--file,-f", put->file, "Take the value from a file", "FILE")
      .Flag("--create", put->create, kCreateHelp);
  Command<GetArguments> get(app, run, "get", "Print a value", Get);
  get.Positional("URL", get->url, kUrlHelp)
      .Positional("KEY", get->key, "The key, taken byte for byte")
      .Option("--output,-o", get->output, "Write to this file, all of it or nothing", "FILE");
  Command<KeyArguments> has(app, run, "has", "Tell whether a key is there", Has);
  has.Positional("URL", has->url, kUrlHelp).Positional("KEY", has->key, "The key");
  Command<KeyArguments> size(app, run, "size", "Print the size of a value in bytes", Size);
  size.Positional("URL", size->url, kUrlHelp).Positional("KEY", size->key, "The key");
  Command<RemoveArguments> remove(app, run, "rm", "Remove a key", Remove);
  remove.Positional("URL", remove->url, kUrlHelp)
      .Positional("KEY", remove->key, "The key")
      .Flag("--force,-f", remove->force, "Do not mind when there is no such key");
}

void AddListingCommands(CLI::App& app, Run& run) {
  Command<ListArguments> list(app, run, "ls", "List keys", List);
  list.Positional("URL", list->url, kUrlHelp)
      .OptionalPositional("PREFIX", list->prefix, "Only keys that begin with these bytes")
      .Flag("--long,-l", list->details, "Print sizes too")
      .Flag("--json", list->json, "Print one JSON object a line");
  Command<QueryArguments> query(app, run, "query",
                                "List keys and values by range, filter and order", RunQuery);
  query.Positional("URL", query->url, kUrlHelp)
      .Range(query->range)
      .Flag("--reverse", query->reverse, "Last key first")
      .Repeated("--filter", query->filters,
                "Only entries that pass, such as 'key>=/x', 'value==a', 'prefix:/ab'; repeatable",
                "FILTER")
      .Repeated("--order", query->orders, "key, -key, value or -value; repeatable", "ORDER")
      .Number("--offset", query->offset, "Skip so many entries")
      .Number("--limit", query->limit, "Print at most so many entries")
      .Flag("--keys-only", query->keys_only, "Leave out the values")
      .Flag("--json", query->json, "Print one JSON object a line, values in full");
}

void AddTransferCommands(CLI::App& app, Run& run) {
  Command<ImportArguments> import(app, run, "import", "Put the files of a directory or TAR archive",
                                  Import);
  import.Positional("URL", import->url, kUrlHelp)
      .Positional("SOURCE", import->source,
                  "A directory, or a TAR archive, also compressed; - reads one from standard input")
      .Choice("--key", import->naming,
              {{"path", KeyNaming::kOwn},
               {"sha256", KeyNaming::kSha256},
               {"sha256-base32", KeyNaming::kSha256Base32}},
              "Name records by path (\"/\" and the relative path) or by content", "NAMING")
      .Flag("--create", import->create, kCreateHelp)
      .Flag("--json", import->json, kJsonHelp);
  Command<ExportArguments> export_(app, run, "export", "Write records as files, or as one tablet",
                                   Export);
  export_.Positional("URL", export_->url, kUrlHelp)
      .Positional("TARGET", export_->target,
                  "A directory, made if it is not there; or a file whose name ends in .tab, which "
                  "becomes a tablet: an immutable sorted table")
      .Flag("--replace", export_->replace, "Take the place of a file that is there; for a tablet")
      .Flag("--json", export_->json, kJsonHelp);
  AddFormOptions(export_, export_->form, "; for a tablet");
  Command<CopyArguments> copy(app, run, "copy", "Copy records from store to store", Copy);
  copy.Positional("SOURCE", copy->source, "The store to read")
      .Positional("DESTINATION", copy->destination, "The store to write")
      .Range(copy->range)
      .Choice("--key", copy->naming,
              {{"same", KeyNaming::kOwn},
               {"sha256", KeyNaming::kSha256},
               {"sha256-base32", KeyNaming::kSha256Base32}},
              "Name records by the key they have (same) or by content (sha256, sha256-base32)",
              "NAMING")
      .Flag("--create", copy->create, kCreateHelp)
      .Flag("--verify", copy->verify, "Read both again and compare")
      .Flag("--resume", copy->resume, "Go on where an earlier copy was cut off")
      .Number("--jobs,-j", copy->jobs, "How many threads write")
      .Option("--state", copy->state, "Where to keep the checkpoint", "FILE")
      .Flag("--json", copy->json, kJsonHelp);
  Command<DiffArguments> diff(app, run, "diff", "Compare two stores", Diff);
  diff.Positional("A", diff->a, "A store")
      .Positional("B", diff->b, "Another store")
      .Range(diff->range)
      .Flag("--json", diff->json, "Print one JSON object a line");
}

void AddStoreCommands(CLI::App& app, Run& run) {
  Command<StatArguments> stat(app, run, "stat", "Print what a store is and can do", Stat);
  stat.Positional("URL", stat->url, kUrlHelp)
      .Flag("--count", stat->count, "Count keys and bytes too, which reads every key")
      .Flag("--json", stat->json, kJsonHelp);
  Command<StoreArguments> create(app, run, "create", "Make an empty store", CreateStore);
  create.Positional("URL", create->url, kUrlHelp);
  Command<StoreArguments> destroy(app, run, "destroy", "Remove a store and all it holds",
                                  DestroyStore);
  destroy.Positional("URL", destroy->url, kUrlHelp);
  Command<StoreArguments> exists(app, run, "exists", "Tell whether there is a store", StoreExists);
  exists.Positional("URL", exists->url, kUrlHelp);
  Command<BackendsArguments> backends(app, run, "backends", "Describe the kinds of store",
                                      Backends);
  backends.OptionalPositional("NAME", backends->name, "Only this one, in detail")
      .Flag("--json", backends->json, kJsonHelp);
}

void AddConfigCommands(CLI::App& app, Run& run) {
  constexpr const char* kConfigHelp = "A file, a tree in JSON, or a URL";
  CLI::App& config = AddGroup(app, "config", "Check, explain and describe configurations");
  Command<ConfigArguments> check(config, run, "check",
                                 "Tell whether a configuration is right, without opening it",
                                 CheckConfig);
  check.Positional("CONFIG", check->config, kConfigHelp);
  Command<ConfigArguments> explain(
      config, run, "explain", "Print the stores of a configuration, and what it can do and why",
      ExplainConfig);
  explain.Positional("CONFIG", explain->config, kConfigHelp)
      .Flag("--json", explain->json, kJsonHelp);
  const Command<SchemaArguments> schema(
      config, run, "schema", "Print a JSON Schema of trees, for editors", PrintConfigSchema);
}

void AddTortureCommand(CLI::App& app, Run& run) {
  Command<TortureArguments> command(
      app, run, "torture", "Ask several stores the same at random, and compare their answers",
      Torture);
  command
      .Positional("URL", command->urls,
                  "Where no stores are yet; they are made, and destroyed; as many as wanted")
      .Number("--operations", command->operations, "How many operations")
      .Number("--seed", command->seed, "Where randomness starts")
      .Option("--prefix", command->prefix, "What all keys begin with", "KEY")
      .Text("--replay", command->replay,
            "Do this script, or that of a file whose name ends in .test, instead", "SCRIPT");
}

void AddConformanceCommand(CLI::App& app, Run& run) {
  Command<ConformanceArguments> command(
      app, run, "conformance", "Test whether a kind of store keeps its promises", Conformance);
  command
      .Positional("URL", command->url, "Where no store is yet; the kit makes and destroys its own")
      .Repeated("--chapter", command->chapters,
                "Only this chapter, or those that begin so with a * behind; repeatable", "NAME")
      .Number("--seed", command->seed, "Where randomness starts")
      .Number(
          "--simulated", command->simulated,
          "Put the stores on a simulated disk and cut its power; N is where its randomness starts")
      .Option("--report", command->report,
              "Write what became of every claim to this file, as JSON, all of it or nothing",
              "FILE")
      .Flag("--quick", command->quick, "Smaller values and fewer rounds")
      .Flag("--json", command->json, kJsonHelp);
}

std::vector<std::string> LongOptions(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

void AddAuthorCommands(CLI::App& app, Run& run) {
  Command<NewBackendArguments> create(
      app, run, "new-backend", "Write the files that a new kind of store begins with", NewBackend);
  create.Positional("NAME", create->name, "The scheme of its URLs, such as sqlite")
      .OptionalPositional("DIRECTORY", create->directory, "Where to; by default NAME-backend");
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands({})) {
    names.push_back(command->get_name());
  }
  return names;
}

// The command that was chosen, or the one that has those to choose from; and how it was called.
struct Chosen {
  const CLI::App& app;
  std::string prefix = {};
};

Chosen FindChosen(const CLI::App& app) {
  const CLI::App* chosen = &app;
  std::string name;
  while (!chosen->get_subcommands().empty()) {
    chosen = chosen->get_subcommands().front();
    name.append(name.empty() ? "" : " ").append(chosen->get_name());
  }
  return {.app = *chosen, .prefix = name.empty() ? name : name + ": "};
}

// What is wrong with the arguments that nothing took; empty when there are none.
std::string ExplainExtras(const CLI::App& app) {
  const auto [command, prefix] = FindChosen(app);
  for (const std::string& extra : command.remaining()) {
    // CLI11 leaves the mark that ends the options among them.
    if (extra == "--") continue;
    const std::string name = extra.substr(0, extra.find('='));
    if (name.size() > 1 && name.front() == '-') {
      return prefix + "unknown option " + Quoted(name) +
             registry::DidYouMean(registry::Nearest(name, LongOptions(command)));
    }
    const std::vector<std::string> names = CommandNames(command);
    if (names.empty()) return prefix + "unexpected argument " + Quoted(extra);
    return prefix + "unknown command " + Quoted(extra) + "; known: " + registry::JoinNames(names) +
           registry::DidYouMean(registry::Nearest(extra, names));
  }
  return {};
}

Exit Misused(const CLI::App& app, const std::string& otherwise) {
  const std::string extras = ExplainExtras(app);
  Complain(extras.empty() ? FindChosen(app).prefix + otherwise : extras);
  return Exit::kUsage;
}

// Nothing was chosen.
Exit NoCommand(const CLI::App& app) {
  std::string group = FindChosen(app).prefix;
  std::erase(group, ':');
  return Misused(app, "a command is missing; \"anystore " + group + "--help\" lists them");
}

Status LoadPlugins(const std::vector<std::string>& files) {
  Registry& registry = Registry::Global();
  ANYSTORE_TRY(LoadPluginsFromEnvironment(registry));
  for (const std::string& file : files) ANYSTORE_TRY(LoadPlugin(file, registry));
  return Ok();
}

}  // namespace

Exit RunCommandLine(int argc, const char* const* argv) {
  CLI::App app("One key/value interface, any store behind it.", "anystore");
  Run run;
  app.set_version_flag("--version", ANYSTORE_VERSION);
  app.set_help_flag("--help,-h", "Print this and leave");
  app.footer(kFooter);
  app.allow_extras();
  app.require_subcommand(0, 1);
  std::vector<std::string> plugins;
  app.add_option("--plugin", plugins, kPluginHelp)->type_name("FILE")->expected(1)->take_all();
  AddRecordCommands(app, run);
  AddListingCommands(app, run);
  AddTransferCommands(app, run);
  AddStoreCommands(app, run);
  AddConfigCommands(app, run);
  AddConformanceCommand(app, run);
  AddTortureCommand(app, run);
  AddFlatfsCommands(app, run);
  AddTabletCommands(app, run);
  AddAuthorCommands(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    app.exit(success);
    std::cout.flush();
    return Exit::kOk;
  } catch (const CLI::Error& error) {
    return Misused(app, error.what());
  }
  if (!ExplainExtras(app).empty()) return Misused(app, "");
  if (!run) return NoCommand(app);
  const Status loaded = LoadPlugins(plugins);
  return loaded.has_value() ? run() : Fail(loaded.error());
}

}  // namespace anystore::cli
