/// What the wrapped files, directories, listings and locks have in common.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "filesystem/intercepted/intercepted.h"

namespace anystore::filesystem {

struct InterceptedFileSystem::Shared {
  FileSystem& inner;
  Interceptor& interceptor;
  const std::string root;
  std::atomic<std::uint64_t> calls = 0;
  std::atomic<std::size_t> open = 0;

  /// Asks, makes the call by `make(const Decision&, Outcome&)`, and tells. `make` fills in what
  /// the outcome has beyond the error.
  template <class Make>
  auto Run(Call& call, Make&& make) -> std::invoke_result_t<Make, const Decision&, Outcome&> {
    using Returned = std::invoke_result_t<Make, const Decision&, Outcome&>;
    call.number = calls.fetch_add(1) + 1;
    Decision decision = interceptor.Before(call);
    Outcome outcome;
    if (decision.kind == Decision::Kind::kFail) {
      Error error = decision.error.has_value() ? *std::move(decision.error)
                                               : Error(Code::kIoError, "made to fail");
      outcome.error = &error;
      outcome.decided = true;
      interceptor.After(call, outcome);
      return error;
    }
    if constexpr (std::is_same_v<Returned, Status>) {
      if (decision.kind == Decision::Kind::kPretend && IsSync(call.operation)) {
        outcome.decided = true;
        interceptor.After(call, outcome);
        return Ok();
      }
    }
    Returned returned = std::forward<Make>(make)(decision, outcome);
    if (!returned.has_value()) outcome.error = &returned.error();
    interceptor.After(call, outcome);
    return returned;
  }
};

/// Something open: counted from its making to its end.
class Handle {
 public:
  using SharedPointer = std::shared_ptr<InterceptedFileSystem::Shared>;

  /// What the call made, from the root of the filesystem.
  Handle(SharedPointer shared, const Call& call)
      : shared_(std::move(shared)), path_(call.path), number_(call.number) {
    shared_->open.fetch_add(1);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    shared_->open.fetch_sub(1);
    shared_->interceptor.Closed(number_);
  }

  /// A call to be made on it; `path` must outlive the call.
  [[nodiscard]] Call CallOf(Operation operation, std::string_view path) const {
    Call call;
    call.operation = operation;
    call.handle = number_;
    call.path = path;
    return call;
  }
  [[nodiscard]] Call CallOf(Operation operation) const { return CallOf(operation, path_); }
  template <class Make>
  auto Run(Call& call, Make&& make) const {
    return shared_->Run(call, std::forward<Make>(make));
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const SharedPointer& shared() const { return shared_; }

 private:
  const SharedPointer shared_;
  const std::string path_;
  const std::uint64_t number_;
};

/// `inner`, opened by `call` on the directory of the path `opened_in`, as a file that asks.
[[nodiscard]] std::unique_ptr<File> Intercept(std::unique_ptr<File> inner,
                                              const Handle::SharedPointer& shared, const Call& call,
                                              std::string_view opened_in);

}  // namespace anystore::filesystem
