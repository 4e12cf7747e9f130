/// `anystore_host_v1`: what a backend may ask of anystore. The table of an environment, and the
/// environment of a table.
#pragma once

#include "anystore/anystore.h"
#include "anystore/environment.h"

namespace anystore::abi {

/// The table of an environment, which must outlive it.
[[nodiscard]] anystore_host_v1 HostOf(const Environment& environment) noexcept;

/// The table of the host's own environment.
[[nodiscard]] const anystore_host_v1& OwnHost() noexcept;

/// Whether this library's own functions are behind `host`.
[[nodiscard]] bool IsOwn(const anystore_host_v1& host) noexcept;

/// The environment that a table stands for. Of another anystore's: its clock, randomness and log;
/// files are this library's own.
///
/// Threads: thread-safe.
class HostEnvironment final : private Clock, private Random, private Logger {
 public:
  explicit HostEnvironment(const anystore_host_v1& host);
  HostEnvironment(const HostEnvironment&) = delete;
  HostEnvironment& operator=(const HostEnvironment&) = delete;

  [[nodiscard]] const Environment& environment() const noexcept { return environment_; }
  [[nodiscard]] const anystore_host_v1& host() const noexcept { return host_; }

 private:
  [[nodiscard]] Instant Now() override;
  void Sleep(Duration duration) override;
  [[nodiscard]] std::uint64_t Next() override;
  void Log(LogLevel level, std::string_view line) override;

  const anystore_host_v1 host_;
  Environment environment_ = Environment::Host();
};

}  // namespace anystore::abi
