/// `Recorder`: what was asked of the store under test, and how it answered.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/conformance.h"
#include "anystore/error.h"

namespace anystore::conformance {

/// The public functions whose answers are recorded.
enum class Verb : std::uint8_t {
  kGet,
  kHas,
  kGetSize,
  kStat,
  kGetMany,
  kQuery,
  kScan,
  kPut,
  kDelete,
  kDeleteRange,
  kSetExpiry,
  kApply,
  kNewBatch,
  kNewSnapshot,
  kSync,
  kClose,
  kCheckKey,
  kBatchPut,
  kBatchDelete,
  kBatchCommit,
  kResultsStatus,
  kResultsRest,
  kCursorNext,
  kCursorSeek,
  kCount,
};

/// The function as the headers name it: "ReadHandle::Get".
[[nodiscard]] std::string_view FunctionName(Verb verb) noexcept;

/// Keeps the last operations, and the codes that each verb returned.
///
/// Threads: thread-safe.
class Recorder {
 public:
  /// One answer. `key` may be any bytes; `bytes` is the length of a value that went along, or of
  /// all keys and values of a batch.
  void Record(Verb verb, std::string_view key, std::uint64_t bytes, Code code);
  /// A line of the history that is not a call: "the clock moves on by 2 s".
  void Note(std::string_view text);
  /// Forgets the operations, not the codes.
  void StartHistory();
  /// The last operations, oldest first.
  [[nodiscard]] std::vector<std::string> History() const;
  /// The largest that was taken since the recorder was made.
  [[nodiscard]] LargestTaken Largest() const;
  /// The codes of every verb that was called.
  [[nodiscard]] std::map<std::string, std::set<Code>> Provoked() const;

 private:
  static constexpr std::size_t kKept = 16;
  static constexpr std::size_t kKeyBytesKept = 40;

  struct Operation {
    Verb verb = Verb::kCount;  // kCount: a note
    Code code = Code::kOk;
    std::uint64_t bytes = 0;
    std::uint64_t key_bytes = 0;
    std::string text = {};  // the front of the key, or the note
  };
  [[nodiscard]] static std::string Format(const Operation& operation);

  mutable std::mutex mutex_;
  std::array<Operation, kKept> ring_ = {};
  std::uint64_t count_ = 0;
  LargestTaken largest_ = {};
  std::array<bool, static_cast<std::size_t>(Verb::kCount)> called_ = {};
  std::array<std::uint32_t, static_cast<std::size_t>(Verb::kCount)> codes_ = {};
};

}  // namespace anystore::conformance
