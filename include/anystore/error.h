/// What a fallible call returns: `Error`, `Result<T>`, `Status`, and the macros that pass errors
/// on.
///
/// Nothing in anystore throws across a public function. A call that can fail returns
/// `Result<T>` (a `std::expected` that may not be dropped) or `Status`, which is `Result<void>`.
///
///     anystore::Result<std::size_t> Length(anystore::Store& store) {
///       ANYSTORE_ASSIGN_OR_RETURN(const anystore::Value value, store.Get("/a"));
///       return value.size();
///     }
///
/// A missing key is `Code::kNotFound` from Get and GetSize, `false` from Has and success from
/// Delete; that one error is two words without an allocation, so a miss is as cheap as a hit.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "anystore/export.h"

namespace anystore {

/// What went wrong, in one byte. Numbers never change and are never reused: they are also the
/// values on the wire and in the C interface.
enum class Code : std::uint8_t {
  /// No error. Never the code of an `Error` that a call returned.
  kOk = 0,
  /// The key has no record, or the store named by a URL does not exist.
  kNotFound = 1,
  /// Create found a store there already. A put that must not replace gives `kPreconditionFailed`.
  kAlreadyExists = 2,
  /// An argument can never be right, whatever the store holds: a malformed key or query.
  kInvalidArgument = 3,
  /// A URL or configuration is wrong; the message names the field and what is allowed.
  kInvalidConfig = 4,
  /// The store does not have the capability that the call or an option asks for.
  kUnsupported = 5,
  /// The condition of a write does not hold; nothing was written.
  kPreconditionFailed = 6,
  /// Another transaction changed what this one read. Only from transactions.
  kConflict = 7,
  /// The store is open elsewhere, by this process or another.
  kBusy = 8,
  /// The deadline of the call passed.
  kTimeout = 9,
  /// The caller's stop token asked the call to end.
  kCancelled = 10,
  /// The service asks to slow down.
  kRateLimited = 11,
  /// A quota of this store or account is used up. A full disk is `kNoSpace`.
  kQuotaExceeded = 12,
  /// A position lies outside the value or store.
  kOutOfRange = 13,
  /// A key, value or batch is longer than the store takes.
  kTooLarge = 14,
  /// Stored bytes are damaged. Bytes known to be gone are `kDataLoss`.
  kCorruption = 15,
  /// The operating system or a device failed a read or write in a way no other code names.
  kIoError = 16,
  /// The medium is full.
  kNoSpace = 17,
  /// The store or its medium takes no writes.
  kReadOnly = 18,
  /// The store, or the handle the call was made on, was closed.
  kClosed = 19,
  /// The operating system or service refuses this user.
  kPermissionDenied = 20,
  /// The service does not know who asks.
  kUnauthenticated = 21,
  /// The service cannot be reached now; trying again later may help.
  kUnavailable = 22,
  /// Acknowledged data is lost, or can no longer be guaranteed: writes after a failed sync.
  kDataLoss = 23,
  /// An invariant of anystore or of an engine below it broke. Always a bug.
  kInternal = 24,
  /// Memory, file descriptors or another resource of this process ran out.
  kResourceExhausted = 25,
  /// What was opened is not the store that the configuration names.
  kIdentityMismatch = 26,
};

/// How many codes there are; every value below it is a `Code`.
inline constexpr std::uint8_t kCodeCount = 27;

/// The stable lower-case name of a code, as printed everywhere: "not_found".
[[nodiscard]] ANYSTORE_EXPORT std::string_view CodeName(Code code) noexcept;

/// Whether the same call may succeed when it is made again.
enum class Retry : std::uint8_t {
  kNever,      ///< It will fail in the same way.
  kTemporary,  ///< It may succeed later.
  kSpent,      ///< It was temporary, and somebody below has already tried enough.
};

/// What is known of the effect of a failed write.
enum class Applied : std::uint8_t {
  kNo,       ///< Nothing of it was written.
  kUnknown,  ///< Some or all of it may have been written.
};

/// Why a call failed: a code for programs, a text for people.
///
/// Two words wide. An error built from a code alone owns nothing; the first detail added
/// allocates. Movable, not copyable; `Clone()` copies on purpose.
///
/// Threads: thread-compatible.
class ANYSTORE_EXPORT Error {
 public:
  /// An error with a code and no detail. Allocates nothing.
  explicit Error(Code code, Retry retry = Retry::kNever, Applied applied = Applied::kNo) noexcept
      : code_(code), retry_(retry), applied_(applied) {}
  /// An error that explains itself: "block 7 has a wrong checksum". No trailing period.
  Error(Code code, std::string message);
  /// Takes over the detail of `other`, which keeps its code.
  Error(Error&& other) noexcept
      : code_(other.code_),
        retry_(other.retry_),
        applied_(other.applied_),
        os_error_(other.os_error_),
        detail_(std::exchange(other.detail_, nullptr)) {}
  /// Swaps the details, so that the old one goes with `other`.
  Error& operator=(Error&& other) noexcept {
    code_ = other.code_;
    retry_ = other.retry_;
    applied_ = other.applied_;
    os_error_ = other.os_error_;
    std::swap(detail_, other.detail_);
    return *this;
  }
  /// Frees the detail, if there is one.
  ~Error() {
    if (detail_ != nullptr) FreeDetail();
  }

  /// An error from the operating system: code and retry class follow from `os_error` (an errno
  /// value); `message` says what was tried: "open /var/x/LOCK".
  [[nodiscard]] static Error FromErrno(int os_error, std::string message);

  /// What went wrong.
  [[nodiscard]] Code code() const noexcept { return code_; }
  /// Whether trying again may help.
  [[nodiscard]] Retry retry() const noexcept { return retry_; }
  /// For a failed write: whether it is known to have changed nothing.
  [[nodiscard]] Applied applied() const noexcept { return applied_; }
  /// The errno value behind the error, 0 when there is none.
  [[nodiscard]] int os_error() const noexcept { return os_error_; }
  /// The explanation, empty when there is none. Lives as long as the error.
  [[nodiscard]] std::string_view message() const noexcept;
  /// The verb that failed ("get"), empty when unknown. Lives as long as the error.
  [[nodiscard]] std::string_view action() const noexcept;
  /// The store, with secrets redacted; empty when unknown. Lives as long as the error.
  [[nodiscard]] std::string_view store() const noexcept;
  /// The key, escaped and shortened for printing; empty when unknown. Lives as long as the error.
  [[nodiscard]] std::string_view key() const noexcept;
  /// The error that led to this one, null when there is none. Lives as long as the error.
  [[nodiscard]] const Error* cause() const noexcept;

  /// Sets whether trying again may help. Returns the error, as all of these do.
  Error&& WithRetry(Retry retry) && noexcept;
  /// Sets what is known of the effect of the failed write.
  Error&& WithApplied(Applied applied) && noexcept;
  /// Sets the errno value behind it; the code stays.
  Error&& WithOsError(int os_error) && noexcept;
  /// Sets the verb, unless one is set: the innermost caller knows best.
  Error&& During(std::string_view action) &&;
  /// Sets the store, unless one is set. The caller redacts secrets.
  Error&& In(std::string_view store) &&;
  /// Sets the key, unless one is set; any bytes, escaped and shortened here.
  Error&& ForKey(std::string_view key) &&;
  /// Sets the error that led to this one.
  Error&& CausedBy(Error cause) &&;

  /// A deep copy. Allocates when the error has a detail.
  [[nodiscard]] Error Clone() const;

  /// One line for people: `get "/a" in rocksdb:/x: corruption: block 7 has a wrong checksum`.
  [[nodiscard]] std::string ToString() const;

 private:
  struct Detail;

  Detail& EnsureDetail();
  void FreeDetail() noexcept;

  Code code_;
  Retry retry_;
  Applied applied_;
  std::int32_t os_error_ = 0;
  Detail* detail_ = nullptr;
};

/// Either a `T` or the `Error` why there is none. Dropping one is a compiler warning.
///
/// A `std::expected<T, Error>` that an `Error` converts to, so that functions say
/// `return Error(Code::kClosed);`.
///
/// Threads: thread-compatible.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  /// A failure.
  Result(Error error) : std::expected<T, Error>(std::unexpect, std::move(error)) {}  // NOLINT
};

/// Success, or the `Error` why not.
using Status = Result<void>;

/// The status of a call that worked.
inline Status Ok() { return {}; }

/// Bytes for people: quoted, with unprintable ones as `\xNN`, cut after `bytes_max` with the
/// full length told. Used wherever an error or a listing shows a key.
[[nodiscard]] ANYSTORE_EXPORT std::string Quoted(std::string_view bytes,
                                                 std::size_t bytes_max = 96);

}  // namespace anystore

#define ANYSTORE_CONCAT_INNER(a, b) a##b
#define ANYSTORE_CONCAT(a, b) ANYSTORE_CONCAT_INNER(a, b)

/// Evaluates an expression of type `Status` or `Result<T>`; returns its error from the function.
#define ANYSTORE_TRY(expression)                                                                  \
  do {                                                                                            \
    if (auto anystore_try_result = (expression); !anystore_try_result.has_value()) [[unlikely]] { \
      return ::std::move(anystore_try_result).error();                                            \
    }                                                                                             \
  } while (false)

/// `ANYSTORE_ASSIGN_OR_RETURN(auto x, F())`: `x` is the value of `F()`, or the function returns
/// the error of `F()`.
#define ANYSTORE_ASSIGN_OR_RETURN(lhs, expression) \
  ANYSTORE_ASSIGN_OR_RETURN_INNER(ANYSTORE_CONCAT(anystore_result_, __LINE__), lhs, expression)
#define ANYSTORE_ASSIGN_OR_RETURN_INNER(result, lhs, expression) \
  auto result = (expression);                                    \
  if (!result.has_value()) [[unlikely]]                          \
    return ::std::move(result).error();                          \
  lhs = *::std::move(result)
