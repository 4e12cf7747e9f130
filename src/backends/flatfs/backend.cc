#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "backends/flatfs/commit/whole_commit.h"
#include "backends/flatfs/flatfs.h"
#include "backends/flatfs/identity.h"
#include "backends/flatfs/integrity/checksums.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/reading/read_only_repository.h"
#include "backends/flatfs/repository.h"
#include "backends/flatfs/unsynced/recovery.h"
#include "backends/flatfs/unsynced/torn_verifier.h"
#include "core/identity.h"

namespace anystore::flatfs {
namespace {

constexpr std::string_view kReadOnlyField = "read_only";

class FlatfsBackend final : public Backend {
 public:
  std::string_view scheme() const override { return "flatfs"; }
  std::string_view description() const override {
    return "One file a record, in directories, as IPFS (go-ds-flatfs) keeps its blocks";
  }
  const ConfigSpec* config_spec() const override;
  Result<Config> DefaultConfig(const Config& given) const override;
  IndexKind PreferredIndex(const CheckedConfig& /*config*/) const override {
    return IndexKind::kSortedSet;
  }
  Status Ready(Datastore& /*store*/, const CallOptions& /*call*/) override { return Ok(); }
  Capabilities capabilities() const override {
    return RepositoryCapabilities(/*sync=*/true, Shard(), FileSystemTraits());
  }

  Status Create(const CheckedConfig& config, const Environment& environment) override;
  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override;
  Result<bool> Exists(const CheckedConfig& config, const Environment& environment) override;
  Status Destroy(const CheckedConfig& config, const Environment& environment) override;
};

const ConfigSpec* FlatfsBackend::config_spec() const {
  static const ConfigSpec spec{
      .fields = {{.name = "shard",
                  .type = FieldType::kString,
                  .default_value = "",
                  .fixed_at_create = true,
                  .help = "which directory a key belongs to: prefix/N, suffix/N or "
                          "next-to-last/N; empty: next-to-last/2 for a new repository, else "
                          "what it has"},
                 {.name = std::string(kKeysField),
                  .type = FieldType::kChoice,
                  .default_value = "strict",
                  .choices = {"strict", "escape"},
                  .fixed_at_create = true,
                  .help = "which keys there are: strict, as the original has them, or escape: any "
                          "bytes"},
                 {.name = "sync",
                  .type = FieldType::kBool,
                  .default_value = "true",
                  .help = "writes survive a power cut, not only the end of the process"},
                 {.name = "verify",
                  .type = FieldType::kChoice,
                  .default_value = "none",
                  .choices = {"none", "cid", "checksum"},
                  .help = "what values are held against when they are written and read: nothing, "
                          "the hash that is their key (cid), or a checksum that is kept of each"},
                 {.name = "mode",
                  .type = FieldType::kString,
                  .default_value = "0600",
                  .help = "permissions of the files of records, in octal, less the umask"},
                 {.name = "chores",
                  .type = FieldType::kChoice,
                  .default_value = "thread",
                  .choices = {"thread", "inline"},
                  .help = "who does what is due every few seconds: a thread of its own, or each "
                          "write at its end"},
                 {.name = std::string(kReadOnlyField),
                  .type = FieldType::kBool,
                  .default_value = "false",
                  .help = "reads beside whoever has the repository open: takes no lock, changes "
                          "nothing and refuses writes"}},
      .path_help = "directory of the repository",
      .path_required = true};
  return &spec;
}

Result<Config> FlatfsBackend::DefaultConfig(const Config& given) const {
  ANYSTORE_ASSIGN_OR_RETURN(Config full, FillDefaults(given, *config_spec()));
  // One rule has several texts: "007" is 7.
  if (std::string& text = full.fields["shard"]; !text.empty()) {
    if (const auto shard = Shard::ParseShort(text); shard.has_value())
      text = shard->ToShortString();
  }
  return full;
}

/// What the fields say, as far as they are given.
struct Fields {
  std::optional<Shard> shard = {};
  RepositoryOptions options = {};
};

bool WantsChecksums(const CheckedConfig& config) { return config.String("verify") == "checksum"; }

Result<Fields> ReadFields(const CheckedConfig& config) {
  Fields fields{.options = {.sync = config.Bool("sync"),
                            .chores = config.String("chores") == "inline"
                                          ? base::ChoresMode::kInline
                                          : base::ChoresMode::kThread}};
  if (WantsChecksums(config)) {
    ANYSTORE_TRY(NeedDigestsToVerify());
  } else {
    ANYSTORE_ASSIGN_OR_RETURN(fields.options.verifier, VerifierNamed(config.String("verify")));
  }
  if (const std::string_view text = config.String("shard"); !text.empty()) {
    Result<Shard> shard = Shard::ParseShort(text);
    if (!shard.has_value()) {
      return Error(Code::kInvalidConfig,
                   "field \"shard\": " + std::string(shard.error().message()));
    }
    fields.shard = *shard;
  }
  const std::string_view mode = config.String("mode");
  const auto [end, error] =
      std::from_chars(mode.data(), mode.data() + mode.size(), fields.options.mode, 8);
  constexpr std::uint32_t kOwnerReads = 0400;
  if (error != std::errc() || end != mode.data() + mode.size() || fields.options.mode > 0777 ||
      (fields.options.mode & kOwnerReads) == 0) {
    return Error(Code::kInvalidConfig, "field \"mode\": " + Quoted(mode) +
                                           " is no octal number from 0400 to 0777 that lets the "
                                           "owner read");
  }
  return fields;
}

/// Whether the form of keys is the one that was asked for, if any was.
Status CheckKeyForm(const CheckedConfig& config, KeyForm found) {
  const std::string_view wanted = config.String(kKeysField);
  const bool asked = config.Has(kKeysField) || wanted != Name(KeyForm::kStrict);
  if (!asked || wanted == Name(found)) return Ok();
  return Error(Code::kIdentityMismatch, "field \"keys\": the repository has " +
                                            std::string(Name(found)) + ", not " +
                                            std::string(wanted));
}

/// The checksums of a repository that has some, or is to have them.
Status OpenChecksums(const OpenedRepository& opened, bool wanted, const Environment& environment,
                     RepositoryOptions& options) {
  Directory& root = *opened.root;
  ANYSTORE_ASSIGN_OR_RETURN(const bool exist, Checksums::Exist(root));
  if (!wanted && !exist) return Ok();
  const Stems stems(options.keys, root.traits().name_bytes_max);
  ANYSTORE_ASSIGN_OR_RETURN(
      options.checksums,
      Checksums::Open(root, opened.shard, stems, Checksums::Writers::kThis, *environment.random));
  if (wanted) options.verifier = options.checksums;
  return Ok();
}

Result<FileSystem*> FilesOf(const Environment& environment) {
  if (environment.files != nullptr) return environment.files;
  return Error(Code::kInvalidConfig, "the environment has no filesystem");
}

Status RefuseReadOnly(const CheckedConfig& config) {
  if (!config.Bool(kReadOnlyField)) return Ok();
  return Error(Code::kReadOnly, "it was asked for with read_only=true");
}

/// What keeps others out lets readers in.
Error WithWayToRead(Error error) {
  if (error.code() != Code::kBusy) return error;
  return Error(Code::kBusy, std::string(error.message()).append("; read_only=true reads beside it"))
      .WithRetry(error.retry());
}

Status CheckShard(const std::optional<Shard>& wanted, const Shard& shard) {
  if (!wanted.has_value() || *wanted == shard) return Ok();
  return Error(Code::kIdentityMismatch, "field \"shard\": the repository has " + shard.ToString() +
                                            ", not " + wanted->ToString());
}

Result<std::unique_ptr<Datastore>> OpenForReading(const CheckedConfig& config, FileSystem& files,
                                                  const Fields& fields,
                                                  const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(FoundRepository found, FindForReading(files, config.path()));
  const Shard& shard = found.opened.shard;
  ANYSTORE_TRY(CheckShard(fields.shard, shard));
  ANYSTORE_TRY(CheckKeyForm(config, found.keys));
  Directory& root = *found.opened.root;
  const Stems stems(found.keys);
  std::shared_ptr<const Verifier> verifier = fields.options.verifier;
  if (WantsChecksums(config)) {
    ANYSTORE_ASSIGN_OR_RETURN(
        verifier,
        Checksums::Open(root, shard, stems, Checksums::Writers::kOthers, *environment.random));
  }
  ANYSTORE_ASSIGN_OR_RETURN(
      verifier, WithTornValues(root, shard, stems, std::move(verifier), environment.clock));
  return std::make_unique<ReadOnlyRepository>(std::move(found), std::move(verifier), environment);
}

Status FlatfsBackend::Create(const CheckedConfig& config, const Environment& environment) {
  ANYSTORE_TRY(RefuseReadOnly(config));
  ANYSTORE_ASSIGN_OR_RETURN(const Fields fields, ReadFields(config));
  ANYSTORE_ASSIGN_OR_RETURN(FileSystem* const files, FilesOf(environment));
  const Shard shard = fields.shard.value_or(Shard());
  StoreIdentity identity = internal::NewIdentity(config, *config_spec(), environment);
  identity.options["shard"] = shard.ToShortString();
  return CreateRepository(*files, config.path(), shard, identity, environment.random);
}

Result<std::unique_ptr<Datastore>> FlatfsBackend::Open(const CheckedConfig& config,
                                                       const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(Fields fields, ReadFields(config));
  ANYSTORE_ASSIGN_OR_RETURN(FileSystem* const files, FilesOf(environment));
  if (config.Bool(kReadOnlyField)) {
    return OpenForReading(config, *files, fields, environment);
  }
  auto locked = OpenRepository(*files, config.path());
  if (!locked.has_value()) return WithWayToRead(std::move(locked).error());
  OpenedRepository opened = *std::move(locked);
  ANYSTORE_TRY(CheckShard(fields.shard, opened.shard));
  ANYSTORE_ASSIGN_OR_RETURN(StoreIdentity identity, IdentityOf(*opened.root));
  ANYSTORE_ASSIGN_OR_RETURN(fields.options.keys, KeyFormOf(identity));
  ANYSTORE_TRY(CheckKeyForm(config, fields.options.keys));
  auto parent = OpenParent(*files, config.path());
  if (!parent.has_value() && parent.error().code() != Code::kPermissionDenied) {
    return std::move(parent).error();
  }
  ANYSTORE_TRY(FinishCommit(*opened.root, opened.shard, environment));
  ANYSTORE_ASSIGN_OR_RETURN(fields.options.unsynced,
                            RecoverUnsynced(*opened.root, opened.shard, environment));
  ANYSTORE_TRY(EmptyTemporaryDirectory(*opened.root));
  ANYSTORE_TRY(OpenChecksums(opened, WantsChecksums(config), environment, fields.options));
  auto repository = std::make_unique<Repository>(std::move(opened),
                                                 parent.has_value() ? *std::move(parent) : nullptr,
                                                 fields.options, std::move(identity), environment);
  // It can wait; a sync that failed is remembered.
  static_cast<void>(repository->SettleChecksums().has_value());
  return repository;
}

Result<bool> FlatfsBackend::Exists(const CheckedConfig& config, const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(FileSystem* const files, FilesOf(environment));
  ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(*files, config.path()));
  return found.place == Place::kRepository;
}

Status FlatfsBackend::Destroy(const CheckedConfig& config, const Environment& environment) {
  ANYSTORE_TRY(RefuseReadOnly(config));
  ANYSTORE_ASSIGN_OR_RETURN(FileSystem* const files, FilesOf(environment));
  return DestroyRepository(*files, config.path());
}

}  // namespace

std::unique_ptr<Backend> NewFlatfsBackend() { return std::make_unique<FlatfsBackend>(); }

}  // namespace anystore::flatfs
