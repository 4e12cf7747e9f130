// The constants of the format, and examples of all its forms, against a text. That text changes
// only with a new format: logs are there to stay.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tablet/format/msgpack.h"
#include "tablet/format_text.h"
#include "tablet/log/log_files.h"

namespace anystore::tablet {
namespace {

std::string DescribeRecords() {
  std::string text = Line("block bytes", std::to_string(kLogBlockBytes)) +
                     Line("header bytes", std::to_string(kRecordHeaderBytes)) +
                     Line("longest record", std::to_string(kRecordBytesMax));
  for (const RecordType type :
       {RecordType::kFull, RecordType::kFirst, RecordType::kMiddle, RecordType::kLast}) {
    text += Line(RecordTypeName(type),
                 std::to_string(static_cast<int>(type)) + " " + Hex(RecordBytes(type, "data")));
  }
  text += Line("FULL without data", Hex(RecordBytes(RecordType::kFull, "")));
  for (const std::uint64_t position : {0U, 32'760U, 32'761U, 32'762U, 32'767U, 32'768U}) {
    text +=
        Line("at " + std::to_string(position),
             IsPadded(position) ? std::to_string(LeftInBlock(position)) + " zeros" : "a record");
  }
  return text;
}

/// The sizes of the records that transactions become, one behind the other.
std::string DescribeSplit(const std::vector<std::size_t>& sizes) {
  std::vector<std::string> transactions;
  for (const std::size_t size : sizes) transactions.emplace_back(size, 'x');
  const std::string log = WrittenLog(transactions);
  std::string text;
  for (std::size_t at = 0; at < log.size();) {
    if (IsPadded(at)) {
      text += " zeros:" + std::to_string(LeftInBlock(at));
      at += LeftInBlock(at);
      continue;
    }
    const RecordHeader header =
        ParseRecordHeader(std::string_view(log).substr(at, kRecordHeaderBytes));
    text.append(" ")
        .append(RecordTypeName(static_cast<RecordType>(header.type)))
        .append(":" + std::to_string(header.size));
    at += kRecordHeaderBytes + header.size;
  }
  std::string name = "written";
  for (const std::size_t size : sizes) name += " " + std::to_string(size);
  return Line(name + " as", text.substr(1));
}

std::string DescribeBatches() {
  std::string text;
  for (const std::size_t size : {0U, 31U, 32U, 65'535U, 65'536U}) {
    std::string batch;
    EXPECT_TRUE(AppendPut(batch, "k", std::string(size, 'v')));
    text += Line("put of " + std::to_string(size) + " bytes", Hex(batch.substr(0, 8)));
  }
  std::string batch;
  EXPECT_TRUE(AppendDelete(batch, "k"));
  return text + Line("delete", Hex(batch));
}

TEST(LogFormat, IsAsItWas) {
  const std::string text = DescribeRecords() + DescribeSplit({10, 70'000, 0, 5}) +
                           DescribeSplit({32'755, 100}) + DescribeSplit({32'754, 0, 1}) +
                           DescribeSplit({32'754, 1}) + DescribeSplit({32'761, 32'762}) +
                           DescribeBatches();
  ExpectIsAsItWas(text, ANYSTORE_TEST_DATA "/tablet/log_format.txt");
}

}  // namespace
}  // namespace anystore::tablet
