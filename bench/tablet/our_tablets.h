/// The entries in tablets.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "anystore/cursor.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/stack.h"
#include "anystore/tablet/writer.h"
#include "tablet/entries.h"

namespace anystore::bench {

/// Writes every `step`-th entry from `first` on to a tablet; returns how many.
std::uint64_t BuildTablet(const std::filesystem::path& file, std::span<const FixedKey> keys,
                          std::size_t first, std::size_t step, const ValuePool& values,
                          const tablet::WriterOptions& options);

/// The same into memory that is written over again and again: what the encoder itself takes.
std::uint64_t EncodeTablet(std::span<const FixedKey> keys, const ValuePool& values,
                           const tablet::WriterOptions& options);

/// A stack of tablets. The cache holds all that is not mapped.
///
/// Threads: single-thread.
class OurTablets {
 public:
  OurTablets(const std::filesystem::path& directory, std::span<const std::string> names,
             tablet::LocatorUse locator);

  bool Get(std::string_view key);
  std::uint64_t ScanAll();
  /// The same, reading all of each value.
  std::uint64_t ReadAll();
  std::uint64_t Range(std::string_view key, std::size_t count);

 private:
  template <auto kLook>
  std::uint64_t Walk(Cursor& cursor, std::uint64_t count);

  std::unique_ptr<Directory> directory_;
  std::unique_ptr<tablet::TabletStack> stack_;
  std::array<EntryView, 64> entries_ = {};  // what a cursor has given last
};

}  // namespace anystore::bench
