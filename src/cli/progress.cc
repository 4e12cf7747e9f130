#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

#include "cli/text.h"

namespace anystore::cli {
namespace {

constexpr Duration kInterval = std::chrono::milliseconds(200);
constexpr std::size_t kBarWidth = 24;

Instant Now() { return Environment::Host().clock->Now(); }

// "1:05" or "2:03:09".
std::string Clock(double seconds) {
  constexpr double kSecondsMax = 359'999;
  const auto total = static_cast<std::uint64_t>(std::min(std::ceil(seconds), kSecondsMax));
  const auto two = [](std::uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const std::string tail = ":" + two(total % 60);
  if (total < 3600) return std::to_string(total / 60) + tail;
  return std::to_string(total / 3600) + ":" + two(total / 60 % 60) + tail;
}

}  // namespace

Progress::Progress(std::string verb, std::string items)
    : verb_(std::move(verb)),
      noun_(std::move(items)),
      visible_(isatty(STDERR_FILENO) == 1),
      start_(Now()),
      next_draw_(start_ + kInterval) {}

Progress::~Progress() { Clear(); }

void Progress::Add(std::uint64_t items, std::uint64_t bytes) {
  items_ += items;
  bytes_ += bytes;
  if (!visible_) return;
  if (const Instant now = Now(); now >= next_draw_) Draw(now);
}

void Progress::Clear() {
  if (!std::exchange(drawn_, false)) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

double Progress::seconds() const {
  return std::max(std::chrono::duration<double>(Now() - start_).count(), 1e-6);
}

void Progress::Draw(Instant now) {
  const double elapsed = std::max(std::chrono::duration<double>(now - start_).count(), 1e-6);
  std::string line = "\r" + verb_ + " " + WithCommas(items_) + " " + noun_ + "  " +
                     HumanBytes(static_cast<double>(bytes_)) + "  " +
                     HumanBytes(static_cast<double>(bytes_) / elapsed) + "/s";
  if (total_ > 0) {
    const double part = std::min(static_cast<double>(items_) / static_cast<double>(total_), 1.0);
    const auto filled = static_cast<std::size_t>(part * kBarWidth);
    line += "  [" + std::string(filled, '#') + std::string(kBarWidth - filled, '-') + "] " +
            std::to_string(static_cast<int>(part * 100)) + " %";
    if (part > 0) line += "  " + Clock(elapsed / part - elapsed) + " left";
  }
  line += "\x1b[K";
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
  next_draw_ = now + kInterval;
}

}  // namespace anystore::cli
