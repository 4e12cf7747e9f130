#include "abi/host.h"

#include <algorithm>
#include <string>
#include <utility>

#include "abi/bytes.h"
#include "abi/config_text.h"
#include "abi/errors.h"

namespace anystore::abi {
namespace {

const Environment& EnvironmentOf(const void* self) {
  return *static_cast<const Environment*>(self);
}

Error MakeError(std::uint32_t code, std::uint32_t retry, std::uint32_t applied,
                std::int32_t os_error, const anystore_bytes& text) {
  const bool known = code > 0 && code < kCodeCount;
  const auto retry_class = static_cast<Retry>(std::min(retry, 2U));
  const auto effect = static_cast<Applied>(std::min(applied, 1U));
  std::string message(IsSane(text) ? ViewOf(text) : std::string_view());
  if (!known)
    message = "an error of code " + std::to_string(code) + (message.empty() ? "" : ": ") + message;
  const Code made = known ? static_cast<Code>(code) : Code::kInternal;
  Error error = message.empty() ? Error(made) : Error(made, std::move(message));
  return std::move(error).WithRetry(retry_class).WithApplied(effect).WithOsError(os_error);
}

extern "C" {

anystore_error* HostErrorNew(void* /*self*/, uint32_t code, uint32_t retry, uint32_t applied,
                             int32_t os_error, anystore_bytes text) {
  anystore_error* error = nullptr;
  anystore_error* const failed = Guarded(OwnHost(), [&] {
    error = Give(MakeError(code, retry, applied, os_error, text));
    return Ok();
  });
  return failed == nullptr ? error : failed;
}

void HostErrorFree(void* /*self*/, anystore_error* error) { anystore_error_free(error); }

void HostLog(void* self, uint32_t level, anystore_bytes line) {
  if (!IsSane(line)) return;
  try {
    EnvironmentOf(self).logger->Log(static_cast<LogLevel>(std::min(level, 3U)), ViewOf(line));
  } catch (...) {  // NOLINT(bugprone-empty-catch): a line that cannot be written is lost
  }
}

int64_t HostNow(void* self) { return EnvironmentOf(self).clock->Now().time_since_epoch().count(); }

void HostSleep(void* self, int64_t nanoseconds) {
  EnvironmentOf(self).clock->Sleep(Duration(nanoseconds));
}

uint64_t HostRandom(void* self) { return EnvironmentOf(self).random->Next(); }

anystore_error* HostAllocate(void* /*self*/, size_t size, anystore_value* value, void** data) {
  return Guarded(OwnHost(), [&]() -> Status {
    if (value == nullptr || data == nullptr) return Error(Code::kInvalidArgument, "null to fill");
    char* bytes = nullptr;
    ANYSTORE_ASSIGN_OR_RETURN(Value allocated, Value::Allocate(size, &bytes));
    *data = bytes;
    *value = GiveValue(std::move(allocated));
    return Ok();
  });
}

anystore_error* HostConfigText(void* /*self*/, anystore_bytes config, const char* name,
                               anystore_value* text) {
  return Guarded(OwnHost(), [&]() -> Status {
    if (name == nullptr || text == nullptr) return Error(Code::kInvalidArgument, "null");
    ANYSTORE_ASSIGN_OR_RETURN(const std::string_view json, Given(config, "the configuration"));
    ANYSTORE_ASSIGN_OR_RETURN(const std::string found, MemberText(json, name));
    // With the zero behind it, which does not count.
    const Value with_zero = Value::Copy({found.c_str(), found.size() + 1});
    *text = GiveValue(with_zero.Slice(0, found.size()));
    if (found.empty())
      *text = {.bytes = {.data = "", .size = 0}, .owner = nullptr, .release = nullptr};
    return Ok();
  });
}

}  // extern "C"

}  // namespace

anystore_host_v1 HostOf(const Environment& environment) noexcept {
  return {.size = sizeof(anystore_host_v1),
          .self = const_cast<Environment*>(&environment),
          .error_new = &HostErrorNew,
          .error_free = &HostErrorFree,
          .log = &HostLog,
          .now = &HostNow,
          .sleep = &HostSleep,
          .random = &HostRandom,
          .allocate = &HostAllocate,
          .config_text = &HostConfigText};
}

const anystore_host_v1& OwnHost() noexcept {
  static const anystore_host_v1 host = HostOf(Environment::Host());
  return host;
}

bool IsOwn(const anystore_host_v1& host) noexcept { return host.error_new == &HostErrorNew; }

HostEnvironment::HostEnvironment(const anystore_host_v1& host) : host_(host) {
  if (IsOwn(host)) {
    environment_ = EnvironmentOf(host.self);
    return;
  }
  environment_.clock = this;
  environment_.random = this;
  environment_.logger = this;
}

Instant HostEnvironment::Now() { return Instant(Duration(host_.now(host_.self))); }

void HostEnvironment::Sleep(Duration duration) { host_.sleep(host_.self, duration.count()); }

std::uint64_t HostEnvironment::Next() { return host_.random(host_.self); }

void HostEnvironment::Log(LogLevel level, std::string_view line) {
  host_.log(host_.self, static_cast<std::uint32_t>(level), BytesOf(line));
}

}  // namespace anystore::abi
