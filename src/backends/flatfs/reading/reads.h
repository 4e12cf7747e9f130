/// Reading the file of one record.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file.h"
#include "anystore/filesystem.h"
#include "anystore/options.h"
#include "anystore/value.h"
#include "backends/flatfs/integrity/verifier.h"

namespace anystore::flatfs {

/// What values are likely to be, after those that were read last. A small one is read without
/// asking for its size.
///
/// Threads: thread-safe.
class ExpectedSize {
 public:
  /// The largest value that counts as small.
  static constexpr std::size_t kSmallMax = (std::size_t{16} << 10U) - 1;

  [[nodiscard]] bool is_small() const noexcept { return small_.load(std::memory_order_relaxed); }
  /// Takes note of the size of a value.
  void Learn(std::uint64_t size) noexcept {
    const bool small = size <= kSmallMax;
    // Readers share the line as long as nothing changes.
    if (small != is_small()) small_.store(small, std::memory_order_relaxed);
  }

 private:
  std::atomic<bool> small_ = true;
};

/// The part of a record's value that `window` names. Waits on `clock` when descriptors have run
/// out. Sets `*size` to the size of the whole value.
///
/// Errors: not_found, without a message · corruption (no file, but a directory or the like) · those
/// of the filesystem.
[[nodiscard]] Result<Value> ReadRecord(Directory& root, std::string_view name, const Window& window,
                                       Clock& clock, std::uint64_t* size);

/// The file of a record, opened, and read when it is wanted.
///
/// Errors: as ReadRecord.
[[nodiscard]] Result<std::unique_ptr<File>> OpenRecord(Directory& root, std::string_view name,
                                                       Clock* clock);
/// As ReadRecord, of an open file. `expected`, if there is one, saves a call.
[[nodiscard]] Result<Value> ReadRecord(File& file, const Directory& root, std::string_view name,
                                       const Window& window, std::uint64_t* size,
                                       ExpectedSize* expected = nullptr);

/// Holds what ReadRecord gave for `key` against `verifier`, if there is one and all of the value's
/// `size` bytes were asked for. Parts cannot be verified.
///
/// Errors: corruption (the value is another one, or the key says nothing of it and
/// should) · unsupported.
[[nodiscard]] Status VerifyRecord(const Verifier* verifier, std::string_view key,
                                  const Directory& root, std::string_view name,
                                  const Window& window, std::uint64_t size, const Value& value);

/// The size of a record's value.
///
/// Errors: as ReadRecord.
[[nodiscard]] Result<std::uint64_t> StatRecord(Directory& root, std::string_view name,
                                               Clock& clock);

}  // namespace anystore::flatfs
