/// `ReadableRepository`: what all openings of a flatfs repository can do.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/keys/stems.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/reading/reads.h"

namespace anystore::flatfs {

/// What a repository on such a filesystem can do when it is opened for writing.
[[nodiscard]] Capabilities RepositoryCapabilities(bool sync, const Shard& shard,
                                                  const FileSystemTraits& traits,
                                                  KeyForm keys = KeyForm::kStrict);

/// What the records of a repository are.
///
/// Threads: immutable.
struct RecordRules {
  Stems stems;
  /// What values are held against when they are read; null: nothing.
  std::shared_ptr<const Verifier> verifier = {};
};

/// The reads of a repository. They keep nothing in memory, so whoever changes the files meanwhile
/// is seen.
///
/// Threads: thread-safe, but for LetGo.
class ReadableRepository : public Provides<Datastore, IdentifiedDatastore, CheckedDatastore> {
 public:
  const Capabilities& capabilities() const override { return capabilities_; }
  [[nodiscard]] const Shard& shard() const noexcept { return shard_; }
  Status CheckKey(std::string_view key) const override;
  Result<Value> Get(std::string_view key, const ReadOptions& options) override;
  /// Opens files ahead while the medium takes its time.
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override;
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override;
  const StoreIdentity& identity() const override { return identity_; }
  Result<std::vector<Finding>> Check(const CallOptions& call) override;

 protected:
  /// Takes the root of `opened`, and leaves the rest.
  ReadableRepository(OpenedRepository& opened, const Capabilities& capabilities, RecordRules rules,
                     StoreIdentity identity, const Environment& environment);

  [[nodiscard]] Directory& root() const noexcept { return *root_; }
  [[nodiscard]] const Stems& stems() const noexcept { return rules_.stems; }
  [[nodiscard]] const Verifier* verifier() const noexcept { return rules_.verifier.get(); }
  [[nodiscard]] const Environment& environment() const noexcept { return environment_; }
  /// Closes the root, after which nothing else is called.
  void LetGo() noexcept { root_.reset(); }

 private:
  Result<Value> Read(File& file, std::string_view key, std::string_view name,
                     const ReadOptions& options);
  [[nodiscard]] RecordName NameOf(std::string_view key) const noexcept;

  const Shard shard_;
  const StoreIdentity identity_;
  const Environment& environment_;
  std::unique_ptr<Directory> root_;
  const RecordRules rules_;
  const Capabilities capabilities_;
  ExpectedSize expected_;
};

}  // namespace anystore::flatfs
