/// `Config` and `ConfigSpec`: how a store, or a composition of stores, is named, and which fields
/// its backend or layer understands.
///
///     ANYSTORE_ASSIGN_OR_RETURN(const anystore::Config config,
///                               anystore::Config::Parse("rocksdb:/var/x?sync=true"));
///     assert(config.scheme == "rocksdb" && config.path == "/var/x");
///
/// A URL is `scheme:path?field=value&field=value`, or `scheme://user:password@host:port/path?...`
/// for stores on a network. "%41" stands for the byte 0x41 everywhere. A local path is what stands
/// behind the colon: `rocksdb:/var/x`, `rocksdb:///var/x` and the relative `rocksdb:x/y`.
///
/// Stores over stores are a tree, in JSON. Each node names its kind in "type"; the parts of a URL
/// ("path", "host", "user", "password") and the fields stand beside it with the same names and
/// values as in the URL. "child" is the store below a layer of one; a layer of several has a list.
/// A child is such an object again, or a URL:
///
///     ANYSTORE_ASSIGN_OR_RETURN(const anystore::Config stack, anystore::Config::Parse(
///         R"({"type": "mount", "mounts": [
///               {"mountpoint": "/blocks", "type": "flatfs", "path": "blocks", "sync": false},
///               {"mountpoint": "/", "type": "cache", "capacity": "64MiB",
///                "child": "rocksdb:meta?sync=true"}]})"));
///     assert(stack.children[1].scheme == "cache");
///
/// In any text `${NAME}` stands for an environment variable ("$${" for the two characters), and a
/// secret field that reads `file:PATH` for what is in that file, so that secrets need not stand in
/// configurations or on command lines.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"
#include "anystore/export.h"

namespace anystore {

/// What a field of a configuration holds.
enum class FieldType : std::uint8_t {
  kString,    ///< Any text.
  kBool,      ///< true, false; also 1, 0, yes, no, on, off.
  kInteger,   ///< A whole number.
  kBytes,     ///< A number of bytes: 4096, 64KiB, 1MB, 2GiB.
  kDuration,  ///< A length of time: 250ms, 30s, 5m, 2h.
  kChoice,    ///< One of `FieldSpec::choices`.
};

/// One field that a backend understands.
///
/// Threads: thread-compatible.
struct FieldSpec {
  /// The name in URLs and JSON, in snake_case.
  std::string name = {};
  /// What it holds.
  FieldType type = FieldType::kString;
  /// What it is when it is not given, in the text form of its type; none: it must be given.
  std::optional<std::string> default_value = {};
  /// The smallest value allowed, for numbers, bytes (in bytes) and durations (in nanoseconds).
  std::optional<std::int64_t> min = {};
  /// The largest value allowed, likewise.
  std::optional<std::int64_t> max = {};
  /// What is allowed, for kChoice.
  std::vector<std::string> choices = {};
  /// Its value is never printed.
  bool secret = false;
  /// Decides what is on the medium: kept in the store's identity record, and held against it when
  /// the store is opened. Anything else may differ from one opening to the next.
  bool fixed_at_create = false;
  /// What a kInteger counts: "entries". For documentation.
  std::string unit = {};
  /// The environment variable that gives it where the configuration does not. Empty:
  /// `ANYSTORE_<SCHEME>_<FIELD>`.
  std::string environment_variable = {};
  /// One sentence on what it does.
  std::string help = {};
};

/// How many stores a kind of store stands on.
enum class ChildCount : std::uint8_t {
  kNone,  ///< None: a backend.
  kOne,   ///< One, in "child".
  kMany,  ///< One or more, in a list.
};

/// The fields that a backend or a layer understands.
///
/// Threads: immutable.
struct ConfigSpec {
  /// The fields, in the order of documentation.
  std::vector<FieldSpec> fields = {};
  /// What the path means: "directory of the database"; empty: the backend takes no path.
  std::string path_help = {};
  /// Whether a path must be given.
  bool path_required = false;
  /// Whether the backend takes a host, that is, whether its URLs may begin `scheme://host`.
  bool takes_host = false;
  /// How many stores it stands on.
  ChildCount children = ChildCount::kNone;
  /// The name of the list of them, for kMany: "mounts", "children".
  std::string children_name = {};
  /// What may be said of each child beside what it is: its mount point, its weight.
  std::vector<FieldSpec> child_fields = {};
};

/// A store's name taken apart. Fields are still text; `CheckedConfig` knows their types.
///
/// Threads: thread-compatible.
struct ANYSTORE_EXPORT Config {
  /// Which backend or layer.
  std::string scheme = {};
  /// User name, for stores on a network.
  std::string user = {};
  /// Password, for stores on a network; never printed.
  std::string password = {};
  /// Host and, behind a colon, port, for stores on a network.
  std::string host = {};
  /// The path.
  std::string path = {};
  /// The fields by name.
  std::map<std::string, std::string, std::less<>> fields = {};
  /// Where it stands in the JSON of the store above: "child", "mounts". Empty at the top.
  std::string group = {};
  /// The stores that it stands on. Fields that its spec lists in `child_fields` are among theirs.
  std::vector<Config> children = {};

  /// Takes a URL apart, or a tree in JSON, which begins with "{".
  ///
  /// Errors: invalid_config (says what is wrong at which byte, with secrets redacted).
  [[nodiscard]] static Result<Config> Parse(std::string_view text);
  /// The URL again, or the tree in JSON on one line, with passwords and every field whose name
  /// sounds secret (password, secret, token, access_key, ...) or that `spec` marks as such replaced
  /// by "***".
  [[nodiscard]] std::string Redacted(const ConfigSpec* spec = nullptr) const;
};

/// Makes a URL fit for printing, even one that does not parse: nothing in it that might be a
/// secret remains.
[[nodiscard]] ANYSTORE_EXPORT std::string RedactUrl(std::string_view url);

/// A configuration that was held against its spec: every field is there, and well-formed.
///
/// Threads: immutable.
class ANYSTORE_EXPORT CheckedConfig {
 public:
  /// Holds `config` against `spec` and fills in what is not given: first from the environment
  /// variable `ANYSTORE_<SCHEME>_<FIELD>`, then from the default. Without a spec every field is
  /// text, and every name is taken. The children are not looked at.
  ///
  /// Where references and defaults were filled in already, `written` is what the user wrote:
  /// `name()` and messages quote that, never what a reference stands for.
  ///
  /// Errors: invalid_config (names the field, what was found, what is allowed and, for an unknown
  /// field, the nearest known one).
  [[nodiscard]] static Result<CheckedConfig> Make(const Config& config, const ConfigSpec* spec,
                                                  const Config* written = nullptr);

  /// The store's name taken apart.
  [[nodiscard]] const Config& config() const noexcept { return config_; }
  /// The path.
  [[nodiscard]] const std::string& path() const noexcept { return config_.path; }
  /// The URL with secrets redacted.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// The id that the store must have, in lower case: what the field `id` says, which every backend
  /// takes beside those of its spec. Empty: any.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  /// Whether the configuration itself has the field, not the environment or a default.
  [[nodiscard]] bool Has(std::string_view field) const { return at(field).given; }
  /// The text of a field.
  ///
  /// Requires, as the ones below: the spec has such a field, of that type.
  [[nodiscard]] std::string_view String(std::string_view field) const;
  /// A yes or no.
  [[nodiscard]] bool Bool(std::string_view field) const;
  /// A number; of a kBytes field in bytes, of a kDuration field in nanoseconds.
  [[nodiscard]] std::int64_t Integer(std::string_view field) const;

 private:
  struct Field {
    std::string text = {};
    std::int64_t number = 0;
    bool given = false;
  };
  CheckedConfig() = default;
  [[nodiscard]] const Field& at(std::string_view field) const;

  Config config_ = {};
  std::string name_ = {};
  std::string id_ = {};
  std::map<std::string, Field, std::less<>> fields_ = {};
};

/// `given` with what it does not say filled in from the environment, then from the defaults: what
/// `Backend::DefaultConfig` returns for a backend with a spec.
///
/// Errors: invalid_config (a required field is missing; it is named).
[[nodiscard]] ANYSTORE_EXPORT Result<Config> FillDefaults(const Config& given,
                                                          const ConfigSpec& spec);

/// The environment variable that sets a field: `ANYSTORE_ROCKSDB_SYNC`.
[[nodiscard]] ANYSTORE_EXPORT std::string EnvironmentVariable(std::string_view scheme,
                                                              std::string_view field);

}  // namespace anystore
