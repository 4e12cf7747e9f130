/// The entries in tables of LevelDB.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tablet/entries.h"

namespace anystore::bench {

/// Writes the entries with these numbers to a table; returns how many.
std::uint64_t BuildLeveldbTable(const std::filesystem::path& file, std::span<const FixedKey> keys,
                                std::size_t first, std::size_t step, const ValuePool& values,
                                bool snappy);

/// The same into memory that is written over again and again: what the builder itself takes.
std::uint64_t EncodeLeveldbTable(std::span<const FixedKey> keys, const ValuePool& values,
                                 bool snappy);

/// Tables, read as one by LevelDB's merge. What is compressed is read from a cache that holds it
/// all; what is not is mapped.
///
/// Threads: single-thread.
class LeveldbTables {
 public:
  explicit LeveldbTables(std::span<const std::filesystem::path> files);
  LeveldbTables(const LeveldbTables&) = delete;
  LeveldbTables& operator=(const LeveldbTables&) = delete;
  ~LeveldbTables();

  std::uint64_t ScanAll();
  std::uint64_t Range(std::string_view key, std::size_t count);

 private:
  struct Handles;

  std::unique_ptr<Handles> leveldb_;
};

}  // namespace anystore::bench
