/// Reads of many keys of which a layer can answer some by itself.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/datastore.h"

namespace anystore::layers {

/// The keys that a layer could not answer, and where the answers belong.
struct Unanswered {
  std::vector<std::string_view> keys = {};
  std::vector<std::size_t> places = {};

  void Add(std::string_view key, std::size_t place) {
    keys.push_back(key);
    places.push_back(place);
  }
  /// Asks `from` for all of them at once, and moves the answers to their places in `out`.
  void Ask(Reader& from, std::span<Result<Value>> out, const ReadOptions& options) const {
    if (keys.empty()) return;
    std::vector<Result<Value>> answers(keys.size());
    from.GetMany(keys, answers, options);
    for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = std::move(answers[i]);
  }
};

}  // namespace anystore::layers
