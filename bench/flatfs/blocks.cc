#include "flatfs/blocks.h"

#include <utility>

#include "harness.h"

namespace anystore::bench {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kDrawn = 52;

/// How many different letters stand in each of the two places that name the directory.
std::size_t LettersOf(Spread spread) { return spread == Spread::kWide ? 32 : 8; }

/// Sets the letters that name the directory.
void PlaceIn(std::string* key, std::size_t directory, Spread spread) {
  (*key)[key->size() - 3] = kBase32[directory / LettersOf(spread)];
  (*key)[key->size() - 2] = kBase32[directory % LettersOf(spread)];
}

}  // namespace

std::size_t DirectoryCount(Spread spread) noexcept { return LettersOf(spread) * LettersOf(spread); }

std::string BlockKey(std::uint64_t number, Spread spread) {
  std::string key = "/CIQ";
  Shuffle random(number);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kDrawn; ++i) {
    // 12 letters of 5 bits each.
    if (i % 12 == 0) bits = random.Next();
    key += kBase32[bits % kBase32.size()];
    bits /= kBase32.size();
  }
  PlaceIn(&key, random.Below(DirectoryCount(spread)), spread);
  return key;
}

std::vector<std::string> KeyForEachDirectory(Spread spread) {
  std::vector<std::string> keys;
  for (std::size_t directory = 0; directory < DirectoryCount(spread); ++directory) {
    std::string key = "/DIRECTORY" + std::string(kDrawn - 7, 'A');
    PlaceIn(&key, directory, spread);
    keys.push_back(std::move(key));
  }
  return keys;
}

std::string_view DirectoryOf(std::string_view key) { return key.substr(key.size() - 3, 2); }

Blocks::Blocks(std::size_t size, Spread spread) : spread_(spread), value_(size, '\0') {
  Shuffle random(size);
  for (char& byte : value_) byte = static_cast<char>(random.Next());
}

void Blocks::Draw(std::size_t count) {
  keys_.clear();
  while (keys_.size() < count) keys_.push_back(BlockKey(next_++, spread_));
}

}  // namespace anystore::bench
