/// How a command that writes a tablet is told to write it.
#pragma once

#include <cstdint>
#include <optional>

#include "anystore/tablet/writer.h"

namespace anystore::cli {

/// Whose tablets are written: ours, or such as an original wrote.
enum class TabletProfile : std::uint8_t { kDefault, kGo, kCsharp, kJava };

/// What was given of `--profile`, `--block-bytes`, `--restart-interval` and `--compression`. What
/// was not is as the profile has it.
struct TabletForm {
  std::optional<TabletProfile> profile = {};
  std::optional<std::uint32_t> block_bytes = {};
  std::optional<std::uint32_t> restart_interval = {};
  /// Compressed by Snappy, or not at all.
  std::optional<bool> compressed = {};

  /// Whether any of it was.
  [[nodiscard]] bool is_given() const noexcept {
    return profile.has_value() || block_bytes.has_value() || restart_interval.has_value() ||
           compressed.has_value();
  }
  [[nodiscard]] tablet::WriterOptions Options() const;
};

}  // namespace anystore::cli
