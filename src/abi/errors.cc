#include "abi/errors.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "abi/bytes.h"
#include "abi/host.h"

struct anystore_error {
  anystore::Error error;
  bool forever = false;   // one of those without detail, shared by everybody
  std::string text = {};  // made when it is asked for
};

namespace anystore::abi {
namespace {

constexpr std::size_t kRetries = 3;
constexpr std::size_t kApplied = 2;

/// The errors without detail, which exist once.
anystore_error* Bare(const Error& error) {
  static auto* const kAll = [] {
    auto* const all = new std::vector<anystore_error>();
    for (std::size_t i = 0; i < kCodeCount * kRetries * kApplied; ++i) {
      Error bare(static_cast<Code>(i / kApplied / kRetries),
                 static_cast<Retry>(i / kApplied % kRetries), static_cast<Applied>(i % kApplied));
      std::string text = bare.ToString();
      all->push_back({.error = std::move(bare), .forever = true, .text = std::move(text)});
    }
    return all;
  }();
  const auto code = static_cast<std::size_t>(error.code());
  const auto retry = static_cast<std::size_t>(error.retry());
  return &(*kAll)[(code * kRetries + retry) * kApplied + static_cast<std::size_t>(error.applied())];
}

bool IsBare(const Error& error) {
  return error.os_error() == 0 && error.message().empty() && error.action().empty() &&
         error.store().empty() && error.key().empty() && error.cause() == nullptr;
}

/// All that an error says beside its code, as one text.
std::string FlatText(const Error& error) {
  std::string text = error.ToString();
  const std::string_view name = CodeName(error.code());
  if (text == name) return {};
  if (text.starts_with(name) && text.compare(name.size(), 2, ": ") == 0) {
    text.erase(0, name.size() + 2);
  }
  return text;
}

}  // namespace

anystore_error* Give(Error error) noexcept {
  try {
    if (IsBare(error)) return Bare(error);
    return new anystore_error{.error = std::move(error)};
  } catch (...) {
    return Bare(error);
  }
}

anystore_error* GiveTo(const anystore_host_v1& host, Error error) noexcept {
  if (IsOwn(host)) return Give(std::move(error));
  const auto make = [&](std::string_view text) {
    return host.error_new(host.self, static_cast<std::uint32_t>(error.code()),
                          static_cast<std::uint32_t>(error.retry()),
                          static_cast<std::uint32_t>(error.applied()), error.os_error(),
                          BytesOf(text));
  };
  try {
    return IsBare(error) ? make({}) : make(FlatText(error));
  } catch (...) {
    return make({});
  }
}

Error Take(anystore_error* error) noexcept {
  if (error->forever) {
    return Error(error->error.code(), error->error.retry(), error->error.applied());
  }
  Error taken = std::move(error->error);
  delete error;
  return taken;
}

}  // namespace anystore::abi

using anystore::abi::BytesOf;

uint32_t anystore_error_code(const anystore_error* error) noexcept {
  return error == nullptr ? 0U : static_cast<std::uint32_t>(error->error.code());
}

uint32_t anystore_error_retry(const anystore_error* error) noexcept {
  return error == nullptr ? 0U : static_cast<std::uint32_t>(error->error.retry());
}

uint32_t anystore_error_applied(const anystore_error* error) noexcept {
  return error == nullptr ? 0U : static_cast<std::uint32_t>(error->error.applied());
}

int32_t anystore_error_os_error(const anystore_error* error) noexcept {
  return error == nullptr ? 0 : error->error.os_error();
}

const char* anystore_error_text(const anystore_error* error) noexcept {
  if (error == nullptr) return "ok";
  if (!error->text.empty()) return error->text.c_str();
  try {
    // An error belongs to one thread at a time, and the shared ones have their text.
    auto* const own = const_cast<anystore_error*>(error);
    own->text = error->error.ToString();
    return own->text.c_str();
  } catch (...) {
    return anystore_code_name(anystore_error_code(error));
  }
}

anystore_bytes anystore_error_message(const anystore_error* error) noexcept {
  return BytesOf(error == nullptr ? std::string_view() : error->error.message());
}

void anystore_error_free(anystore_error* error) noexcept {
  if (error != nullptr && !error->forever) delete error;
}

const char* anystore_code_name(uint32_t code) noexcept {
  // Literals, so each ends with a zero.
  return code < anystore::kCodeCount ? anystore::CodeName(static_cast<anystore::Code>(code)).data()
                                     : "unknown";
}
