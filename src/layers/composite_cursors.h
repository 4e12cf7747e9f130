/// The cursors of a composite: one child's part of a range, and several parts one after the other.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/cursor.h"
#include "anystore/key_range.h"
#include "layers/composite.h"

namespace anystore::layers {

/// What a scan asks of one child.
struct Part {
  std::size_t child;
  /// What the keys do not have in the child; the composite's.
  std::string_view prefix;
  /// Where they are, with the prefix.
  KeyRange range;
  /// Whether the child may have keys there that live elsewhere.
  bool filtered;
};

/// A cursor over the keys of `part`, as the composite has them.
///
/// Errors: as Reader::Scan; they say whose they are, as do those of the cursor.
[[nodiscard]] Result<std::unique_ptr<Cursor>> OpenPart(const Composite& composite, const Part& part,
                                                       const ScanOptions& options);

/// Shows parts one after the other, and opens each when it comes to it. Where the children are
/// ordered, so are the parts (descending when reversed) and the whole.
///
/// Threads: single-thread.
class SequenceCursor final : public Cursor {
 public:
  SequenceCursor(const Composite& composite, std::vector<Part> parts, const ScanOptions& options)
      : composite_(composite), parts_(std::move(parts)), options_(options) {}

  Result<std::size_t> Next(std::span<EntryView> out) override;
  /// Goes there with the next Next, which also tells what went wrong.
  Status Seek(std::string_view key) override;

 private:
  const Composite& composite_;
  const std::vector<Part> parts_;
  const ScanOptions options_;
  std::size_t at_ = 0;
  std::unique_ptr<Cursor> cursor_ = {};  // of the part at `at_`, once it is open
  std::optional<std::string> seek_ = {};
};

}  // namespace anystore::layers
