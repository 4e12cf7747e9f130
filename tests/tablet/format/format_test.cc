// The constants of the format, and examples of all its forms, against a text. That text changes
// only with a new format: tablets are there to stay.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "anystore/tablet/fault.h"
#include "anystore/tablet/stack.h"
#include "anystore/tablet/writer.h"
#include "tablet/format/constants.h"
#include "tablet/format/envelope.h"
#include "tablet/format/layout.h"
#include "tablet/format/msgpack.h"
#include "tablet/format_text.h"
#include "tablet/locator/locator.h"
#include "tablet/locator/locator_header.h"
#include "tablet/writing/tablet_encoder.h"

namespace anystore::tablet {
namespace {

std::string Constants() {
  return Line("file magic", Hex(kFileMagic)) + Line("meta index magic", Hex(kMetaIndexMagic)) +
         Line("data index magic", Hex(kDataIndexMagic)) + Line("header bytes", kHeaderBytes) +
         Line("footer bytes", kFooterBytes) + Line("smallest file", kTabletBytesMin) +
         Line("block encoding", kPrefixEncoding) + Line("snappy bit", kSnappyBit) +
         Line("meta bit", kMetaBit) + Line("restart bytes", kRestartBytes) +
         Line("longest envelope", kEnvelopeBytesMax) +
         Line("snappy element bytes", kSnappyElementBytes) + Line("snappy gain", kSnappyGainMax) +
         Line("stack file", kStackFile);
}

std::string Numbers() {
  std::string text;
  for (const std::uint64_t value : {0ULL, 127ULL, 128ULL, 255ULL, 256ULL, 65'535ULL, 65'536ULL,
                                    0xffff'ffffULL, 0x1'0000'0000ULL, ~0ULL}) {
    std::string bytes;
    AppendUint(bytes, value);
    text += Line("number " + std::to_string(value), Hex(bytes));
  }
  std::string wide;
  AppendWideUint(wide, 8);
  text += Line("wide number 8", Hex(wide));
  for (const std::size_t size : {0U, 31U, 32U, 65'535U, 65'536U}) {
    std::string bytes;
    AppendRawSize(bytes, size);
    text += Line("byte string of " + std::to_string(size), Hex(bytes));
  }
  return text + Line("deleted", Hex({&kNil, 1}));
}

std::string Parts() {
  std::string header;
  AppendHeader(header);
  std::string footer;
  AppendFooter(footer, {.meta_index = {.offset = 8, .length = 4},
                        .data_index = {.offset = 12, .length = 4}});
  std::string envelope;
  AppendEnvelope(envelope, {.checksum = 0x8c73'6521, .type = 1, .payload_bytes = 300});
  return Line("header", Hex(header)) + Line("footer", Hex(footer)) +
         Line("envelope", Hex(envelope));
}

std::string Encoded(const WriterOptions& options, const std::vector<TabletEntry>& entries) {
  TabletEncoder encoder(options);
  for (const TabletEntry& entry : entries) EXPECT_TRUE(encoder.Add(entry).has_value());
  EXPECT_TRUE(encoder.Finish().has_value());
  return Hex(encoder.bytes());
}

std::string Tablets() {
  const std::vector<TabletEntry> entries = {{.key = "", .value = "ek"},
                                            {.key = "a", .value = "1"},
                                            {.key = "b", .deleted = true},
                                            {.key = "c"}};
  const std::vector<TabletEntry> shared = {{.key = "alpha", .value = "1"},
                                           {.key = "alphabet", .value = "2"},
                                           {.key = "beta", .value = "3"}};
  return Line("no entries", Encoded({}, {})) + Line("four entries", Encoded({}, entries)) +
         Line("shared as by default", Encoded({}, shared)) +
         Line("shared as by the originals", Encoded({.shared_bytes_min = 0}, shared));
}

std::string Profile(std::string_view name, const WriterOptions& options) {
  std::string text;
  const auto add = [&](std::string_view what, std::uint64_t value) {
    text += Line(std::string(name) + " " + std::string(what), value);
  };
  add("block bytes", options.block_bytes);
  add("restart interval", options.restart_interval);
  add("shared bytes at least", options.shared_bytes_min);
  add("compression", static_cast<std::uint64_t>(options.compression));
  add("keeps equal size", options.keep_equal_size ? 1 : 0);
  add("ends at equal size", options.end_at_equal_size ? 1 : 0);
  add("checksums", options.checksums ? 1 : 0);
  add("deletions", options.deletions ? 1 : 0);
  add("empty", options.empty ? 1 : 0);
  add("key bytes", options.key_bytes_max);
  add("block bytes at most", options.block_bytes_max);
  add("index bytes", options.index_bytes_max);
  return text;
}

std::string Faults() {
  std::string text;
  for (std::uint8_t number = 0; number < kFaultKinds; ++number) {
    const auto kind = static_cast<FaultKind>(number);
    const Error error = ToError({.kind = kind}, "t");
    text += Line("fault " + std::to_string(number),
                 std::string(FaultName(kind)) + ", " + std::string(CodeName(error.code())));
  }
  return text + Line("what is unknown",
                     CodeName(ToError({.kind = FaultKind::kType, .unknown = true}, "t").code()));
}

std::string Locators() {
  std::string header(kLocatorHeaderBytes, '?');
  StoreLocatorHeader(header.data(),
                     {.tablet = {.file_bytes = 1, .modified_ns = 2, .fingerprint = 3},
                      .entries = 4,
                      .line_count = 5,
                      .offset_bits = 6,
                      .lines_crc = 7});
  std::string text = Line("locator suffix", kLocatorSuffix) + Line("locator magic", kLocatorMagic) +
                     Line("locator version", kLocatorVersion) + Line("line bytes", kLineBytes) +
                     Line("line slots", kLineSlots) + Line("flags at", kFlagsAt) +
                     Line("positions at", kPositionsAt) + Line("position bytes", kPositionBytes) +
                     Line("longest chain", kChainMax) + Line("overflow flag", kOverflowFlag) +
                     Line("keys in two lines", kKeysPerTwoLines) +
                     Line("locator header", Hex(header)) +
                     Line("fingerprint", FingerprintOf("footer", "index"));
  for (const std::string_view key : {"", "a", "users/ada"}) {
    const std::uint64_t hash = LocatorHash(key);
    text += Line("hash of " + Quoted(key), std::to_string(hash) + ", tag " +
                                               std::to_string(TagOf(hash)) + ", of 1000 lines " +
                                               std::to_string(LineOf(hash, 1000)));
  }
  return text + Line("tag of 0", TagOf(0));
}

TEST(TabletFormat, IsAsItWas) {
  const std::string text = Constants() + Numbers() + Parts() + Tablets() + Profile("ours", {}) +
                           Profile("go", WriterOptions::Go()) +
                           Profile("csharp", WriterOptions::Csharp()) +
                           Profile("java", WriterOptions::Java()) + Faults() + Locators();
  ExpectIsAsItWas(text, ANYSTORE_TEST_DATA "/tablet/format.txt");
}

}  // namespace
}  // namespace anystore::tablet
