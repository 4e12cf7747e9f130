/// Which directory of a repository a key belongs to.
///
/// A repository names its rule in the file SHARDING:
///
///     text     = prefix "v1/" function "/" length
///     prefix   = "/repo/flatfs/shard/"
///     function = "prefix" | "suffix" | "next-to-last"
///     length   = a decimal number from 1
///
/// The page of the format is docs/formats/flatfs.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "backends/flatfs/names.h"

namespace anystore::flatfs {

/// The longest name of a shard directory that we take: what filesystems take, too.
inline constexpr std::size_t kShardBytesMax = 255;

/// The longest key that we take, without its slash: with ".data" behind it a name of 255 bytes.
inline constexpr std::size_t kStemBytesMax = 250;

/// The name of a file of a record without its extension, "ABCD" for "ABCD.data"; empty when it has
/// another extension, or is hidden.
[[nodiscard]] std::string_view StemOf(std::string_view file_name) noexcept;

/// A rule that assigns a directory to each key.
///
/// Threads: immutable.
class Shard {
 public:
  enum class Function : std::uint8_t {
    kPrefix,      ///< The first characters, filled up with "_" behind.
    kSuffix,      ///< The last characters, filled up with "_" in front.
    kNextToLast,  ///< The ones before the very last, filled up with "_" in front.
  };

  /// The rule that Create takes when none is given: next-to-last/2.
  Shard() = default;

  /// Reads the full text form, with white space around it. Numbers are read as the original does:
  /// "+2" and "007" are numbers.
  ///
  /// Errors: invalid_argument (not that form; a length that the original takes and that cannot
  /// work: below 1, or beyond `kShardBytesMax`).
  [[nodiscard]] static Result<Shard> Parse(std::string_view text);
  /// Reads what people type: the full form, "v1/prefix/5" or "prefix/5".
  ///
  /// Errors: as Parse.
  [[nodiscard]] static Result<Shard> ParseShort(std::string_view text);

  /// The full text form: what SHARDING holds, without the end of line.
  [[nodiscard]] std::string ToString() const;
  /// What people type: "next-to-last/2".
  [[nodiscard]] std::string ToShortString() const;
  /// Which characters of a key make the name of its directory.
  [[nodiscard]] Function function() const noexcept { return function_; }
  /// How many characters the names of shard directories have.
  [[nodiscard]] std::size_t length() const noexcept { return length_; }

  /// Writes the directory of `stem` to `out`, `length()` characters.
  void WriteDirectory(std::string_view stem, char* out) const noexcept;
  /// Whether `directory` is where `stem` belongs.
  [[nodiscard]] bool IsIn(std::string_view stem, std::string_view directory) const noexcept;
  /// Whether a directory of this name may hold records: it has the right length and characters,
  /// and is not the name of one of the repository's own files.
  [[nodiscard]] bool IsDirectory(std::string_view name) const;
  /// Whether a file in `directory` with the name of the record `key` is one: the key breaks no rule
  /// of flatfs, and belongs there.
  [[nodiscard]] bool IsRecord(std::string_view key, std::string_view directory) const;
  /// Whether some key belongs to a directory that cannot be, since a file has that name.
  [[nodiscard]] bool HasCollisions() const noexcept;
  /// Whether `stem` is such a key.
  [[nodiscard]] bool Collides(std::string_view stem) const noexcept;

  /// Whether both are the same rule.
  friend bool operator==(const Shard&, const Shard&) = default;

 private:
  Shard(Function function, std::size_t length) : function_(function), length_(length) {}

  [[nodiscard]] static Result<Shard> ParseParts(std::string_view text, std::string_view parts);

  Function function_ = Function::kNextToLast;
  std::size_t length_ = 2;
};

/// The name of a record's file from the root, "AB/ABCD.data", without an allocation.
///
/// Threads: immutable.
class RecordName {
 public:
  /// Requires: `stem` has at most `kStemBytesMax` bytes.
  RecordName(const Shard& shard, std::string_view stem) noexcept;

  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, kShardBytesMax + 1 + kStemBytesMax + kExtension.size()> bytes_;
  std::size_t size_;
};

}  // namespace anystore::flatfs
