#include "cli/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "anystore/config.h"
#include "cli/io.h"
#include "cli/sha256.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

constexpr std::uint64_t kFormat = 2;
constexpr std::uint64_t kStateBytesMax = 16 << 20;

std::string BootId() {
  const Result<std::string> id = ReadFile("/proc/sys/kernel/random/boot_id", 1024);
  return id.has_value() ? id->substr(0, id->find('\n')) : "";
}

// Where a local store lies and when that place was made, which changes when the store is destroyed
// and made anew.
std::string PlaceId(const std::string& url) {
  const Result<Config> config = Config::Parse(url);
  struct statx info = {};
  if (!config.has_value() || config->path.empty() ||
      statx(AT_FDCWD, config->path.c_str(), 0, STATX_INO | STATX_BTIME, &info) != 0) {
    return {};
  }
  return std::to_string(info.stx_dev_major) + ":" + std::to_string(info.stx_dev_minor) + ":" +
         std::to_string(info.stx_ino) + ":" + std::to_string(info.stx_btime.tv_sec) + "." +
         std::to_string(info.stx_btime.tv_nsec);
}

std::string IdentityJson(const CopyIdentity& identity) {
  JsonObject range;
  range.Raw("from", JsonString(Base64(identity.range.from())));
  if (identity.range.to().has_value()) {
    range.Raw("to", JsonString(Base64(*identity.range.to())));
  } else {
    range.Null("to");
  }
  return JsonObject()
      .Bytes("source", identity.source)
      .Bytes("destination", identity.destination)
      .Bytes("source_id", identity.source_id)
      .Bytes("destination_id", identity.destination_id)
      .Raw("range_base64", range.Finish())
      .Count("naming", static_cast<std::uint64_t>(identity.naming))
      .Finish();
}

Status MakeDirectories(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string directory = path.substr(0, at);
    constexpr mode_t kPrivate = 0700;
    if (mkdir(directory.c_str(), kPrivate) != 0 && errno != EEXIST) {
      return Error::FromErrno(errno, "make directory " + Printable(directory));
    }
  }
  return Ok();
}

std::string TextOf(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

CopyIdentity IdentifyCopy(const Store& source, const Store& destination,
                          const std::string& source_url, const std::string& destination_url,
                          const KeyRange& range, KeyNaming naming) {
  return {.source = source.name(),
          .destination = destination.name(),
          .source_id = PlaceId(source_url),
          .destination_id = PlaceId(destination_url),
          .range = range,
          .naming = naming};
}

Result<std::string> DefaultStatePath(const CopyIdentity& identity) {
  std::string directory;
  // The program sets no variables, so reading them is safe.
  if (const char* const state = std::getenv("XDG_STATE_HOME");  // NOLINT(concurrency-mt-unsafe)
      state != nullptr && *state == '/') {
    directory = state;
  } else if (const char* const home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
             home != nullptr && *home != '\0') {
    directory = std::string(home) + "/.local/state";
  } else {
    return Error(Code::kInvalidConfig,
                 "no place for the checkpoint: set HOME or XDG_STATE_HOME, or give --state FILE");
  }
  // By name and range alone, so that a store made anew finds, and refuses, the old checkpoint.
  const CopyIdentity named{.source = identity.source,
                           .destination = identity.destination,
                           .range = identity.range,
                           .naming = identity.naming};
  const Sha256Digest digest = Sha256Of(IdentityJson(named));
  constexpr std::size_t kHashBytes = 16;
  return directory + "/anystore/copy/" +
         Hex({reinterpret_cast<const char*>(digest.data()), kHashBytes}) + ".json";
}

Checkpoint::Checkpoint(std::string path, CopyIdentity identity)
    : path_(std::move(path)), identity_(std::move(identity)), boot_id_(BootId()) {}

Status Checkpoint::Prepare() const { return MakeDirectories(path_); }

std::optional<Watermark> Checkpoint::LoadFile(const std::string& path, bool same_boot_only,
                                              std::string* why_none) const {
  const Result<std::string> text = ReadFile(path, kStateBytesMax);
  if (!text.has_value()) {
    *why_none =
        text.error().code() == Code::kNotFound ? "there is no checkpoint" : text.error().ToString();
    return std::nullopt;
  }
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("format") || json["format"] != kFormat ||
      !json.contains("records") || !json["records"].is_number_unsigned()) {
    *why_none = "the checkpoint " + Printable(path) + " is damaged";
    return std::nullopt;
  }
  if (!json.contains("copy") || json["copy"] != nlohmann::json::parse(IdentityJson(identity_))) {
    *why_none = "the checkpoint is of another copy, or a store was made anew";
    return std::nullopt;
  }
  if (same_boot_only && (boot_id_.empty() || TextOf(json, "boot_id") != boot_id_)) {
    *why_none = "the machine was restarted before anything was synced";
    return std::nullopt;
  }
  const std::optional<std::string> key = FromBase64(TextOf(json, "watermark_base64"));
  const std::optional<std::string> written_key = FromBase64(TextOf(json, "written_key_base64"));
  if (!key.has_value() || !written_key.has_value()) {
    *why_none = "the checkpoint " + Printable(path) + " is damaged";
    return std::nullopt;
  }
  return Watermark{.key = *key,
                   .written_key = *written_key,
                   .records = json["records"].get<std::uint64_t>(),
                   .complete = json.value("complete", nlohmann::json()) == true,
                   .began_empty = json.value("began_empty", nlohmann::json()) == true};
}

std::optional<Watermark> Checkpoint::Load(bool trust_applied, std::string* why_none) const {
  if (trust_applied) {
    if (auto applied = LoadFile(path_, true, why_none); applied.has_value()) return applied;
  }
  std::string why_no_synced;
  auto synced = LoadFile(path_ + ".synced", false, &why_no_synced);
  if (!trust_applied) *why_none = why_no_synced;
  return synced;
}

Status Checkpoint::Save(const Watermark& watermark, bool synced) const {
  const std::string json = JsonObject()
                               .Count("format", kFormat)
                               .Raw("copy", IdentityJson(identity_))
                               .Bytes("boot_id", boot_id_)
                               .Raw("watermark_base64", JsonString(Base64(watermark.key)))
                               .Raw("written_key_base64", JsonString(Base64(watermark.written_key)))
                               .Count("records", watermark.records)
                               .Bool("complete", watermark.complete)
                               .Bool("began_empty", watermark.began_empty)
                               .Finish();
  return ReplaceFile(synced ? path_ + ".synced" : path_, json + "\n",
                     {.durable = synced, .only_writer = true});
}

void Checkpoint::Remove() const {
  unlink(path_.c_str());
  unlink((path_ + ".synced").c_str());
}

}  // namespace anystore::cli
