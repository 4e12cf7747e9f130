/// A filesystem that asks before it does anything: what faults, traces and power cuts at the n-th
/// call are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/filesystem.h"

namespace anystore::filesystem {

/// A primitive of `Directory` or `File`.
enum class Operation : std::uint8_t {
  kOpen,
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
  kTruncate,
  kAllocate,
  kMap,
  kRead,
  kWrite,
};

inline constexpr std::uint8_t kOperationCount = 21;

/// "open", "sync_directory", "write": as in traces and fault rules.
[[nodiscard]] std::string_view Name(Operation operation) noexcept;
/// Whether a power cut right before or after it can make a difference.
[[nodiscard]] bool ChangesOrSyncs(Operation operation) noexcept;
/// Whether it is one of the three syncs.
[[nodiscard]] bool IsSync(Operation operation) noexcept;

/// A call about to be made. The views live as long as the call.
struct Call {
  /// Counts from 1 over everything below one `InterceptedFileSystem`.
  std::uint64_t number = 0;
  Operation operation = Operation::kOpen;
  /// From the root of the filesystem, without a leading "/": "blocks/AB/K.data".
  std::string_view path = {};
  /// The new name, of a rename or link.
  std::string_view new_path = {};
  /// Where and how many bytes, of a transfer, truncation or allocation.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  /// Where the sync is asked for; null for everything else.
  const SyncSite* site = nullptr;
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

/// Looks at every call.
///
/// Threads: thread-safe.
class Interceptor {
 public:
  virtual ~Interceptor() = default;
  /// Decides what becomes of a call.
  virtual Decision Before(const Call& call) = 0;
  /// Sees what became of it: the error, or null. Not called when Before let it fail.
  virtual void After(const Call& call, const Error* error);
};

/// `inner` with `interceptor` before every call. Both must outlive it and all that is opened on it.
///
/// Threads: thread-safe.
class InterceptedFileSystem final : public FileSystem {
 public:
  InterceptedFileSystem(FileSystem& inner, Interceptor& interceptor);
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
