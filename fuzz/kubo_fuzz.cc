// Kubo's datastore specifications: any text is read or refused, alone as in a whole configuration.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "registry/kubo.h"

namespace {

using anystore::registry::KuboConfig;
using anystore::registry::ReadKubo;

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  anystore::SilentLogger log;
  const auto alone = ReadKubo(text, "/repo", log);
  if (!alone.has_value()) {
    Require(alone.error().code() == anystore::Code::kInvalidConfig ||
            alone.error().code() == anystore::Code::kUnsupported);
    return 0;
  }
  if (!alone->has_value()) return 0;
  const KuboConfig& read = **alone;
  Require(!read.config.scheme.empty());
  Require(read.disk_spec == "null" || read.disk_spec.starts_with("{\""));
  const auto whole = ReadKubo(R"({"Datastore":{"Spec":)" + std::string(text) + "}}", "/repo", log);
  // A whole configuration in the place of a specification is none.
  if (!whole.has_value()) return 0;
  Require(whole->has_value());
  Require((*whole)->disk_spec == read.disk_spec);
  Require((*whole)->config.Redacted() == read.config.Redacted());
  return 0;
}
