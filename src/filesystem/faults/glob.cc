#include "filesystem/faults/glob.h"

#include <cstddef>

namespace anystore::filesystem {

Glob::Glob(std::string_view pattern) : text_(pattern) {
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '?') {
      tokens_.push_back({Kind::kAnyByte, 0});
      ++at;
    } else if (pattern[at] != '*') {
      tokens_.push_back({Kind::kByte, pattern[at++]});
    } else {
      const bool at_component = at == 0 || pattern[at - 1] == '/';
      std::size_t stars = 0;
      for (; at < pattern.size() && pattern[at] == '*'; ++at) ++stars;
      if (stars == 1) {
        tokens_.push_back({Kind::kAnyBytes, 0});
      } else if (at_component && at < pattern.size() && pattern[at] == '/') {
        tokens_.push_back({Kind::kDirectories, 0});
        ++at;
      } else {
        tokens_.push_back({Kind::kAnything, 0});
      }
    }
  }
}

bool Glob::Matches(std::string_view text) const {
  // Which tokens may come next: the states of a machine that reads the text once.
  std::vector<bool> states(tokens_.size() + 1);
  std::vector<bool> next(tokens_.size() + 1);
  states[0] = true;
  const auto skip_what_may_be_empty = [&](std::vector<bool>& in, bool at_component) {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Kind kind = tokens_[i].kind;
      const bool may_end = kind == Kind::kAnyBytes || kind == Kind::kAnything ||
                           (kind == Kind::kDirectories && at_component);
      if (in[i] && may_end) in[i + 1] = true;
    }
  };
  skip_what_may_be_empty(states, true);
  for (const char c : text) {
    next.assign(next.size(), false);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!states[i]) continue;
      switch (tokens_[i].kind) {
        case Kind::kByte:
          if (c == tokens_[i].byte) next[i + 1] = true;
          break;
        case Kind::kAnyByte:
          if (c != '/') next[i + 1] = true;
          break;
        case Kind::kAnyBytes:
          if (c != '/') next[i] = true;
          break;
        case Kind::kAnything:
        case Kind::kDirectories:
          next[i] = true;
          break;
      }
    }
    skip_what_may_be_empty(next, c == '/');
    states.swap(next);
  }
  return states.back();
}

}  // namespace anystore::filesystem
