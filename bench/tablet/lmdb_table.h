/// The entries in LMDB, for reading.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "tablet/entries.h"

namespace anystore::bench {

/// Threads: single-thread.
class LmdbTable {
 public:
  /// Loads the entries, in order, and begins the one transaction that all reads are part of.
  LmdbTable(const std::filesystem::path& directory, std::span<const FixedKey> keys,
            const ValuePool& values);
  LmdbTable(const LmdbTable&) = delete;
  LmdbTable& operator=(const LmdbTable&) = delete;
  ~LmdbTable();

  /// Whether there is a value, which is looked at.
  bool Get(std::string_view key);
  std::uint64_t ScanAll();
  /// The same, reading all of each value.
  std::uint64_t ReadAll();
  /// `count` entries from `key` on.
  std::uint64_t Range(std::string_view key, std::size_t count);

 private:
  template <auto kLook>
  std::uint64_t Scan();

  struct Handles;

  std::unique_ptr<Handles> lmdb_;
};

}  // namespace anystore::bench
