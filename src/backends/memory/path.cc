#include "backends/memory/path.h"

namespace anystore::memory {

void Path::DescendTo(Node* root, std::string_view key) noexcept {
  depth_ = 0;
  Node* node = root;
  while (!node->is_leaf) {
    Inner* const inner = AsInner(node);
    const unsigned index = ChildFor(inner, key);
    steps_[depth_++] = {node, index};
    node = LoadChild(inner, index);
    Prefetch(node);
  }
  steps_[depth_] = {node, LowerBound(AsLeaf(node), key)};
}

void Path::DescendToFirst(Node* root) noexcept {
  depth_ = 0;
  steps_[0].node = root;
  DescendAlong(Edge::kFirst);
}

void Path::DescendToEnd(Node* root) noexcept {
  depth_ = 0;
  steps_[0].node = root;
  DescendAlong(Edge::kEnd);
}

bool Path::NextLeaf() noexcept {
  for (std::size_t level = depth_; level-- > 0;) {
    Step& step = steps_[level];
    if (step.index == step.node->count) continue;
    ++step.index;
    steps_[level + 1].node = LoadChild(AsInner(step.node), step.index);
    depth_ = level + 1;
    DescendAlong(Edge::kFirst);
    return true;
  }
  return false;
}

bool Path::PreviousLeaf() noexcept {
  for (std::size_t level = depth_; level-- > 0;) {
    Step& step = steps_[level];
    if (step.index == 0) continue;
    --step.index;
    steps_[level + 1].node = LoadChild(AsInner(step.node), step.index);
    depth_ = level + 1;
    DescendAlong(Edge::kEnd);
    return true;
  }
  return false;
}

void Path::DescendAlong(Edge edge) noexcept {
  for (;;) {
    Step& step = steps_[depth_];
    step.index = edge == Edge::kFirst ? 0 : step.node->count;
    if (step.node->is_leaf) return;
    steps_[++depth_].node = LoadChild(AsInner(step.node), step.index);
  }
}

}  // namespace anystore::memory
