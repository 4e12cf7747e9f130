#include "torture/model.h"

#include <algorithm>
#include <utility>

#include "anystore/query.h"

namespace anystore::conformance::torture {
namespace {

Answer Coded(Code code) { return {.code = code}; }
Answer Nothing() { return {.nothing = true}; }

std::string Cut(const std::string& value, const Window& window) {
  return window.offset >= value.size() ? "" : value.substr(window.offset, window.length);
}

}  // namespace

Answer Model::Do(const Operation& operation) {
  if (operation.old && !snapshot_.has_value()) return Nothing();
  const Records& records = operation.old ? *snapshot_ : records_;
  const bool goes_on = rules_.cursors_stay() || (cursor_.has_value() && cursor_->of_snapshot);
  if (Writes(operation.verb) && !goes_on) cursor_.reset();
  switch (operation.verb) {
    case Verb::kSync:
      return {};
    case Verb::kReopen:
      LetGo();
      return {};
    case Verb::kPass:
      LetGo();
      if (rules_.time_passes) now_ += std::chrono::seconds(operation.number);
      return {};
    case Verb::kSnapshot:
      LetGo();
      snapshot_ = records_;
      return {};
    case Verb::kRelease:
      LetGo();
      return {};
    case Verb::kCursor:
      return OpenCursor(operation, records);
    case Verb::kNext:
      return Next(operation.number);
    case Verb::kSeek:
      return Seek(operation.keys.front());
    case Verb::kGetMany:
      return GetMany(operation, records);
    case Verb::kQuery:
      return List(operation.listing, records);
    default:
      return Writes(operation.verb) ? Write(operation) : Read(operation, records);
  }
}

void Model::LetGo() {
  cursor_.reset();
  snapshot_.reset();
}

const Model::Record* Model::Find(const Records& records, std::string_view key) const {
  const auto found = records.find(key);
  return found != records.end() && Live(found->second) ? &found->second : nullptr;
}

bool Model::Holds(const Change& change, const Records& records) const {
  switch (change.demand) {
    case Demand::kNothing:
      return true;
    case Demand::kAbsent:
      return Find(records, change.key) == nullptr;
    case Demand::kPresent:
    case Demand::kCurrent:
      return Find(records, change.key) != nullptr;
    case Demand::kStale:
      return false;
  }
  return false;
}

void Model::Apply(const Change& change, Records& records) const {
  std::optional<Duration> expires;
  if (change.in_seconds.has_value()) expires = now_ + std::chrono::seconds(*change.in_seconds);
  switch (change.kind) {
    case Change::Kind::kPut:
      records.insert_or_assign(change.key,
                               Record{.value = change.value.Make(), .expires = expires});
      break;
    case Change::Kind::kDelete:
      records.erase(change.key);
      break;
    case Change::Kind::kDeleteRange: {
      const KeyRange range(change.key, change.to);
      std::erase_if(records, [&](const auto& record) { return range.Contains(record.first); });
      break;
    }
    case Change::Kind::kExpire:
      records.find(change.key)->second.expires = expires;
      break;
  }
}

Answer Model::Write(const Operation& operation) {
  if (operation.verb == Verb::kBatch && operation.end != BatchEnd::kCommitted) return {};
  if (rules_.can.access == Access::kReadOnly) return Coded(Code::kReadOnly);
  if (operation.verb == Verb::kExpire && Find(records_, operation.changes.front().key) == nullptr) {
    return Coded(Code::kNotFound);
  }
  if (operation.changes.size() == 1 || operation.verb == Verb::kBatch) {
    if (!operation.changes.empty() && !Holds(operation.changes.front(), records_)) {
      return Coded(Code::kPreconditionFailed);
    }
    for (const Change& change : operation.changes) Apply(change, records_);
  } else {
    Records after = records_;
    for (const Change& change : operation.changes) {
      if (!Holds(change, after)) return Coded(Code::kPreconditionFailed);
      Apply(change, after);
    }
    records_ = std::move(after);
  }
  Answer answer;
  if (operation.verb == Verb::kApply) answer.number = operation.changes.size();
  return answer;
}

Answer Model::Read(const Operation& operation, const Records& records) const {
  const Record* const record = Find(records, operation.keys.front());
  if (operation.verb == Verb::kHas) return {.holds = record != nullptr};
  if (record == nullptr) return Coded(Code::kNotFound);
  if (operation.verb == Verb::kSize) return {.number = record->value.size()};
  Item item;
  if (operation.verb == Verb::kGet) {
    item.value = Cut(record->value, operation.window);
  } else {
    item.key = operation.keys.front();
    item.size = record->value.size();
    item.expires = record->expires;
  }
  return {.items = std::vector<Item>{std::move(item)}};
}

Answer Model::GetMany(const Operation& operation, const Records& records) const {
  std::vector<Item> items;
  for (const std::string& key : operation.keys) {
    const Record* const record = Find(records, key);
    Item item{.code = record == nullptr ? Code::kNotFound : Code::kOk, .key = key};
    if (record != nullptr) item.value = Cut(record->value, operation.window);
    items.push_back(std::move(item));
  }
  return {.items = std::move(items)};
}

Answer Model::List(const Listing& listing, const Records& records) const {
  std::vector<Entry> entries;
  for (const auto& [key, record] : records) {
    if (!Live(record)) continue;
    EntryInfo info{.size = record.value.size()};
    if (record.expires.has_value()) info.expires_at = Instant(*record.expires);
    entries.push_back({.key = key, .value = Value::Copy(record.value), .info = info});
  }
  const Query query = MakeQuery(listing, rules_);
  Result<std::vector<Entry>> listed = Evaluate(query, std::move(entries));
  if (!listed.has_value()) return Coded(listed.error().code());
  std::vector<Item> items;
  for (const Entry& entry : *listed) {
    Item item{.key = entry.key};
    if (!query.keys_only) item.value = std::string(entry.value.bytes());
    if (query.return_sizes) item.size = entry.info.size;
    if (query.return_expirations && entry.info.expires_at.has_value()) {
      item.expires = entry.info.expires_at->time_since_epoch();
    }
    items.push_back(std::move(item));
  }
  return {.items = std::move(items)};
}

Answer Model::OpenCursor(const Operation& operation, const Records& records) {
  cursor_.reset();
  if (!rules_.ordered()) return Nothing();
  const Listing& listing = operation.listing;
  const KeyRange range = listing.Range();
  Cursor cursor{.of_snapshot = operation.old, .reverse = listing.reverse};
  for (const auto& [key, record] : records) {
    if (!range.Contains(key) || !Live(record)) continue;
    Item item{.key = key};
    if (!listing.keys_only) item.value = record.value;
    if (listing.sizes || !listing.keys_only) item.size = record.value.size();
    cursor.items.push_back(std::move(item));
  }
  if (listing.reverse) std::ranges::reverse(cursor.items);
  cursor_ = std::move(cursor);
  return {};
}

Answer Model::Next(std::uint64_t count) {
  if (!cursor_.has_value()) return Nothing();
  const auto& items = cursor_->items;
  const std::size_t end = cursor_->at + std::min<std::size_t>(count, items.size() - cursor_->at);
  std::vector<Item> next(items.begin() + static_cast<std::ptrdiff_t>(cursor_->at),
                         items.begin() + static_cast<std::ptrdiff_t>(end));
  cursor_->at = end;
  return {.items = std::move(next)};
}

Answer Model::Seek(std::string_view key) {
  if (!cursor_.has_value()) return Nothing();
  const auto& items = cursor_->items;
  const auto at = std::ranges::find_if(items, [&](const Item& item) {
    return cursor_->reverse ? item.key <= key : item.key >= key;
  });
  cursor_->at = static_cast<std::size_t>(at - items.begin());
  return {};
}

}  // namespace anystore::conformance::torture
