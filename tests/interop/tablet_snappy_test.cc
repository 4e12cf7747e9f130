// The compressed blocks of the original's tablets, and of damaged ones.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tablet/format/constants.h"
#include "tablet/format/msgpack.h"
#include "tablet/format/snappy.h"
#include "tablet/format/snappy_2013.h"
#include "tablet/format/snappy_inputs.h"

namespace anystore::tablet {
namespace {

namespace fs = std::filesystem;

const fs::path kTablets = fs::path(ANYSTORE_INTEROP_DATA) / "tablet";

class TabletSnappy : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kTablets)) {
      GTEST_SKIP() << "NOT CHECKED against the original: there is no " << kTablets
                   << "; set the CMake variable ANYSTORE_INTEROP_DATA";
    }
  }
};

std::string BytesOf(const fs::path& name) {
  std::ifstream stream(kTablets / name, std::ios::binary);
  EXPECT_TRUE(stream.is_open()) << name;
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The payloads of the compressed blocks, from the first block to the index of meta blocks.
std::vector<std::string> CompressedPayloads(const fs::path& name) {
  std::vector<std::string> payloads;
  const std::string bytes = BytesOf(name);
  std::string_view rest = bytes;
  rest.remove_prefix(kHeaderBytes);
  while (!rest.starts_with(kMetaIndexMagic)) {
    std::uint32_t checksum = 0;
    std::uint32_t type = 0;
    std::uint32_t size = 0;
    if (TakeUint32(rest, checksum) != Unpacked::kOk || TakeUint32(rest, type) != Unpacked::kOk ||
        TakeUint32(rest, size) != Unpacked::kOk || size > rest.size()) {
      ADD_FAILURE() << name << " is no sequence of blocks";
      break;
    }
    if ((type & kSnappyBit) != 0) payloads.emplace_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return payloads;
}

TEST_F(TabletSnappy, TheEncoderOf2013ReproducesEveryBlock) {
  const auto check = [](const fs::path& name, std::size_t blocks) {
    const std::vector<std::string> payloads = CompressedPayloads(name);
    EXPECT_EQ(payloads.size(), blocks) << name;
    for (const std::string& payload : payloads) {
      std::string raw;
      EXPECT_EQ(Decompress(payload, raw), Unsnapped::kOk) << name;
      std::string again;
      AppendSnappy2013(again, raw);
      EXPECT_EQ(again, payload) << name;
    }
  };
  check("ngrams1/ngrams1-1block-compressed.tab", 1);
  check("ngrams1/ngrams1-Nblock-compressed.tab", 40);
}

TEST_F(TabletSnappy, DamagedPayloadsAreWhatTheirListSays) {
  const nlohmann::json list = nlohmann::json::parse(BytesOf("corrupt/MANIFEST.json"));
  std::map<std::string, int> checked;
  for (const nlohmann::json& file : list.at("files")) {
    const auto kind = file.at("kind").get<std::string>();
    if (kind != "snappy" && kind != "limit") continue;
    const auto name = file.at("file").get<std::string>();
    const std::vector<std::string> payloads = CompressedPayloads(name);
    ASSERT_EQ(payloads.size(), 1U) << name;
    std::string raw;
    const Unsnapped expected = kind == "limit" ? Unsnapped::kTooLarge : Unsnapped::kDamaged;
    EXPECT_EQ(Decompress(payloads[0], raw), expected) << name;
    ++checked[kind];
  }
  EXPECT_EQ(checked["snappy"], 9);
  EXPECT_EQ(checked["limit"], 2);
}

}  // namespace
}  // namespace anystore::tablet
