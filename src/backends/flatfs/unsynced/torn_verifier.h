/// Reading values that a power cut may have left torn, before anybody has put that right.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/keys/stems.h"

namespace anystore::flatfs {

/// Holds values against the marks of their files, and then against another verifier.
///
/// Threads: thread-safe.
class TornVerifier final : public Verifier {
 public:
  /// `root` must outlive it; `next` may be null.
  TornVerifier(Directory& root, const Shard& shard, const Stems& stems, std::uint32_t tag,
               std::shared_ptr<const Verifier> next)
      : root_(root), shard_(shard), stems_(stems), tag_(tag), next_(std::move(next)) {}

  [[nodiscard]] Status Check(std::string_view key, std::string_view value) const override;
  [[nodiscard]] bool KeysTell() const noexcept override {
    return next_ != nullptr && next_->KeysTell();
  }

 private:
  Directory& root_;
  const Shard shard_;
  const Stems stems_;
  const std::uint32_t tag_;
  const std::shared_ptr<const Verifier> next_;
};

/// `next`, behind a `TornVerifier` where there is a note from before the power was cut.
///
/// Errors: as ReadUnsyncedNote.
[[nodiscard]] Result<std::shared_ptr<const Verifier>> WithTornValues(
    Directory& root, const Shard& shard, const Stems& stems, std::shared_ptr<const Verifier> next,
    Clock* clock);

}  // namespace anystore::flatfs
