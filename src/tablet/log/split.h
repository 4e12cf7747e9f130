/// A transaction as the records of a log (docs/formats/tablet-log.md, "What we write").
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tablet/log/record.h"

namespace anystore::tablet {

/// The bytes of a transaction in a log, in pieces: the data are those of the transaction, and are
/// not copied.
///
/// Threads: thread-compatible.
class SplitTransaction {
 public:
  /// As it is written at `position`. The transaction must outlive this.
  SplitTransaction(std::uint64_t position, std::string_view transaction);
  SplitTransaction(const SplitTransaction&) = delete;
  SplitTransaction& operator=(const SplitTransaction&) = delete;

  /// One behind the other. They live as long as this.
  [[nodiscard]] const std::vector<std::string_view>& pieces() const noexcept { return pieces_; }
  /// How many bytes they have.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  void Add(std::string_view piece);
  void AddRecord(RecordType type, std::string_view data);

  std::vector<std::string_view> pieces_;
  std::vector<std::array<char, kRecordHeaderBytes>> headers_;  // they stay where they are
  std::uint64_t size_ = 0;
};

}  // namespace anystore::tablet
