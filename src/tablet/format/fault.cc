#include "anystore/tablet/fault.h"

namespace anystore::tablet {
namespace {

Code CodeOf(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::kVersion:
      return Code::kUnsupported;
    case FaultKind::kLimit:
      return Code::kTooLarge;
    default:
      return Code::kCorruption;
  }
}

}  // namespace

std::string_view FaultName(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::kTruncated:
      return "truncated";
    case FaultKind::kMagic:
      return "magic";
    case FaultKind::kVersion:
      return "version";
    case FaultKind::kFooter:
      return "footer";
    case FaultKind::kBounds:
      return "bounds";
    case FaultKind::kLength:
      return "length";
    case FaultKind::kType:
      return "type";
    case FaultKind::kMsgpack:
      return "msgpack";
    case FaultKind::kChecksum:
      return "checksum";
    case FaultKind::kSnappy:
      return "snappy";
    case FaultKind::kLimit:
      return "limit";
    case FaultKind::kRestart:
      return "restart";
    case FaultKind::kPrefix:
      return "prefix";
    case FaultKind::kOrder:
      return "order";
    case FaultKind::kFirstKey:
      return "firstkey";
  }
  return "unknown";
}

std::string Describe(const Fault& fault) {
  std::string text;
  if (fault.block.has_value()) text = "block " + std::to_string(*fault.block) + " ";
  text += "at offset " + std::to_string(fault.offset) + ": ";
  return text.append(FaultName(fault.kind)).append(": ").append(fault.what);
}

Error ToError(const Fault& fault, std::string_view file) {
  const Code code = fault.unknown ? Code::kUnsupported : CodeOf(fault.kind);
  return {code, "tablet " + Quoted(file) + ", " + Describe(fault)};
}

}  // namespace anystore::tablet
