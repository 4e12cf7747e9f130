/// `Generator`: an endless stream of operations that follows from its rules and seed alone, never
/// from what stores answer.
#pragma once

#include <cstdint>
#include <string>

#include "anystore/environment.h"
#include "torture/operation.h"
#include "torture/rules.h"

namespace anystore::conformance::torture {

/// Threads: thread-compatible.
class Generator {
 public:
  /// `rules` outlives the generator and has keys.
  Generator(const Rules& rules, std::uint64_t seed) : rules_(rules), random_(seed) {}

  [[nodiscard]] Operation Next();

 private:
  struct Choice;

  [[nodiscard]] Operation Draw();
  [[nodiscard]] bool OneIn(std::uint64_t n) { return random_.Below(n) == 0; }
  [[nodiscard]] const std::string& Key();
  [[nodiscard]] const std::string& AnyKey();
  [[nodiscard]] std::string Bound();
  [[nodiscard]] Bytes NewValue();
  [[nodiscard]] Demand DrawDemand(bool among_others);
  [[nodiscard]] Durability DrawDurability();
  [[nodiscard]] Window DrawWindow();
  [[nodiscard]] Change DrawPut(bool among_others);
  [[nodiscard]] Change DrawDelete(bool among_others);
  [[nodiscard]] Change DrawDeleteRange();
  void DrawBounds(std::string& from, std::optional<std::string>& to);
  [[nodiscard]] std::string DrawFilter();
  void DrawOrder(Listing& listing);

  void Put(Operation& operation);
  void Delete(Operation& operation);
  void Expire(Operation& operation);
  void Apply(Operation& operation);
  void Batch(Operation& operation);
  void DeleteRange(Operation& operation);
  void Sync(Operation& operation);
  void Pass(Operation& operation);
  void ReadOne(Operation& operation);
  void Get(Operation& operation);
  void GetMany(Operation& operation);
  void Query(Operation& operation);
  void Cursor(Operation& operation);
  void NextEntries(Operation& operation);
  void Seek(Operation& operation);
  void Nothing(Operation&) {}

  const Rules& rules_;
  SeededRandom random_;
  bool snapshot_ = false;          // whether reads of one make sense
  std::uint64_t cursor_uses_ = 0;  // so many operations on the new cursor come next
};

}  // namespace anystore::conformance::torture
