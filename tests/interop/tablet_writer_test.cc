// The writer makes the samples of the original writers anew, byte for byte.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "anystore/tablet/reader.h"
#include "interop/tablet_samples.h"
#include "tablet/writing/tablet_encoder.h"

namespace anystore::tablet {
namespace {

using testing::SampleEntry;
using testing::TabletSamples;

using TabletWriterInterop = TabletSamples;

std::string Encode(const std::vector<SampleEntry>& entries, const WriterOptions& options) {
  TabletEncoder encoder(options);
  for (const SampleEntry& entry : entries) {
    const Status added = encoder.Add({entry.key, entry.value, entry.deleted});
    EXPECT_TRUE(added.has_value()) << added.error().ToString();
  }
  const Status finished = encoder.Finish();
  EXPECT_TRUE(finished.has_value()) << finished.error().ToString();
  return std::string(encoder.bytes());
}

struct Sample {
  std::string file;
  WriterOptions options;
};

WriterOptions With(WriterOptions options, std::uint32_t block_bytes, std::uint32_t interval,
                   Compression compression) {
  options.block_bytes = block_bytes;
  options.restart_interval = interval;
  options.compression = compression;
  return options;
}

WriterOptions WithoutChecksums(WriterOptions options) {
  options.checksums = false;
  return options;
}

TEST_F(TabletWriterInterop, SamplesAreMadeAnew) {
  for (const WriterOptions& profile : {WriterOptions::Go(), WriterOptions::Csharp()}) {
    const std::vector<Sample> samples = {
        {"ngrams1/ngrams1-1block-uncompressed.tab",
         With(profile, 1 << 20, 500, Compression::kNone)},
        {"ngrams1/ngrams1-1block-compressed.tab",
         With(profile, 1 << 20, 5, Compression::kSnappy2013)},
        {"ngrams1/ngrams1-Nblock-compressed.tab", With(profile, 1, 5, Compression::kSnappy2013)},
        {"ngrams2/ngrams.tab.0", WithoutChecksums(With(profile, 1 << 20, 10, Compression::kNone))},
        {"ngrams2/ngrams.tab.1", WithoutChecksums(With(profile, 1 << 20, 10, Compression::kNone))}};
    for (const Sample& sample : samples) {
      auto tablet = TabletReader::Open(*directory_, sample.file);
      ASSERT_TRUE(tablet.has_value()) << tablet.error().ToString();
      EXPECT_EQ(Encode(Entries((*tablet)->Find("")), sample.options), Bytes(sample.file))
          << sample.file;
    }
  }
}

TEST_F(TabletWriterInterop, BordersThatEqualTheOutputOfAnOriginalAreMadeAnew) {
  const WriterOptions csharp = WriterOptions::Csharp();
  const std::vector<Sample> samples = {
      {"edge/empty-csharp-style.tab", csharp},
      {"edge/empty-key-value-tombstone.tab", With(csharp, 32768, 128, Compression::kNone)},
      {"edge/many-ge.tab", With(csharp, 32768, 128, Compression::kNone)},
      {"edge/many-gt-snappy.tab", WriterOptions::Java()}};
  for (const Sample& sample : samples) {
    auto tablet = TabletReader::Open(*directory_, sample.file);
    ASSERT_TRUE(tablet.has_value()) << tablet.error().ToString();
    EXPECT_EQ(Encode(Entries((*tablet)->Find("")), sample.options), Bytes(sample.file))
        << sample.file;
  }
}

}  // namespace
}  // namespace anystore::tablet
