/// Logs in memory: made of bytes, read in one go.
#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/tablet/log.h"
#include "tablet/log/record.h"

namespace anystore::tablet {

inline constexpr const char* kLogName = "write.log";

/// A directory in memory.
class LogFiles {
 public:
  /// Puts a log there.
  void Put(std::string_view bytes) {
    const auto file = Open(FileCreation::kIfMissing);
    EXPECT_TRUE(file->Truncate(0).has_value());
    EXPECT_TRUE(file->WriteAt(0, bytes).has_value());
  }
  /// The bytes of the log.
  [[nodiscard]] std::string Bytes() {
    return std::string(Open(FileCreation::kNever)->ReadAll().value().bytes());
  }
  std::unique_ptr<File> Open(FileCreation creation) {
    return root_->Open(kLogName, {.access = FileAccess::kReadWrite, .creation = creation}).value();
  }
  Directory& root() { return *root_; }

 private:
  ManualClock clock_{Instant(std::chrono::hours(24))};
  std::unique_ptr<FileSystem> files_ = NewMemoryFileSystem(clock_);
  std::unique_ptr<Directory> root_ = files_->OpenDirectory("/").value();
};

/// All that a reader says of a log.
struct Contents {
  std::vector<std::string> transactions = {};
  std::vector<std::uint64_t> offsets = {};
  LogEnd end = {};
  /// Of the error that Next ended with.
  std::optional<Code> code = {};
  std::string message = {};
};

inline Contents ReadLog(File& file, const LogReaderOptions& options = {}) {
  Contents contents;
  LogReader reader = LogReader::Open(file, options).value();
  for (;;) {
    auto next = reader.Next();
    if (!next.has_value()) {
      contents.code = next.error().code();
      contents.message = next.error().message();
    }
    if (!next.has_value() || !next->has_value()) break;
    contents.transactions.emplace_back(**next);
    contents.offsets.push_back(reader.offset());
  }
  contents.end = reader.end();
  return contents;
}

inline Contents ReadLog(std::string_view bytes, const LogReaderOptions& options = {}) {
  LogFiles files;
  files.Put(bytes);
  return ReadLog(*files.Open(FileCreation::kNever), options);
}

/// A record as it stands in a log.
inline std::string RecordBytes(RecordType type, std::string_view data) {
  std::string bytes(kRecordHeaderBytes, '\0');
  WriteRecordHeader(type, data, bytes.data());
  return bytes.append(data);
}

/// Bytes that look like nothing, always the same of one seed.
inline std::string Noise(std::size_t size, std::uint64_t seed) {
  std::minstd_rand random(static_cast<std::uint32_t>(seed * 2 + 1));
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8U);
  return bytes;
}

/// A log of these transactions, as the writer makes it.
inline std::string WrittenLog(const std::vector<std::string>& transactions) {
  LogFiles files;
  LogWriter writer = LogWriter::Open(files.root(), kLogName).value();
  for (const std::string& transaction : transactions) {
    EXPECT_TRUE(writer.Append(transaction).has_value());
  }
  return files.Bytes();
}

/// How many bytes the log had when each of the transactions was whole.
inline std::vector<std::uint64_t> EndsOf(const std::vector<std::string>& transactions) {
  LogFiles files;
  LogWriter writer = LogWriter::Open(files.root(), kLogName).value();
  std::vector<std::uint64_t> ends;
  for (const std::string& transaction : transactions) {
    EXPECT_TRUE(writer.Append(transaction).has_value());
    ends.push_back(writer.size());
  }
  return ends;
}

}  // namespace anystore::tablet
