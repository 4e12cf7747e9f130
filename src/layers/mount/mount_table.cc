#include "layers/mount/mount_table.h"

#include <algorithm>
#include <functional>
#include <set>

#include "anystore/key_range.h"

namespace anystore::layers {
MountTable::MountTable(std::span<const std::string> points) {
  std::set<std::string> edges = {""};
  for (std::size_t child = 0; child < points.size(); ++child) {
    const std::string below = points[child] == "/" ? "" : points[child] + "/";
    mounts_.push_back({.word = FirstBytes(below),
                       .mask = FirstBytes(std::string(below.size(), '\xff')),
                       .below = below,
                       .stripped = below.empty() ? 0 : below.size() - 1,
                       .child = child});
    const KeyRange range = KeyRange::StartingWith(below);
    edges.insert(range.from());
    if (range.to().has_value()) edges.insert(*range.to());
  }
  if (std::ranges::find(points, "/") == points.end()) {
    mounts_.push_back({.word = 0, .mask = 0, .below = "", .stripped = 0, .child = Place::kNowhere});
  }
  std::ranges::sort(mounts_, std::greater(), [](const Mount& m) { return m.below.size(); });
  // No mount begins or ends between two edges, so what holds for the first key holds for all.
  for (const std::string& edge : edges)
    segments_.push_back({.from = edge, .mount = &MountOf(edge)});
}

void MountTable::Split(std::string_view from, std::optional<std::string_view> to,
                       std::vector<Piece>& pieces) const {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    if (segment.mount->child == Place::kNowhere) continue;
    Piece piece{.child = segment.mount->child,
                .prefix = std::string_view(segment.mount->below).substr(0, segment.mount->stripped),
                .from = std::max<std::string_view>(segment.from, from),
                .to = to};
    if (i + 1 < segments_.size()) {
      const std::string_view end = segments_[i + 1].from;
      piece.to = to.has_value() ? std::min(end, *to) : end;
    }
    if (!piece.to.has_value() || piece.from < *piece.to) pieces.push_back(piece);
  }
}

}  // namespace anystore::layers
