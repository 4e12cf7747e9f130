/// `LogReader` and `LogWriter`: a transaction log as the Factory datastore keeps one beside its
/// tablets, and what its transactions hold.
///
/// A transaction is any bytes; it is read whole or not at all. The C# and Java stores put batches
/// of changes there, for which there are `BatchReader`, `AppendPut` and `AppendDelete`.
///
///     namespace tablet = anystore::tablet;
///     ANYSTORE_ASSIGN_OR_RETURN(const auto root, anystore::HostFileSystem().OpenDirectory("."));
///     ANYSTORE_ASSIGN_OR_RETURN(auto writer, tablet::LogWriter::Open(*root, "write.log"));
///     std::string batch;
///     ANYSTORE_TRY(tablet::AppendPut(batch, "ada", "1815"));
///     ANYSTORE_TRY(tablet::AppendDelete(batch, "grace"));
///     ANYSTORE_TRY(writer.Append(batch));  // survives a power cut from here on
///
///     ANYSTORE_ASSIGN_OR_RETURN(const auto file, root->Open("write.log", {}));
///     ANYSTORE_ASSIGN_OR_RETURN(auto reader, tablet::LogReader::Open(*file));
///     for (;;) {
///       ANYSTORE_ASSIGN_OR_RETURN(const auto transaction, reader.Next());
///       if (!transaction.has_value()) break;
///       tablet::BatchReader changes(*transaction);
///       ANYSTORE_ASSIGN_OR_RETURN(const auto first, changes.Next());
///       assert(first->key == "ada" && first->value == "1815");
///     }
///     assert(reader.end().kind == tablet::LogEndKind::kClean);
///
/// The bytes, and what is made of damaged ones, are told in docs/formats/tablet-log.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/file.h"
#include "anystore/filesystem.h"

namespace anystore::tablet {

/// The largest transaction that is read and written unless options say otherwise.
inline constexpr std::uint64_t kTransactionBytesMax = std::uint64_t{64} << 20U;

/// How a log ends.
enum class LogEndKind : std::uint8_t {
  kClean,    ///< Behind a whole transaction.
  kTorn,     ///< Something follows that is no whole transaction, as a crash leaves it.
  kZeros,    ///< Zeros follow, as where space was reserved, or writing was cut off.
  kCorrupt,  ///< There is damage, and behind it a transaction begins.
};

/// The stable lower-case name of a kind: "torn".
[[nodiscard]] ANYSTORE_EXPORT std::string_view LogEndName(LogEndKind kind) noexcept;

/// Where the whole transactions of a log end, and what is behind.
///
/// Threads: thread-compatible.
struct LogEnd {
  /// How it ends. Corrupt ones stay so where the damage was passed over.
  LogEndKind kind = LogEndKind::kClean;
  /// The first byte that belongs to no whole transaction; of a clean log, its size.
  std::uint64_t offset = 0;
  /// How many bytes belong to no transaction that was read, from `offset` to the end of the file.
  std::uint64_t bytes_dropped = 0;
  /// How many stretches of damage have transactions behind them: at most 1 without `salvage`.
  std::uint64_t damages = 0;
  /// What is wrong at `offset`, for people. Empty: nothing.
  std::string what = {};
};

/// Options of `LogReader::Open`.
///
/// Threads: thread-compatible.
struct LogReaderOptions {
  /// Pass over damage to the next whole transaction, and count what is lost by that. For rescuing
  /// what can be: transactions between others are missing then, and what looks like a transaction
  /// inside of a damaged one may be taken for one. Leave it alone to have damage told as an error.
  bool salvage = false;
  /// A longer transaction is refused. The reader takes at most twice as much memory, and 2 MiB,
  /// whatever the log claims.
  std::uint64_t transaction_bytes_max = kTransactionBytesMax;
};

/// Reads the transactions of a log, in order.
///
/// Takes the logs of all writers: also records of C# and Java that run into the next block, and
/// those that Java writes at other places than it should once a log was opened again.
///
/// Threads: single-thread. Cost: reads the file once, in pieces of 256 KiB.
class ANYSTORE_EXPORT LogReader {
 public:
  /// Begins at the front. Reads what the file has now, not what is appended later. `file` must
  /// outlive the reader.
  ///
  /// Errors: io_error.
  [[nodiscard]] static Result<LogReader> Open(File& file, const LogReaderOptions& options = {});
  LogReader(LogReader&& other) noexcept;
  LogReader& operator=(LogReader&& other) noexcept;
  ~LogReader();

  /// The next transaction, until the next call; may be empty. None: there are no more, and `end`
  /// tells why. What a crash may leave of the transaction written last is no error.
  ///
  /// Errors: corruption (what is at the offset named is no transaction, and behind it one begins;
  /// never with `salvage`; again at every further call) · too_large (a transaction over
  /// `transaction_bytes_max`; likewise) · io_error (may be tried again).
  [[nodiscard]] Result<std::optional<std::string_view>> Next();

  /// Where the transaction begins that Next returned last. With padding in front of its record,
  /// that counts.
  [[nodiscard]] std::uint64_t offset() const noexcept;
  /// How the log ends.
  ///
  /// Requires: Next has returned none, or `corruption`.
  [[nodiscard]] const LogEnd& end() const noexcept;

 private:
  class State;

  explicit LogReader(std::unique_ptr<State> state) noexcept;

  std::unique_ptr<State> state_;
};

/// When a `LogWriter` makes what it writes stable.
enum class LogSync : std::uint8_t {
  kEveryTransaction,  ///< Before Append returns.
  kNone,              ///< When `LogWriter::Sync` is called.
};

/// Options of `LogWriter::Open`.
///
/// Threads: thread-compatible.
struct LogWriterOptions {
  /// What a power cut may take. With kNone that is everything since the last Sync, in any parts: a
  /// transaction may survive one before it, and then the log is `corruption` to whoever opens it.
  LogSync sync = LogSync::kEveryTransaction;
  /// A longer transaction is refused, be it in the log or to be appended.
  std::uint64_t transaction_bytes_max = kTransactionBytesMax;
  /// The permission bits of a log that is made, less the process' umask.
  std::uint32_t mode = 0666;
};

/// Appends transactions to a log.
///
/// Nothing keeps others from writing to the same log: there may be one writer at a time.
///
/// Threads: single-thread.
class ANYSTORE_EXPORT LogWriter {
 public:
  /// Opens a log to append to it, or makes an empty one. One that is there is read to its end;
  /// where that is torn or has zeros, they are cut off first, and `found` tells how many bytes.
  /// `directory` may go before the writer does.
  ///
  /// On success the file, its entry in its directory, and what it holds survive power cuts.
  /// Errors: corruption, too_large (as `LogReader::Next`; nothing was changed) · those of
  /// `Directory::Open`, of reading, cutting and syncing.
  [[nodiscard]] static Result<LogWriter> Open(Directory& directory, std::string_view name,
                                              const LogWriterOptions& options = {});
  LogWriter(LogWriter&& other) noexcept;
  LogWriter& operator=(LogWriter&& other) noexcept;
  /// Closes the file. What was not synced may still be lost in a power cut.
  ~LogWriter();

  /// Appends a transaction, which may be empty. With LogSync::kEveryTransaction it survives a power
  /// cut at return; otherwise readers see it, and Sync makes it stable.
  ///
  /// After a failure it may be in the log or not, and the writer takes no more: whoever opens the
  /// log again finds out.
  /// Errors: too_large (nothing was written; the writer goes on) · no_space, io_error and the like
  /// of writing and syncing · data_loss (an earlier call failed).
  Status Append(std::string_view transaction);
  /// Makes all transactions appended so far survive a power cut.
  ///
  /// Errors: as Append.
  Status Sync();

  /// How long the log is, in bytes.
  [[nodiscard]] std::uint64_t size() const noexcept;
  /// How the log ended when it was opened. Its `bytes_dropped` were cut off.
  [[nodiscard]] const LogEnd& found() const noexcept;

 private:
  class State;

  explicit LogWriter(std::unique_ptr<State> state) noexcept;

  std::unique_ptr<State> state_;
};

/// One change of a batch. Views into the batch.
///
/// Threads: thread-compatible.
struct BatchOperation {
  /// Of any bytes.
  std::string_view key = {};
  /// The new value. None: the key is deleted.
  std::optional<std::string_view> value = {};
};

/// Reads the changes of a batch, in order: of two for the same key, the later one counts.
///
/// Threads: single-thread.
class ANYSTORE_EXPORT BatchReader {
 public:
  /// The bytes must outlive the reader and what it returns.
  explicit BatchReader(std::string_view batch) noexcept : batch_(batch), rest_(batch) {}

  /// The next change. None: there are no more.
  ///
  /// Errors: corruption (the bytes from the offset named on are no change; again at every further
  /// call).
  [[nodiscard]] Result<std::optional<BatchOperation>> Next();

 private:
  std::string_view batch_;
  std::string_view rest_;
};

/// Appends to a batch that `key` gets `value`.
///
/// Errors: too_large (either has 4 GiB or more; the batch is as it was).
ANYSTORE_EXPORT Status AppendPut(std::string& batch, std::string_view key, std::string_view value);
/// Appends to a batch that `key` is deleted.
///
/// Errors: as AppendPut.
ANYSTORE_EXPORT Status AppendDelete(std::string& batch, std::string_view key);

}  // namespace anystore::tablet
