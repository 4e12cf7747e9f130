/// The reads and cursors of C's tables for C++: nothing they give back is believed unseen.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "anystore/anystore.h"
#include "anystore/datastore.h"

namespace anystore::abi {

/// The four reads of a table, whose functions are there but for perhaps `get_many`.
///
/// Threads: thread-safe.
class ForeignReads {
 public:
  /// `who` says in errors whose functions these are, and outlives it.
  template <class Table>
  ForeignReads(std::string_view who, const Table& table) noexcept
      : who_(who),
        self_(table.self),
        get_(table.get),
        stat_(table.stat),
        get_many_(table.get_many),
        scan_(table.scan) {}

  /// Ok if all functions are there that must be.
  ///
  /// Errors: internal.
  [[nodiscard]] Status Check(const char* table) const;

  [[nodiscard]] Result<Value> Get(std::string_view key, const ReadOptions& options) const;
  [[nodiscard]] Result<EntryInfo> Stat(std::string_view key, Wanted wanted,
                                       const CallOptions& call) const;
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) const;
  [[nodiscard]] Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range,
                                                     const ScanOptions& options) const;

 private:
  [[nodiscard]] Result<Value> Accept(const anystore_value& value, const Window& window) const;
  [[nodiscard]] Status GetGroup(std::span<const std::string_view> keys,
                                std::span<Result<Value>> out,
                                const anystore_read_options& options) const;

  std::string_view who_;
  void* self_;
  anystore_get_function* get_;
  anystore_stat_function* stat_;
  anystore_get_many_function* get_many_;
  anystore_scan_function* scan_;
};

/// A reader or a store whose reads are those of a table of C's.
template <class Base>
class ImportedReads : public Base {
 public:
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return reads_.Get(key, options);
  }
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override {
    return reads_.Stat(key, wanted, call);
  }
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override {
    reads_.GetMany(keys, out, options);
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return reads_.Scan(range, options);
  }

 protected:
  explicit ImportedReads(const ForeignReads& reads) : reads_(reads) {}

  const ForeignReads reads_;
};

/// `table`, a snapshot of C's, which is closed with the reader. `who` outlives it.
///
/// Errors: internal (a table that is none).
[[nodiscard]] Result<std::unique_ptr<Reader>> ImportReader(std::string_view who,
                                                           const anystore_reader_v1* table);

}  // namespace anystore::abi
