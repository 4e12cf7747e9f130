// Batches (docs/formats/tablet-log.md, "Batches").
#include <limits>
#include <string>
#include <string_view>

#include "anystore/tablet/log.h"
#include "tablet/format/msgpack.h"

namespace anystore::tablet {
namespace {

Status CheckSize(std::string_view bytes, std::string_view what) {
  if (bytes.size() <= std::numeric_limits<std::uint32_t>::max()) return Ok();
  return Error(Code::kTooLarge, "a " + std::string(what) + " of " + std::to_string(bytes.size()) +
                                    " bytes does not fit a batch");
}

}  // namespace

Result<std::optional<BatchOperation>> BatchReader::Next() {
  if (rest_.empty()) return std::optional<BatchOperation>();
  std::string_view rest = rest_;
  const auto wrong = [&](std::string_view what, Unpacked taken) {
    return Error(Code::kCorruption,
                 "the " + std::string(what) + " at offset " +
                     std::to_string(batch_.size() - rest.size()) + " of the batch " +
                     (taken == Unpacked::kCut ? "ends behind it" : "has no form that is known"));
  };
  BatchOperation operation;
  if (const Unpacked taken = TakeRaw(rest, operation.key); taken != Unpacked::kOk) {
    return wrong("key", taken);
  }
  if (rest.starts_with(kNil)) {
    rest.remove_prefix(1);
  } else if (const Unpacked taken = TakeRaw(rest, operation.value.emplace());
             taken != Unpacked::kOk) {
    return wrong("value", taken);
  }
  rest_ = rest;
  return std::optional(operation);
}

Status AppendPut(std::string& batch, std::string_view key, std::string_view value) {
  ANYSTORE_TRY(CheckSize(key, "key"));
  ANYSTORE_TRY(CheckSize(value, "value"));
  AppendRaw(batch, key);
  AppendRaw(batch, value);
  return Ok();
}

Status AppendDelete(std::string& batch, std::string_view key) {
  ANYSTORE_TRY(CheckSize(key, "key"));
  AppendRaw(batch, key);
  batch += kNil;
  return Ok();
}

}  // namespace anystore::tablet
