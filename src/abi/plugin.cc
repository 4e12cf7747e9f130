#include "anystore/plugin.h"

#include <dirent.h>
#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "abi/errors.h"
#include "abi/host.h"
#include "abi/import_backend.h"

namespace anystore {
namespace {

constexpr const char* kEntry = "anystore_plugin_v1";
constexpr const char* kVariable = "ANYSTORE_PLUGIN_PATH";

struct FreeDeleter {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

/// The one absolute name of a file, without links.
Result<std::string> RealPath(const std::string& path) {
  const std::unique_ptr<char, FreeDeleter> real(::realpath(path.c_str(), nullptr));
  if (real == nullptr) return Error::FromErrno(errno, "look for the plugin");
  return std::string(real.get());
}

/// Ok unless everybody may put something else in the place of `path`, an absolute name without
/// links. In a folder like /tmp, where only the owner may rename, nobody else may.
Status CheckWriters(const std::string& path) {
  for (std::string at = path;; at.resize(at.rfind('/'))) {
    struct stat info = {};
    const std::string name = at.empty() ? "/" : at;
    if (::stat(name.c_str(), &info) != 0) return Error::FromErrno(errno, "look at " + name);
    const bool sticky_folder = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0;
    if ((info.st_mode & S_IWOTH) != 0 && !sticky_folder) {
      return Error(Code::kPermissionDenied,
                   "everybody may write to " + Quoted(name) + ", so anybody could put code there");
    }
    if (at.empty()) return Ok();
  }
}

/// The backend in a library that is not loaded yet.
Result<std::unique_ptr<Backend>> LoadBackend(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return Error(Code::kUnsupported, "not a file");
  }
  ANYSTORE_TRY(CheckWriters(path));
  // Never unloaded: threads, values and errors of it may outlive every store.
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): has a text a thread
    return Error(Code::kUnsupported, why == nullptr ? "cannot be loaded" : why);
  }
  void* const entry = ::dlsym(library, kEntry);
  if (entry == nullptr) {
    return Error(Code::kUnsupported,
                 std::string("no plugin, or one of another version: it has no function ") + kEntry);
  }
  const anystore_backend_v1* table = nullptr;
  ANYSTORE_TRY(abi::Foreign(path, kEntry, [&]() -> anystore_error* {
    table = reinterpret_cast<decltype(&anystore_plugin_v1)>(entry)(&abi::OwnHost());
    return nullptr;
  }));
  if (table == nullptr) {
    return Error(Code::kUnsupported, std::string(kEntry) + " gave no backend");
  }
  return abi::ImportBackend(path, table);
}

Status Load(const std::string& path, Registry& registry) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string real, RealPath(path));
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Backend> backend, LoadBackend(real));
  return registry.Register(std::move(backend));
}

/// The libraries in a folder, by name.
Result<std::vector<std::string>> LibrariesIn(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), &::closedir);
  if (directory == nullptr) return Error::FromErrno(errno, "look into " + Quoted(folder));
  std::vector<std::string> libraries;
  // Nobody else reads this stream.
  while (const dirent* const entry = ::readdir(directory.get())) {  // NOLINT(concurrency-mt-unsafe)
    const std::string_view name = entry->d_name;
    if (name.ends_with(".so")) libraries.push_back(folder + "/" + std::string(name));
  }
  std::ranges::sort(libraries);
  return libraries;
}

Status LoadAll(const std::string& name, Registry& registry) {
  if (name.front() != '/') {
    return Error(Code::kInvalidConfig, "is a relative name, which means another file elsewhere");
  }
  struct stat info = {};
  if (::stat(name.c_str(), &info) != 0) return Error::FromErrno(errno, "look for the plugin");
  if (!S_ISDIR(info.st_mode)) return LoadPlugin(name, registry);
  ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> libraries, LibrariesIn(name));
  for (const std::string& library : libraries) ANYSTORE_TRY(LoadPlugin(library, registry));
  return Ok();
}

}  // namespace

Status LoadPlugin(std::string_view path, Registry& registry) {
  Status loaded = Load(std::string(path), registry);
  if (!loaded.has_value()) {
    return std::move(loaded).error().During("load plugin").In(path);
  }
  return loaded;
}

Status LoadPluginsFromEnvironment(Registry& registry) {
  const char* const variable = ::secure_getenv(kVariable);  // NOLINT(concurrency-mt-unsafe)
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string name(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name.empty()) continue;
    Status loaded = LoadAll(name, registry);
    if (!loaded.has_value()) {
      return std::move(loaded).error().During(std::string("load plugins of ") + kVariable).In(name);
    }
  }
  return Ok();
}

}  // namespace anystore
