// Tablets as bytes, and what a stream makes of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/tablet/stream.h"
#include "anystore/tablet/writer.h"
#include "base/crc.h"
#include "tablet/format/constants.h"
#include "tablet/format/envelope.h"
#include "tablet/format/layout.h"
#include "tablet/index/block_index.h"
#include "tablet/tablet_fixture.h"
#include "tablet/writing/block_builder.h"
#include "tablet/writing/tablet_encoder.h"

namespace anystore::tablet {

inline std::string Encode(const Said& said, const WriterOptions& options = {}) {
  TabletEncoder encoder(options);
  for (const auto& [key, value] : said) {
    const Status added = encoder.Add(
        {.key = key, .value = value.value_or(std::string()), .deleted = !value.has_value()});
    EXPECT_TRUE(added.has_value()) << added.error().ToString();
  }
  EXPECT_TRUE(encoder.Finish().has_value());
  return std::string(encoder.bytes());
}

// A tablet put together by hand.
class HandMade {
 public:
  HandMade() { AppendHeader(bytes_); }

  // Appends a block, and lists it under its first key, or a name.
  HandMade& Block(const Said& said, std::uint32_t type = 0) {
    return Payload(PayloadOf(said), said.empty() ? std::string() : said.begin()->first, type);
  }
  HandMade& Payload(std::string_view payload, std::string_view key, std::uint32_t type = 0) {
    const std::size_t offset = bytes_.size();
    AppendEnvelope(bytes_, {.checksum = base::Crc32(payload),
                            .type = type,
                            .payload_bytes = static_cast<std::uint32_t>(payload.size())});
    bytes_ += payload;
    auto& records = (type & kMetaBit) == 0 ? records_ : meta_records_;
    records.push_back({.place = {offset, bytes_.size() - offset}, .name = std::string(key)});
    return *this;
  }
  std::vector<MetaBlock>& records() { return records_; }
  std::vector<MetaBlock>& meta_records() { return meta_records_; }
  // Appends indexes and footer.
  [[nodiscard]] std::string Finish() const {
    std::string bytes = bytes_;
    Layout layout;
    layout.meta_index = AppendIndex(bytes, kMetaIndexMagic, meta_records_);
    layout.data_index = AppendIndex(bytes, kDataIndexMagic, records_);
    AppendFooter(bytes, layout);
    return bytes;
  }
  [[nodiscard]] static std::string PayloadOf(const Said& said) {
    OutBuffer out;
    BlockBuilder builder(16, 0);
    builder.Begin(out);
    for (const auto& [key, value] : said) {
      builder.Add(out, {.key = key, .value = value.value_or(""), .deleted = !value.has_value()}, 0);
    }
    return std::string(builder.Finish(out));
  }

 private:
  static Extent AppendIndex(std::string& bytes, std::string_view magic,
                            const std::vector<MetaBlock>& records) {
    const std::size_t offset = bytes.size();
    bytes += magic;
    for (const MetaBlock& record : records)
      AppendIndexRecord(bytes, {.place = record.place, .key = record.name});
    return {offset, bytes.size() - offset};
  }

  std::string bytes_ = {};
  std::vector<MetaBlock> records_ = {};
  std::vector<MetaBlock> meta_records_ = {};
};

// What came of a stream.
struct Streamed {
  std::vector<SaidEntry> entries = {};
  std::optional<Fault> fault = {};  // none: it was accepted
  std::string error = {};
  bool at_end = false;  // only Finish failed

  [[nodiscard]] std::string_view kind() const {
    return fault.has_value() ? FaultName(fault->kind) : std::string_view("none");
  }
  friend bool operator==(const Streamed& a, const Streamed& b) {
    return a.entries == b.entries && a.error == b.error && a.at_end == b.at_end;
  }
};

// Feeds all of `bytes` in pieces; `next` tells the size of the piece at an offset.
inline Streamed Stream(std::string_view bytes, const std::function<std::size_t(std::size_t)>& next,
                       const StreamOptions& options = {}) {
  TabletStream stream("sample", options);
  Streamed streamed;
  const auto fail = [&](const Error& error) {
    streamed.error = error.ToString();
    streamed.fault = stream.fault();
    EXPECT_TRUE(streamed.fault.has_value()) << streamed.error;
    // From now on it says the same.
    std::string_view more = "more";
    EXPECT_EQ(stream.Feed(more).error().ToString(), streamed.error);
    EXPECT_EQ(stream.Finish().error().ToString(), streamed.error);
  };
  for (std::size_t at = 0; at < bytes.size();) {
    std::string piece(bytes.substr(at, next(at)));  // so that a view that stays is found out
    at += piece.size();
    for (std::string_view left = piece; !left.empty();) {
      const std::size_t before = left.size();
      auto entries = stream.Feed(left);
      if (!entries.has_value()) {
        fail(entries.error());
        return streamed;
      }
      EXPECT_LT(left.size(), before);
      for (SaidEntry& entry : Rest(std::move(*entries)))
        streamed.entries.push_back(std::move(entry));
    }
  }
  EXPECT_EQ(stream.summary().file_bytes, bytes.size());
  EXPECT_EQ(stream.summary().entries, streamed.entries.size());
  if (const Status finished = stream.Finish(); !finished.has_value()) {
    fail(finished.error());
    streamed.at_end = true;
  }
  return streamed;
}

inline Streamed StreamWhole(std::string_view bytes, const StreamOptions& options = {}) {
  return Stream(bytes, [&](std::size_t) { return bytes.size(); }, options);
}

inline Streamed StreamBytewise(std::string_view bytes, const StreamOptions& options = {}) {
  return Stream(bytes, [](std::size_t) { return 1; }, options);
}

}  // namespace anystore::tablet
