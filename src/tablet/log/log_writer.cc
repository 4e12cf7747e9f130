#include <utility>

#include "anystore/tablet/log.h"
#include "filesystem/names.h"
#include "tablet/log/split.h"

namespace anystore::tablet {
namespace {

/// How a log ends, and nothing else of it.
Result<LogEnd> ReadToEnd(File& file, std::uint64_t transaction_bytes_max) {
  ANYSTORE_ASSIGN_OR_RETURN(
      LogReader reader, LogReader::Open(file, {.transaction_bytes_max = transaction_bytes_max}));
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const auto transaction, reader.Next());
    if (!transaction.has_value()) return reader.end();
  }
}

}  // namespace

class LogWriter::State {
 public:
  State(std::unique_ptr<File> file, const LogWriterOptions& options)
      : options_(options), file_(std::move(file)) {}

  /// Finds the end, and cuts off what is behind. Then all of it is stable.
  Status Prepare() {
    ANYSTORE_ASSIGN_OR_RETURN(found_, ReadToEnd(*file_, options_.transaction_bytes_max));
    size_ = found_.offset;
    // Before anything is appended: a cut that comes later than that could leave the old tail
    // behind it.
    if (found_.bytes_dropped > 0) ANYSTORE_TRY(file_->Truncate(size_));
    return file_->Sync(SyncScope::kData);
  }
  Status Append(std::string_view transaction) {
    ANYSTORE_TRY(CheckUsable());
    if (transaction.size() > options_.transaction_bytes_max) {
      return Error(Code::kTooLarge, "a transaction of " + std::to_string(transaction.size()) +
                                        " bytes; the log takes " +
                                        std::to_string(options_.transaction_bytes_max));
    }
    const SplitTransaction split(size_, transaction);
    ANYSTORE_TRY(Keep(file_->WritePiecesAt(size_, split.pieces())));
    size_ += split.size();
    return options_.sync == LogSync::kEveryTransaction ? Sync() : Ok();
  }
  Status Sync() {
    ANYSTORE_TRY(CheckUsable());
    return Keep(file_->Sync(SyncScope::kData));
  }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const LogEnd& found() const noexcept { return found_; }

 private:
  [[nodiscard]] Status CheckUsable() const {
    if (!has_failed_) return Ok();
    return Error(Code::kDataLoss, "an earlier write to the log failed; open it again");
  }
  /// Remembers a failure: what is in the file behind the last transaction is not known then.
  Status Keep(Status status) {
    if (status.has_value()) return status;
    has_failed_ = true;
    return std::move(status).error().WithApplied(Applied::kUnknown);
  }

  const LogWriterOptions options_;
  const std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
  LogEnd found_;
  bool has_failed_ = false;
};

LogWriter::LogWriter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
LogWriter::LogWriter(LogWriter&& other) noexcept = default;
LogWriter& LogWriter::operator=(LogWriter&& other) noexcept = default;
LogWriter::~LogWriter() = default;

Result<LogWriter> LogWriter::Open(Directory& directory, std::string_view name,
                                  const LogWriterOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(auto file, directory.Open(name, {.access = FileAccess::kReadWrite,
                                                             .creation = FileCreation::kIfMissing,
                                                             .mode = options.mode}));
  auto state = std::make_unique<State>(std::move(file), options);
  Status ready = state->Prepare();
  // Also of a log that was there: whoever made it may not have come so far.
  if (ready.has_value()) ready = directory.Sync(filesystem::ParentOf(name));
  if (!ready.has_value()) {
    return std::move(ready).error().During("open").In(
        filesystem::JoinNames(directory.path(), name));
  }
  return LogWriter(std::move(state));
}

Status LogWriter::Append(std::string_view transaction) { return state_->Append(transaction); }

Status LogWriter::Sync() { return state_->Sync(); }

std::uint64_t LogWriter::size() const noexcept { return state_->size(); }

const LogEnd& LogWriter::found() const noexcept { return state_->found(); }

}  // namespace anystore::tablet
