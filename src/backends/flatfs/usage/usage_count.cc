#include "backends/flatfs/usage/usage_count.h"

#include <string>
#include <utility>
#include <vector>

#include "backends/flatfs/names.h"
#include "backends/flatfs/usage/usage_note.h"
#include "core/call_check.h"
#include "filesystem/descriptors.h"
#include "filesystem/entries.h"

namespace anystore::flatfs {
namespace {

/// Deeper directories are nobody's records.
constexpr std::size_t kDepthMax = 64;

class Counter {
 public:
  Counter(Directory& root, const CountLimits& limits, Clock& clock, Random& random,
          const CallOptions& call)
      : root_(root),
        limits_(limits),
        clock_(clock),
        random_(random),
        call_(call),
        deadline_(clock.Now() + limits.time) {}

  Result<std::optional<UsageCount>> Run() {
    ANYSTORE_TRY(Enter(""));
    while (!is_beyond_) {
      ANYSTORE_TRY(internal::CheckCall(call_, clock_));
      Level& level = levels_.back();
      is_late_ = is_late_ || clock_.Now() > deadline_;
      if (level.at < level.names.size() && !is_late_) {
        ANYSTORE_TRY(Visit(level, level.names[level.at++]));
      } else if (levels_.size() > 1) {
        Leave();
      } else {
        return std::optional(Sum());
      }
    }
    return std::optional<UsageCount>();
  }

 private:
  struct Name {
    std::string name;
    FileKind kind;
  };
  /// A directory that is being counted.
  struct Level {
    std::string path;
    std::uint64_t own_bytes = 0;
    std::vector<Name> names = {};  // to be looked at
    std::size_t at = 0;
    std::uint64_t names_listed = 0;  // all of them
    std::uint64_t names_counted = 0;
    std::uint64_t bytes = 0;  // of those counted
  };

  [[nodiscard]] static std::string PathOf(const Level& level, std::string_view name) {
    return level.path.empty() ? std::string(name) : (level.path + "/").append(name);
  }

  /// Whether something cannot be looked at, but the rest can.
  bool IsPassedOver(const Error& error) {
    if (error.code() == Code::kNotFound) return true;
    if (error.code() != Code::kPermissionDenied && error.code() != Code::kInvalidArgument &&
        error.code() != Code::kTooLarge) {
      return false;
    }
    is_rough_ = true;
    return true;
  }

  Status Enter(std::string path) {
    const bool is_root = levels_.empty();
    const auto info = root_.Stat(path);
    if (!info.has_value()) return info.error().Clone();
    Level level{.path = std::move(path), .own_bytes = info->size};
    if (level.path != kTemporaryName) {
      ANYSTORE_TRY(filesystem::WaitForDescriptors(&clock_, [&] {
        level.names.clear();
        level.names_listed = 0;
        return filesystem::ForEachEntry(root_, level.path, [&](const DirectoryEntry& entry) {
          // What is kept beside the records grows with every write, and nobody counts that.
          const bool is_aside = entry.name == kDiskUsageName || entry.name == kChecksumsName;
          if (!is_root || !is_aside) Take(level, entry);
          return !is_beyond_;
        });
      }));
    }
    is_rough_ = is_rough_ || level.names_listed >= limits_.names_per_directory;
    levels_.push_back(std::move(level));
    return Ok();
  }

  /// Of more names than are looked at, each has the same chance.
  void Take(Level& level, const DirectoryEntry& entry) {
    is_beyond_ = ++names_ > limits_.names_max;
    const std::uint64_t before = level.names_listed++;
    if (before < limits_.names_per_directory) {
      level.names.push_back({std::string(entry.name), entry.kind});
      return;
    }
    const std::uint64_t place = random_.Next() % (before + 1);
    if (place >= level.names.size()) return;
    level.names[place] = {std::string(entry.name), entry.kind};
  }

  Status Visit(Level& level, const Name& entry) {
    const std::string path = PathOf(level, entry.name);
    ++level.names_counted;
    if (entry.kind == FileKind::kDirectory) {
      if (levels_.size() == kDepthMax) {
        is_rough_ = true;
        return Ok();
      }
      has_directories_ = has_directories_ || path != kTemporaryName;
      Status entered = Enter(path);
      return entered.has_value() || !IsPassedOver(entered.error()) ? std::move(entered) : Ok();
    }
    const auto info =
        filesystem::WaitForDescriptors(&clock_, [&] { return root_.Stat(path, Follow::kYes); });
    if (!info.has_value()) return IsPassedOver(info.error()) ? Ok() : info.error().Clone();
    // A directory: behind a link. It may be one of those that are counted.
    if (info->kind != FileKind::kDirectory) level.bytes += info->size;
    return Ok();
  }

  void Leave() {
    const std::uint64_t bytes = BytesOf(levels_.back());
    levels_.pop_back();
    levels_.back().bytes += bytes;
  }

  [[nodiscard]] static std::uint64_t BytesOf(const Level& level) {
    std::uint64_t bytes = level.own_bytes + level.bytes;
    if (level.names_counted > 0 && level.names_counted < level.names_listed) {
      const double average =
          static_cast<double>(level.bytes) / static_cast<double>(level.names_counted);
      bytes += static_cast<std::uint64_t>(
          average * static_cast<double>(level.names_listed - level.names_counted));
    }
    return bytes;
  }

  [[nodiscard]] UsageCount Sum() const {
    return {.bytes = BytesOf(levels_.front()),
            .accuracy = is_late_    ? kTimedOut
                        : is_rough_ ? kApproximate
                                    : kExact,
            .has_directories = has_directories_};
  }

  Directory& root_;
  const CountLimits limits_;
  Clock& clock_;
  Random& random_;
  const CallOptions& call_;
  const Instant deadline_;
  // A stack of its own: a tree may be deeper than the thread's.
  std::vector<Level> levels_;
  std::size_t names_ = 0;
  bool is_late_ = false;
  bool is_rough_ = false;
  bool is_beyond_ = false;
  bool has_directories_ = false;
};

}  // namespace

Result<std::optional<UsageCount>> CountUsage(Directory& root, const CountLimits& limits,
                                             Clock& clock, Random& random,
                                             const CallOptions& call) {
  return Counter(root, limits, clock, random, call).Run();
}

}  // namespace anystore::flatfs
