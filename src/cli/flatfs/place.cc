#include "cli/flatfs/place.h"

#include <string_view>
#include <utility>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "backends/flatfs/identity.h"
#include "backends/flatfs/layout.h"
#include "cli/stores.h"

namespace anystore::cli {
namespace {

constexpr std::string_view kScheme = "flatfs";
constexpr std::string_view kShardField = "shard";
constexpr std::string_view kReadOnlyField = "read_only";

// Whether it begins with a word and a colon.
bool IsUrl(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  return text.substr(0, colon).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") ==
         std::string_view::npos;
}

Result<Config> ReadPlace(const std::string& text) {
  if (!IsUrl(text)) return Config{.scheme = std::string(kScheme), .path = text};
  ANYSTORE_ASSIGN_OR_RETURN(Config config, Config::Parse(text));
  if (config.scheme == kScheme) return config;
  return Error(Code::kInvalidConfig,
               "this command is for flatfs:PATH, or ./PATH for a path with a colon")
      .In(RedactUrl(text));
}

}  // namespace

Result<FlatfsPlace> FindFlatfs(const std::string& text, const std::string& shard) {
  ANYSTORE_ASSIGN_OR_RETURN(Config config, ReadPlace(text));
  if (!shard.empty() && !config.fields.emplace(kShardField, shard).second) {
    return Error(Code::kInvalidConfig, "the shard function is given twice").In(RedactUrl(text));
  }
  ANYSTORE_ASSIGN_OR_RETURN(registry::Stack stack,
                            registry::Resolve(config, Registry::Global(), ProgramEnvironment()));
  FlatfsPlace place{.stack = std::move(stack)};
  const std::string wanted(place.stack.config.String(kShardField));
  if (wanted.empty()) return place;
  Result<flatfs::Shard> parsed = flatfs::Shard::ParseShort(wanted);
  if (!parsed.has_value()) {
    return Error(Code::kInvalidConfig, "field \"shard\": " + std::string(parsed.error().message()))
        .In(place.name());
  }
  place.shard = *parsed;
  return place;
}

Result<FlatfsPlace> FindFlatfsToChange(const std::string& text) {
  ANYSTORE_ASSIGN_OR_RETURN(FlatfsPlace place, FindFlatfs(text));
  if (!place.stack.config.Bool(kReadOnlyField)) return place;
  return Error(Code::kReadOnly, "it was asked for with read_only=true").In(place.name());
}

Status CheckWanted(const FlatfsPlace& place, const flatfs::Shard& shard,
                   const StoreIdentity& identity) {
  if (place.shard.has_value() && *place.shard != shard) {
    return Error(Code::kIdentityMismatch, "field \"shard\": the repository has " +
                                              shard.ToString() + ", not " +
                                              place.shard->ToString());
  }
  const std::string& id = place.stack.config.id();
  if (!id.empty() && id != identity.id) {
    return Error(Code::kIdentityMismatch,
                 "field \"id\": the repository has " +
                     (identity.id.empty() ? "no identity record" : identity.id) + ", not " + id);
  }
  return Ok();
}

Status CheckThere(const FlatfsPlace& place) {
  ANYSTORE_ASSIGN_OR_RETURN(const flatfs::OpenedRepository opened,
                            flatfs::OpenUnlocked(*ProgramEnvironment().files, place.path()));
  ANYSTORE_ASSIGN_OR_RETURN(const StoreIdentity identity, flatfs::IdentityOf(*opened.root));
  return CheckWanted(place, opened.shard, identity);
}

}  // namespace anystore::cli
