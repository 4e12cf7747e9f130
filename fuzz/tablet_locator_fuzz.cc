// Any bytes as the locator beside a tablet, and the right one with some of its bytes changed: Get
// answers as without, unless the checksums of a wrong one are right.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/check.h"
#include "anystore/tablet/reader.h"
#include "anystore/tablet/writer.h"
#include "base/byte_order.h"
#include "base/crc.h"
#include "tablet/locator/locator.h"
#include "tablet/locator/locator_header.h"

namespace {

using namespace anystore;          // NOLINT(google-build-using-namespace): a test
using namespace anystore::tablet;  // NOLINT(google-build-using-namespace)

constexpr std::string_view kName = "t";
constexpr std::string_view kLocatorName = "t.locator";

void Require(bool holds) {
  if (!holds) std::abort();
}

/// What a tablet says of a key: none, the value, or that it is deleted.
using Said = std::pair<Lookup::State, std::string>;

/// A tablet in memory, its locator as it was built, and what Get answers without one.
class World {
 public:
  World() {
    auto writer = TabletWriter::Create(
        *directory_, kName, {.block_bytes = 256, .restart_interval = 4, .shared_bytes_min = 2});
    Require(writer.has_value());
    for (int i = 100; i < 220; ++i) {
      const std::string key = (i % 2 == 0 ? "k" : "key/of/") + std::to_string(i);
      keys_.push_back(key);
      keys_.push_back(key + "/nowhere");
    }
    for (const char* const front : {"k", "key/of/"}) {
      for (int i = front[1] == '\0' ? 100 : 101; i < 220; i += 2) {
        const std::string key = front + std::to_string(i);
        Require((i % 7 == 0 ? writer->AddDeletion(key)
                            : writer->Add(key, std::string(static_cast<std::size_t>(i % 40), 'v')))
                    .has_value());
      }
    }
    Require(writer->Finish().has_value());
    for (const std::string& key : keys_) said_.push_back(Ask(*Open(LocatorUse::kIgnore), key));
    Require(Open(LocatorUse::kBuild)->info().locator_bytes.has_value());
    built_ = std::string(directory_->Open(kLocatorName, {}).value()->ReadAll().value().bytes());
  }

  [[nodiscard]] const std::string& built() const noexcept { return built_; }

  /// Asks for every key with these bytes as the locator. `truthful`: the answers must be right.
  /// They must be, too, unless a check finds it wrong.
  void Try(std::string_view locator, bool truthful, Access access) {
    {
      auto file = directory_->Open(kLocatorName, {.access = FileAccess::kReadWrite,
                                                  .creation = FileCreation::kIfMissing,
                                                  .truncate = true});
      Require(file.has_value() && (*file)->WriteAt(0, locator).has_value());
    }
    const auto report = CheckTablet(*directory_, kName, {.reader = {.access = access}});
    Require(report.has_value() && report->fault_count == 0);
    truthful = truthful || report->locator.state != LocatorState::kWrong;
    const auto tablet = Open(LocatorUse::kUse, access);
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const Said said = Ask(*tablet, keys_[i]);
      Require(!truthful || said == said_[i]);
    }
  }

 private:
  std::shared_ptr<TabletReader> Open(LocatorUse locator, Access access = Access::kMap) {
    auto opened = TabletReader::Open(*directory_, kName, {.access = access, .locator = locator});
    Require(opened.has_value());
    return *opened;
  }
  static Said Ask(const TabletReader& tablet, std::string_view key) {
    const auto said = tablet.Get(key);
    Require(said.has_value());
    return {said->state, std::string(said->value.bytes())};
  }

  ManualClock clock_{Instant()};
  std::unique_ptr<FileSystem> files_ = NewMemoryFileSystem(clock_);
  std::unique_ptr<Directory> directory_ = files_->OpenDirectory("/").value();
  std::vector<std::string> keys_ = {};
  std::vector<Said> said_ = {};
  std::string built_ = {};
};

/// Changes bytes as the input says, three of its bytes at a time: where (of 16 bits), and how.
std::string Changed(std::string bytes, std::string_view changes) {
  for (; changes.size() >= 3; changes.remove_prefix(3)) {
    const std::size_t at = base::LoadBig<std::uint16_t>(changes.data()) % (bytes.size() + 1);
    if (at == bytes.size()) {
      bytes.resize(bytes.size() -
                   std::min<std::size_t>(bytes.size(), static_cast<unsigned char>(changes[2])));
      if (bytes.empty()) return bytes;
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ changes[2]);
    }
  }
  return bytes;
}

/// Makes both checksums right, where there is room for them.
void Repair(std::string& bytes) {
  if (bytes.size() < kLocatorHeaderBytes) return;
  constexpr std::size_t kLinesCrcAt = 52;
  constexpr std::size_t kHeaderCrcAt = 60;
  const std::string_view lines = std::string_view(bytes).substr(kLocatorHeaderBytes);
  base::StoreLittle(bytes.data() + kLinesCrcAt, base::Crc32c(lines));
  base::StoreLittle(bytes.data() + kHeaderCrcAt,
                    base::Crc32c(std::string_view(bytes).substr(0, kHeaderCrcAt)));
}

/// Whether a locator with right checksums is taken for the one of the tablet.
bool IsTaken(std::string_view bytes, std::string_view built) {
  const auto header = LoadLocatorHeader(bytes);
  return header.has_value() && header->tablet == LoadLocatorHeader(built)->tablet;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size == 0) return 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Access access = (data[0] & 1U) != 0 ? Access::kMap : Access::kRead;
  std::string bytes = (data[0] & 2U) != 0 ? std::string(input) : Changed(world.built(), input);
  if ((data[0] & 4U) != 0) Repair(bytes);
  // Of bytes that nobody wrote, checksums are not right by chance.
  const bool truthful =
      (data[0] & 4U) == 0 || bytes == world.built() || !IsTaken(bytes, world.built());
  world.Try(bytes, truthful, access);
  return 0;
}
