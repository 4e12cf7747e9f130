#include "torture/subject.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "anystore/results.h"

namespace anystore::conformance::torture {
namespace {

Answer Nothing() { return {.nothing = true}; }

Answer Failed(const Error& error) { return {.code = error.code(), .message = error.ToString()}; }

template <class T>
Answer Coded(const Result<T>& result) {
  return result.has_value() ? Answer{} : Failed(result.error());
}

// Beyond what the store claims, nothing is asked.
WriteOptions OptionsOf(const Operation& operation, const Capabilities& can) {
  WriteOptions options;
  if (operation.durability <= can.durability_max) options.durability = operation.durability;
  options.all_or_nothing =
      operation.all_or_nothing && can.batch_atomicity >= Atomicity::kWhenReopened;
  return options;
}

}  // namespace

Subject::Subject(const Target& target, const Rules& rules, Store store)
    : target_(&target), rules_(&rules), start_(Now()), store_(std::move(store)) {}

Result<Subject> Subject::Open(const Target& target, const Rules& rules) {
  ANYSTORE_ASSIGN_OR_RETURN(Store store, target.open());
  return Subject(target, rules, std::move(store));
}

Instant Subject::Now() const {
  return target_->clock != nullptr ? target_->clock->Now() : Environment::Host().clock->Now();
}

Status Subject::Close() {
  LetGo();
  batch_.reset();
  return store_->Close();
}

void Subject::LetGo() {
  cursor_.reset();
  snapshot_.reset();
}

Answer Subject::Do(const Operation& operation) {
  try {
    return DoUnguarded(operation);
  } catch (const std::exception& exception) {
    return {.code = Code::kInternal, .message = std::string("exception: ") + exception.what()};
  }
}

Answer Subject::DoUnguarded(const Operation& operation) {
  if (operation.old && !snapshot_.has_value()) return Nothing();
  const ReadHandle& from = operation.old ? static_cast<const ReadHandle&>(*snapshot_)
                                         : static_cast<ReadHandle&>(*store_);
  const bool goes_on = rules_->cursors_stay() || (cursor_.has_value() && cursor_->of_snapshot);
  if (Writes(operation.verb) && !goes_on) cursor_.reset();
  switch (operation.verb) {
    case Verb::kSync:
      return Coded(store_->Sync(operation.listing.Range()));
    case Verb::kReopen:
      return Reopen();
    case Verb::kPass:
      return Pass(operation.number);
    case Verb::kSnapshot:
      return TakeSnapshot();
    case Verb::kRelease:
      LetGo();
      return {};
    case Verb::kCursor:
      return OpenCursor(operation, from);
    case Verb::kNext:
      return Next(operation.number);
    case Verb::kSeek:
      return Seek(operation.keys.front());
    case Verb::kGetMany:
      return GetMany(operation, from);
    case Verb::kQuery:
      return List(operation.listing, from);
    default:
      return Writes(operation.verb) ? Write(operation) : Read(operation, from);
  }
}

Answer Subject::Pass(std::uint64_t seconds) {
  LetGo();
  if (rules_->time_passes) target_->clock->Advance(std::chrono::seconds(seconds));
  return {};
}

Answer Subject::Reopen() {
  LetGo();
  batch_.reset();
  if (!target_->reopen) return {};
  if (const Status closed = store_->Close(); !closed.has_value()) return Coded(closed);
  Result<Store> store = target_->reopen();
  if (!store.has_value()) return Coded(store);
  *store_ = *std::move(store);
  return {};
}

Answer Subject::TakeSnapshot() {
  LetGo();
  Result<Snapshot> snapshot = store_->NewSnapshot();
  if (!snapshot.has_value()) return Coded(snapshot);
  snapshot_.emplace(*std::move(snapshot));
  return {};
}

Condition Subject::ConditionOf(const Change& change) const {
  switch (change.demand) {
    case Demand::kNothing:
      break;
    case Demand::kAbsent:
      return Condition::IfAbsent();
    case Demand::kPresent:
      return Condition::IfPresent();
    case Demand::kCurrent: {
      const Result<EntryInfo> info = store_->Stat(change.key, Wanted::kVersion);
      return Condition::IfVersion(info.has_value() ? info->version.value_or(Version()) : Version());
    }
    case Demand::kStale:
      return Condition::IfVersion(Version());
  }
  return {};
}

std::optional<Instant> Subject::MomentOf(const Change& change) const {
  if (!change.in_seconds.has_value()) return std::nullopt;
  return Now() + std::chrono::seconds(*change.in_seconds);
}

std::optional<Duration> Subject::SinceStart(const std::optional<Instant>& moment) const {
  if (!moment.has_value()) return std::nullopt;
  return *moment - start_;
}

Answer Subject::Write(const Operation& operation) {
  const WriteOptions options = OptionsOf(operation, rules_->can);
  if (operation.verb == Verb::kBatch) return Batch(operation, options);
  if (operation.verb == Verb::kApply) return Apply(operation, options);
  return WriteOne(operation, options);
}

Answer Subject::WriteOne(const Operation& operation, const WriteOptions& options) {
  const Change& change = operation.changes.front();
  switch (change.kind) {
    case Change::Kind::kPut:
      return Coded(store_->Put(
          change.key, change.value.Make(),
          {.write = options, .condition = ConditionOf(change), .expires_at = MomentOf(change)}));
    case Change::Kind::kDelete:
      return Coded(
          store_->Delete(change.key, {.write = options, .condition = ConditionOf(change)}));
    case Change::Kind::kDeleteRange:
      return Coded(store_->DeleteRange(KeyRange(change.key, change.to), options));
    case Change::Kind::kExpire:
      return Coded(store_->SetExpiry(change.key, MomentOf(change), options));
  }
  return Nothing();
}

Answer Subject::Apply(const Operation& operation, const WriteOptions& options) {
  constexpr std::array kKinds = {Mutation::Kind::kPut, Mutation::Kind::kDelete,
                                 Mutation::Kind::kDeleteRange, Mutation::Kind::kSetExpiry};
  std::vector<std::string> values;
  for (const Change& change : operation.changes) values.push_back(change.value.Make());
  std::vector<Mutation> mutations;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Change& change = operation.changes[i];
    Mutation mutation{.kind = kKinds[static_cast<std::size_t>(change.kind)],
                      .key = change.key,
                      .value = values[i],
                      .condition = ConditionOf(change),
                      .expires_at = MomentOf(change)};
    if (change.to.has_value()) mutation.range_to = *change.to;
    mutations.push_back(mutation);
  }
  const Result<Receipt> receipt = store_->Apply(mutations, options);
  Answer answer = Coded(receipt);
  if (receipt.has_value()) answer.number = receipt->applied;
  return answer;
}

// One batch is used again and again, as long as it is committed or discarded.
Answer Subject::Batch(const Operation& operation, const WriteOptions& options) {
  if (batch_ == nullptr) {
    auto batch = store_->NewBatch();
    if (!batch.has_value()) return Coded(batch);
    batch_ = *std::move(batch);
  }
  for (const Change& change : operation.changes) {
    const Status added = change.kind == Change::Kind::kPut
                             ? batch_->Put(change.key, change.value.Make())
                             : batch_->Delete(change.key);
    if (added.has_value()) continue;
    batch_.reset();
    return Coded(added);
  }
  if (operation.end == BatchEnd::kDropped) {
    batch_.reset();
    return {};
  }
  if (operation.end == BatchEnd::kDiscarded) batch_->Discard();
  const Result<Receipt> receipt = batch_->Commit(options);
  if (!receipt.has_value()) batch_.reset();
  return Coded(receipt);
}

Answer Subject::Read(const Operation& operation, const ReadHandle& from) const {
  const std::string& key = operation.keys.front();
  switch (operation.verb) {
    case Verb::kHas: {
      const Result<bool> has = from.Has(key);
      Answer answer = Coded(has);
      if (has.has_value()) answer.holds = *has;
      return answer;
    }
    case Verb::kSize: {
      const Result<std::uint64_t> size = from.GetSize(key);
      Answer answer = Coded(size);
      if (size.has_value()) answer.number = *size;
      return answer;
    }
    case Verb::kStat:
      return Stat(key, from);
    default:
      break;
  }
  const Result<Value> value = from.Get(key, {.window = operation.window});
  if (!value.has_value()) return Coded(value);
  return {.items = std::vector<Item>{{.value = std::string(value->bytes())}}};
}

Answer Subject::Stat(const std::string& key, const ReadHandle& from) const {
  const Wanted expiry = rules_->expiry() ? Wanted::kExpiry : Wanted::kExistence;
  const Result<EntryInfo> info = from.Stat(key, Wanted::kSize | expiry);
  if (!info.has_value()) return Coded(info);
  Item item{.key = key, .size = info->size};
  if (rules_->expiry()) item.expires = SinceStart(info->expires_at);
  return {.items = std::vector<Item>{std::move(item)}};
}

Answer Subject::GetMany(const Operation& operation, const ReadHandle& from) const {
  const std::vector<std::string_view> keys(operation.keys.begin(), operation.keys.end());
  std::vector<Result<Value>> out(keys.size());
  const Status status = from.GetMany(keys, out, {.window = operation.window});
  if (!status.has_value()) return Coded(status);
  Answer answer{.items = std::vector<Item>()};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Item item{.key = operation.keys[i]};
    if (out[i].has_value()) {
      item.value = std::string(out[i]->bytes());
    } else {
      item.code = out[i].error().code();
      if (item.code != Code::kNotFound) answer.message = out[i].error().ToString();
    }
    answer.items->push_back(std::move(item));
  }
  return answer;
}

Answer Subject::List(const Listing& listing, const ReadHandle& from) const {
  const Query query = MakeQuery(listing, *rules_);
  Result<Results> results = from.Query(query);
  if (!results.has_value()) return Coded(results);
  std::vector<Item> items;
  for (const EntryView& entry : *results) {
    Item item{.key = std::string(entry.key)};
    // A value that nobody asked for must not come.
    if (!query.keys_only || !entry.value.empty()) item.value = std::string(entry.value);
    if (query.return_sizes) item.size = entry.info.size;
    if (query.return_expirations) item.expires = SinceStart(entry.info.expires_at);
    items.push_back(std::move(item));
  }
  if (const Status status = results->status(); !status.has_value()) return Coded(status);
  // As the model lists them; twice the same stays twice the same.
  if (!InOrder(listing, *rules_)) std::ranges::sort(items, {}, &Item::key);
  return {.items = std::move(items)};
}

Answer Subject::OpenCursor(const Operation& operation, const ReadHandle& from) {
  cursor_.reset();
  if (!rules_->ordered()) return Nothing();
  const Listing& listing = operation.listing;
  auto cursor =
      from.Scan(listing.Range(), {.reverse = listing.reverse,
                                  .values = !listing.keys_only,
                                  .wanted = listing.sizes ? Wanted::kSize : Wanted::kExistence});
  if (!cursor.has_value()) return Coded(cursor);
  cursor_ = OpenCursorState{
      .cursor = *std::move(cursor), .listing = listing, .of_snapshot = operation.old};
  return {};
}

Answer Subject::Next(std::uint64_t count) {
  if (!cursor_.has_value()) return Nothing();
  const Listing& listing = cursor_->listing;
  std::array<EntryView, 16> views;
  std::vector<Item> items;
  while (items.size() < count) {
    const std::size_t wanted = std::min<std::size_t>(views.size(), count - items.size());
    const Result<std::size_t> got = cursor_->cursor->Next(std::span(views).first(wanted));
    if (!got.has_value()) return Coded(got);
    if (*got == 0) break;
    for (const EntryView& view : std::span(views).first(std::min(*got, wanted))) {
      Item item{.key = std::string(view.key)};
      if (!listing.keys_only || !view.value.empty()) item.value = std::string(view.value);
      if (listing.sizes || !listing.keys_only) item.size = view.info.size;
      items.push_back(std::move(item));
    }
  }
  return {.items = std::move(items)};
}

Answer Subject::Seek(const std::string& key) {
  return cursor_.has_value() ? Coded(cursor_->cursor->Seek(key)) : Nothing();
}

}  // namespace anystore::conformance::torture
