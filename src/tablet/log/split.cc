#include "tablet/log/split.h"

namespace anystore::tablet {
namespace {

constexpr std::array<char, kRecordHeaderBytes> kZeros = {};

}  // namespace

// The rule of the Go writer: no record reaches into another block.
SplitTransaction::SplitTransaction(std::uint64_t position, std::string_view transaction) {
  // All but the first and the last record fill a block.
  headers_.reserve(transaction.size() / (kLogBlockBytes - kRecordHeaderBytes) + 2);
  if (IsPadded(position)) Add({kZeros.data(), LeftInBlock(position)});
  RecordType type = RecordType::kFull;
  for (;;) {
    const std::size_t room = LeftInBlock(position + size_) - kRecordHeaderBytes;
    const bool has_begun = type != RecordType::kFull;
    if (transaction.size() <= room) {
      AddRecord(has_begun ? RecordType::kLast : RecordType::kFull, transaction);
      return;
    }
    type = has_begun ? RecordType::kMiddle : RecordType::kFirst;
    AddRecord(type, transaction.substr(0, room));
    transaction.remove_prefix(room);
  }
}

void SplitTransaction::Add(std::string_view piece) {
  pieces_.push_back(piece);
  size_ += piece.size();
}

void SplitTransaction::AddRecord(RecordType type, std::string_view data) {
  auto& header = headers_.emplace_back();
  WriteRecordHeader(type, data, header.data());
  Add({header.data(), header.size()});
  if (!data.empty()) Add(data);
}

}  // namespace anystore::tablet
