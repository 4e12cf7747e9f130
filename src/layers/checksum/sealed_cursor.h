/// A listing of sealed values.
#pragma once

#include <memory>
#include <optional>

#include "anystore/cursor.h"
#include "anystore/options.h"
#include "layers/checksum/sealed_value.h"

namespace anystore::layers {

/// Yields what a cursor over sealed values yields, unsealed. It stops in front of a damaged entry,
/// and stays there until it is moved elsewhere by Seek.
///
/// Threads: single-thread.
class SealedCursor final : public Cursor {
 public:
  SealedCursor(ChecksumKind kind, std::unique_ptr<Cursor> inner, const ScanOptions& options)
      : kind_(kind),
        inner_(std::move(inner)),
        values_(options.values),
        sizes_(Wants(options.wanted, Wanted::kSize)) {}

  Result<std::size_t> Next(std::span<EntryView> out) override;
  Status Seek(std::string_view key) override;

 private:
  [[nodiscard]] Status Open(EntryView& entry) const;

  const ChecksumKind kind_;
  const std::unique_ptr<Cursor> inner_;
  const bool values_;
  const bool sizes_;
  std::optional<Error> damage_ = {};  ///< of the entry that is next
};

}  // namespace anystore::layers
