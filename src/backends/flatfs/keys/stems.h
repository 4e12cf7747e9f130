/// Which file name stands for which key.
///
/// A stem is the name of a record's file without ".data", made of 0-9 A-Z + _ = -. A repository has
/// one of two forms of keys:
///
///  - strict, the original's: the key is "/" and the stem;
///  - escape: any bytes are a key, and its stem is
///
///        stem    = [ "+" ] *( digit / "-" / "_" / letter / slash / byte )
///        letter  = [ "=" ] ( "A"-"Z" )    ; "=" turns to the other case, upper case being first
///        slash   = "=="
///        byte    = hex hex "+"            ; any other byte, in upper-case digits
///
///    Without "+" in front it is a key that begins with "/" and goes on, and the stem tells the
///    rest.
///
/// So "/ABC" is "ABC" in both forms. Each key has one stem; a name that no key would get stands for
/// none. The stem of the beginning of a key is the beginning of the key's stem, but for "/" alone.
/// The page of the format is docs/formats/flatfs.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "anystore/capabilities.h"
#include "anystore/error.h"
#include "backends/flatfs/keys/shard.h"

namespace anystore::flatfs {

/// How keys become names.
enum class KeyForm : std::uint8_t {
  kStrict,  ///< Keys are "/" and a stem.
  kEscape,  ///< Keys are any bytes.
};

/// What people type: "strict", "escape".
[[nodiscard]] std::string_view Name(KeyForm form) noexcept;

/// Room for the stem of a key.
using StemBuffer = std::array<char, kStemBytesMax>;

/// The names of keys in one form, on a filesystem that has names of some length.
///
/// Threads: immutable.
class Stems {
 public:
  /// `name_bytes_max` is the longest name that the filesystem has. Who only looks at names that are
  /// there need not know, and so not ask: a `Directory` finds out what it can do by trying.
  explicit Stems(KeyForm form,
                 std::uint64_t name_bytes_max = kStemBytesMax + kExtension.size()) noexcept;

  [[nodiscard]] KeyForm form() const noexcept { return form_; }
  /// The keys that have a stem; with `KeyForm::kEscape` the longest ones must consist of what needs
  /// no more than a character a byte.
  [[nodiscard]] KeyLimits limits() const noexcept;
  /// Whether `key` has a stem.
  ///
  /// Errors: invalid_argument · too_large.
  [[nodiscard]] Status CheckKey(std::string_view key) const;
  /// The stem of `key`: lives as long as both it and `buffer`.
  ///
  /// Requires: CheckKey finds nothing.
  [[nodiscard]] std::string_view StemOfKey(std::string_view key, StemBuffer& buffer) const noexcept;
  /// The name of the file of `key`.
  ///
  /// Requires: CheckKey finds nothing.
  [[nodiscard]] RecordName NameOf(const Shard& shard, std::string_view key) const noexcept {
    StemBuffer buffer;
    return {shard, StemOfKey(key, buffer)};
  }
  /// Sets `key` to the one that `stem` stands for. False when it stands for none; the key then is
  /// anything.
  [[nodiscard]] bool KeyOfStem(std::string_view stem, std::string& key) const;
  /// Whether a file of that name in `directory` is where a key has its record; sets `key` as
  /// KeyOfStem does.
  [[nodiscard]] bool IsRecord(const Shard& shard, std::string_view directory,
                              std::string_view file_name, std::string& key) const {
    const std::string_view stem = StemOf(file_name);
    return shard.IsIn(stem, directory) && KeyOfStem(stem, key);
  }

 private:
  KeyForm form_;
  std::size_t stem_bytes_max_;
};

/// Writes the stem that `key` has in the form "escape" to `out`, as much as there is room for, and
/// returns how long it is in all.
std::size_t EscapeKey(std::string_view key, StemBuffer& out) noexcept;

/// The reverse: false when `stem` is none that EscapeKey writes.
[[nodiscard]] bool UnescapeStem(std::string_view stem, std::string& key);

}  // namespace anystore::flatfs
