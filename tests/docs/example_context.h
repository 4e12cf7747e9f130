/// What the examples in the public headers may use without declaring it.
#pragma once

#undef NDEBUG  // the examples state what they show with assert
#include <gtest/gtest.h>

#include <array>
#include <cassert>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/conformance.h"
#include "anystore/features.h"
#include "anystore/file_batch.h"
#include "anystore/key.h"
#include "anystore/layer.h"
#include "anystore/open.h"
#include "anystore/plugin.h"
#include "anystore/simple_datastore.h"
#include "anystore/simulated_disk.h"
#include "anystore/store.h"
#include "anystore/tablet/check.h"
#include "anystore/tablet/log.h"
#include "anystore/tablet/reader.h"
#include "anystore/tablet/stack.h"
#include "anystore/tablet/stream.h"
#include "anystore/tablet/writer.h"
#include "anystore/torture.h"
#include "scratch_directory.h"

/// A kind of store under a scheme of its own, made of the memory backend's parts.
class MineBackend final : public anystore::Backend {
 public:
  std::string_view scheme() const override { return "mine"; }
  std::string_view description() const override { return "an example"; }
  const anystore::ConfigSpec* config_spec() const override { return &spec_; }
  anystore::Result<anystore::Config> DefaultConfig(const anystore::Config& given) const override {
    return anystore::FillDefaults(given, *config_spec());
  }
  anystore::IndexKind PreferredIndex(const anystore::CheckedConfig& /*config*/) const override {
    return anystore::IndexKind::kSortedSet;
  }
  anystore::Status Ready(anystore::Datastore& /*store*/,
                         const anystore::CallOptions& /*call*/) override {
    return anystore::Ok();
  }
  anystore::Capabilities capabilities() const override { return Memory().capabilities(); }
  anystore::Status Create(const anystore::CheckedConfig&, const anystore::Environment&) override {
    return anystore::Ok();
  }
  anystore::Result<std::unique_ptr<anystore::Datastore>> Open(
      const anystore::CheckedConfig& config, const anystore::Environment& environment) override {
    return Memory().Open(config, environment);
  }
  anystore::Result<bool> Exists(const anystore::CheckedConfig&,
                                const anystore::Environment&) override {
    return true;
  }
  anystore::Status Destroy(const anystore::CheckedConfig&, const anystore::Environment&) override {
    return anystore::Ok();
  }

 private:
  static anystore::Backend& Memory() { return **anystore::Registry::Global().Find("memory"); }
  const anystore::ConfigSpec spec_{.path_help = "anything"};
};

/// An empty directory of its own, the current one as long as this lives: tests run beside each
/// other.
class ExampleDirectory {
 public:
  ExampleDirectory() { std::filesystem::current_path(scratch_.path()); }
  ExampleDirectory(const ExampleDirectory&) = delete;
  ExampleDirectory& operator=(const ExampleDirectory&) = delete;
  ~ExampleDirectory() { std::filesystem::current_path(before_); }

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
  const anystore::testing::ScratchDirectory scratch_;
};

/// An open store with a few records, a cursor on it, and a place of its own for files, where a
/// tablet is.
struct ExampleContext {
  ExampleContext() {
    EXPECT_TRUE(store.Put("/users/ada", "1815").has_value());
    EXPECT_TRUE(store.Put("/users/grace", "1906").has_value());
    auto writer = anystore::tablet::TabletWriter::Create(files, "users.tab");
    EXPECT_TRUE(writer->Add("user:ada", "Lovelace").has_value());
    EXPECT_TRUE(writer->Add("user:grace", "Hopper").has_value());
    EXPECT_TRUE(writer->Finish().has_value());
  }

  static void Print(std::string_view key, std::string_view value) {
    EXPECT_FALSE(key.empty() || value.empty());
  }

  const ExampleDirectory directory;
  std::unique_ptr<anystore::Directory> files_owner = *anystore::HostFileSystem().OpenDirectory(".");
  anystore::Directory& files = *files_owner;
  anystore::Store store = *anystore::Open("memory:");
  std::unique_ptr<anystore::Cursor> cursor_owner = *store.Scan({});
  anystore::Cursor& cursor = *cursor_owner;
  std::size_t total = 0;
  std::unique_ptr<anystore::Backend> my_backend = std::make_unique<MineBackend>();
};
