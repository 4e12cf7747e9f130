#include <memory>
#include <optional>
#include <utility>

#include "anystore/tablet/stack.h"
#include "backends/tablets/places.h"
#include "backends/tablets/tablet_store.h"
#include "backends/tablets/tablets.h"
#include "filesystem/names.h"
#include "tablet/reading/tablet.h"
#include "tablet/stack/memory_run.h"
#include "tablet/stack/stack_file.h"

namespace anystore::tablets {
namespace {

constexpr std::string_view kFactoryLayout = "factory";

/// The logs of a directory of the Factory datastore, the older one first: of the records that are
/// being written to a tablet, and of those that are still to be.
constexpr std::string_view kLogs[] = {"write_imm.log", "write.log"};
constexpr std::uint64_t kLogBytesMax = 1ULL << 30U;

class TabletsBackend final : public Backend {
 public:
  std::string_view scheme() const override { return "tablets"; }
  std::string_view description() const override {
    return "Immutable sorted tables in files, as the Factory datastore has them, for reading";
  }
  const ConfigSpec* config_spec() const override;
  Result<Config> DefaultConfig(const Config& given) const override {
    return FillDefaults(given, *config_spec());
  }
  Capabilities capabilities() const override {
    return TabletCapabilities(tablet::ReaderOptions(), /*mapped=*/true);
  }
  IndexKind PreferredIndex(const CheckedConfig& /*config*/) const override {
    return IndexKind::kSortedSet;
  }
  Status Ready(Datastore& /*store*/, const CallOptions& /*call*/) override { return Ok(); }

  Status Create(const CheckedConfig& config, const Environment& environment) override;
  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override;
  Result<bool> Exists(const CheckedConfig& config, const Environment& environment) override;
  Status Destroy(const CheckedConfig& config, const Environment& environment) override;
};

const ConfigSpec* TabletsBackend::config_spec() const {
  static const ConfigSpec spec{
      .fields = {{.name = "layout",
                  .type = FieldType::kChoice,
                  .default_value = "files",
                  .choices = {"files", std::string(kFactoryLayout)},
                  .help = "what the path names: files, the oldest first, or a directory of the "
                          "Factory datastore, with its stack and its logs"},
                 {.name = "access",
                  .type = FieldType::kChoice,
                  .default_value = "auto",
                  .choices = {"auto", "map", "read"},
                  .help = "files are mapped into memory, or read block by block; auto maps where "
                          "the filesystem can"},
                 {.name = "verify",
                  .type = FieldType::kBool,
                  .default_value = "true",
                  .help = "blocks are held against their checksums when they are read first"},
                 {.name = "locator",
                  .type = FieldType::kChoice,
                  .default_value = "use",
                  .choices = {"ignore", "use", "memory", "build"},
                  .help = "the hash table FILE.locator, which finds a key at once: not used, used "
                          "where it is, made in memory where it is not, or made and kept"},
                 {.name = "cache",
                  .type = FieldType::kBytes,
                  .default_value = "32MiB",
                  .min = 0,
                  .help = "how much of decompressed or read blocks is kept in memory"},
                 {.name = "java_tombstones",
                  .type = FieldType::kBool,
                  .default_value = "false",
                  .help = "the value of one byte c0 means deleted, as the original in Java wrote "
                          "it"}},
      .path_help = "the files, separated by commas (\"\\,\" for one in a name), or the directory",
      .path_required = true};
  return &spec;
}

tablet::ReaderOptions OptionsOf(const CheckedConfig& config) {
  using tablet::Access;
  using tablet::LocatorUse;
  tablet::ReaderOptions options{.verify_checksums = config.Bool("verify"),
                                .java_tombstones = config.Bool("java_tombstones"),
                                .cache_bytes = static_cast<std::uint64_t>(config.Integer("cache"))};
  const std::string_view access = config.String("access");
  options.access = access == "map"    ? Access::kMap
                   : access == "read" ? Access::kRead
                                      : Access::kAuto;
  const std::string_view locator = config.String("locator");
  options.locator = locator == "ignore"   ? LocatorUse::kIgnore
                    : locator == "memory" ? LocatorUse::kInMemory
                    : locator == "build"  ? LocatorUse::kBuild
                                          : LocatorUse::kUse;
  return options;
}

Result<FileSystem*> FilesOf(const Environment& environment) {
  if (environment.files != nullptr) return environment.files;
  return Error(Code::kInvalidConfig, "the environment has no filesystem");
}

/// Opens the tablets of a store, and gathers what is known of them.
class StackOpener {
 public:
  StackOpener(FileSystem& files, const tablet::ReaderOptions& options)
      : files_(files),
        options_(options),
        cache_(std::make_shared<tablet::BlockCache>(options.cache_bytes)) {}

  Result<std::shared_ptr<Directory>> OpenDirectory(const std::string& path) {
    ANYSTORE_ASSIGN_OR_RETURN(std::shared_ptr<Directory> directory, files_.OpenDirectory(path));
    return directory;
  }

  Status Add(std::shared_ptr<Directory> directory, const std::string& name) {
    ANYSTORE_ASSIGN_OR_RETURN(std::shared_ptr<const tablet::Tablet> tablet,
                              tablet::Tablet::Open(*directory, name, options_, cache_));
    const tablet::TabletInfo info = tablet->info();
    opened_.bytes += info.file_bytes + info.locator_bytes.value_or(0);
    all_mapped_ = all_mapped_ && info.mapped;
    opened_.tablets.push_back({.directory = std::move(directory), .name = name});
    runs_.insert(runs_.begin(), std::move(tablet));
    return Ok();
  }

  Status AddPath(const std::string& path) {
    const filesystem::PathPlace place = filesystem::PlaceOfPath(path);
    auto directory = OpenDirectory(place.directory);
    if (!directory.has_value()) return std::move(directory).error();
    return Add(*std::move(directory), place.name);
  }

  [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }

  /// Adds what a log holds, if there is one.
  Status AddLog(Directory& directory, std::string_view name) {
    auto run = tablet::MemoryRun::Replay(directory, name, kLogBytesMax);
    if (!run.has_value()) {
      if (run.error().code() == Code::kNotFound) return Ok();
      return std::move(run).error();
    }
    opened_.bytes += (*run)->bytes();
    all_mapped_ = false;
    runs_.insert(runs_.begin(), *std::move(run));
    return Ok();
  }

  [[nodiscard]] OpenedStack Finish() && {
    opened_.version = std::make_shared<const tablet::StackVersion>(std::move(runs_));
    opened_.mapped = all_mapped_;
    return std::move(opened_);
  }

 private:
  FileSystem& files_;
  const tablet::ReaderOptions options_;
  const std::shared_ptr<tablet::BlockCache> cache_;
  std::vector<std::shared_ptr<const tablet::SortedRun>> runs_ = {};  // newest first
  OpenedStack opened_ = {};
  bool all_mapped_ = true;
};

bool IsFactory(const CheckedConfig& config) { return config.String("layout") == kFactoryLayout; }

Result<OpenedStack> OpenFiles(const CheckedConfig& config, FileSystem& files,
                              const tablet::ReaderOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, SplitPaths(config.path()));
  StackOpener opener(files, options);
  for (const std::string& path : paths) ANYSTORE_TRY(opener.AddPath(path));
  return std::move(opener).Finish();
}

Result<OpenedStack> OpenFactory(const CheckedConfig& config, FileSystem& files,
                                const tablet::ReaderOptions& options) {
  StackOpener opener(files, options);
  const std::string path(config.path());
  ANYSTORE_ASSIGN_OR_RETURN(const std::shared_ptr<Directory> directory, opener.OpenDirectory(path));
  ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                            tablet::ListedTablets(*directory));
  // The original in Java takes names of other directories, too.
  for (const std::string& name : names) {
    Status added = opener.AddPath(path + "/" + name);
    if (!added.has_value()) return tablet::AsListed(std::move(added).error(), name);
  }
  for (const std::string_view log : kLogs) ANYSTORE_TRY(opener.AddLog(*directory, log));
  if (opener.empty() && !directory->Stat(tablet::kStackFile).has_value()) {
    return Error(Code::kNotFound, "directory " + Quoted(path) + " has no " +
                                      std::string(tablet::kStackFile) + " and no logs");
  }
  return std::move(opener).Finish();
}

Error WrittenElsewhere() {
  return {Code::kReadOnly, "tablets are only read here; `anystore export URL FILE.tab` writes one"};
}

Status TabletsBackend::Create(const CheckedConfig& /*config*/, const Environment& /*environment*/) {
  return WrittenElsewhere();
}

Result<std::unique_ptr<Datastore>> TabletsBackend::Open(const CheckedConfig& config,
                                                        const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(FileSystem* const files, FilesOf(environment));
  const tablet::ReaderOptions options = OptionsOf(config);
  ANYSTORE_ASSIGN_OR_RETURN(OpenedStack opened, IsFactory(config)
                                                    ? OpenFactory(config, *files, options)
                                                    : OpenFiles(config, *files, options));
  return std::make_unique<TabletStore>(std::move(opened), options);
}

Result<bool> TabletsBackend::Exists(const CheckedConfig& config, const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(FileSystem* const files, FilesOf(environment));
  const tablet::ReaderOptions options = OptionsOf(config);
  const Result<OpenedStack> opened =
      IsFactory(config) ? OpenFactory(config, *files, options) : OpenFiles(config, *files, options);
  if (opened.has_value()) return true;
  if (opened.error().code() == Code::kNotFound) return false;
  return opened.error().Clone();
}

Status TabletsBackend::Destroy(const CheckedConfig& /*config*/,
                               const Environment& /*environment*/) {
  return WrittenElsewhere();
}

}  // namespace

std::unique_ptr<Backend> NewTabletsBackend() { return std::make_unique<TabletsBackend>(); }

}  // namespace anystore::tablets
