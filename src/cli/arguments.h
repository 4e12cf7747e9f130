/// What the command line says, one struct a command. parser.cc fills them in; the commands never
/// see how.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "anystore/key_range.h"
#include "cli/tablet/form.h"

namespace anystore::cli {

/// A key of a store.
struct KeyArguments {
  std::string url = {};
  std::string key = {};
};

struct PutArguments {
  std::string url = {};
  std::string key = {};
  /// "-" is standard input.
  std::optional<std::string> value = {};
  std::optional<std::string> file = {};
  bool create = false;
};

struct GetArguments {
  std::string url = {};
  std::string key = {};
  /// Empty or "-": standard output.
  std::string output = {};
};

struct RemoveArguments {
  std::string url = {};
  std::string key = {};
  /// A missing key is fine.
  bool force = false;
};

struct ListArguments {
  std::string url = {};
  std::string prefix = {};
  bool details = false;
  bool json = false;
};

/// A part of a store: strict descendants of a prefix, and a range of keys; both when both are set.
struct RangeArguments {
  std::optional<std::string> prefix = {};
  std::optional<std::string> from = {};
  std::optional<std::string> to = {};

  /// The keys that are meant.
  [[nodiscard]] KeyRange Range() const;
};

struct QueryArguments {
  std::string url = {};
  RangeArguments range = {};
  std::vector<std::string> filters = {};
  std::vector<std::string> orders = {};
  std::int64_t offset = 0;
  std::int64_t limit = 0;
  bool reverse = false;
  bool keys_only = false;
  bool json = false;
};

/// How import and copy name what they put.
enum class KeyNaming {
  kOwn,           ///< By the path of the file, or the key that the record has.
  kSha256,        ///< By content, in hexadecimal.
  kSha256Base32,  ///< By content, in base32.
};

struct ImportArguments {
  std::string url = {};
  /// A directory, or a TAR archive; "-" is an archive on standard input.
  std::string source = {};
  KeyNaming naming = KeyNaming::kOwn;
  bool create = false;
  bool json = false;
};

struct ExportArguments {
  std::string url = {};
  /// A directory, or a tablet: a name that ends in ".tab".
  std::string target = {};
  /// Of a tablet.
  TabletForm form = {};
  bool replace = false;
  bool json = false;
};

struct CopyArguments {
  std::string source = {};
  std::string destination = {};
  RangeArguments range = {};
  KeyNaming naming = KeyNaming::kOwn;
  bool create = false;
  bool verify = false;
  bool resume = false;
  bool json = false;
  /// How many threads write.
  unsigned jobs = 1;
  /// The checkpoint; empty: one by the names of the stores.
  std::string state = {};
};

struct DiffArguments {
  std::string a = {};
  std::string b = {};
  RangeArguments range = {};
  bool json = false;
};

struct StatArguments {
  std::string url = {};
  bool count = false;
  bool json = false;
};

struct StoreArguments {
  std::string url = {};
};

struct ConformanceArguments {
  std::string url = {};
  /// By name, or by the front of it with a "*". Empty: all.
  std::vector<std::string> chapters = {};
  std::uint64_t seed = 1;
  /// The seed of a simulated disk to put the stores on; none: they lie where the URL says.
  std::optional<std::uint64_t> simulated = {};
  /// The file to write the report to, as JSON; empty: none.
  std::string report = {};
  bool quick = false;
  bool json = false;
};

struct ConfigArguments {
  /// A URL, a tree in JSON, or a file.
  std::string config = {};
  bool json = false;
};

struct TortureArguments {
  std::vector<std::string> urls = {};
  std::uint64_t operations = 20'000;
  std::uint64_t seed = 1;
  /// What all keys begin with.
  std::string prefix = {};
  /// A script to do instead, or the name of a file of one, which ends in ".test".
  std::optional<std::string> replay = {};
};

struct NewBackendArguments {
  /// The scheme of its URLs.
  std::string name = {};
  /// Where its files go. Empty: NAME-backend.
  std::string directory = {};
};

struct SchemaArguments {};

struct BackendsArguments {
  /// Empty: all.
  std::string name = {};
  bool json = false;
};

}  // namespace anystore::cli
