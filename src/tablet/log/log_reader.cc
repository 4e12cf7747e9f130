#include <algorithm>
#include <array>
#include <utility>

#include "anystore/tablet/log.h"
#include "tablet/log/log_window.h"
#include "tablet/log/record.h"
#include "tablet/log/resync.h"

namespace anystore::tablet {
namespace {

constexpr std::array<std::string_view, 4> kEndNames = {"clean", "torn", "zeros", "corrupt"};

/// Whether there is nothing but zeros from `offset` on.
Result<bool> AreZeros(LogWindow& window, std::uint64_t offset) {
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::string_view bytes, window.At(offset, kLogBlockBytes));
    if (bytes.empty()) return true;
    if (std::ranges::any_of(bytes, [](char byte) { return byte != 0; })) return false;
    offset += bytes.size();
  }
}

}  // namespace

std::string_view LogEndName(LogEndKind kind) noexcept {
  return kEndNames[static_cast<std::size_t>(kind)];
}

class LogReader::State {
 public:
  State(File& file, std::uint64_t size, const LogReaderOptions& options)
      : options_(options), window_(file, size) {}

  Result<std::optional<std::string_view>> Next() {
    if (failure_.has_value()) return failure_->Clone();
    while (!is_done_) {
      RecordRead bad;
      ANYSTORE_ASSIGN_OR_RETURN(const auto transaction, Take(bad));
      if (transaction.has_value()) return transaction;
      ANYSTORE_TRY(Pass(bad));
    }
    return std::optional<std::string_view>();
  }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] const LogEnd& end() const noexcept { return end_; }

 private:
  Result<std::optional<std::string_view>> Take(RecordRead& bad);
  Status Pass(const RecordRead& bad);
  Status Finish(LogEndKind kind, const RecordRead& bad);
  Error FailWith(Code code, std::string message);
  void NoteDamage(const RecordRead& bad);

  const LogReaderOptions options_;
  LogWindow window_;
  Resync resync_{window_};
  std::uint64_t position_ = 0;  // behind the last transaction, or where reading goes on
  std::uint64_t offset_ = 0;
  std::string parts_;
  LogEnd end_;
  bool is_done_ = false;
  std::optional<Error> failure_;
};

/// Reads a transaction at the position. None: `bad` is there.
Result<std::optional<std::string_view>> LogReader::State::Take(RecordRead& bad) {
  parts_.clear();
  bool has_begun = false;
  for (std::uint64_t position = position_;;) {
    ANYSTORE_ASSIGN_OR_RETURN(RecordRead record, ReadNextRecord(window_, position));
    if (record.is_right() && record.header.begins() == has_begun) {
      record.fault = RecordFault::kOrder;
    }
    if (!record.is_right()) {
      bad = record;
      return std::optional<std::string_view>();
    }
    if (record.data.size() > options_.transaction_bytes_max - parts_.size()) {
      return FailWith(Code::kTooLarge, "the transaction at offset " + std::to_string(position_) +
                                           " has more than the " +
                                           std::to_string(options_.transaction_bytes_max) +
                                           " bytes that are read");
    }
    has_begun = true;
    position = record.end();
    const auto type = static_cast<RecordType>(record.header.type);
    if (type != RecordType::kFull) parts_ += record.data;
    if (type == RecordType::kFirst || type == RecordType::kMiddle) continue;
    offset_ = std::exchange(position_, position);
    return std::optional<std::string_view>(type == RecordType::kFull ? record.data : parts_);
  }
}

/// Decides what a bad record means: an end of the log, an error, or a place to go on at.
Status LogReader::State::Pass(const RecordRead& bad) {
  if (position_ >= window_.size()) return Finish(LogEndKind::kClean, bad);
  ANYSTORE_ASSIGN_OR_RETURN(const bool zeros, AreZeros(window_, position_));
  if (zeros) return Finish(LogEndKind::kZeros, bad);
  std::optional<std::uint64_t> next;
  if (bad.fault == RecordFault::kOrder && bad.header.begins() && !options_.salvage) {
    next = bad.offset;
  } else {
    // A transaction right behind an unfinished one may be the rest of that one, with a wrong type.
    // So salvage does not take it.
    ANYSTORE_ASSIGN_OR_RETURN(next, resync_.FindBehind(bad));
  }
  if (!next.has_value()) return Finish(LogEndKind::kTorn, bad);
  NoteDamage(bad);
  ++end_.damages;
  if (options_.salvage) {
    end_.bytes_dropped += *next - position_;
    position_ = *next;
    return Ok();
  }
  end_.bytes_dropped = window_.size() - position_;
  return FailWith(Code::kCorruption, "damage at offset " + std::to_string(position_) + ": " +
                                         end_.what + "; behind it, at offset " +
                                         std::to_string(*next) + ", a transaction begins");
}

Status LogReader::State::Finish(LogEndKind kind, const RecordRead& bad) {
  is_done_ = true;
  end_.bytes_dropped += window_.size() - position_;
  if (end_.damages > 0) return Ok();  // the first damage is what is told of
  end_.kind = kind;
  end_.offset = position_;
  if (kind != LogEndKind::kClean) end_.what = Describe(bad);
  return Ok();
}

void LogReader::State::NoteDamage(const RecordRead& bad) {
  if (end_.damages > 0) return;
  end_.kind = LogEndKind::kCorrupt;
  end_.offset = position_;
  end_.what = Describe(bad);
}

Error LogReader::State::FailWith(Code code, std::string message) {
  failure_.emplace(code, std::move(message));
  return failure_->Clone();
}

LogReader::LogReader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
LogReader::LogReader(LogReader&& other) noexcept = default;
LogReader& LogReader::operator=(LogReader&& other) noexcept = default;
LogReader::~LogReader() = default;

Result<LogReader> LogReader::Open(File& file, const LogReaderOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, file.Stat());
  return LogReader(std::make_unique<State>(file, info.size, options));
}

Result<std::optional<std::string_view>> LogReader::Next() { return state_->Next(); }

std::uint64_t LogReader::offset() const noexcept { return state_->offset(); }

const LogEnd& LogReader::end() const noexcept { return state_->end(); }

}  // namespace anystore::tablet
