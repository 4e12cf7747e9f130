/// `Model`: what every store should answer, by a map and the plainest means.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "torture/answer.h"
#include "torture/operation.h"
#include "torture/rules.h"

namespace anystore::conformance::torture {

/// Threads: thread-compatible.
class Model {
 public:
  explicit Model(const Rules& rules) : rules_(rules) {}

  [[nodiscard]] Answer Do(const Operation& operation);

 private:
  struct Record {
    std::string value = {};
    std::optional<Duration> expires = {};
  };
  using Records = std::map<std::string, Record, std::less<>>;

  [[nodiscard]] Answer Write(const Operation& operation);
  [[nodiscard]] Answer Read(const Operation& operation, const Records& records) const;
  [[nodiscard]] Answer GetMany(const Operation& operation, const Records& records) const;
  [[nodiscard]] Answer List(const Listing& listing, const Records& records) const;
  [[nodiscard]] Answer OpenCursor(const Operation& operation, const Records& records);
  [[nodiscard]] Answer Next(std::uint64_t count);
  [[nodiscard]] Answer Seek(std::string_view key);
  void LetGo();
  void Apply(const Change& change, Records& records) const;
  [[nodiscard]] bool Holds(const Change& change, const Records& records) const;
  [[nodiscard]] const Record* Find(const Records& records, std::string_view key) const;
  [[nodiscard]] bool Live(const Record& record) const {
    return !record.expires.has_value() || *record.expires > now_;
  }
  [[nodiscard]] std::vector<Item> Items(const Listing& listing, const Records& records) const;

  const Rules& rules_;
  Duration now_ = {};
  Records records_ = {};
  std::optional<Records> snapshot_ = {};
  struct Cursor {
    bool of_snapshot = false;
    bool reverse = false;
    std::vector<Item> items = {};
    std::size_t at = 0;
  };
  std::optional<Cursor> cursor_ = {};
};

}  // namespace anystore::conformance::torture
