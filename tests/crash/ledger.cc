#include "crash/ledger.h"

#include <algorithm>

namespace anystore::crash {

const Ledger::Record* Ledger::Find(std::string_view key) const {
  const auto found = records_.find(key);
  return found != records_.end() ? &found->second : nullptr;
}

void Ledger::Begin(std::span<const LedgerEntry> entries, bool all_or_nothing) {
  all_or_nothing_ = all_or_nothing;
  for (const LedgerEntry& entry : entries) {
    Record& record = records_[entry.key];
    record.later.push_back(entry.state);
    record.begun.push_back(entry.state);
  }
}

void Ledger::Acknowledge(bool durable) {
  for (auto& [key, record] : records_) {
    if (record.begun.empty()) continue;
    record.current = record.begun.back();
    record.begun.clear();
    if (!durable) continue;
    record.durable = record.current;
    record.later.clear();
  }
}

void Ledger::AcknowledgeSync() {
  for (auto& [key, record] : records_) {
    record.durable = record.current;
    record.later.clear();
  }
}

bool Ledger::Resolve(std::string_view key, State state, bool forgets) {
  const auto found = records_.find(key);
  if (found == records_.end()) return state == kAbsent;
  Record& record = found->second;
  const auto happened = std::ranges::find(record.begun, state);
  const bool begun = happened != record.begun.end();
  const bool allowed = forgets ? Allows(key, state) : begun || state == record.current;
  // What did not happen by now never will.
  const auto missing = begun ? record.begun.end() - happened - 1 : std::ssize(record.begun);
  record.later.erase(record.later.end() - missing, record.later.end());
  record.begun.clear();
  record.current = state;
  return allowed;
}

bool Ledger::Allows(std::string_view key, State state) const {
  const Record* const record = Find(key);
  if (record == nullptr) return state == kAbsent;
  return state == record->durable || std::ranges::find(record->later, state) != record->later.end();
}

std::optional<std::pair<std::string, std::string>> Ledger::FindTorn(const IsIn& is_in) const {
  if (!all_or_nothing_) return std::nullopt;
  const std::string* changed = nullptr;
  const std::string* unchanged = nullptr;
  for (const auto& [key, record] : records_) {
    if (record.begun.empty()) continue;
    const bool is_new = is_in(key, record.begun.back());
    const std::vector<State> before(record.later.begin(),
                                    record.later.end() - std::ssize(record.begun));
    const bool is_old = is_in(key, record.durable) ||
                        std::ranges::any_of(before, [&](State state) { return is_in(key, state); });
    // A state that only lies between is neither.
    if (!is_old) changed = &key;
    if (!is_new) unchanged = &key;
  }
  if (changed == nullptr || unchanged == nullptr) return std::nullopt;
  return std::pair(*changed, *unchanged);
}

std::vector<State> Ledger::Allowed(std::string_view key) const {
  const Record* const record = Find(key);
  if (record == nullptr) return {kAbsent};
  std::vector<State> states = {record->durable};
  states.insert(states.end(), record->later.begin(), record->later.end());
  return states;
}

State Ledger::Durable(std::string_view key) const {
  const Record* const record = Find(key);
  return record != nullptr ? record->durable : kAbsent;
}

State Ledger::Current(std::string_view key) const {
  const Record* const record = Find(key);
  return record != nullptr ? record->current : kAbsent;
}

}  // namespace anystore::crash
