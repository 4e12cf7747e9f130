/// The options, mutations and answers of calls, in C and in C++.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "anystore/anystore.h"
#include "anystore/capabilities.h"
#include "anystore/cursor.h"
#include "anystore/datastore.h"
#include "anystore/key_range.h"
#include "anystore/options.h"

namespace anystore::abi {

/// Whom a call asks whether to stop: a token of C++ for what C gave.
///
/// Threads: thread-compatible.
class StopWatch {
 public:
  /// Watches nobody.
  StopWatch() = default;

  /// Errors: invalid_argument (a table without its function).
  [[nodiscard]] static Result<StopWatch> On(const anystore_stop_v1* stop);

  /// Asks again, where the other side does not tell by itself.
  void Look();
  [[nodiscard]] const std::stop_token& token() const noexcept { return token_; }

 private:
  std::optional<anystore_stop_v1> foreign_ = {};
  std::stop_source source_{std::nostopstate};
  std::stop_token token_ = {};
};

/// `CallOptions` and the head of every other struct of options, for C. Must stay where it is as
/// long as `head` is used.
///
/// Threads: immutable.
class CallForC {
 public:
  explicit CallForC(const CallOptions& call);
  CallForC(const CallForC&) = delete;
  CallForC& operator=(const CallForC&) = delete;

  /// Sets the head of `options`.
  template <class Options>
  void Fill(Options* options) const noexcept {
    options->size = sizeof(Options);
    options->flags |= flags_;
    options->deadline = deadline_;
    options->stop = stop_.size == 0 ? nullptr : &stop_;
  }

 private:
  std::stop_token token_;
  std::uint32_t flags_ = 0;
  std::int64_t deadline_ = 0;
  anystore_stop_v1 stop_ = {};
};

/// The options of a call that takes no others, for C.
///
/// Threads: immutable.
class CallOptionsForC {
 public:
  explicit CallOptionsForC(const CallOptions& call) : head_(call) { head_.Fill(&given_); }
  /// Live as long as this.
  [[nodiscard]] const anystore_call_options* get() const noexcept { return &given_; }

 private:
  const CallForC head_;
  anystore_call_options given_ = {};
};

/// The options that C gave, with what they ask whether to stop.
template <class Options>
struct FromC {
  Options options = {};
  StopWatch stop = {};
};

/// Errors, as of all that read what C gave: invalid_argument (cannot be) · unsupported (not
/// known).
[[nodiscard]] Result<FromC<CallOptions>> ReadCall(const anystore_call_options* given);
[[nodiscard]] Result<FromC<ReadOptions>> ReadRead(const anystore_read_options* given);
[[nodiscard]] Result<FromC<ScanOptions>> ReadScan(const anystore_scan_options* given);
[[nodiscard]] Result<FromC<WriteOptions>> ReadWrite(const anystore_write_options* given);
[[nodiscard]] Result<KeyRange> ReadRange(const anystore_key_range* given);
[[nodiscard]] Result<std::vector<Mutation>> ReadMutations(const anystore_mutation* given,
                                                          std::size_t count, std::size_t stride);
/// The capabilities that a backend of C claims.
///
/// Errors: internal (not all of them, or values that are none).
[[nodiscard]] Result<Capabilities> ReadCapabilities(const anystore_capabilities& given);
/// What a backend of C says of a record.
///
/// Errors: internal (flags that are none).
[[nodiscard]] Result<EntryInfo> ReadInfo(const anystore_entry_info& given);

/// For C; the bytes are those of the argument.
[[nodiscard]] anystore_key_range RangeForC(const KeyRange& range) noexcept;
[[nodiscard]] anystore_mutation MutationForC(const Mutation& mutation) noexcept;
[[nodiscard]] anystore_capabilities CapabilitiesForC(const Capabilities& can) noexcept;
[[nodiscard]] anystore_entry_info InfoForC(const EntryInfo& info) noexcept;

}  // namespace anystore::abi
