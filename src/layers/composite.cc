#include "layers/composite.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "anystore/results.h"
#include "layers/composite_cursors.h"
#include "layers/inner_keys.h"
#include "layers/joined_errors.h"
#include "layers/merge_cursor.h"
#include "layers/prometheus_text.h"

namespace anystore::layers {
namespace {

std::vector<Datastore*> ViewOf(const std::vector<CompositeChild>& children) {
  std::vector<Datastore*> stores;
  stores.reserve(children.size());
  for (const CompositeChild& child : children) stores.push_back(child.store.get());
  return stores;
}

Error NowhereError() { return Error(Code::kInvalidArgument, "no store is mounted for this key"); }

/// The pieces of one child as one range, for those who take a superset or sort out themselves.
KeyRange Hull(std::span<const Piece> pieces, std::size_t child) {
  KeyRange hull = KeyRange::None();
  for (const Piece& piece : pieces) {
    if (piece.child != child) continue;
    hull = {hull.empty() ? std::string(piece.from) : hull.from(),
            piece.to.has_value() ? std::optional(std::string(*piece.to)) : std::nullopt};
  }
  return hull;
}

bool IsOrdered(const Datastore& store) {
  return store.capabilities().ordered_scan != Support::kAbsent;
}

}  // namespace

/// What one child is to do of an Apply.
struct Composite::Share {
  std::size_t child = Place::kNowhere;
  std::vector<Mutation> mutations = {};
  bool conditional = false;
};

Composite::Composite(std::vector<CompositeChild> children, const Capabilities& capabilities,
                     Spread spread)
    : children_(std::move(children)),
      stores_(ViewOf(children_)),
      capabilities_(capabilities),
      spread_(spread) {}

Capabilities Composite::Together(std::span<const Capabilities> children) {
  Capabilities can = std::reduce(children.begin() + 1, children.end(), children.front(), Meet);
  can.scan_isolation = std::min(can.scan_isolation, ScanIsolation::kEntryExists);
  can.batch_atomicity = std::min(can.batch_atomicity, Atomicity::kPerRecord);
  can.snapshots = Support::kAbsent;
  can.transactions = Support::kAbsent;
  if (can.ordered_scan == Support::kAbsent) can.reverse_scan = Support::kAbsent;
  return can;
}

Error Composite::Of(std::size_t child, Error error) const {
  if (error.code() == Code::kNotFound && error.message().empty()) return error;
  return std::move(error).In(children_[child].label);
}

void Composite::Explain(std::size_t child, Error& error) const {
  if (child != Place::kNowhere) error = Of(child, std::move(error));
}

Status Composite::CheckKey(std::string_view key) const {
  ANYSTORE_TRY(anystore::CheckKey(capabilities_.keys, key));
  const Place place = Find(key);
  return place.child == Place::kNowhere ? NowhereError()
                                        : CheckKeyOf(*stores_[place.child], place.key);
}

void Composite::GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
                        const ReadOptions& options) {
  std::vector<Place> places;
  places.reserve(keys.size());
  for (const std::string_view key : keys) places.push_back(Find(key));
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return places[i].child; });
  std::vector<std::string_view> wanted;
  std::vector<Result<Value>> found;
  for (std::size_t done = 0; done < order.size();) {
    const std::size_t child = places[order[done]].child;
    wanted.clear();
    for (std::size_t i = done; i < order.size() && places[order[i]].child == child; ++i) {
      wanted.push_back(places[order[i]].key);
    }
    found.resize(wanted.size());
    if (child != Place::kNowhere) stores_[child]->GetMany(wanted, found, options);
    for (Result<Value>& result : found) {
      Result<Value>& to = out[order[done++]];
      if (child == Place::kNowhere) {
        to = Error(Code::kNotFound);
      } else if (result.has_value()) {
        to = std::move(result);
      } else {
        to = Of(child, std::move(result).error());
      }
    }
  }
}

Result<std::unique_ptr<Cursor>> Composite::Scan(const KeyRange& range, const ScanOptions& options) {
  std::vector<Piece> pieces;
  Split(range.from(), range.to(), pieces);
  std::vector<Part> parts;
  for (const Piece& piece : pieces) {
    // What an unordered child has in its range it finds by looking at everything: once is enough.
    const bool whole = !IsOrdered(*stores_[piece.child]);
    if (whole && std::ranges::find(parts, piece.child, &Part::child) != parts.end()) continue;
    const KeyRange one(std::string(piece.from),
                       piece.to.has_value() ? std::optional(std::string(*piece.to)) : std::nullopt);
    parts.push_back({.child = piece.child,
                     .prefix = piece.prefix,
                     .range = whole ? Hull(pieces, piece.child) : one,
                     .filtered = whole || spread_ == Spread::kByKey});
  }
  if (parts.empty()) return MakeCursor({}, range, options);
  if (parts.size() == 1) return OpenPart(*this, parts.front(), options);
  if (spread_ == Spread::kByKey && capabilities_.ordered_scan != Support::kAbsent) {
    std::vector<std::unique_ptr<Cursor>> sources;
    for (const Part& part : parts) {
      ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Cursor> source, OpenPart(*this, part, options));
      sources.push_back(std::move(source));
    }
    return std::make_unique<MergeCursor>(std::move(sources), options);
  }
  if (options.reverse) std::ranges::reverse(parts);
  return std::make_unique<SequenceCursor>(*this, std::move(parts), options);
}

Result<Receipt> Composite::Apply(std::span<const Mutation> mutations, const WriteOptions& options) {
  if (capabilities_.access == Access::kReadOnly) return Error(Code::kReadOnly);
  if (mutations.size() != 1 || mutations.front().kind == Mutation::Kind::kDeleteRange) {
    return ApplyShares(mutations, options);
  }
  const Place place = Find(mutations.front().key);
  if (place.child == Place::kNowhere) return NowhereError();
  Datastore& store = *stores_[place.child];
  Mutation below = mutations.front();
  below.key = place.key;
  Result<Receipt> receipt = store.capabilities().access == Access::kReadOnly
                                ? Error(Code::kReadOnly)
                                : store.Apply({&below, 1}, options);
  if (!receipt.has_value()) [[unlikely]]
    Explain(place.child, receipt.error());
  return receipt;
}

Result<std::vector<Composite::Share>> Composite::SplitMutations(
    std::span<const Mutation> mutations) const {
  std::vector<Share> by_child(children_.size());
  std::vector<Piece> pieces;
  for (Mutation below : mutations) {
    if (below.kind == Mutation::Kind::kDeleteRange) {
      pieces.clear();
      Split(below.key, below.range_to, pieces);
      for (const Piece& piece : pieces) {
        below.key = piece.from.substr(piece.prefix.size());
        below.range_to = piece.to;
        if (piece.to.has_value()) below.range_to = piece.to->substr(piece.prefix.size());
        by_child[piece.child].mutations.push_back(below);
      }
      continue;
    }
    const Place place = Find(below.key);
    if (place.child == Place::kNowhere) return NowhereError().ForKey(below.key);
    below.key = place.key;
    by_child[place.child].conditional |= below.condition.kind != Condition::Kind::kNone;
    by_child[place.child].mutations.push_back(below);
  }
  for (std::size_t child = 0; child < by_child.size(); ++child) by_child[child].child = child;
  std::erase_if(by_child, [](const Share& share) { return share.mutations.empty(); });
  for (const Share& share : by_child) {
    if (stores_[share.child]->capabilities().access == Access::kReadOnly) {
      return Of(share.child, Error(Code::kReadOnly));
    }
  }
  std::ranges::stable_partition(by_child, &Share::conditional);
  return by_child;
}

Result<Receipt> Composite::ApplyShares(std::span<const Mutation> mutations,
                                       const WriteOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::vector<Share> shares, SplitMutations(mutations));
  if (std::ranges::count_if(shares, &Share::conditional) > 1) {
    return Error(Code::kUnsupported, "one write has conditions on keys of several stores");
  }
  const bool one =
      shares.size() == 1 &&
      (shares.front().mutations.size() == 1 ||
       stores_[shares.front().child]->capabilities().batch_atomicity >= Atomicity::kWhenReopened);
  if (options.all_or_nothing && !shares.empty() && !one) {
    return Error(Code::kUnsupported, "the write is one of several stores");
  }
  Receipt receipt{.applied = mutations.size()};
  const auto last_put = std::ranges::find(mutations.rbegin(), mutations.rend(),
                                          Mutation::Kind::kPut, &Mutation::kind);
  const std::size_t versioned =
      last_put == mutations.rend() ? Place::kNowhere : Find(last_put->key).child;
  for (const Share& share : shares) {
    Result<Receipt> part = stores_[share.child]->Apply(share.mutations, options);
    if (!part.has_value()) {
      Error error = Of(share.child, std::move(part).error());
      const bool first = &share == &shares.front();
      return first ? std::move(error) : std::move(error).WithApplied(Applied::kUnknown);
    }
    if (share.child == versioned) receipt.version = part->version;
  }
  return receipt;
}

Status Composite::Sync(const KeyRange& range, const CallOptions& call) {
  std::vector<Piece> pieces;
  Split(range.from(), range.to(), pieces);
  JoinedErrors errors;
  for (std::size_t child = 0; child < stores_.size(); ++child) {
    const auto piece = std::ranges::find(pieces, child, &Piece::child);
    if (piece == pieces.end()) continue;
    const KeyRange hull = Hull(pieces, child);
    const std::size_t prefix = piece->prefix.size();
    std::optional<std::string> to = hull.to();
    if (to.has_value()) to->erase(0, prefix);
    Status synced = stores_[child]->Sync({hull.from().substr(prefix), std::move(to)}, call);
    if (!synced.has_value()) errors.Add(Of(child, std::move(synced).error()).During("sync"));
  }
  return std::move(errors).Take();
}

Status Composite::Close() {
  JoinedErrors errors;
  for (std::size_t child = 0; child < stores_.size(); ++child) {
    Status closed = stores_[child]->Close();
    if (!closed.has_value()) errors.Add(Of(child, std::move(closed).error()).During("close"));
  }
  return std::move(errors).Take();
}

void* Composite::FeatureImpl(FeatureId id) {
  const auto has = [id](Datastore* store) { return store->FindFeature(id) != nullptr; };
  const bool wanted = id == PersistentDatastore::kId ? std::ranges::all_of(stores_, has)
                                                     : std::ranges::any_of(stores_, has);
  return wanted ? Provides::FeatureImpl(id) : nullptr;
}

Result<std::uint64_t> Composite::DiskUsage(const CallOptions& call) {
  std::uint64_t sum = 0;
  JoinedErrors errors;
  for (std::size_t child = 0; child < stores_.size(); ++child) {
    const Result<std::uint64_t> bytes =
        stores_[child]->feature<PersistentDatastore>()->DiskUsage(call);
    if (bytes.has_value()) sum += *bytes;
    if (!bytes.has_value()) errors.Add(Of(child, bytes.error().Clone()).During("disk usage"));
  }
  ANYSTORE_TRY(std::move(errors).Take());
  return sum;
}

Status Composite::CollectGarbage(const CallOptions& call) {
  JoinedErrors errors;
  for (std::size_t child = 0; child < stores_.size(); ++child) {
    auto* const collector = stores_[child]->feature<GcDatastore>();
    if (collector == nullptr) continue;
    Status collected = collector->CollectGarbage(call);
    if (!collected.has_value()) {
      errors.Add(Of(child, std::move(collected).error()).During("collect garbage"));
    }
  }
  return std::move(errors).Take();
}

Result<std::vector<Finding>> Composite::Check(const CallOptions& call) {
  return Collect(
      [](Datastore& store, const CallOptions& c) -> Result<std::vector<Finding>> {
        auto* const checked = store.feature<CheckedDatastore>();
        return checked == nullptr ? std::vector<Finding>() : checked->Check(c);
      },
      "check", call);
}

Result<std::vector<Finding>> Composite::Scrub(const CallOptions& call) {
  return Collect(
      [](Datastore& store, const CallOptions& c) -> Result<std::vector<Finding>> {
        auto* const scrubbed = store.feature<ScrubbedDatastore>();
        return scrubbed == nullptr ? std::vector<Finding>() : scrubbed->Scrub(c);
      },
      "scrub", call);
}

Result<std::string> Composite::PrometheusText() {
  std::vector<std::string> texts;
  for (std::size_t child = 0; child < stores_.size(); ++child) {
    auto* const measured = stores_[child]->feature<MeasuredDatastore>();
    if (measured == nullptr) continue;
    Result<std::string> text = measured->PrometheusText();
    if (!text.has_value()) return Of(child, std::move(text).error());
    texts.push_back(*std::move(text));
  }
  return JoinPrometheusTexts(texts);
}

Result<std::vector<Finding>> Composite::Collect(
    Result<std::vector<Finding>> (*find)(Datastore&, const CallOptions&), const char* action,
    const CallOptions& call) {
  std::vector<Finding> all;
  JoinedErrors errors;
  for (std::size_t child = 0; child < stores_.size(); ++child) {
    Result<std::vector<Finding>> findings = find(*stores_[child], call);
    if (!findings.has_value()) {
      errors.Add(Of(child, std::move(findings).error()).During(action));
      continue;
    }
    for (Finding& finding : *findings) {
      all.push_back({.where = children_[child].label + ": " + finding.where,
                     .what = std::move(finding.what)});
    }
  }
  ANYSTORE_TRY(std::move(errors).Take());
  return all;
}

}  // namespace anystore::layers
