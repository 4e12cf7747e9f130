/// What layers that change keys have in common: what a child takes, and how much of it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "anystore/datastore.h"

namespace anystore::layers {

/// Whether `store` takes `key`: by its limits, and by what only the store knows.
///
/// Errors: invalid_argument · too_large.
[[nodiscard]] Status CheckKeyOf(const Datastore& store, std::string_view key);

/// What a layer may claim whose keys are longer below than above: a batch has room for as many
/// bytes of longer keys as of its own.
[[nodiscard]] std::uint64_t BatchBytesAbove(std::uint64_t batch_bytes_max_below) noexcept;

/// Whether mutations with the keys that a store below gets are within what it takes in a batch.
///
/// Errors: too_large.
[[nodiscard]] Status CheckBatchBelow(const Capabilities& below,
                                     std::span<const Mutation> mutations);

}  // namespace anystore::layers
