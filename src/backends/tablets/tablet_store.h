/// `TabletStore`: a stack of tablets as a store that is only read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/reader.h"
#include "tablet/stack/stack_version.h"

namespace anystore::tablets {

/// What such a store can do. `mapped`: all of its files are.
[[nodiscard]] Capabilities TabletCapabilities(const tablet::ReaderOptions& options, bool mapped);

/// Reads of a stack as it was at one moment, which for tablets is every moment.
///
/// Threads: thread-safe.
class TabletReads final : public Reader {
 public:
  explicit TabletReads(std::shared_ptr<const tablet::StackVersion> version)
      : version_(std::move(version)) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override;
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override;

 private:
  const std::shared_ptr<const tablet::StackVersion> version_;
};

/// A file of a store.
struct StoreFile {
  std::shared_ptr<Directory> directory;
  std::string name;
};

/// What a store is made of.
struct OpenedStack {
  std::shared_ptr<const tablet::StackVersion> version;
  std::vector<StoreFile> tablets;
  std::uint64_t bytes = 0;  // of all files
  bool mapped = false;
};

/// Threads: thread-safe, but for Close.
class TabletStore final
    : public Provides<Datastore, SnapshotSource, PersistentDatastore, CheckedDatastore> {
 public:
  TabletStore(OpenedStack opened, const tablet::ReaderOptions& options);

  const Capabilities& capabilities() const override { return capabilities_; }
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return reads_.Get(key, options);
  }
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override {
    return reads_.Stat(key, wanted, call);
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return reads_.Scan(range, options);
  }
  /// Errors: read_only, always.
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;
  /// Does nothing: there are no writes.
  Status Sync(const KeyRange& range, const CallOptions& call) override;
  Status Close() override { return Ok(); }
  Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions& call) override;
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override;
  Result<std::vector<Finding>> Check(const CallOptions& call) override;

 private:
  const OpenedStack opened_;
  const tablet::ReaderOptions options_;
  const Capabilities capabilities_;
  TabletReads reads_;
};

}  // namespace anystore::tablets
