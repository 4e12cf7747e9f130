/// A filesystem that asks before it does anything: what faults, traces and power cuts at the n-th
/// call are made of.
///
///     class Count : public Interceptor {
///       Decision Before(const Call& call) override { ++calls; return Decision::Proceed(); }
///     };
///     InterceptedFileSystem files(HostFileSystem(), count, "/var/tmp/here");
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/error.h"
#include "anystore/filesystem.h"

namespace anystore::filesystem {

/// A primitive of `Directory` or `File`.
enum class Operation : std::uint8_t {
  kOpen,
  kOpenUnnamed,
  kOpenDirectory,
  kMakeDirectory,
  kStat,
  kRemove,
  kRemoveDirectory,
  kRename,
  kLink,
  kList,
  kListNext,
  kSyncDirectory,
  kSyncFileSystem,
  kSpace,
  kLock,
  kFileStat,
  kFileSync,
  kFileLink,
  kTruncate,
  kSetDates,
  kAllocate,
  kMap,
  kRead,
  kWrite,
};

inline constexpr std::uint8_t kOperationCount = 24;

/// "open", "sync_directory", "write": as in traces and fault rules.
[[nodiscard]] std::string_view Name(Operation operation) noexcept;
/// The operation of that name.
[[nodiscard]] std::optional<Operation> OperationOf(std::string_view name) noexcept;
/// Whether a power cut right before or after it can make a difference.
[[nodiscard]] bool ChangesOrSyncs(Operation operation) noexcept;
/// Whether it is one of the three syncs.
[[nodiscard]] bool IsSync(Operation operation) noexcept;

/// A call about to be made. The views live as long as the call.
struct Call {
  /// Counts from 1 over everything below one `InterceptedFileSystem`.
  std::uint64_t number = 0;
  Operation operation = Operation::kOpen;
  /// The number of the call that opened the file, directory or listing it is made on; 0: made on
  /// the filesystem.
  std::uint64_t handle = 0;
  /// From the root of the filesystem, without a leading "/": "blocks/AB/K.data". On a handle of
  /// something that was renamed: where it was when it was opened. Of a file without a name: the
  /// directory it is made for.
  std::string_view path = {};
  /// The new name, of a rename or of either link.
  std::string_view new_path = {};
  /// Where and how many bytes, of a transfer, truncation or allocation; of a listing, how many
  /// names are asked for.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  /// What is written.
  std::span<const std::string_view> pieces = {};
  /// Where the sync is asked for; null for everything else.
  const SyncSite* site = nullptr;

  /// The other arguments, of the calls that have them.
  FileOptions options = {};
  std::uint32_t mode = 0;
  Replace replace = Replace::kYes;
  Follow follow = Follow::kNo;
  LockMode lock_mode = LockMode::kExclusive;
  SyncScope scope = SyncScope::kAll;
  Allocation allocation = Allocation::kExtend;
  FileDates dates = {};
};

/// What to do with a call.
struct Decision {
  enum class Kind : std::uint8_t {
    kProceed,  ///< Make it.
    kFail,     ///< Do nothing and return `error`.
    kShorten,  ///< Transfer at most `length` bytes (at least one); anything else: kProceed.
    kPretend,  ///< Of a sync: do nothing and return success. Anything else: kProceed.
  };
  Kind kind = Kind::kProceed;
  std::optional<Error> error = {};
  std::uint64_t length = 0;

  [[nodiscard]] static Decision Proceed() { return {}; }
  [[nodiscard]] static Decision Fail(Error error);
  [[nodiscard]] static Decision Shorten(std::uint64_t length);
  [[nodiscard]] static Decision Pretend();
};

/// What became of a call. The views live as long as the call to `Interceptor::After`.
struct Outcome {
  /// Null: it worked.
  const Error* error = nullptr;
  /// Whether it was decided by `Before`, and nothing was done.
  bool decided = false;
  /// How many bytes were transferred, or names listed.
  std::uint64_t count = 0;
  /// What was read or mapped.
  std::string_view bytes = {};
  /// What was found out, of the two stats.
  std::optional<FileInfo> info = {};
  /// What was listed.
  std::span<const DirectoryEntry> entries = {};
};

/// Looks at every call.
///
/// Threads: thread-safe.
class Interceptor {
 public:
  virtual ~Interceptor() = default;
  /// Decides what becomes of a call.
  virtual Decision Before(const Call& call) = 0;
  /// Sees what became of it, also when Before let it fail or pretended. A transfer that was
  /// shortened is told as if no more had been asked for.
  virtual void After(const Call& call, const Outcome& outcome);
  /// Sees a file, directory, listing or lock being closed. Not a call: it has no number.
  virtual void Closed(std::uint64_t handle);
};

/// Several interceptors as one. Before asks one after the other until one decides anything but
/// kProceed; After and Closed tell all of them, so that a trace in front sees what faults behind it
/// did.
///
/// Threads: thread-safe.
class Chain final : public Interceptor {
 public:
  /// They must outlive the chain.
  explicit Chain(std::vector<Interceptor*> links) : links_(std::move(links)) {}
  Decision Before(const Call& call) override;
  void After(const Call& call, const Outcome& outcome) override;
  void Closed(std::uint64_t handle) override;

 private:
  const std::vector<Interceptor*> links_;
};

/// `inner` with `interceptor` before every call. Both must outlive it and all that is opened on it.
///
/// Threads: thread-safe.
class InterceptedFileSystem final : public FileSystem {
 public:
  /// With a `root`, that directory of `inner` is "/" here, so that paths do not tell where it is.
  InterceptedFileSystem(FileSystem& inner, Interceptor& interceptor, std::string root = {});
  InterceptedFileSystem(const InterceptedFileSystem&) = delete;
  InterceptedFileSystem& operator=(const InterceptedFileSystem&) = delete;
  ~InterceptedFileSystem() override;

  [[nodiscard]] Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view path) override;
  /// How many calls there were.
  [[nodiscard]] std::uint64_t calls() const noexcept;
  /// How many files, directories, listings and locks are open: what leak tests look at.
  [[nodiscard]] std::size_t open_handles() const noexcept;

  /// What all that is opened on it shares.
  struct Shared;

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace anystore::filesystem
