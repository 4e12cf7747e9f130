/// LevelDB's options, made from ours, with the objects they point to.
#pragma once

#include <leveldb/cache.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>
#include <leveldb/options.h>

#include <memory>

#include "anystore/config.h"
#include "anystore/environment.h"
#include "backends/leveldb/log_files.h"

namespace anystore::leveldb {

/// The fields that the backend understands.
[[nodiscard]] const ConfigSpec& Spec();

/// Threads: thread-compatible.
struct Engine {
  /// The options that `config`, held against `Spec()`, asks for. What LevelDB tells of its work
  /// goes to the logger of `environment`. `base_files` is where it keeps the
  /// database.
  Engine(const CheckedConfig& config, const Environment& environment,
         ::leveldb::Env* base_files = ::leveldb::Env::Default());

  /// All of these outlive the database.
  std::unique_ptr<LogFiles> files;
  std::unique_ptr<::leveldb::Logger> logger;
  std::unique_ptr<::leveldb::Cache> cache;
  std::unique_ptr<const ::leveldb::FilterPolicy> filter;
  ::leveldb::Options options;
};

}  // namespace anystore::leveldb
