/// A store that fails as a test says: memory, with a function of the test in front of each call.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/features.h"
#include "anystore/layer.h"
#include "backends/memory/memory.h"

namespace anystore::testing {

/// What the store and its test share; outlives the store.
///
/// Threads: thread-safe, once the functions are set.
class Script {
 public:
  /// Called before each call with its verb; the error it gives is what the call ends with.
  std::function<std::optional<Error>(std::string_view verb, const CallOptions& call)> before = {};
  /// Called with the verb after each call that worked; the error it gives is put in its place.
  std::function<std::optional<Error>(std::string_view verb)> after = {};

  /// The next calls of `verb`, so many, end with this error.
  void Fail(std::string verb, int times, const Error& error) {
    failures_.push_back({std::move(verb), times, error.Clone()});
  }
  /// The verbs of all calls, in their order.
  [[nodiscard]] std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  /// How often a verb was called.
  [[nodiscard]] std::size_t count(std::string_view verb) const {
    std::size_t count = 0;
    for (const std::string& call : calls()) count += call == verb ? 1 : 0;
    return count;
  }

  Status Enter(std::string_view verb, const CallOptions& call) {
    {
      const std::lock_guard lock(mutex_);
      calls_.emplace_back(verb);
      for (Failure& failure : failures_) {
        if (failure.verb != verb || failure.times == 0) continue;
        --failure.times;
        return failure.error.Clone();
      }
    }
    if (!before) return Ok();
    std::optional<Error> error = before(verb, call);
    return error.has_value() ? Status(*std::move(error)) : Ok();
  }
  template <class T>
  Result<T> Leave(std::string_view verb, Result<T> result) {
    if (!after || !result.has_value()) return result;
    std::optional<Error> error = after(verb);
    return error.has_value() ? Result<T>(*std::move(error)) : std::move(result);
  }

 private:
  struct Failure {
    std::string verb;
    int times;
    Error error;
  };

  mutable std::mutex mutex_;
  std::vector<Failure> failures_;
  std::vector<std::string> calls_;
};

class ScriptedCursor final : public Cursor {
 public:
  ScriptedCursor(Script& script, std::unique_ptr<Cursor> inner, CallOptions call)
      : script_(script), inner_(std::move(inner)), call_(std::move(call)) {}
  Result<std::size_t> Next(std::span<EntryView> out) override {
    ANYSTORE_TRY(script_.Enter("next", call_));
    return script_.Leave("next", inner_->Next(out));
  }
  Status Seek(std::string_view key) override {
    ANYSTORE_TRY(script_.Enter("seek", call_));
    return inner_->Seek(key);
  }

 private:
  Script& script_;
  const std::unique_ptr<Cursor> inner_;
  const CallOptions call_;
};

class ScriptedLayer final : public Layer {
 public:
  ScriptedLayer(Script& script, const Environment& environment)
      : ScriptedLayer(script, memory::NewMemoryStore(environment)) {}
  ScriptedLayer(Script& script, std::unique_ptr<Datastore> child)
      : Layer(std::move(child), child->capabilities()), script_(script) {}

  Status Sync(const KeyRange& range, const CallOptions& call) override {
    ANYSTORE_TRY(script_.Enter("sync", call));
    return Layer::Sync(range, call);
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    ANYSTORE_TRY(script_.Enter("get", options.call));
    return script_.Leave("get", from.Get(key, options));
  }
  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    ANYSTORE_TRY(script_.Enter("stat", call));
    return script_.Leave("stat", from.Stat(key, wanted, call));
  }
  /// Fails key by key.
  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Status status = script_.Enter("get_many", options.call);
      out[i] = status.has_value() ? from.Get(keys[i], options)
                                  : Result<Value>(std::move(status).error());
    }
  }
  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    ANYSTORE_TRY(script_.Enter("scan", options.call));
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Cursor> cursor, from.Scan(range, options));
    return std::make_unique<ScriptedCursor>(script_, std::move(cursor), options.call);
  }
  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    ANYSTORE_TRY(script_.Enter("apply", options.call));
    return script_.Leave("apply", to.Apply(mutations, options));
  }
  Result<std::unique_ptr<Reader>> SnapshotOfChild(const CallOptions& call) override {
    ANYSTORE_TRY(script_.Enter("snapshot", call));
    return Layer::SnapshotOfChild(call);
  }

 private:
  Script& script_;
};

}  // namespace anystore::testing
