#include "anystore/layer.h"

#include <utility>

namespace anystore {

/// Reads of something of the child, seen through the layer.
template <class Inner>
class Layer::Layered : public Inner {
 public:
  Layered(Layer& layer, std::unique_ptr<Inner> inner) : layer_(layer), inner_(std::move(inner)) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return layer_.GetFrom(*inner_, key, options);
  }
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override {
    return layer_.StatFrom(*inner_, key, wanted, call);
  }
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override {
    layer_.GetManyFrom(*inner_, keys, out, options);
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return layer_.ScanFrom(*inner_, range, options);
  }

 protected:
  Layer& layer_;
  const std::unique_ptr<Inner> inner_;
};

/// A transaction on the child, seen through the layer.
class Layer::LayeredTransaction final : public Layered<Transaction> {
 public:
  using Layered::Layered;

  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    return layer_.ApplyTo(*inner_, mutations, options);
  }
  Status Commit() override { return layer_.CommitOf(*inner_); }
  void Discard() override { inner_->Discard(); }
};

Layer::Layer(std::unique_ptr<Datastore>&& child, const Capabilities& capabilities)
    : child_(std::move(child)), child_view_(child_.get()), capabilities_(capabilities) {}

Status Layer::CheckKey(std::string_view key) const { return child_->CheckKey(key); }

Status Layer::Sync(const KeyRange& range, const CallOptions& call) {
  return child_->Sync(range, call);
}

Status Layer::Close() { return child_->Close(); }

Result<Value> Layer::GetFrom(Reader& from, std::string_view key, const ReadOptions& options) {
  return from.Get(key, options);
}

Result<EntryInfo> Layer::StatFrom(Reader& from, std::string_view key, Wanted wanted,
                                  const CallOptions& call) {
  return from.Stat(key, wanted, call);
}

void Layer::GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                        std::span<Result<Value>> out, const ReadOptions& options) {
  from.GetMany(keys, out, options);
}

Result<std::unique_ptr<Cursor>> Layer::ScanFrom(Reader& from, const KeyRange& range,
                                                const ScanOptions& options) {
  return from.Scan(range, options);
}

Result<Receipt> Layer::ApplyTo(Writer& to, std::span<const Mutation> mutations,
                               const WriteOptions& options) {
  return to.Apply(mutations, options);
}

Result<std::unique_ptr<Reader>> Layer::SnapshotOfChild(const CallOptions& call) {
  return child_->feature<SnapshotSource>()->NewSnapshot(call);
}

Result<std::unique_ptr<Transaction>> Layer::BeginOnChild(const TransactionOptions& options) {
  return child_->feature<TransactionSource>()->Begin(options);
}

Status Layer::CommitOf(Transaction& transaction) { return transaction.Commit(); }

void* Layer::FeatureImpl(FeatureId id) {
  if (id == SnapshotSource::kId) {
    const bool has =
        capabilities_.snapshots != Support::kAbsent && child_->feature<SnapshotSource>() != nullptr;
    return has ? static_cast<SnapshotSource*>(this) : nullptr;
  }
  if (id == TransactionSource::kId) {
    const bool has = capabilities_.transactions != Support::kAbsent &&
                     child_->feature<TransactionSource>() != nullptr;
    return has ? static_cast<TransactionSource*>(this) : nullptr;
  }
  return IsKeyFree(id) ? child_->FindFeature(id) : nullptr;
}

Result<std::unique_ptr<Reader>> Layer::NewSnapshot(const CallOptions& call) {
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Reader> inner, SnapshotOfChild(call));
  return std::make_unique<Layered<Reader>>(*this, std::move(inner));
}

Result<std::unique_ptr<Transaction>> Layer::Begin(const TransactionOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Transaction> inner, BeginOnChild(options));
  return std::make_unique<LayeredTransaction>(*this, std::move(inner));
}

}  // namespace anystore
