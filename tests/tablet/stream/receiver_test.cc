// A file that has its name when it is whole, and not before.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/simulated_disk.h"
#include "anystore/tablet/reader.h"
#include "tablet/stream/stream_fixture.h"

namespace anystore::tablet {
namespace {

Status Receive(TabletReceiver& receiver, std::string_view bytes, std::size_t piece,
               std::vector<SaidEntry>* shown = nullptr) {
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    for (std::string_view left = bytes.substr(at, piece); !left.empty();) {
      ANYSTORE_ASSIGN_OR_RETURN(Iterator entries, receiver.Feed(left));
      for (SaidEntry& entry : Rest(std::move(entries))) {
        if (shown != nullptr) shown->push_back(std::move(entry));
      }
    }
  }
  return Ok();
}

Said Days() {
  Said said;
  for (int day = 100; day < 300; ++day) said["day/" + std::to_string(day)] = std::string(20, 'd');
  return said;
}

WriterOptions SmallBlocks() {
  WriterOptions options;
  options.block_bytes = 512;
  return options;
}

class TabletReceiverTest : public TabletTest {
 protected:
  const Said days_ = Days();
  const std::string bytes_ = Encode(days_, SmallBlocks());
};

TEST_F(TabletReceiverTest, ShowsEntriesAndMakesAFile) {
  for (const std::size_t piece : {1UL, 1000UL, bytes_.size()}) {
    auto receiver = TabletReceiver::Create(*directory_, "days");
    ASSERT_TRUE(receiver.has_value()) << receiver.error().ToString();
    std::vector<SaidEntry> shown;
    const Status received = Receive(*receiver, bytes_, piece, &shown);
    ASSERT_TRUE(received.has_value()) << received.error().ToString();
    EXPECT_EQ(shown, std::vector<SaidEntry>(days_.begin(), days_.end()));
    EXPECT_EQ(directory_->Stat("days").error().code(), Code::kNotFound);
    const Status finished = receiver->Finish();
    ASSERT_TRUE(finished.has_value()) << finished.error().ToString();
    EXPECT_TRUE(receiver->Finish().has_value());
    EXPECT_EQ(receiver->summary().file_bytes, bytes_.size());
    EXPECT_EQ(Bytes("days"), bytes_);
    const auto tablet = TabletReader::Open(*directory_, "days");
    ASSERT_TRUE(tablet.has_value()) << tablet.error().ToString();
    EXPECT_EQ(Rest((*tablet)->Find("")), shown);
    ASSERT_TRUE(directory_->Remove("days").has_value());
  }
}

TEST_F(TabletReceiverTest, WritesLargePiecesAndSmallOnesInTheirOrder) {
  Said said;
  for (int i = 100; i < 130; ++i) said[std::to_string(i)] = std::string(50'000, 'v');
  const std::string bytes = Encode(said);
  auto receiver = TabletReceiver::Create(*directory_, "large");
  ASSERT_TRUE(receiver.has_value());
  const std::string_view view = bytes;
  ASSERT_TRUE(Receive(*receiver, view.substr(0, 1000), 7).has_value());
  ASSERT_TRUE(Receive(*receiver, view.substr(1000, 700'000), 700'000).has_value());
  ASSERT_TRUE(Receive(*receiver, view.substr(701'000), 1000).has_value());
  ASSERT_TRUE(receiver->Finish().has_value());
  EXPECT_EQ(Bytes("large"), bytes);
}

TEST_F(TabletReceiverTest, LeavesNothingOfWhatIsDamaged) {
  auto receiver = TabletReceiver::Create(*directory_, "days");
  ASSERT_TRUE(receiver.has_value());
  std::string damaged = bytes_;
  damaged[bytes_.size() / 2] ^= 1;
  std::vector<SaidEntry> shown;
  const Status received = Receive(*receiver, damaged, 100, &shown);
  ASSERT_FALSE(received.has_value());
  EXPECT_EQ(received.error().code(), Code::kCorruption);
  EXPECT_TRUE(receiver->fault().has_value());
  EXPECT_EQ(receiver->Finish().error().ToString(), received.error().ToString());
  EXPECT_FALSE(shown.empty());
  EXPECT_TRUE(Names().empty());
}

TEST_F(TabletReceiverTest, LeavesNothingOfWhatDoesNotEnd) {
  {
    auto receiver = TabletReceiver::Create(*directory_, "cut");
    ASSERT_TRUE(receiver.has_value());
    ASSERT_TRUE(Receive(*receiver, std::string_view(bytes_).substr(0, 3000), 100).has_value());
    EXPECT_EQ(receiver->Finish().error().code(), Code::kCorruption);
    auto dropped = TabletReceiver::Create(*directory_, "dropped");
    ASSERT_TRUE(dropped.has_value());
    ASSERT_TRUE(Receive(*dropped, bytes_, 100).has_value());
  }
  EXPECT_TRUE(Names().empty());
}

TEST_F(TabletReceiverTest, ReplacesAFileOnlyWhenItMay) {
  WriteBytes("days", "old");
  EXPECT_EQ(TabletReceiver::Create(*directory_, "days").error().code(), Code::kAlreadyExists);
  auto receiver = TabletReceiver::Create(*directory_, "days", {}, Replace::kYes);
  ASSERT_TRUE(receiver.has_value());
  ASSERT_TRUE(Receive(*receiver, bytes_, 1000).has_value());
  EXPECT_EQ(Bytes("days"), "old");
  ASSERT_TRUE(receiver->Finish().has_value());
  EXPECT_EQ(Bytes("days"), bytes_);
}

// What a power cut left.
std::optional<std::string> Left(SimulatedDisk& disk) {
  const auto root = disk.OpenDirectory("/");
  EXPECT_TRUE(root.has_value());
  const auto file = (*root)->Open("days", {});
  if (!file.has_value()) return std::nullopt;
  return std::string((*file)->ReadAll().value().bytes());
}

struct Medium {
  bool unnamed_files;
  Replace replace;
};

class TabletReceiverCrash : public ::testing::TestWithParam<Medium> {
 protected:
  // Receives a tablet on a disk that loses its power after so many calls. Whether it finished.
  bool Run(std::uint64_t calls, const std::optional<std::string>& before) {
    disk_ = std::make_unique<SimulatedDisk>(
        SimulatedDiskOptions{.traits = {.unnamed_files = GetParam().unnamed_files}});
    const auto root = disk_->OpenDirectory("/");
    EXPECT_TRUE(root.has_value());
    if (before.has_value()) {
      const auto file = (*root)->Open(
          "days", {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive});
      EXPECT_TRUE((*file)->WriteAt(0, *before).has_value());
      EXPECT_TRUE((*root)->SyncFileSystem().has_value());
    }
    disk_->CutPower(calls);
    auto receiver = TabletReceiver::Create(**root, "days", {}, GetParam().replace);
    if (!receiver.has_value()) return false;
    return Receive(*receiver, bytes_, 40'000).has_value() && receiver->Finish().has_value();
  }

  static Said Large() {
    Said said;
    for (int i = 100; i < 200; ++i) said[std::to_string(i)] = std::string(8'000, 'v');
    return said;
  }

  const std::string bytes_ = Encode(Large());
  std::unique_ptr<SimulatedDisk> disk_;
};

TEST_P(TabletReceiverCrash, LeavesNoFileOrTheWholeTabletAtEveryCall) {
  std::optional<std::string> before;
  if (GetParam().replace == Replace::kYes) before = "an older tablet";
  std::uint64_t calls = 0;
  for (bool finished = false; !finished; ++calls) {
    ASSERT_LT(calls, 100U);
    finished = Run(calls, before);
    disk_->CutPower();
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto left = Left(*disk_->Crash(survivors, seed));
        if (left == bytes_) continue;
        ASSERT_FALSE(finished) << "lost, though it was finished";
        ASSERT_EQ(left, before) << "after " << calls << " calls, " << Name(survivors);
      }
    }
  }
  EXPECT_GT(calls, 5U);
}

TEST_P(TabletReceiverCrash, LeavesWhatWasThereWhenACallFails) {
  std::optional<std::string> before;
  if (GetParam().replace == Replace::kYes) before = "an older tablet";
  for (std::uint64_t calls = 0; !Run(calls, before); ++calls) {
    ASSERT_LT(calls, 100U);
    // As if the process had been killed, so that the name may be there, whole.
    const auto left = Left(*disk_->Crash(Survivors::kAll, 0));
    EXPECT_TRUE(left == before || left == bytes_) << "after " << calls << " calls";
  }
}

INSTANTIATE_TEST_SUITE_P(Media, TabletReceiverCrash,
                         ::testing::Values(Medium{true, Replace::kNo}, Medium{true, Replace::kYes},
                                           Medium{false, Replace::kNo},
                                           Medium{false, Replace::kYes}));

}  // namespace
}  // namespace anystore::tablet
