/// The rules for names, once for all filesystems.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "anystore/error.h"

namespace anystore::filesystem {

/// Whether the empty name is one: it stands for the directory itself.
enum class EmptyName : std::uint8_t { kRefused, kAllowed };

/// Holds a name against the rules in anystore/filesystem.h.
///
/// Errors: invalid_argument · too_large (a component over `component_bytes_max`, or the whole over
/// `kNameBytesMax`).
[[nodiscard]] Status CheckName(std::string_view name, std::uint32_t component_bytes_max,
                               EmptyName empty = EmptyName::kRefused);

/// The longest name with all its components, as PATH_MAX less the zero.
inline constexpr std::size_t kNameBytesMax = 4095;

/// "a/b" of "a/b/c"; "" of "c".
[[nodiscard]] constexpr std::string_view ParentOf(std::string_view name) noexcept {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

/// "c" of "a/b/c".
[[nodiscard]] constexpr std::string_view LastOf(std::string_view name) noexcept {
  return name.substr(name.rfind('/') + 1);
}

/// A file by its path: the directory to open, and the name in it.
struct PathPlace {
  std::string directory = {};
  std::string name = {};

  friend bool operator==(const PathPlace&, const PathPlace&) = default;
};

/// {"a/b", "c"} of "a/b/c"; {".", "c"} of "c"; {"/", "c"} of "/c".
[[nodiscard]] PathPlace PlaceOfPath(std::string_view path);

/// A path from the root as a name: without "/" at the ends or twice, "." and ".." resolved by text
/// and never above the root. "" is the root.
[[nodiscard]] std::string NameOfPath(std::string_view path);

/// "directory/name"; either may be empty.
[[nodiscard]] std::string JoinNames(std::string_view directory, std::string_view name);

}  // namespace anystore::filesystem
