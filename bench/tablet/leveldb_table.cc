#include "tablet/leveldb_table.h"

#include <leveldb/cache.h>
#include <leveldb/comparator.h>
#include <leveldb/env.h>
#include <leveldb/iterator.h>
#include <leveldb/options.h>
#include <leveldb/table.h>
#include <leveldb/table_builder.h>

#include <cstdio>
#include <cstdlib>

#include "harness.h"

namespace leveldb {

// Of table/merger.h, which LevelDB does not install.
Iterator* NewMergingIterator(const Comparator* comparator, Iterator** children, int n);

}  // namespace leveldb

namespace anystore::bench {
namespace {

void Require(const leveldb::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "leveldb: %s\n", status.ToString().c_str());
  std::abort();
}

leveldb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ToView(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

/// As LevelDB's own file: a buffer of 64 KiB that goes nowhere when it is full.
class Nowhere final : public leveldb::WritableFile {
 public:
  leveldb::Status Append(const leveldb::Slice& data) override {
    for (std::string_view rest = ToView(data); !rest.empty();) {
      const std::size_t count = rest.copy(buffer_.data() + size_, buffer_.size() - size_);
      rest.remove_prefix(count);
      size_ = (size_ + count) % buffer_.size();
      Keep(buffer_[0]);
    }
    return leveldb::Status::OK();
  }
  leveldb::Status Close() override { return leveldb::Status::OK(); }
  leveldb::Status Flush() override { return leveldb::Status::OK(); }
  leveldb::Status Sync() override { return leveldb::Status::OK(); }

 private:
  std::string buffer_ = std::string(65536, '\0');
  std::size_t size_ = 0;
};

std::uint64_t Fill(leveldb::TableBuilder& builder, std::span<const FixedKey> keys,
                   std::size_t first, std::size_t step, const ValuePool& values) {
  for (std::size_t i = first; i < keys.size(); i += step)
    builder.Add(ToSlice(ViewOf(keys[i])), ToSlice(values.Value(i)));
  Require(builder.Finish());
  return builder.NumEntries();
}

leveldb::Options TableOptions(bool snappy) {
  leveldb::Options options;
  options.compression = snappy ? leveldb::kSnappyCompression : leveldb::kNoCompression;
  return options;
}

}  // namespace

std::uint64_t EncodeLeveldbTable(std::span<const FixedKey> keys, const ValuePool& values,
                                 bool snappy) {
  Nowhere nowhere;
  leveldb::TableBuilder builder(TableOptions(snappy), &nowhere);
  return Fill(builder, keys, 0, 1, values);
}

std::uint64_t BuildLeveldbTable(const std::filesystem::path& file, std::span<const FixedKey> keys,
                                std::size_t first, std::size_t step, const ValuePool& values,
                                bool snappy) {
  const leveldb::Options options = TableOptions(snappy);
  leveldb::WritableFile* opened = nullptr;
  Require(options.env->NewWritableFile(file.string(), &opened));
  const std::unique_ptr<leveldb::WritableFile> out(opened);
  leveldb::TableBuilder builder(options, opened);
  const std::uint64_t entries = Fill(builder, keys, first, step, values);
  Require(out->Sync());
  Require(out->Close());
  return entries;
}

struct LeveldbTables::Handles {
  leveldb::Options options;
  std::unique_ptr<leveldb::Cache> cache;
  std::vector<std::unique_ptr<leveldb::RandomAccessFile>> files;
  std::vector<std::unique_ptr<leveldb::Table>> tables;

  [[nodiscard]] std::unique_ptr<leveldb::Iterator> NewIterator() const {
    std::vector<leveldb::Iterator*> children;
    for (const auto& table : tables) children.push_back(table->NewIterator(leveldb::ReadOptions()));
    return std::unique_ptr<leveldb::Iterator>(leveldb::NewMergingIterator(
        options.comparator, children.data(), static_cast<int>(children.size())));
  }
};

LeveldbTables::LeveldbTables(std::span<const std::filesystem::path> files)
    : leveldb_(std::make_unique<Handles>()) {
  leveldb_->cache.reset(leveldb::NewLRUCache(std::size_t{8} << 30U));
  leveldb_->options.block_cache = leveldb_->cache.get();
  for (const std::filesystem::path& path : files) {
    leveldb::RandomAccessFile* file = nullptr;
    Require(leveldb_->options.env->NewRandomAccessFile(path.string(), &file));
    leveldb_->files.emplace_back(file);
    leveldb::Table* table = nullptr;
    Require(
        leveldb::Table::Open(leveldb_->options, file, std::filesystem::file_size(path), &table));
    leveldb_->tables.emplace_back(table);
  }
}

LeveldbTables::~LeveldbTables() = default;

std::uint64_t LeveldbTables::ScanAll() {
  const auto at = leveldb_->NewIterator();
  std::uint64_t count = 0;
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    Keep(Touch(ToView(at->value())) + at->key().size());
    ++count;
  }
  Require(at->status());
  return count;
}

std::uint64_t LeveldbTables::Range(std::string_view key, std::size_t count) {
  const auto at = leveldb_->NewIterator();
  std::uint64_t seen = 0;
  for (at->Seek(ToSlice(key)); at->Valid() && seen < count; at->Next()) {
    Keep(Touch(ToView(at->value())) + at->key().size());
    ++seen;
  }
  return seen;
}

}  // namespace anystore::bench
