/// `MergeCursor`: several ordered cursors as one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/cursor.h"

namespace anystore::layers {

/// Yields the entries of all sources in key order (descending when reversed); of equal keys those
/// of the source that was given first come first. Reads its sources in batches, and only the
/// direction of `options` matters here.
///
/// When a source fails, Next fails and may be called again: nothing was lost.
///
/// Threads: single-thread.
class MergeCursor final : public Cursor {
 public:
  MergeCursor(std::vector<std::unique_ptr<Cursor>> sources, const ScanOptions& options);

  Result<std::size_t> Next(std::span<EntryView> out) override;
  /// Goes there with the next Next, which also tells what went wrong.
  Status Seek(std::string_view key) override;

 private:
  struct Source {
    std::unique_ptr<Cursor> cursor;
    std::size_t rank;
    std::vector<EntryView> batch;
    std::size_t at = 0;
    std::size_t count = 0;
    bool must_seek = false;
  };

  /// Gives every source that waits its next entries.
  Status Load();
  /// Whether `a` comes after `b`: what a heap with the first on top is made by.
  [[nodiscard]] bool After(const Source* a, const Source* b) const;
  /// Restores the heap when its top has moved on.
  void SiftDown();

  const bool reverse_;
  std::vector<Source> sources_;
  std::vector<Source*> heap_ = {};     // have entries; the next one on top
  std::vector<Source*> waiting_ = {};  // have none, but their cursor may
  std::string seek_ = {};
};

}  // namespace anystore::layers
